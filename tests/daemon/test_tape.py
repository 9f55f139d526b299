"""A case that was recorded while it ran tells the same events when it is replayed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.config import Settings
from amr_monitor.daemon.composition import compose_replay, compose_run
from amr_monitor.daemon.shell_alarms import ShellAlarms
from amr_monitor.daemon.sources import OpenedSource, open_recording
from amr_monitor.daemon.tape import Tape, kept_text
from amr_monitor.model.case import MarkName, Muscle, Reading, Vessel
from amr_monitor.model.events import (
    AlarmPriority,
    ContextChanged,
    Event,
    JournalEntry,
    RecorderLost,
)
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, Origin, SourceChanged, SourceInfo, SourceItem
from amr_monitor.model.status import RecordingState
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    AmendMark,
    EnterReading,
    MarkCommand,
    RestartBaseline,
    SetContext,
)
from amr_monitor.storage.recorder import Recorder
from amr_monitor.storage.recorder_writer import RecorderEvent
from amr_monitor.storage.settings import StorageSettings
from tests.sweeps import MENTALIS, OCULI, Recording


@dataclass
class Theatre:
    """A live source that somebody gives commands to while it runs."""

    recording: Recording
    seed: int
    then: Recording | None = None
    """What the source is when it comes back as another, 20 s after the end of the first."""
    gaps: Sequence[tuple[int, float]] = ()
    n_commands: int = 25
    is_over: bool = False
    submit: object = None
    closed: bool = False
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.info: SourceInfo = replace(self.recording.info, origin=Origin.DEVICE)
        self._reads = self._go(self.recording, 0)
        if self.then is not None:
            self._reads = chain(self._reads, self._come_back(self.then))

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        return next(self._reads, None)

    def close(self) -> None:
        self.closed = True

    def _come_back(self, then: Recording) -> Iterator[Sequence[SourceItem]]:
        first = self.recording.n_samples
        resumes_s = self.recording.duration_s + 20.0 + sum(s for _, s in self.gaps)
        info = replace(then.info, origin=Origin.DEVICE)
        yield [
            Gap(sample_index=first, resumes_at_s=resumes_s, reason="another amplifier"),
            SourceChanged(sample_index=first, info=info),
        ]
        self.gaps = ()
        yield from self._go(then, first)

    def _go(self, r: Recording, offset: int) -> Iterator[Sequence[SourceItem]]:
        rng = self.rng
        stimuli = [replace(s, sample_index=s.sample_index + offset) for s in r.stimuli]
        samples = r.samples_uv
        breaks = dict(self.gaps)
        at, last = offset, offset + r.n_samples
        when = set(rng.choice(r.n_samples // 400, self.n_commands, replace=False).tolist())
        n_reads = 0
        while at < last:
            items: list[SourceItem] = []
            for _ in range(int(rng.integers(0, 4))):
                end = min(at + int(rng.choice([1, 50, 333, 500, 1000])), last)
                end = min([end, *(index for index in breaks if index > at)])
                while stimuli and stimuli[0].sample_index < end:
                    items.append(stimuli.pop(0))
                if rng.random() < 0.01:
                    text = str(
                        rng.choice(["Irrigation", "note\tto self", "dura opened", "padding"])
                    )
                    items.append(Annotation(sample_index=at, time_s=0.0, text=text))
                items.append(
                    SampleBlock(first_index=at, samples_uv=samples[:, at - offset : end - offset])
                )
                at = end
                if at in breaks:
                    yield items
                    if rng.random() < 0.7:
                        self._command(at)
                        yield []
                    items = [Gap(sample_index=at, resumes_at_s=breaks.pop(at), reason="cable")]
                    if rng.random() < 0.5:
                        items.append(Annotation(sample_index=at, time_s=0.0, text="after it"))
            yield items
            n_reads += 1
            if n_reads in when:
                self._command(at)

    def _command(self, at: int) -> None:
        rng = self.rng
        kinds = [
            lambda i: MarkCommand(
                sample_index=i,
                by="anna",
                mark=MarkName.VESSEL_MOVED,
                vessel=Vessel(str(rng.choice(["AICA", "PICA", "other"]))),
                text='a "long" text, ' * int(rng.integers(0, 9)),
                seconds_ago=float(rng.choice([0.0, 10.0, 30.0])),
            ),
            lambda i: MarkCommand(sample_index=i, by="Kim Ö.", mark=MarkName.DURA_OPENED),
            lambda i: MarkCommand(
                sample_index=i, by="Kim", mark=MarkName.DECOMPRESSION_COMPLETE, seconds_ago=2.5
            ),
            lambda i: AmendMark(
                sample_index=i,
                by="anna",
                mark_id=int(rng.integers(1, 9)),
                effective_time_s=float(rng.uniform(0.0, 200.0)),
                reason="seen on the video",
            ),
            lambda i: SetContext(
                sample_index=i, by="anna", name="MAC", value=str(rng.random()), unit=""
            ),
            lambda i: EnterReading(
                sample_index=i,
                by="Kim Ö.",
                muscle=OCULI,
                reading=Reading(str(rng.choice(["present", "absent", "cannot_tell"]))),
                text='small, "11 ms"',
            ),
            lambda i: AcknowledgeAlarm(sample_index=i, by="anna", alarm_id="stimulation_silent"),
            lambda i: AcceptBaseline(sample_index=i, by="Kim"),
            lambda i: (
                RestartBaseline(sample_index=i, by="Kim", reason="new needle")
                if rng.random() < 0.1
                else AcceptBaseline(sample_index=i, by="Kim")
            ),
        ]
        make = kinds[int(rng.integers(len(kinds)))]
        self.submit(make)  # type: ignore[operator]


def surgery(seed: int) -> Recording:
    r = Recording(230, seed=seed, rate_hz=2000.0)
    r.amr[OCULI][120:190] = 0.0
    rng = np.random.default_rng(seed)
    r.current_ma = [
        float(rng.choice([10.0, 10.0, 10.0, 9.0, 10.123456789])) if k > 200 else 10.0
        for k in range(230)
    ]
    r.polarity = [(1, -1)[k % 2] if k > 210 else 1 for k in range(230)]
    r.extra = [(150.31 + 0.02 * k, None) for k in range(60)]
    r.extra += [(170.2 + k / 43.9, StimulusClass.BAEP_CLICK) for k in range(400)]
    return r


def core(entries: Sequence[JournalEntry]) -> list[Event]:
    return [entry.event for entry in entries if entry.event.scope == "core"]


def settings_in(folder: Path) -> Settings:
    return Settings(storage=StorageSettings(folder=folder, largest_file_mb=2.0))


def run(theatre: Theatre, folder: Path) -> tuple[list[JournalEntry], Path]:
    entries: list[JournalEntry] = []
    settings = settings_in(folder)
    composed = compose_run(
        OpenedSource(source=theatre, is_live=True), settings, on_entries=entries.extend
    )
    theatre.submit = composed.session.submit
    composed.begin()
    composed.session.run()
    composed.close()
    return entries, settings.storage.recordings_folder() / composed.record.case_id


def replay(
    folder: Path, settings: Settings, *, block_samples: int | None = None
) -> list[JournalEntry]:
    entries: list[JournalEntry] = []
    opened = open_recording([folder], settings, speed=float("inf"), block_samples=block_samples)
    composed = compose_replay(
        opened, settings, keeps=False, serves=False, on_entries=entries.extend
    )
    composed.begin()
    composed.session.run()
    composed.close()
    return entries


@pytest.mark.parametrize("seed", range(4))
def test_live_and_the_replay_of_what_was_recorded_tell_the_same(tmp_path: Path, seed: int) -> None:
    gaps = [(80_000, 47.5), (233_333, 125.0), (400_000, 210.25 + seed)][: seed + 1]
    theatre = Theatre(surgery(seed), seed, gaps=gaps)
    told, folder = run(theatre, tmp_path)
    assert theatre.closed
    live = core(told)
    assert len(list(folder.glob("*.bdf"))) > len(gaps)
    assert len({event.type for event in live}) > 6
    for block_samples in (None, 777):
        again = core(replay(folder, settings_in(tmp_path), block_samples=block_samples))
        assert [e.type for e in again] == [e.type for e in live]
        for one, other in zip(again, live, strict=True):
            assert one == other


@pytest.mark.parametrize(
    ("rate_hz", "muscles"),
    [(2000.0, (OCULI, MENTALIS)), (5000.0, (OCULI, MENTALIS)), (1500.0, (MENTALIS,))],
)
def test_a_source_that_came_back_as_another_comes_back_so_in_the_replay(
    tmp_path: Path, rate_hz: float, muscles: tuple[Muscle, ...]
) -> None:
    then = Recording(120, seed=9, rate_hz=rate_hz, muscles=muscles)
    theatre = Theatre(surgery(8), 8, then=then)
    told, folder = run(theatre, tmp_path)
    live = core(told)
    assert any(isinstance(e, ContextChanged) and e.name == "source" for e in live)
    for block_samples in (None, 777):
        again = core(replay(folder, settings_in(tmp_path), block_samples=block_samples))
        assert again == live


def test_a_loss_of_the_recording_stands_on_the_screen_until_a_person_has_seen_it(
    tmp_path: Path,
) -> None:
    class Lossy(Recorder):
        fault = "the disk does not answer"
        disk_warning = "the disk has room for 2.0 h more"

        def take_events(self) -> tuple[RecorderEvent, ...]:
            return (RecorderLost(sample_index=5, time_s=0.5, n_samples=9, message="9 samples"),)

    recorder = Lossy(folder=tmp_path, info=surgery(0).info)
    tape, alarms = Tape(recorder), ShellAlarms()
    tape.take_events(alarms)
    standing = {alarm.alarm_id: alarm for alarm in alarms.shown(tape.alarms(1.0))}
    assert set(standing) == {"recorder_lost", "recorder", "disk"}
    assert standing["recorder_lost"].latched
    assert standing["recorder"].priority is AlarmPriority.HIGH
    assert standing["disk"].priority is AlarmPriority.MEDIUM
    assert tape.status.state is RecordingState.WAITING
    assert alarms.acknowledge("recorder_lost")
    assert "recorder_lost" not in {alarm.alarm_id for alarm in alarms.shown()}
    recorder.close()


@pytest.mark.parametrize(
    "text",
    [
        "dura opened",
        "padding",
        "segment: x",
        "Stim?",
        "a\x14b",
        " spaces ",
        "x" * 2000,
        "cmd: open",
    ],
)
def test_a_kept_text_means_what_it_meant(text: str) -> None:
    given = Annotation(sample_index=7, time_s=0.1, text=text)
    kept = replace(given, text=kept_text(given))
    meant = command_from_annotation(replace(given, text=text[:900]))
    assert command_from_annotation(kept) == meant
    assert kept.text.isprintable()
