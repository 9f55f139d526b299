"""Every source that must keep the contract: a new driver adds a line here, no more.

An opener gets an empty folder and the size of blocks, or None for the source's
own way (sweeps alone, or its usual blocks). Opened twice with the same size it
must give the same recording; whatever the size, the same samples.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from amr_monitor.drivers.annotated import AnnotatedSource
from amr_monitor.drivers.lsl_opening import LslSourceSettings
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.lsl_source import open_lsl
from amr_monitor.drivers.pacing import PacedSource
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.registry import open_source
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.signal import Gap
from amr_monitor.model.source import SampleSource
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.simulation import SimulatedSource, simulate
from amr_monitor.simulation import Surgery as SimulatedSurgery
from amr_monitor.storage.recorder import Recorder
from tests.drivers import epworks_studies, lsl_fakes, sweep_tables
from tests.drivers.brainvision import BrainVision
from tests.drivers.surgeries import Surgery
from tests.drivers.xdf_files import Streams, stimulus_texts
from tests.storage.recordings import block as live_block
from tests.storage.recordings import info as live_info

Opener = Callable[[Path, int | None], SampleSource]

TEXTS = [(0.1, "baseline accepted"), (2.2, "dura opened"), (5.0, "vessel moved: AICA")]


def _recording(surgery: Surgery, suffix: str = "edf") -> Opener:
    def open_it(folder: Path, block_samples: int | None) -> SampleSource:
        path = folder / f"x.{suffix}"
        if not path.exists():
            surgery.write(path)
        return open_source([path], block_samples=block_samples)

    return open_it


def _streams(streams: Streams) -> Opener:
    def open_it(folder: Path, block_samples: int | None) -> SampleSource:
        path = folder / "x.xdf"
        if not path.exists():
            streams.write(path)
        return open_source([path], block_samples=block_samples)

    return open_it


def _paced(folder: Path, block_samples: int | None) -> SampleSource:
    path = folder / "x.edf"
    if not path.exists():
        Surgery(seconds=4.0, stimuli_s=[0.7, 1.5, 2.5], texts=TEXTS[:2]).write(path)
    source = open_source([path], block_samples=block_samples or 100)
    return PacedSource(source, speed=float("inf"))


def _foreign(folder: Path, block_samples: int | None) -> SampleSource:
    path = folder / "x.vhdr"
    if not path.exists():
        BrainVision(markers=[("Comment", text, time_s) for time_s, text in TEXTS]).write(path)
    return open_source([path], block_samples=block_samples)


def _with_texts(folder: Path, block_samples: int | None) -> SampleSource:
    path = folder / "x.edf"
    if not path.exists():
        Surgery(hole=(4.0, 30.0), stimuli_s=[1.0, 2.0, 3.0, 30.9, 31.5, 32.5], texts=TEXTS).write(
            path
        )
    source = open_source([path], block_samples=block_samples)
    return AnnotatedSource(source, [(0.0, "context: MAC 0.5"), (31.0, "context: MAC 0.9")])


def _simulated(folder: Path, block_samples: int | None) -> SampleSource:
    del folder
    return SimulatedSource(_surgery(), block_samples=block_samples or 500)


def _epworks(folder: Path, block_samples: int | None) -> SampleSource:
    if not (folder / "study.iom").exists():
        epworks_studies.write(folder, epworks_studies.group(timebase_ms=10), n_sweeps=[70])
    return open_source([folder], block_samples=block_samples)


def _sweep_table(folder: Path, block_samples: int | None) -> SampleSource:
    path = folder / "surgery.csv"
    if not path.exists():
        sweep_tables.write(folder, 70)
    return open_source([path], block_samples=block_samples)


def _live(folder: Path, block_samples: int | None) -> SampleSource:
    del folder
    device = lsl_fakes.sent(seconds=12.0, stimuli_s=[1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 11.0])
    device = device.without(10_000, 10_600).later(16_000, 5.0)
    stream = lsl_fakes.described(channels=lsl_fakes.WITH_COUNTER)
    network = lsl_fakes.FakeNetwork((stream, device.cut([block_samples or 40])))
    settings = LslSourceSettings(
        lsl=LslSettings(use_markers=False, use_context=False),
        recording=RecordingSettings(trigger=TriggerSettings(threshold=2.5)),
    )
    start = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
    source = open_lsl(settings, network=network, utc=lambda: start)
    return lsl_fakes.EndingSource(source, network)


@cache
def _surgery() -> SimulatedSurgery:
    return simulate("abrupt_loss", seed=5, minutes=3.2, rate_hz=2000)


def _own_recording(folder: Path, block_samples: int | None) -> SampleSource:
    """A case of our own recorder: a gap, and perhaps another amplifier after it."""
    if not any(folder.iterdir()):
        taken = Recorder(folder=folder, info=live_info(rate_hz=2000.0))
        for index in (1500, 2500, 3400, 5300, 6900):
            taken.take_stimulus(Stimulus(sample_index=index, fraction=0.25, current_ma=8.0))
        taken.take_block(live_block(0, 3500))
        taken.take_text(2000, "dura opened")
        taken.take_text(3500, "before the gap")
        taken.take_gap(Gap(sample_index=3500, resumes_at_s=30.0, reason="cable"))
        taken.take_text(3500, "after the gap")
        taken.take_block(live_block(3500, 4500))
        taken.close()
    return open_source([folder], block_samples=block_samples)


SOURCES: dict[str, Opener] = {
    "edf": _recording(Surgery(texts=TEXTS)),
    "edf_annotations": _recording(
        Surgery(
            trigger_label=None,
            texts=sorted([*TEXTS, *((s, "Stim 8 mA") for s in Surgery().stimuli_s)]),
        )
    ),
    "edf_hole": _recording(
        Surgery(hole=(4.0, 30.0), stimuli_s=[1.0, 2.0, 3.0, 3.95, 30.2, 31.0, 32.5], texts=TEXTS)
    ),
    "edf_rates": _recording(Surgery(rates_hz=[5000.0, 2000.0], trigger_rate_hz=10_000.0)),
    "own_recording": _own_recording,
    "bdf": _recording(Surgery(is_bdf=True, texts=TEXTS, seconds=7.3), suffix="bdf"),
    "xdf": _streams(Streams(texts=TEXTS)),
    "xdf_markers": _streams(
        Streams(trigger=False, texts=[*TEXTS, *stimulus_texts(Surgery())], markers_offset_s=40.0)
    ),
    "xdf_hole": _streams(
        Streams(
            surgery=Surgery(seconds=10.0),
            lost=[(15_000, 15_300), (30_000, 42_500)],
            reset=(6.0, -500.0),
            value_format="int16",
            texts=TEXTS,
        )
    ),
    "paced": _paced,
    "foreign": _foreign,
    "with_texts": _with_texts,
    "epworks": _epworks,
    "sweep_table": _sweep_table,
    "simulated": _simulated,
    "live": _live,
}
