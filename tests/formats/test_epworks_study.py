import struct
from pathlib import Path

import pytest

from amr_monitor.formats.epworks_encoding import TlvValue, iom_bytes, tlv
from amr_monitor.formats.epworks_study import SignalType, WaveformKind, read_study
from amr_monitor.model.errors import SourceFormatError
from tests.drivers.epworks_studies import group, write

GUID = bytes(range(16))


def an_object(
    kind: str, content: dict[str, TlvValue] | None, *, schema: int = 1, guid: bytes = GUID
) -> bytes:
    return tlv({"Data": content, "Id": guid, "Schema": schema, "Type": kind})


def test_channels_groups_traces_and_sweeps_are_found(tmp_path: Path) -> None:
    writer, _ = write(tmp_path, group(timebase_ms=10, trigger_delay_ms=-20.0), rejected=[2])
    study = read_study("x.iom", writer.iom())
    assert {channel.name for channel in study.channels.values()} == {"L OOc-Ref", "L Mentalis-Ref"}
    assert {channel.rate_hz for channel in study.channels.values()} == {6000.0}
    (trace,) = {trace.group_id for trace in study.traces.values()}
    assert trace is not None
    first = next(iter(study.traces.values()))
    found = study.group_of(first, study.channels.get(first.channel_id or b""))
    assert found is not None
    assert found.name == "AMR"
    assert found.signal_type == SignalType.TRIGGERED
    assert found.n_divisions == 10
    assert found.trigger_delay_ms == -20.0
    waveforms = list(study.waveforms.values())
    assert len(waveforms) == 12
    assert {w.kind for w in waveforms} == {WaveformKind.TRIGGERED}
    assert {w.rate_hz for w in waveforms} == {6000.0}
    assert {w.intensity_ma for w in waveforms} == {8.0}
    assert sum(w.is_rejected for w in waveforms) == 2
    assert study.is_simulated


def test_a_channel_takes_its_electrode_from_its_input(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    names = [c.electrode for c in read_study("x.iom", writer.iom()).channels.values()]
    assert names == ["L OOc-Ref", "L Mentalis-Ref"]


def test_nothing_of_a_patient_is_decoded() -> None:
    damaged = bytearray(an_object("EPPatient", {"Name": "NOBODY", "Born": 1.0}))
    # Whoever decoded this name would fail: its string has no end.
    at = damaged.index(b"NOBODY\0") + 6
    damaged[at] = 65
    study = read_study("x.iom", iom_bytes([bytes(damaged)]))
    assert study.n_objects == 1
    assert "NOBODY" not in repr(study)


def test_another_schema_is_refused_with_its_offset() -> None:
    with pytest.raises(SourceFormatError, match=r"x\.iom: at byte 40: an object has schema 2"):
        read_study("x.iom", iom_bytes([an_object("EPStudy", {}, schema=2)]))
    with pytest.raises(SourceFormatError, match="no schema"):
        read_study("x.iom", iom_bytes([tlv({"Type": "EPStudy"})]))


def test_objects_of_an_unknown_type_are_counted() -> None:
    study = read_study("x.iom", iom_bytes([an_object("EPSomething", {"A": 1})]))
    assert study.unknown == {"EPSomething": 1}


def test_an_object_without_id_is_damage() -> None:
    raw = tlv({"Data": {"A": 1}, "Schema": 1, "Type": "EPTrace"})
    with pytest.raises(SourceFormatError, match="has no Id"):
        read_study("x.iom", iom_bytes([raw]))


def test_settings_of_a_group_fill_what_the_group_does_not_say() -> None:
    definition: dict[str, TlvValue] = {
        "ID": b"d" * 16,
        "Name": "AMR",
        "SignalType": 3,
        "TriggerDelay": -5.0,
        "NumDivisionsToCollect": 8,
    }
    test = an_object("EPTest", {"Settings": {"GroupDef": {"000": definition}}})
    own = an_object("EPGroup", {"GroupId": b"d" * 16, "SignalType": 1}, guid=b"g" * 16)
    trace = an_object("EPTrace", {"GroupObjId": b"g" * 16}, guid=b"t" * 16)
    study = read_study("x.iom", iom_bytes([test, own, trace]))
    found = study.group_of(study.traces[b"t" * 16], None)
    assert found is not None
    assert (found.name, found.signal_type) == ("AMR", 1)
    assert (found.trigger_delay_ms, found.n_divisions) == (-5.0, 8)
    assert study.group_of(None, None) is None


def test_a_rate_that_cannot_be_is_none() -> None:
    for frequency, timebase in ((60_000.0, 0.0), (float("nan"), 5.0), (-1.0, 5.0)):
        raw = an_object(
            "EPTriggeredWaveform", {"SampFreq": frequency, "Timebase": timebase, "Timestamp": b""}
        )
        assert read_study("x.iom", iom_bytes([raw])).waveforms[GUID].rate_hz is None


def test_a_whole_number_out_of_bounds_is_told() -> None:
    raw = an_object("EPGroup", {"SignalType": float("nan")})
    with pytest.raises(SourceFormatError, match="SignalType is nan"):
        read_study("x.iom", iom_bytes([raw]))


def test_an_iom_that_is_cut_gives_the_objects_before() -> None:
    whole = iom_bytes([an_object("EPTrace", {"Name": "a"}), an_object("EPTrace", {"Name": "b"})])
    study = read_study("x.iom", whole[:-3])
    assert study.n_objects == 1
    assert study.cut_at == 20 + 20 + struct.unpack("<I", whole[36:40])[0]
