"""Values from the room out of a `.vital` file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amr_monitor.drivers.vital_context import (
    ContextFileSettings,
    RoomValues,
    room_values,
    told_points,
)
from amr_monitor.formats.vital import TrackKind, VitalSeries, VitalTrack
from amr_monitor.model.context import CONTEXT
from amr_monitor.model.errors import ConfigError, SourceFormatError
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.monitor.context import quantity_of
from tests.formats.vital_bytes import (
    compressed,
    device,
    header,
    number,
    surgery,
    track,
    written,
)
from tests.sweeps import OCULI

SETTINGS = ContextFileSettings()
INFO = SourceInfo(
    name="surgery.edf",
    origin=Origin.REPLAY,
    montage=Montage(channels=(Channel(label="OOc", muscle=OCULI),)),
    sampling_rate_hz=5000.0,
    trigger_quality=TriggerQuality.SAMPLE_LOCKED,
    start_utc=datetime(2026, 3, 1, 8, 1, tzinfo=UTC),
    duration_s=600.0,
)
"""It begins a minute after the `.vital` file of the tests."""


def values(
    tmp_path: Path,
    data: bytes,
    *,
    info: SourceInfo = INFO,
    settings: ContextFileSettings = SETTINGS,
    offset_s: float | None = None,
) -> RoomValues:
    path = written(tmp_path / "room.vital", data)
    return room_values(path, info, settings, offset_s=offset_s)


def vital_track(device_name: str, name: str, *, montype: int = 0, unit: str = "") -> VitalTrack:
    return VitalTrack(
        device=device_name,
        device_type=device_name,
        name=name,
        unit=unit,
        kind=TrackKind.NUMBER,
        montype=montype,
    )


def test_values_lie_where_the_clocks_say(tmp_path: Path) -> None:
    told = values(tmp_path, surgery())
    assert told.warnings == ()
    assert (240.0, "cmd: context by=vital name=MAC value=0.9") in told.texts
    assert (340.0, "cmd: context by=vital name=TOF_count value=2") in told.texts
    # What was told before the recording began stands at its beginning, the newest alone.
    beginning = [text for time_s, text in told.texts if time_s == 0.0]
    assert "cmd: context by=vital name=TOF_count value=4" in beginning
    assert len(beginning) == 3
    assert list(told.texts) == sorted(told.texts, key=lambda text: text[0])


def test_a_value_is_told_when_it_changes_or_after_five_minutes(tmp_path: Path) -> None:
    told = values(tmp_path, surgery())
    assert len(told.texts) < 10
    bis = [time_s for time_s, text in told.texts if "name=BIS" in text]
    assert bis == [0.0, 240.0]


@pytest.mark.parametrize(("bias_min", "clock"), [(-540, "local time"), (300, "local time")])
def test_a_header_without_a_time_zone_is_taken_as_local(
    tmp_path: Path, bias_min: int, clock: str
) -> None:
    local = datetime(2026, 3, 1, 8, 1, tzinfo=UTC).timestamp() - 60.0 * bias_min
    info = replace(INFO, start_utc=datetime.fromtimestamp(local, UTC))
    told = values(tmp_path, surgery(bias_min=bias_min), info=info)
    assert (240.0, "cmd: context by=vital name=MAC value=0.9") in told.texts
    (warning,) = told.warnings
    assert f"the clock of surgery.edf is taken as {clock}" in warning.message


def test_and_as_utc_where_only_that_makes_them_meet(tmp_path: Path) -> None:
    told = values(tmp_path, surgery(bias_min=-540))
    assert (240.0, "cmd: context by=vital name=MAC value=0.9") in told.texts
    assert "taken as UTC" in told.warnings[0].message


def test_an_offset_wins_over_the_clocks(tmp_path: Path) -> None:
    undated = replace(INFO, start_utc=None, first_time_s=5.0)
    told = values(tmp_path, surgery(), info=undated, offset_s=10.0)
    assert (315.0, "cmd: context by=vital name=MAC value=0.9") in told.texts
    assert told.warnings == ()


def test_without_a_date_an_offset_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(
        SourceFormatError, match=r"surgery\.edf has no start date.*--context-offset"
    ):
        values(tmp_path, surgery(), info=replace(INFO, start_utc=None))


def test_files_that_do_not_meet_are_refused_with_their_times(tmp_path: Path) -> None:
    info = replace(INFO, start_utc=datetime(2026, 3, 2, 8, 1, tzinfo=UTC))
    line = r"covers 2026-03-01 08:00 to 2026-03-01 08:09.*begins at 2026-03-02 08:01"
    with pytest.raises(SourceFormatError, match=line):
        values(tmp_path, surgery(), info=info)


def test_a_file_without_a_known_track_names_what_it_has(tmp_path: Path) -> None:
    data = compressed(header(), device(1, "Solar8000"), track(1, "HR"), number(1, 0.0, 60.0))
    with pytest.raises(SourceFormatError, match=r"none of its tracks is known \(Solar8000/HR\)"):
        values(tmp_path, data)


def test_tracks_can_be_named_and_left_out_in_the_config(tmp_path: Path) -> None:
    settings = ContextFileSettings(tracks=("Solar8000/X1 = TOF_ratio", "BIS/BIS ="))
    data = compressed(
        header(),
        device(1, "Solar8000"),
        track(1, "X1"),
        number(1, 70.0, 92.0),
        device(2, "BIS"),
        track(2, "BIS", device_number=2),
        number(2, 70.0, 40.0),
    )
    told = values(tmp_path, data, settings=settings)
    assert told.texts == ((10.0, "cmd: context by=vital name=TOF_ratio value=92 unit=%"),)


@pytest.mark.parametrize(
    ("device_name", "name", "montype", "wanted"),
    [
        ("BIS", "BIS", 0, "BIS"),
        ("Root", "PSI", 0, "PSI"),
        ("Primus", "MAC", 0, "MAC"),
        ("Primus", "EXP_SEVO", 0, "sevoflurane"),
        ("Orchestra", "PPF20_CE", 0, "propofol"),
        ("Orchestra", "RFTN20_CE", 0, "remifentanil"),
        ("TOFScan", "TOF_RATIO", 0, "TOF_ratio"),
        ("TwitchView", "TOFR", 85, "TOF_ratio"),
        ("TwitchView", "CNT", 86, "TOF_count"),
        ("Solar8000", "BT", 19, "temperature"),
        ("Solar8000", "HR", 2, None),
    ],
)
def test_tracks_are_found_by_name_or_by_their_meaning(
    device_name: str, name: str, montype: int, wanted: str | None
) -> None:
    found = SETTINGS.quantity(vital_track(device_name, name, montype=montype))
    assert (found.name if found else None) == wanted


def series(values_: list[float], *, every_s: float = 1.0, unit: str = "") -> VitalSeries:
    return VitalSeries(
        track=vital_track("X", "V", unit=unit),
        times_s=[every_s * i for i in range(len(values_))],
        values=values_,
    )


def told_of(name: str, data: VitalSeries) -> tuple[list[tuple[float, str]], int]:
    quantity = quantity_of(name)
    assert quantity is not None
    points, n_refused = told_points(data, quantity, SETTINGS)
    return [(time_s, command.value) for time_s, command in points], n_refused


def test_a_value_that_jumps_to_and_fro_is_told_once_a_minute_at_most() -> None:
    points, _ = told_of("BIS", series([40.0, 60.0] * 300))
    assert [time_s for time_s, _ in points[:3]] == [0.0, 61.0, 122.0]
    assert len(points) <= 10


def test_a_tof_is_told_at_once() -> None:
    points, _ = told_of("TOF_count", series([4, 4, 3, 3, 2, 1, 0], every_s=15.0))
    assert [value for _, value in points] == ["4", "3", "2", "1", "0"]


def test_a_steady_value_is_told_each_five_minutes() -> None:
    points, _ = told_of("MAC", series([0.8] * 1000))
    assert [time_s for time_s, _ in points] == [0.0, 300.0, 600.0, 900.0]


def test_what_cannot_be_is_left_out_and_counted(tmp_path: Path) -> None:
    assert told_of("BIS", series([45.0, -1.0, 3276.7])) == ([(0.0, "45")], 2)
    data = compressed(header(), device(1, "BIS"), track(1, "BIS"), number(1, 70.0, 45.0))
    data += compressed(number(1, 71.0, 655.0))
    (warning,) = values(tmp_path, data).warnings
    assert warning.message == "room.vital: 1 values of BIS/BIS are no BIS that can be; left out"


def test_a_unit_that_is_known_is_converted() -> None:
    points, _ = told_of("temperature", series([97.7], unit="F"))
    assert points == [(0.0, "36.5")]


def test_two_tracks_of_one_name_are_told_and_the_first_is_taken(tmp_path: Path) -> None:
    data = compressed(
        header(),
        device(1, "A"),
        device(2, "B"),
        track(1, "MAC", device_number=1),
        track(2, "MAC", device_number=2),
        number(1, 70.0, 0.5),
        number(2, 70.0, 0.9),
    )
    told = values(tmp_path, data)
    assert told.texts == ((10.0, "cmd: context by=vital name=MAC value=0.5"),)
    assert told.warnings[0].message == (
        "room.vital: MAC by A/MAC; B/MAC tell it too; choose in [context] tracks of the config"
    )


def test_the_same_values_have_the_same_hash(tmp_path: Path) -> None:
    one = values(tmp_path, surgery()).content_hash
    assert values(tmp_path, surgery()).content_hash == one
    assert values(tmp_path, surgery(), offset_s=3.0).content_hash != one


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("MAC", "does not say DEVICE/TRACK = NAME"),
        ("Primus/MAC = MCA", "'MCA' is none of BIS"),
        (" = MAC", "does not say"),
    ],
)
def test_a_track_that_makes_no_sense_is_refused(line: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        ContextFileSettings(tracks=(line,))


def test_the_times_of_telling_must_make_sense() -> None:
    with pytest.raises(ConfigError, match="at_most_every_s"):
        ContextFileSettings(at_most_every_s=400.0)


def test_every_step_is_above_nothing() -> None:
    assert all(quantity.step > 0.0 for quantity in CONTEXT)


def test_a_unit_that_is_not_known_is_left_out_and_told(tmp_path: Path) -> None:
    data = compressed(
        header(),
        device(1, "Orchestra"),
        track(1, "PPF20_CE", unit="mL/h"),
        number(1, 70.0, 9.0),
        track(2, "RFTN20_CE", unit="ng/mL"),
        number(2, 70.0, 4.0),
    )
    told = values(tmp_path, data)
    assert told.texts == ((10.0, "cmd: context by=vital name=remifentanil value=4 unit=ng/mL"),)
    assert "is told in 'mL/h', which is no unit of propofol" in told.warnings[0].message
