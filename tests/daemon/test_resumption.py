"""A case that a crash left open goes on, and what does not go on is told."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import amr_monitor
from amr_monitor.config import CaseSettings, Settings
from amr_monitor.daemon.composition import compose_run
from amr_monitor.daemon.resumption import (
    LeftOpen,
    OpenedAgain,
    ToldBefore,
    find_open_case,
    is_same,
)
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.model.case import CaseInfo, Side
from amr_monitor.model.events import (
    Event,
    GapReceived,
    JournalEntry,
    RecorderFileClosed,
    SourceStalled,
    SourceWarned,
)
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.monitor.annotations import annotation_text
from amr_monitor.monitor.commands import OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recorder import lock_folder
from amr_monitor.storage.recorder_writer import TEXTS_FILE
from amr_monitor.storage.recording_proof import verify_recordings
from amr_monitor.storage.recovery import recover_all
from tests.daemon.crashing import SEEN_FILE, Patient, settings_in
from tests.daemon.scripted import START, ScriptedSource, source_info
from tests.daemon.test_tape import core, replay
from tests.project.repository import ROOT

LONGEST_S = 100.0
MOST_POINTS = 160

# ---------------------------------------------------------------- crashes


def crashed_run(folder: Path, seed: int, point: int) -> int:
    """Run the case in a process of its own that dies at a point; 0: to its end."""
    words = [sys.executable, "-m", "tests.daemon.crashing", str(folder), str(seed), str(point)]
    done = subprocess.run(  # noqa: S603 - our own program
        words, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


@pytest.mark.parametrize("seed", [3, 4])
def test_whatever_is_interrupted_the_case_goes_on_and_its_replay_tells_the_same(
    tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    points = [draw.randrange(1, MOST_POINTS) for _ in range(5)]
    for point in [*points, 0]:
        crashed_run(tmp_path, seed, point)
    settings = settings_in(tmp_path)
    with Journal.of(settings.storage) as journal:
        # One that dies before its first sample does not go on: the next one is another.
        records = journal.cases()
        (record,) = [r for r in records if r.closed_at is not None]
        lines = journal.lines(record.case_id)
        of_others = {
            line
            for each in records
            if each.case_id != record.case_id
            for line in journal.lines(each.case_id)
        }
        entries = journal.entries(record.case_id)
        assert journal.verify(record.case_id).fault is None
    assert record.closed_at is not None
    seen = (tmp_path / SEEN_FILE).read_text(encoding="utf-8").splitlines()
    assert seen
    assert set(seen) <= set(lines) | of_others
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert not any("do not fit" in line for line in lines)
    folder = settings.storage.recordings_folder() / record.case_id
    closed = [e.event for e in entries if isinstance(e.event, RecorderFileClosed)]
    proof = verify_recordings(folder, closed)
    assert (proof.fault, proof.n_unproven) == (None, 0)
    assert core(replay(folder, settings)) == core(entries)


def test_a_hash_that_cannot_be_written_does_not_end_the_acquisition(tmp_path: Path) -> None:
    crashed_run(tmp_path, 3, 90)
    settings = settings_in(tmp_path)
    recover_all(settings.storage.recordings_folder())
    paths = list(settings.storage.recordings_folder().rglob("segment-*.bdf"))
    assert paths
    for path in paths:
        beside = path.with_suffix(".sha256")
        beside.unlink(missing_ok=True)
        beside.mkdir()
    patient = Patient(tmp_path, 3)
    composed = compose_run(OpenedSource(source=patient, is_live=True), settings, utc=patient.utc)
    assert composed.goes_on
    composed.begin()
    composed.session.run()
    composed.close()
    assert patient.at == patient.recording.n_samples
    with Journal.of(settings.storage) as journal:
        events = [e.event for e in journal.entries(composed.record.case_id)]
    assert composed.session.outcome is not None
    unproven = [
        event
        for event in events
        if isinstance(event, SourceWarned) and event.code == "recording_unproven"
    ]
    assert len(unproven) == len(paths)


# ---------------------------------------------------------------- what goes on, and what not


class Left:
    """A journal with one case that was left open, before its first sample."""

    def __init__(self, folder: Path, **other: object) -> None:
        self.settings = settings_in(folder)
        self.journal = Journal.of(self.settings.storage)
        self.record = replace(
            CaseRecord(
                case_id="left",
                kind=CaseKind.RUN,
                origin=Origin.DEVICE,
                source_name="scripted",
                start_utc=START,
                settings_hash=self.settings.verdict_hash,
                settings=self.settings.verdict_text,
                software_version=amr_monitor.__version__,
                opened_at=START,
            ),
            **other,  # type: ignore[arg-type]
        )
        self.journal.open_case(self.record)
        self.folder = self.settings.storage.recordings_folder() / "left"
        self.folder.mkdir(parents=True)

    def find(
        self,
        *,
        info: SourceInfo | None = None,
        settings: Settings | None = None,
        later: timedelta = timedelta(minutes=1),
        is_live: bool = True,
        wants_new: bool = False,
    ) -> OpenedAgain | LeftOpen | None:
        opened = OpenedSource(source=ScriptedSource([], info=info), is_live=is_live)
        return find_open_case(
            self.journal,
            opened,
            settings or self.settings,
            wants_new=wants_new,
            utc=lambda: START + later,
        )


def why_not(found: OpenedAgain | LeftOpen | None) -> str:
    assert isinstance(found, LeftOpen)
    assert "case left was left open and is not gone on with" in found.message
    assert "amr-monitor show left" in found.message
    return found.why


def test_a_case_without_samples_does_not_go_on_or_its_times_would_be_wrong(
    tmp_path: Path,
) -> None:
    assert why_not(Left(tmp_path).find()) == "no sample of it was recorded"


def test_what_another_patient_or_another_room_may_be_does_not_go_on(tmp_path: Path) -> None:
    left = Left(tmp_path)
    assert "another patient" in why_not(left.find(later=timedelta(minutes=31)))
    assert "new case was asked for" in why_not(left.find(wants_new=True))
    other = replace(left.settings, case=CaseSettings(pseudonym="P2"))
    assert "settings" in why_not(left.find(settings=other))
    never = replace(left.settings, storage=replace(left.settings.storage, resume_within_min=0.0))
    assert "resume_within_min" in why_not(left.find(settings=never))
    assert "another source" in why_not(left.find(info=replace(source_info(), name="B")))
    simulated = replace(source_info(), origin=Origin.SIMULATED)
    assert "another source" in why_not(left.find(info=simulated))
    assert "side" in why_not(left.find(info=replace(source_info(), side=Side.LEFT)))
    assert "anew" in why_not(left.find(is_live=False))


def test_another_version_of_the_program_does_not_go_on(tmp_path: Path) -> None:
    assert "version 0.0.0" in why_not(Left(tmp_path, software_version="0.0.0").find())


def test_a_case_that_is_closed_imported_run_or_recorded_elsewhere_is_not_looked_at(
    tmp_path: Path,
) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    assert Left(tmp_path / "closed", closed_at=moment).find() is None
    assert Left(tmp_path / "imported", imported_at=moment).find() is None
    assert Left(tmp_path / "replay", kind=CaseKind.REPLAY).find() is None
    elsewhere = Left(tmp_path / "elsewhere")
    elsewhere.folder.rmdir()
    assert elsewhere.find() is None
    running = Left(tmp_path / "running")
    descriptor = lock_folder(running.folder)
    assert running.find() is None
    os.close(descriptor)
    assert isinstance(running.find(), LeftOpen)


def test_an_opening_that_was_told_and_not_recorded_does_not_go_on(tmp_path: Path) -> None:
    left = Left(tmp_path)
    opening = OpenCase(sample_index=0, case=CaseInfo())
    left.journal.append("left", Monitor(info=source_info()).receive(opening))
    assert "opened" in why_not(left.find())
    text = json.dumps({"sample_index": 0, "time_s": 0.0, "text": annotation_text(opening)})
    (left.folder / TEXTS_FILE).write_text(text + "\n", encoding="utf-8")
    assert why_not(left.find()) == "no sample of it was recorded"


# ---------------------------------------------------------------- told before, told again


def gap(index: int) -> GapReceived:
    return GapReceived(sample_index=index, time_s=index / 1000.0, missing_s=1.0, reason="x")


def entries_of(events: Sequence[Event]) -> list[JournalEntry]:
    return [
        JournalEntry(seq=n, case_id="c", utc=None, origin=Origin.DEVICE, event=event)
        for n, event in enumerate(events, start=1)
    ]


def test_what_the_replay_tells_behind_all_that_was_told_is_new() -> None:
    stalled = SourceStalled(sample_index=1, time_s=0.001, silent_s=0.5)
    told = ToldBefore(entries_of([gap(1), stalled, gap(2)]))
    again = gap(2)
    found = told.take([gap(1), again, gap(3)])
    assert [entry.seq for entry in found] == [1, 3]
    assert found[1].event is again
    assert told.finish() == ((gap(3),), 0)


def test_what_is_not_told_again_and_what_was_told_by_nobody_does_not_fit() -> None:
    told = ToldBefore(entries_of([gap(1), gap(2), gap(3)]))
    told.take([gap(1), gap(9), gap(3), gap(4)])
    assert told.finish() == ((gap(4),), 2)
    told = ToldBefore(entries_of([gap(1), gap(2)]))
    told.take([gap(1), gap(7)])
    assert told.finish() == ((), 2)


def test_a_recording_goes_on_with_the_same_rows_at_the_same_rate_alone() -> None:
    info = source_info()
    assert is_same(info, replace(info, name="again"))
    assert not is_same(info, replace(info, sampling_rate_hz=2000.0))
