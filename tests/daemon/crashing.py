"""A run that kills itself at a chosen point, as a process of its own; the patient lives on.

::

    python -m tests.daemon.crashing FOLDER SEED POINT

POINT counts writes to the disk and appends to the journal, each before and
after; 0 lets the run come to its end. What somebody who looks has received
stands in `seen.jsonl`.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from amr_monitor.codec import entry_to_json
from amr_monitor.config import Settings
from amr_monitor.daemon.commands import CommandMaker
from amr_monitor.daemon.composition import compose_run
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.model.case import MarkName, Vessel
from amr_monitor.model.events import JournalEntry
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.source import Annotation, Origin, SourceInfo, SourceItem
from amr_monitor.monitor.commands import AcceptBaseline, MarkCommand, SetContext
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recovery import recover_all
from amr_monitor.storage.settings import StorageSettings
from tests.daemon.scripted import START
from tests.sweeps import OCULI, Recording

AWAY_S = 2.5
RATE_HZ = 2000.0
BLOCK_SAMPLES = 500
POSITION_FILE = "position"
SEEN_FILE = "seen.jsonl"


def surgery(seed: int) -> Recording:
    recording = Recording(230, seed=seed, rate_hz=RATE_HZ)
    recording.amr[OCULI][130:190] = 0.0
    return recording


def settings_in(folder: Path) -> Settings:
    return Settings(storage=StorageSettings(folder=folder / "data"))


class Patient:
    """The surgery as an amplifier sends it, from wherever it has come to."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.recording = surgery(seed)
        self.position_file = folder / POSITION_FILE
        self.first = 0
        if self.position_file.exists():
            was_at = int(self.position_file.read_text(encoding="ascii") or 0)
            self.first = was_at + round(AWAY_S * RATE_HZ)
            # Time goes by even where the run dies before its first samples.
            self.position_file.write_text(str(self.first), encoding="ascii")
        self.at = self.first
        self.samples_uv = self.recording.samples_uv
        self.stimuli = [s for s in self.recording.stimuli if s.sample_index >= self.first]
        self.rng = np.random.default_rng([seed, self.first])
        self.info: SourceInfo = replace(
            self.recording.info, origin=Origin.DEVICE, start_utc=self.utc()
        )
        self.submit: Callable[[CommandMaker], object] = lambda _: None

    def utc(self) -> datetime:
        return START + timedelta(seconds=self.at / RATE_HZ)

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        del timeout_s
        if self.at >= self.recording.n_samples:
            return None
        self.position_file.write_text(str(self.at), encoding="ascii")
        end = min(self.at + BLOCK_SAMPLES, self.recording.n_samples)
        items: list[SourceItem] = []
        while self.stimuli and self.stimuli[0].sample_index < end:
            stimulus = self.stimuli.pop(0)
            items.append(replace(stimulus, sample_index=stimulus.sample_index - self.first))
        here = self.at - self.first
        if self.rng.random() < 0.03:
            items.append(Annotation(sample_index=here, time_s=0.0, text="irrigation"))
        if self.rng.random() < 0.08:
            self.submit(self.command())
        items.append(SampleBlock(first_index=here, samples_uv=self.samples_uv[:, self.at : end]))
        self.at = end
        return items

    def close(self) -> None:
        pass

    def command(self) -> CommandMaker:
        makers: list[CommandMaker] = [
            lambda i: AcceptBaseline(sample_index=i, by="Kim"),
            lambda i: AcceptBaseline(sample_index=i, by="Kim"),
            lambda i: MarkCommand(
                sample_index=i,
                by="anna",
                mark=MarkName.VESSEL_MOVED,
                vessel=Vessel.AICA,
                seconds_ago=2.5,
            ),
            lambda i: SetContext(sample_index=i, by="anna", name="MAC", value="0.9", unit=""),
        ]
        return makers[int(self.rng.integers(len(makers)))]


class Points:
    """Count what could be interrupted, and die at one of them."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.n = 0

    def around(self, holder: Any, name: str) -> None:
        done = getattr(holder, name)

        def interrupted(*arguments: Any, **named: Any) -> Any:
            self.reach()
            result = done(*arguments, **named)
            self.reach()
            return result

        setattr(holder, name, interrupted)

    def reach(self) -> None:
        self.n += 1
        if self.n == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, seed: int, point: int) -> None:
    points = Points(point)
    points.around(os, "pwrite")
    points.around(os, "fsync")
    points.around(Journal, "append")
    settings = settings_in(folder)
    recover_all(settings.storage.recordings_folder())
    patient = Patient(folder, seed)
    with (folder / SEEN_FILE).open("a", encoding="utf-8") as seen:

        def see(entries: Sequence[JournalEntry]) -> None:
            for entry in entries:
                seen.write(entry_to_json(entry) + "\n")
            seen.flush()

        composed = compose_run(
            OpenedSource(source=patient, is_live=True), settings, on_entries=see, utc=patient.utc
        )
        patient.submit = composed.session.submit
        composed.begin()
        composed.session.run()
        composed.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
