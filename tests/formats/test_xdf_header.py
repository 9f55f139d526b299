"""What an XDF file says of itself."""

from datetime import UTC, datetime

import pytest

from amr_monitor.formats.xdf_header import (
    XdfChannel,
    XdfStreamHeader,
    parse_sample_count,
    parse_start,
    parse_stream_header,
)

CHANNELS = (
    "<channels><channel><label> OOc L </label><unit>microvolts</unit><type>EMG</type>"
    "</channel><channel><name>Ment L</name><units>mV</units></channel></channels>"
)


def header(desc: str = CHANNELS, **fields: str) -> XdfStreamHeader:
    told = {
        "name": "amp",
        "type": "EMG",
        "channel_count": "3",
        "nominal_srate": "20000",
        "channel_format": "float32",
        "hostname": "theatre",
    } | fields
    inner = "".join(f"<{key}>{value}</{key}>" for key, value in told.items())
    xml = f'<?xml version="1.0"?><info>{inner}<desc>{desc}</desc></info>'
    return parse_stream_header(xml.encode(), stream_id=3)


def test_all_that_is_said_of_a_stream_and_its_channels() -> None:
    read = header()
    assert (read.name, read.kind, read.hostname) == ("amp", "EMG", "theatre")
    assert read.nominal_rate_hz == 20_000.0
    assert read.sample_bytes == 12
    assert read.channels == (
        XdfChannel(label="OOc L", unit="microvolts", kind="EMG"),
        XdfChannel(label="Ment L", unit="mV"),
        XdfChannel(label=""),
    )
    assert read.told() == "'amp' (stream 3)"
    assert not read.is_text


def test_more_channels_described_than_there_are() -> None:
    assert [c.label for c in header(channel_count="1").channels] == ["OOc L"]


def test_what_our_own_streams_say_of_their_origin() -> None:
    own = "<origin>simulated</origin><rail_uv>5000</rail_uv>"
    told = header(f"<amr_monitor>{own}</amr_monitor>")
    assert (told.origin, told.rail_uv) == ("simulated", 5000.0)
    assert (header().origin, header().rail_uv) == ("", None)
    assert header("<amr_monitor><rail_uv>none</rail_uv></amr_monitor>").rail_uv is None


@pytest.mark.parametrize("rate", ["0", "", "-5", "nan", "inf", "fast", "1e300"])
def test_a_rate_that_is_none_is_irregular(rate: str) -> None:
    assert header(nominal_srate=rate).nominal_rate_hz == 0.0


def test_texts_have_no_length_of_their_own() -> None:
    read = header(channel_format="string")
    assert read.is_text
    assert read.sample_bytes == 0


def test_entities_are_refused_before_they_are_read() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><info><name>&b;</name></info>'
    with pytest.raises(ValueError, match="entities"):
        parse_stream_header(bomb, stream_id=1)


def test_bytes_that_are_no_text_spoil_no_header() -> None:
    read = header(name="R\u00f6ntgen")
    assert read.name == "R\u00f6ntgen"
    xml = b"<info><name>\xff\xfe</name><channel_count>1</channel_count>"
    xml += b"<channel_format>int8</channel_format></info>\x00\n"
    assert parse_stream_header(xml, stream_id=1).n_channels == 1


@pytest.mark.parametrize(
    ("told", "start"),
    [
        ("2026-01-05T09:00:00+0100", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T09:00:00+01:00", datetime(2026, 1, 5, 8, tzinfo=UTC)),
        ("2026-01-05T09:00:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
    ],
)
def test_when_the_recorder_began(told: str, start: datetime | None) -> None:
    assert parse_start(f"<info><datetime>{told}</datetime></info>".encode()) == start


def test_a_file_header_that_is_no_xml_has_no_date() -> None:
    assert parse_start(b"<info><datetime>") is None


@pytest.mark.parametrize(
    ("told", "count"), [("12", 12), ("", None), ("-3", None), ("many", None), ("1e300", None)]
)
def test_what_a_footer_counts(told: str, count: int | None) -> None:
    assert parse_sample_count(f"<info><sample_count>{told}</sample_count></info>".encode()) == count


def test_a_footer_that_is_no_xml_counts_nothing() -> None:
    assert parse_sample_count(b"<info>") is None
