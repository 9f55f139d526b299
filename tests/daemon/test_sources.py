"""A recording is read as it is needed; a simulated surgery is named with its options."""

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from amr_monitor.config import Settings
from amr_monitor.daemon.sources import ContextFile, open_address, open_recording
from amr_monitor.drivers.epworks_tail import EpworksTail
from amr_monitor.drivers.lsl_network import library
from amr_monitor.drivers.pacing import PacedSource
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.model.errors import ChannelError, ConfigError, SourceError
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.source import Annotation, Origin
from amr_monitor.model.sweep import Sweep
from amr_monitor.simulation import RecordingLayout, simulate, write_recording
from tests.drivers import epworks_studies
from tests.formats import vital_bytes


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "surgery.edf"
    layout = RecordingLayout(labels=("OOc", "Mentalis"))
    surgery = simulate("abrupt_loss", minutes=4, rate_hz=2000)
    write_recording(surgery, path, layout=layout)
    return path


def test_a_replay_at_full_speed_reads_sweeps_alone(recording: Path) -> None:
    opened = open_recording([recording], Settings(), speed=inf)
    items = opened.source.read(timeout_s=0.0) or ()
    assert any(isinstance(item, Sweep) for item in items)
    assert not any(isinstance(item, SampleBlock) for item in items)
    assert isinstance(opened.source, ReplaySource)
    assert opened.replay is None
    assert not opened.is_live
    opened.source.close()


def test_a_replay_in_blocks_gives_blocks_of_that_size(recording: Path) -> None:
    opened = open_recording([recording], Settings(), speed=inf, block_samples=37)
    (block,) = [item for item in opened.source.read(timeout_s=0.0) or () if is_block(item)]
    assert isinstance(block, SampleBlock)
    assert block.samples_uv.shape[1] == 37
    opened.source.close()


def is_block(item: object) -> bool:
    return isinstance(item, SampleBlock)


@pytest.mark.parametrize(("speed", "can_be_paced"), [(10.0, False), (inf, True)])
def test_a_replay_that_somebody_looks_at_is_paced(
    recording: Path, speed: float, *, can_be_paced: bool
) -> None:
    opened = open_recording([recording], Settings(), speed=speed, can_be_paced=can_be_paced)
    paced = opened.source
    assert isinstance(paced, PacedSource)
    assert paced.state.speed == speed
    paced.close()
    assert opened.replay is paced


def test_the_montage_of_the_settings_is_used(recording: Path) -> None:
    settings = Settings()
    montage = replace(settings.montage, orbicularis_oculi=("other",), mentalis=("another",))
    with pytest.raises(ChannelError):
        open_recording([recording], replace(settings, montage=montage), speed=inf)


def test_an_address_is_a_recording_or_a_simulation(recording: Path) -> None:
    opened = open_address(str(recording), Settings())
    assert opened.source.info.name == "surgery.edf"
    opened.source.close()
    simulated = open_address("sim:persistent?seed=7&minutes=5", Settings())
    assert simulated.source.info.name == "simulated persistent, seed 7"
    assert simulated.source.info.duration_s == pytest.approx(300.0)
    assert simulated.source.info.origin is Origin.SIMULATED
    assert simulated.replay is not None
    simulated.source.close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("sim:nothing_such", "nothing_such"),
        ("sim:persistent?sed=3", "'sed' is unknown; seed and minutes can be given"),
        ("sim:persistent?seed=x", "seed must be a number, not 'x'"),
        ("sim:persistent?minutes=inf", "minutes must be 0 or more, not inf"),
        ("sim:persistent?seed=-1", "seed must be 0 or more, not -1"),
    ],
)
def test_a_simulation_that_cannot_be_made_is_told(address: str, told: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        open_address(address, Settings())
    assert told in str(refusal.value)


def test_a_recording_that_is_not_there_is_told() -> None:
    with pytest.raises(SourceError, match=r"nowhere\.edf"):
        open_address("nowhere.edf", Settings())


@pytest.mark.parametrize("can_be_paced", [False, True])
def test_values_from_the_room_are_laid_beside_a_recording(
    recording: Path, tmp_path: Path, *, can_be_paced: bool
) -> None:
    path = vital_bytes.written(tmp_path / "room.vital", vital_bytes.surgery())
    plain = open_recording([recording], Settings(), speed=inf)
    opened = open_recording(
        [recording],
        Settings(),
        speed=inf,
        can_be_paced=can_be_paced,
        context=ContextFile(path=path, offset_s=-200.0),
    )
    told: list[tuple[float, str]] = []
    while (items := opened.source.read(timeout_s=0.0)) is not None:
        told += [
            (item.time_s, item.text)
            for item in items
            if isinstance(item, Annotation) and "by=vital" in item.text
        ]
    assert (100.0, "cmd: context by=vital name=MAC value=0.9") in told
    assert opened.source.info.content_hash != plain.source.info.content_hash
    plain.source.close()
    opened.source.close()


def test_a_room_that_does_not_meet_the_recording_is_refused(
    recording: Path, tmp_path: Path
) -> None:
    path = vital_bytes.written(tmp_path / "room.vital", vital_bytes.surgery())
    with pytest.raises(SourceError, match=r"room\.vital: covers .* they do not meet"):
        open_recording([recording], Settings(), speed=inf, context=ContextFile(path=path))


def test_a_study_folder_is_replayed_or_followed(tmp_path: Path) -> None:
    epworks_studies.write(tmp_path)
    followed = open_address(f"epworks:{tmp_path}", Settings())
    assert followed.is_live
    assert followed.replay is None
    assert isinstance(followed.source, EpworksTail)
    followed.source.close()
    replayed = open_recording([tmp_path], Settings(), speed=inf, can_be_paced=True)
    items: list[object] = []
    while (read := replayed.source.read(timeout_s=0.0)) is not None:
        items += read
    assert sum(isinstance(item, Sweep) for item in items) == 6
    replayed.source.close()


def test_a_study_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        open_address(f"epworks:{tmp_path / 'none'}", Settings())


def test_a_stream_in_reach_is_a_live_source() -> None:
    pylsl = library()
    info = pylsl.StreamInfo("amp of a test", "EMG", 1, 2000.0, pylsl.cf_float32, "amp")
    channel = info.desc().append_child("channels").append_child("channel")
    channel.append_child_value("label", "L OOc")
    channel.append_child_value("unit", "microvolts")
    outlet = pylsl.StreamOutlet(info)
    opened = open_address("lsl:amp of a test", Settings())
    assert opened.is_live
    assert opened.replay is None
    assert opened.source.info.name == "amp of a test"
    assert opened.source.info.origin is Origin.DEVICE
    opened.source.close()
    del outlet


def test_a_stream_that_is_not_there_is_told_in_one_line() -> None:
    settings = Settings()
    soon = replace(settings, lsl=replace(settings.lsl, resolve_timeout_s=0.5))
    with pytest.raises(SourceError, match=r"name 'nowhere' is in reach .* firewall"):
        open_address("lsl:nowhere", soon)
