import struct

import pytest

from amr_monitor.formats.epworks_encoding import iom_bytes, tlv
from amr_monitor.formats.epworks_tlv import IOM_GUID, IomFile, IomObject, is_iom
from amr_monitor.model.errors import SourceFormatError

GUID = bytes(range(16))


def the_object(**properties: object) -> IomObject:
    file = IomFile("x.iom", iom_bytes([tlv(properties)]))  # type: ignore[arg-type]
    return next(file.objects())


def test_an_iom_is_known_by_its_guid_at_byte_0() -> None:
    data = iom_bytes([])
    assert data[:16].hex() == "20c67e1d4319d411b263006097198957"
    assert is_iom(data)
    assert not is_iom(b"0       " + data)
    assert not is_iom(b"")


def test_an_object_is_guid_length_and_one_value() -> None:
    value = tlv({"A": 1})
    data = iom_bytes([value])
    assert data[20:36] == IOM_GUID
    assert data[36:40] == struct.pack("<I", len(value))
    assert data[40:] == value


@pytest.mark.parametrize(
    ("value", "kind", "payload"),
    [
        (7, 0, struct.pack("<i", 7)),
        (1.5, 1, struct.pack("<d", 1.5)),
        ("AMR", 2, b"AMR\0"),
        (GUID, 3, GUID),
        ([], 4, struct.pack("<I", 0)),
        ({}, 5, struct.pack("<I", 0)),
    ],
)
def test_a_value_is_type_length_with_these_five_bytes_payload(
    value: object, kind: int, payload: bytes
) -> None:
    raw = tlv(value)  # type: ignore[arg-type]
    assert raw[0] == kind
    assert struct.unpack("<I", raw[1:5])[0] == 5 + len(payload)
    assert raw[5:] == payload


def test_values_come_back() -> None:
    item = the_object(
        I=-3, F=2.5, T="L OOc", G=GUID, W=struct.pack("<Q", 5) + bytes(8), N=None, C={"X": 1}
    )
    assert item.number("I") == -3
    assert item.number("F") == 2.5
    assert item.text("T") == "L OOc"
    assert item.guid("G") == GUID
    assert item.filetime("W") == 5
    assert item.number("N") is None
    child = item.child("C")
    assert child is not None
    assert child.number("X") == 1
    assert item.number("absent") is None
    assert item.text("absent") == ""


def test_a_list_is_an_array_or_an_object_with_numbers_for_names() -> None:
    wanted = [1, 2, 3]
    as_array = the_object(L=[{"X": x} for x in wanted])
    as_object = the_object(L={f"{i:03d}": {"X": x} for i, x in enumerate(wanted)} | {"Count": 3})
    for item in (as_array, as_object):
        assert [child.number("X") for child in item.children("L")] == wanted
    assert the_object().children("L") == []


def test_a_guid_before_a_name_is_no_part_of_it() -> None:
    guid = "{1d7ec620-1943-11d4-b263-006097198957}"
    item = the_object(**{f"{guid}Name": "AMR", f"{guid}": 1, "A": 2, f"{guid}A": 3})
    assert item.text("Name") == "AMR"
    assert item.number(guid) == 1
    assert item.number("A") == 2
    assert item.number(f"{guid}A") == 3


def test_a_type_6_value_is_an_identifier_too() -> None:
    raw = bytearray(iom_bytes([tlv({"Id": GUID})]))
    at = raw.index(GUID) - 5
    raw[at] = 6
    assert next(IomFile("x.iom", bytes(raw)).objects()).guid("Id") == GUID


@pytest.mark.parametrize(
    ("offset", "value", "told"),
    [
        (16, 2, "at byte 16: version 2"),
        (20, 99, "at byte 20: an object begins with an unknown GUID"),
        (36, 8, "at byte 40: "),
        (40, 9, "at byte 40: type 9 is not known"),
        (41, 250, "at byte 40: a value of 250 bytes"),
        (45, 200, "at byte 40: a list of 200 values"),
        (49, 3, "at byte 49: a property has a name"),
        (58, 1, "at byte 58: the name of a property is a string, not type 1"),
        (64, 65, "at byte 58: a string does not end with NUL"),
    ],
)
def test_what_is_damaged_is_told_with_file_and_offset(offset: int, value: int, told: str) -> None:
    raw = bytearray(iom_bytes([tlv({"A": 1, "B": 2.0})]))
    raw[offset] = value
    with pytest.raises(SourceFormatError) as fault:
        list(IomFile("x.iom", bytes(raw)).objects())
    assert str(fault.value).startswith("x.iom: at byte ")
    assert told in str(fault.value)


def test_a_value_of_another_type_than_asked_for_is_told() -> None:
    item = the_object(A="one", B=1, C=b"123")
    for ask in (
        lambda: item.number("A"),
        lambda: item.text("B"),
        lambda: item.guid("C"),
        lambda: item.filetime("C"),
        lambda: item.child("A"),
        lambda: item.children("B"),
    ):
        with pytest.raises(SourceFormatError, match=r"x\.iom: at byte \d+: "):
            ask()


def test_an_object_that_the_end_cuts_off_is_left_and_told() -> None:
    whole = iom_bytes([tlv({"A": 1}), tlv({"A": 2})])
    last = whole.rindex(IOM_GUID)
    for end in range(last + 1, len(whole)):
        file = IomFile("x.iom", whole[:end])
        assert [item.number("A") for item in file.objects()] == [1]
        assert file.cut_at == last
    file = IomFile("x.iom", whole)
    assert len(list(file.objects())) == 2
    assert file.cut_at is None


def test_a_length_that_swallows_the_next_object_is_damage_and_no_end() -> None:
    raw = bytearray(iom_bytes([tlv({"A": 1}), tlv({"A": 2})]))
    raw[38] = 1
    with pytest.raises(SourceFormatError, match="reaches past the end"):
        list(IomFile("x.iom", bytes(raw)).objects())


def test_what_is_nested_deeper_than_asked_for_is_not_followed() -> None:
    value = tlv({"X": 1})
    for _ in range(5000):
        # By hand: a property "D" whose value is the object before.
        name = tlv("D")
        prop = struct.pack("<BII", 5, 9 + len(name) + len(value), 2) + name + value
        value = struct.pack("<BII", 5, 9 + len(prop), 1) + prop
    item = next(IomFile("x.iom", iom_bytes([value])).objects())
    child = item.child("D")
    assert child is not None
    assert child.number("X") is None
