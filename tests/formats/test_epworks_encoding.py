import struct

import numpy as np
import pytest

from amr_monitor.formats.epworks_encoding import rec_block, rec_header, tlv

TRACE, CHANNEL, GUID = b"t" * 16, b"c" * 16, b"g" * 16


def test_the_header_of_a_rec_stands_at_the_offsets_of_the_format() -> None:
    raw = rec_header(filetime=123456789, trace_id=TRACE, channel_id=CHANNEL, block_bytes=3288)
    assert len(raw) == 96
    assert struct.unpack("<QQ", raw[:16]) == (4679572887378700461, 14937479848262515882)
    assert struct.unpack("<I", raw[16:20]) == (2,)
    assert struct.unpack("<Q", raw[20:28]) == (123456789,)
    assert raw[28:44] == TRACE
    assert raw[44:60] == CHANNEL
    assert struct.unpack("<I", raw[60:64]) == (3288,)
    assert raw[64:] == bytes(32)


@pytest.mark.parametrize(("has_cursor_area", "first"), [(True, 888), (False, 88)])
def test_a_block_stands_at_the_offsets_of_the_format(*, has_cursor_area: bool, first: int) -> None:
    samples = np.arange(600, dtype=np.float32)
    raw = rec_block(
        guid=GUID,
        filetime=987654321,
        set_number=58,
        current_ma=12.5,
        samples_uv=samples,
        has_cursor_area=has_cursor_area,
    )
    assert len(raw) == first + 2400
    assert struct.unpack("<I", raw[:4]) == (len(raw),)
    assert raw[4:20] == GUID
    assert struct.unpack("<Q", raw[20:28]) == (987654321,)
    assert struct.unpack("<I", raw[36:40]) == (1,)
    assert struct.unpack("<I", raw[44:48]) == (58,)
    assert raw[48:52] == bytes(4)
    assert struct.unpack("<f", raw[56:60]) == (12.5,)
    assert raw[60:88] == bytes(28)
    assert raw[first:] == samples.tobytes()


def test_an_object_is_a_list_of_properties_with_name_and_value() -> None:
    raw = tlv({"Name": "AMR", "Parent": None})
    assert struct.unpack("<BII", raw[:9]) == (5, len(raw), 2)
    first = struct.unpack("<BII", raw[9:18])
    assert (first[0], first[2]) == (5, 2)
    assert raw[18 : 18 + 10] == tlv("Name")
    second = 9 + first[1]
    assert struct.unpack("<BII", raw[second : second + 9])[2] == 1


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no form"):
        tlv(object())  # type: ignore[arg-type]
