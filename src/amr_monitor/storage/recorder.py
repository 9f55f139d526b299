"""The recorder: every sample on the disk, before anything is made of it, and never in the way.

The acquisition thread lays down what comes; a thread of the recorder's own
writes it. While the disk does not take it, it waits in memory, up to a stated
bound; what does not fit is told, and never silently lost.
"""

import fcntl
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from amr_monitor.formats.calibration import live_calibration
from amr_monitor.formats.trigger_code import quantised
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import RecorderLost
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Origin, SourceChanged, SourceInfo
from amr_monitor.model.status import RecordingState, RecordingStatus
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.recorder_file import (
    RecordedChannels,
    digital_rows,
    kept_labels,
    physical_rows,
)
from amr_monitor.storage.recorder_writer import (
    CLOSING_TRIES,
    CaseWriter,
    ChannelsChanged,
    RecordedSamples,
    RecordedText,
    RecorderEvent,
    RecorderItem,
    WriteAhead,
)
from amr_monitor.storage.settings import RecorderSettings

STALLED_AFTER_S = 3.0
"""A write that takes longer is told, even if it succeeds in the end."""

WRITE_AHEAD_S = 0.25
"""So long an event waits at most for the samples that it rests on."""

TICK_S = 1.0
CLOSING_S = 60.0


class Recorder:
    """Record a case as BDF+ files in a folder of its own.

    All but `take_events`, `fault` and `disk_warning` is the acquisition
    thread's; nothing here waits for the disk, except `close`.

    Parameters
    ----------
    folder : Path
        Made if missing; the files are `segment-0001.bdf` and so on.
    info : SourceInfo
        Of a source of blocks.
    settings : RecorderSettings or None
    first_index : int
        Of the first sample that will come, at `info.first_time_s`: above 0
        where a case goes on.
    ahead : sequence of RecordedText
        Texts of the case that no file holds yet.
    clock : callable
        Monotonic seconds.

    Raises
    ------
    StorageError
        The folder cannot be made, or another program records into it.
    """

    def __init__(
        self,
        *,
        folder: Path,
        info: SourceInfo,
        settings: RecorderSettings | None = None,
        first_index: int = 0,
        ahead: Sequence[RecordedText] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        settings = settings or RecorderSettings()
        self.folder = folder
        self.info = as_recorded(info)
        self._clock = clock
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise StorageError(
                f"{folder}: no recording can be kept there: {fault.strerror}; choose another"
                " [storage] folder, or set [storage] record = false"
            ) from fault
        self._folder_lock = lock_folder(folder)
        channels = recorded_channels(self.info)
        self._lines = channels.lines
        self._buffer_s = settings.buffer_s
        self._rate_hz = info.sampling_rate_hz
        self._end_index = first_index
        self._asked: threading.Event | None = None
        self._lost_from: int | None = None
        self._changed = threading.Condition()
        self._items: deque[RecorderItem] = deque()
        self._n_waiting = 0
        self._is_closing = False
        self._given_up = threading.Event()
        self._n_tries = 0
        self._told: deque[RecorderEvent] = deque()
        self._busy_since_s: float | None = None
        self._writer = CaseWriter(
            folder=folder,
            channels=channels,
            first_index=first_index,
            first_time_s=info.first_time_s,
            ahead=ahead,
            settings=settings,
            tell=self._told.append,
            wait=self._wait,
            clock=clock,
        )
        self._thread = threading.Thread(target=self._write_all, name="recorder", daemon=True)
        self._thread.start()

    # ------------------------------------------------ the acquisition thread

    def take_block(self, block: SampleBlock) -> SampleBlock:
        """Have a block recorded; return it as it comes back from the recording."""
        digital = digital_rows(block.samples_uv, self._lines)
        n_samples = digital.shape[1]
        most = round(self._buffer_s * self._rate_hz)
        with self._changed:
            # Once it was full, half of it must be free: not a hole at every block.
            bound = most if self._lost_from is None else most // 2
            if self._n_waiting + n_samples <= bound or not self._n_waiting:
                if self._lost_from is not None:
                    self._tell_loss(block.first_index)
                self._items.append(RecordedSamples(first_index=block.first_index, digital=digital))
                self._n_waiting += n_samples
                self._changed.notify_all()
            elif self._lost_from is None:
                self._lost_from = block.first_index
        self._end_index = block.end_index
        return SampleBlock(
            first_index=block.first_index, samples_uv=physical_rows(digital, self._lines)
        )

    def take_stimulus(self, stimulus: Stimulus) -> Stimulus:
        """Have a stimulus recorded; return it as it comes back from the recording."""
        kept = quantised(stimulus)
        self._put(kept)
        return kept

    def take_text(self, sample_index: int, text: str) -> None:
        """Have a text recorded at a sample."""
        self._put(RecordedText(sample_index=sample_index, text=text))

    def take_gap(self, gap: Gap) -> Gap:
        """Have the next block begin another file: samples are missing before it."""
        if self._lost_from is not None:
            self._tell_loss(gap.sample_index)
        self._put(gap)
        return gap

    def take_change(self, changed: SourceChanged) -> SourceChanged:
        """Have the next block begin a file of other channels; return them as recorded."""
        info = as_recorded(changed.info)
        channels = recorded_channels(info)
        self._lines, self._rate_hz = channels.lines, info.sampling_rate_hz
        self._put(ChannelsChanged(sample_index=changed.sample_index, channels=channels))
        return replace(changed, info=info)

    def write_ahead(self, *, timeout_s: float = WRITE_AHEAD_S) -> bool:
        """Have on the disk what was taken so far, records that are not full, too.

        Returns
        -------
        bool
            Whether it is. A disk that does not answer is not waited for.
        """
        if self.fault is not None or (self._asked is not None and not self._asked.is_set()):
            return False
        self._asked = threading.Event()
        self._put(WriteAhead(done=self._asked))
        return self._asked.wait(timeout_s)

    def close(self, *, timeout_s: float = CLOSING_S) -> None:
        """Write what waits and close the file; may be called twice.

        A disk that takes nothing is given up after `timeout_s`: what then is
        not kept is told.
        """
        with self._changed:
            if self._lost_from is not None:
                self._tell_loss(self._end_index)
            self._is_closing = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        self._given_up.set()
        if self._thread.is_alive():
            self._thread.join(STALLED_AFTER_S)
        if self._thread.is_alive() and self._n_waiting:
            self._told.append(
                RecorderLost(
                    sample_index=self._end_index - self._n_waiting,
                    time_s=round(self._writer.time_s(self._end_index - self._n_waiting), 6),
                    n_samples=self._n_waiting,
                    message="the disk does not answer: the end of the recording is not kept",
                )
            )
        elif self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()  # nothing ever came
        self._unlock()

    # ------------------------------------------------ from any thread

    def take_events(self) -> tuple[RecorderEvent, ...]:
        """Return what has happened since the last call."""
        told: list[RecorderEvent] = []
        while self._told:
            told.append(self._told.popleft())
        return tuple(told)

    @property
    def fault(self) -> str | None:
        """Why samples wait or are lost; None where all is well."""
        why = self._writer.fault
        since_s = self._busy_since_s
        if why is None and since_s is not None and self._clock() - since_s > STALLED_AFTER_S:
            why = "the disk does not answer"
        if self._lost_from is not None:
            return f"SAMPLES ARE NOT KEPT, memory is full: {why or 'the disk is too slow'}"
        return None if why is None else f"{self.waiting_s:.0f} s of samples wait in memory: {why}"

    @property
    def disk_warning(self) -> str | None:
        """How long the disk still has room, where that is short."""
        return self._writer.disk_warning

    @property
    def status(self) -> RecordingStatus:
        """Whether samples are kept, and how long the disk has room."""
        state = RecordingState.RECORDING if self.fault is None else RecordingState.WAITING
        if self._lost_from is not None:
            state = RecordingState.LOSING
        hours = self._writer.disk_hours_left
        return RecordingStatus(
            state=state,
            waiting_s=round(self.waiting_s, 1),
            disk_hours_left=None if hours is None else round(hours, 1),
        )

    @property
    def waiting_s(self) -> float:
        """How many seconds of samples wait in memory."""
        return self._n_waiting / self._rate_hz

    @property
    def taken_s(self) -> float:
        """How many seconds of samples were taken so far."""
        return self._end_index / self._rate_hz

    def _unlock(self) -> None:
        if self._folder_lock >= 0:
            os.close(self._folder_lock)
            self._folder_lock = -1

    def _put(self, item: RecorderItem) -> None:
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def _tell_loss(self, until_index: int) -> None:
        first, self._lost_from = self._lost_from, None
        if first is None or until_index <= first:
            return
        n_samples = until_index - first
        self._told.append(
            RecorderLost(
                sample_index=first,
                time_s=round(self._writer.time_s(first), 6),
                n_samples=n_samples,
                message=f"{n_samples / self._rate_hz:.1f} s of samples are not kept: the disk did"
                f" not take them and {self._buffer_s:g} s were waiting in memory",
            )
        )

    # ------------------------------------------------ the recorder's own thread

    def _write_all(self) -> None:
        while True:
            with self._changed:
                if not self._items and not self._is_closing:
                    self._changed.wait(timeout=TICK_S)
                item = self._items.popleft() if self._items else None
                is_over = self._is_closing and item is None
            self._busy_since_s = self._clock()
            if item is not None:
                self._writer.take(item)
                if isinstance(item, RecordedSamples):
                    with self._changed:
                        self._n_waiting -= item.digital.shape[1]
            elif is_over:
                self._writer.close()
            else:
                self._writer.look_around()
            self._busy_since_s = None
            if is_over:
                return

    def _wait(self, seconds: float) -> bool:
        """Wait before a write is tried again; at the end of the case only so many times."""
        if self._is_closing:
            self._n_tries += 1
            if self._n_tries > CLOSING_TRIES:
                return False
        return not self._given_up.wait(seconds)


def lock_folder(folder: Path) -> int:
    """Keep a folder for one recorder; return the descriptor that holds it until it is closed.

    Raises
    ------
    StorageError
        Another one has it: the case is being run.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        os.close(descriptor)
        raise StorageError(f"{folder}: another program is recording into it") from fault
    return descriptor


def as_recorded(info: SourceInfo) -> SourceInfo:
    """Return a source as its recording will tell of it: so the monitor must know it, too."""
    channels = tuple(
        replace(channel, label=label, rail_uv=live_calibration(channel.rail_uv).physical_max)
        for channel, label in zip(info.montage.channels, kept_labels(info.montage), strict=True)
    )
    return replace(info, montage=replace(info.montage, channels=channels))


def recorded_channels(info: SourceInfo) -> RecordedChannels:
    """Return how the rows of a source are kept."""
    return RecordedChannels(
        montage=info.montage,
        rate_hz=info.sampling_rate_hz,
        start_utc=info.start_utc,
        is_simulated=info.origin is Origin.SIMULATED,
    )
