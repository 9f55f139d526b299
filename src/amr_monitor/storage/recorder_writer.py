"""What the recorder's own thread does: files, their places in the case, faults of the disk."""

import json
import os
import shutil
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from amr_monitor.formats.segment_text import SegmentPlace
from amr_monitor.model.errors import AmrMonitorError, StorageError
from amr_monitor.model.events import (
    DiskLow,
    RecorderFileClosed,
    RecorderFileOpened,
    RecorderLost,
    RecorderRecovered,
    RecorderStalled,
)
from amr_monitor.model.signal import Gap
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.recorder_file import Digital, RecordedChannels, RecorderFile
from amr_monitor.storage.recording_proof import keep_hashes
from amr_monitor.storage.settings import RecorderSettings

RecorderEvent = (
    RecorderFileOpened
    | RecorderFileClosed
    | RecorderStalled
    | RecorderRecovered
    | RecorderLost
    | DiskLow
)

TEXTS_FILE = "texts.jsonl"
"""Every text, at once on the disk: what a crash takes from the last second is here."""

RETRY_S = 1.0
LATE_S = 5.0
"""So long the file before stays open for what comes late."""

CLOSING_TRIES = 5
DISK_LOOKED_AT_S = 20.0
SECONDS_AN_HOUR = 3600.0
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSamples:
    """Digital values of consecutive samples, shape (n_channels, n_samples)."""

    first_index: int
    digital: Digital


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedText:
    """A text at a sample."""

    sample_index: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelsChanged:
    """From a sample on the channels are others."""

    sample_index: int
    channels: RecordedChannels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WriteAhead:
    """Whatever came before this is to be on the disk; `done` says so."""

    done: threading.Event


RecorderItem = RecordedSamples | Stimulus | RecordedText | Gap | ChannelsChanged | WriteAhead


class CaseWriter:
    """Write what comes into files of a folder; while the disk does not take it, wait and retry.

    Parameters
    ----------
    folder : Path
    channels : RecordedChannels
    first_index : int
        Of the first sample that will come.
    first_time_s : float
        Its time.
    ahead : sequence of RecordedText
        In `texts.jsonl` already, and to be put into the first file.
    settings : RecorderSettings
    tell : callable
        Gets the events.
    wait : callable
        Waits some seconds before a write is tried again; returns False where
        that has no sense any more.
    clock : callable
        Monotonic seconds.
    """

    def __init__(
        self,
        *,
        folder: Path,
        channels: RecordedChannels,
        first_index: int = 0,
        first_time_s: float,
        ahead: Sequence[RecordedText] = (),
        settings: RecorderSettings,
        tell: Callable[[RecorderEvent], None],
        wait: Callable[[float], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fault: str | None = None
        self.disk_warning: str | None = None
        self.disk_hours_left: float | None = None
        self._folder = folder
        self._channels = channels
        self._settings = settings
        self._tell = tell
        self._wait = wait
        self._clock = clock
        self._firsts = [first_index]
        self._onsets_s = [first_time_s]
        self._rates_hz = [channels.rate_hz]
        self._next_place: SegmentPlace | None = SegmentPlace(
            first_index=first_index, onset_s=first_time_s, rate_hz=channels.rate_hz
        )
        self._file: RecorderFile | None = None
        self._before: RecorderFile | None = None
        self._before_since_s = 0.0
        self._ahead: list[RecordedText] = list(ahead)
        self._early_stimuli: list[Stimulus] = []
        self._proofs: list[threading.Thread] = []
        self._n_files = len(list(folder.glob("segment-*.bdf")))
        self._disk_looked_at_s = float("-inf")
        self._told_hours = float("inf")

    # ------------------------------------------------ what comes

    def take(self, item: RecorderItem) -> None:
        """Take the next item; returns when it is written or known to wait for its record."""
        match item:
            case RecordedSamples():
                self._take_samples(item)
            case Stimulus():
                self._take_stimulus(item)
            case RecordedText():
                self._take_text(item)
            case Gap():
                self._begin_segment(item.sample_index, item.resumes_at_s, item.reason)
            case ChannelsChanged():
                self._channels = item.channels
                onset_s = self.time_s(item.sample_index)
                reason = self._next_place.reason if self._next_place is not None else ""
                self._begin_segment(item.sample_index, onset_s, reason, changed=True)
            case WriteAhead():
                self._write_ahead()
                item.done.set()
        self.look_around()

    def time_s(self, sample_index: float) -> float:
        """Return the time of a sample on the axis of the case."""
        at = max(bisect_right(self._firsts, sample_index) - 1, 0)
        return self._onsets_s[at] + (sample_index - self._firsts[at]) / self._rates_hz[at]

    def look_around(self) -> None:
        """Close the file before in time, and see how much room the disk has."""
        if self._before is not None and self._clock() - self._before_since_s >= LATE_S:
            self._close_before()
        if self._clock() - self._disk_looked_at_s >= DISK_LOOKED_AT_S:
            self._disk_looked_at_s = self._clock()
            self._look_at_disk()

    def close(self) -> None:
        """Close what is open."""
        self._close_before()
        if self._file is not None:
            for text in self._ahead:
                self._put_text(self._file, text)
            self._ahead = []
            file, self._file = self._file, None
            self._close(file)
        for proof in self._proofs:
            proof.join()

    # ------------------------------------------------ samples

    def _take_samples(self, samples: RecordedSamples) -> None:
        if self._file is not None and self._next_place is None:
            expected = self._file.end_index
            if samples.first_index != expected:
                n_lost = samples.first_index - expected
                reason = f"{n_lost} samples could not be kept"
                self._begin_segment(samples.first_index, self.time_s(samples.first_index), reason)
            elif self._file.n_bytes >= self._settings.largest_file_mb * MEGABYTE:
                self._next_place = SegmentPlace(
                    first_index=expected,
                    onset_s=self.time_s(expected),
                    rate_hz=self._channels.rate_hz,
                    continues=True,
                )
        if self._next_place is not None:
            self._open(samples.first_index)
        file = self._file
        if file is None:
            n_lost = samples.digital.shape[1]
            self._lose(samples.first_index, n_lost, f"{n_lost} samples could not be kept")
            return
        file.push(samples.digital)
        for text in [t for t in self._ahead if t.sample_index <= file.end_index]:
            self._ahead.remove(text)
            self._put_text(file, text)
        self._insist(file.write)

    def _write_ahead(self) -> None:
        for file in (self._before, self._file):
            if file is not None:
                self._insist(file.write_ahead, once=True)

    def _begin_segment(
        self, first_index: int, onset_s: float, reason: str, *, changed: bool = False
    ) -> None:
        rate_hz = self._channels.rate_hz
        self._firsts.append(first_index)
        self._onsets_s.append(onset_s)
        self._rates_hz.append(rate_hz)
        self._next_place = SegmentPlace(
            first_index=first_index,
            onset_s=onset_s,
            rate_hz=rate_hz,
            changed=changed,
            reason=reason,
        )

    def _open(self, first_index: int) -> None:
        place = self._next_place
        if place is None:
            return
        if place.first_index != first_index:
            # What was received right after the gap could not be kept.
            place = replace(place, first_index=first_index, onset_s=self.time_s(first_index))
        self._next_place = None
        stimuli = list(self._early_stimuli)
        if self._file is not None:
            self._close_before()
            self._before, self._before_since_s = self._file, self._clock()
            known = {s.sample_index for s in stimuli}
            stimuli += [
                s
                for s in self._file.stimuli_for_next()
                if s.sample_index not in known
                and (place.continues or s.sample_index >= first_index)
            ]
        stimuli.sort(key=lambda s: s.sample_index)
        self._file = None
        while self._file is None:
            self._n_files += 1
            path = self._folder / f"segment-{self._n_files:04d}.bdf"
            opened: list[RecorderFile] = []

            def make(path: Path = path, opened: list[RecorderFile] = opened) -> None:
                opened.append(
                    RecorderFile(path, channels=self._channels, place=place, stimuli=stimuli)
                )

            if not self._insist(make, once=True) and not self._wait(RETRY_S):
                return
            self._file = opened[0] if opened else None
        self._early_stimuli = []
        self._tell(
            RecorderFileOpened(
                sample_index=place.first_index,
                time_s=round(place.onset_s, 6),
                file=self._file.path.name,
                onset_s=place.onset_s,
                continues=place.continues,
                reason=place.reason,
            )
        )

    # ------------------------------------------------ stimuli and texts

    def _take_stimulus(self, stimulus: Stimulus) -> None:
        index = stimulus.sample_index
        if self._file is None or (
            self._next_place is not None and index >= self._next_place.first_index
        ):
            self._early_stimuli.append(stimulus)
        elif index >= self._file.place.first_index:
            self._file.add_stimulus(stimulus)
            self._insist(self._file.write)
        elif self._before is not None and index >= self._before.place.first_index:
            self._before.add_stimulus(stimulus)
            self._insist(self._before.write)
        else:
            self._lose(index, 0, "a stimulus came too late to be kept")

    def _take_text(self, text: RecordedText) -> None:
        self._log(text)
        index = text.sample_index
        if (
            self._file is None
            or index > self._file.end_index
            or (self._next_place is not None and index >= self._next_place.first_index)
        ):
            self._ahead.append(text)
        elif index >= self._file.place.first_index or self._before is None:
            self._put_text(self._file, text)
        else:
            self._put_text(self._before, text)

    def _put_text(self, file: RecorderFile, text: RecordedText) -> None:
        file.add_text(max(self.time_s(text.sample_index) - file.place.onset_s, 0.0), text.text)

    def _log(self, text: RecordedText) -> None:
        line = json.dumps(
            {
                "sample_index": text.sample_index,
                "time_s": self.time_s(text.sample_index),
                "text": text.text,
            }
        )

        lines = [f"{line}\n"]

        def append() -> None:
            try:
                with (self._folder / TEXTS_FILE).open("a", encoding="utf-8") as log:
                    log.write(lines[-1])
                    # Tried again, it does not stand behind half a line.
                    lines.append(f"\n{line}\n")
                    log.flush()
                    os.fsync(log.fileno())
            except OSError as fault:
                raise StorageError(
                    f"{self._folder / TEXTS_FILE}: cannot be written: {fault.strerror}"
                ) from fault

        self._insist(append)

    # ------------------------------------------------ files

    def _close_before(self) -> None:
        if self._before is not None:
            file, self._before = self._before, None
            self._close(file)

    def _close(self, file: RecorderFile) -> None:
        if self._insist(lambda: _ignored(file.close())):
            # It takes seconds to read a long file again: what comes is not kept waiting.
            proof = threading.Thread(target=self._prove, args=(file,), name="proof", daemon=True)
            proof.start()
            self._proofs = [*(each for each in self._proofs if each.is_alive()), proof]
            return
        file.abandon()
        fault = f"{self.fault}; `amr-monitor recover` mends the file"
        n_lost = file.end_index - file.kept_end_index
        if n_lost > 0:
            self._lose(file.kept_end_index, n_lost, f"{n_lost} samples could not be kept")
        self._tell_closed(file, file.kept_end_index, fault=fault)

    def _prove(self, file: RecorderFile) -> None:
        """Read a closed file back, and hash it; in a thread of its own."""
        fault = sha256 = ""
        try:
            file.verify()
            sha256 = keep_hashes(file.path)
        except (AmrMonitorError, OSError) as found:
            fault = str(found)
        self._tell_closed(file, file.end_index, fault=fault, sha256=sha256)

    def _tell_closed(
        self, file: RecorderFile, end_index: int, *, fault: str, sha256: str = ""
    ) -> None:
        self._tell(
            RecorderFileClosed(
                sample_index=file.end_index,
                time_s=round(self._end_s(file), 6),
                file=file.path.name,
                n_samples=end_index - file.place.first_index,
                fault=fault,
                sha256=sha256,
            )
        )

    def _end_s(self, file: RecorderFile) -> float:
        n_samples = file.end_index - file.place.first_index
        return file.place.onset_s + n_samples / file.place.rate_hz

    def _insist(self, write: Callable[[], None], *, once: bool = False) -> bool:
        """Do something on the disk until it succeeds; False where it is given up."""
        while True:
            try:
                write()
            except StorageError as fault:
                if self.fault is None:
                    self._stalled_since_s = self._clock()
                    self.fault = str(fault)
                    self._tell(
                        RecorderStalled(
                            sample_index=self._newest, time_s=self._newest_s, message=str(fault)
                        )
                    )
                self.fault = str(fault)
                if once or not self._wait(RETRY_S):
                    return False
                continue
            if self.fault is not None:
                self.fault = None
                self._tell(
                    RecorderRecovered(
                        sample_index=self._newest,
                        time_s=self._newest_s,
                        stalled_s=round(self._clock() - self._stalled_since_s, 1),
                    )
                )
            return True

    _stalled_since_s = 0.0

    @property
    def _newest(self) -> int:
        return self._firsts[-1] if self._file is None else self._file.end_index

    @property
    def _newest_s(self) -> float:
        return round(self.time_s(self._newest), 6)

    def _lose(self, first_index: int, n_samples: int, message: str) -> None:
        self._tell(
            RecorderLost(
                sample_index=first_index,
                time_s=round(self.time_s(first_index), 6),
                n_samples=n_samples,
                message=message,
            )
        )

    # ------------------------------------------------ room on the disk

    def _look_at_disk(self) -> None:
        try:
            free_bytes = shutil.disk_usage(self._folder).free
        except OSError:
            return  # a disk that does not answer is told by the writes
        hours = free_bytes / self._channels.bytes_per_s / SECONDS_AN_HOUR
        self.disk_hours_left = hours
        if hours >= self._settings.disk_alarm_h:
            self.disk_warning, self._told_hours = None, float("inf")
            return
        self.disk_warning = (
            f"the disk has room for {hours:.1f} h more of recording: free some space"
        )
        if hours <= self._told_hours / 2.0:
            self._told_hours = hours
            self._tell(
                DiskLow(
                    sample_index=self._newest,
                    time_s=self._newest_s,
                    hours_left=round(hours, 2),
                    free_bytes=free_bytes,
                )
            )


def _ignored(_: object) -> None:
    """Take a result that nobody needs."""
