"""An EPWorks study that is still being recorded, followed as it grows. Experimental.

Nobody knows when EPWorks writes what (docs/formats.md). So nothing is assumed
but that files grow at their end: a block counts once it was whole at two looks
in a row, a stimulus once all its channels have come or can come no more. Files
are opened for reading alone and never locked.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from amr_monitor.drivers.epworks_blocks import (
    StoredBlock,
    Track,
    add_rec,
    is_known,
    stored_blocks,
)
from amr_monitor.drivers.epworks_delay import with_pre_trigger
from amr_monitor.drivers.epworks_folder import (
    OpenedStudy,
    cut_sweep,
    iom_bytes,
    open_study,
    samples_uv,
)
from amr_monitor.drivers.epworks_selection import (
    StimulusGrouper,
    StoredStimulus,
    without_doubles,
)
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.drivers.pre_cut import sweep_of
from amr_monitor.formats.epworks_history import RecPath, find_iom, find_recs
from amr_monitor.formats.epworks_rec import FILE_HEADER_BYTES, RecFile
from amr_monitor.formats.epworks_study import read_study
from amr_monitor.model.errors import SourceError, SourceFormatError
from amr_monitor.model.source import Origin, SourceInfo, SourceItem, SourceWarning
from amr_monitor.model.sweep import Sweep

POLL_S = 0.2
"""From one look at the folder to the next."""

IOM_POLL_S = 1.0
PATIENCE_S = 10.0
"""So long the newest stimulus waits for a channel that has stopped to come."""

KEPT_POSITIONS = 64

PASSING = frozenset({"sweeps_incomplete", "orphans", "iom_cut"})
"""What is so at one moment of a study that grows, and told where it lasts."""


class EpworksTail:
    """Give what is in a study, and then what comes.

    Parameters
    ----------
    path : Path
        The folder of the study or its `.iom`.
    montage : MontageSettings
    clock : callable
        Monotonic seconds.
    patience_s : float

    Raises
    ------
    SourceFormatError
        There is no study, or no sweep of the response in it yet.
    """

    def __init__(
        self,
        path: Path,
        montage: MontageSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        patience_s: float = PATIENCE_S,
    ) -> None:
        iom = find_iom(path)
        if iom is None:
            raise SourceFormatError(f"{path}: is no EPWorks study: no .iom is in it")
        self._iom_path = iom
        self._montage = montage
        self._clock = clock
        self._patience_s = patience_s
        self._iom_stamp = _stamp(iom)
        self._opened = open_study(iom, montage)
        self._study = self._opened.study
        self._info = _info(self._opened)
        self._recs = {track.rec.path: _Growing(track) for track in self._opened.found.tracks}
        self._ignored: set[Path] = set()
        self._grouper = StimulusGrouper()
        self._grouper.waiting = [*self._opened.stimuli, *self._opened.waiting]
        self._first_seen_s: dict[int, float] = {}
        now_s = clock()
        self._given_until = 0
        self._positions: list[float] = []
        self._told: set[str] = set()
        self._next_poll_s = now_s
        self._next_iom_s = now_s
        self._lock = threading.Lock()
        self._closing = threading.Event()

    @property
    def info(self) -> SourceInfo:
        """What this source is."""
        return self._info

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return the sweeps that have come; empty after `timeout_s`; None once closed.

        A folder that cannot be read for a while gives nothing meanwhile and a
        warning once: its silence is told by whoever watches the source.
        """
        until_s = self._clock() + timeout_s
        while not self._closing.is_set():
            with self._lock:
                items = [] if self._closing.is_set() else self._poll()
            now_s = self._clock()
            if items or now_s >= until_s:
                return items
            self._closing.wait(max(0.0, min(until_s, self._next_poll_s) - now_s))
        return None

    def close(self) -> None:
        """Let go of the files; a read that waits returns."""
        self._closing.set()
        with self._lock:
            self._opened.found.close()

    # ------------------------------------------------ looking

    def _poll(self) -> list[SourceItem]:
        now_s = self._clock()
        if now_s < self._next_poll_s:
            return []
        self._next_poll_s = now_s + POLL_S
        items: list[SourceItem] = []
        try:
            self._find_new_recs(items)
            for growing in self._recs.values():
                self._take(growing, now_s, items)
        except SourceError as fault:
            self._tell(items, "folder_unreadable", f"the folder cannot be read now: {fault}")
        self._release(now_s, items)
        return items

    def _find_new_recs(self, items: list[SourceItem]) -> None:
        skip = self._ignored | self._recs.keys()
        for path in find_recs(self._iom_path.parent, skip=skip).recs:
            if _size(path.path) < FILE_HEADER_BYTES:
                continue  # its header is being written
            self._add(path, items)

    def _add(self, path: RecPath, items: list[SourceItem]) -> None:
        found = self._opened.found
        n_damaged = len(found.damaged)
        rec = _opened(path)
        if rec is not None:
            known = is_known(rec, self._study)
            rec.close()
            if not known and not (self._read_iom() and is_known(rec, self._study)):
                return  # of a test that the .iom does not have yet: looked at again
        track = add_rec(found, path, self._study, self._montage)
        if track is None:
            self._ignored.add(path.path)
            if len(found.damaged) > n_damaged:
                self._tell(items, "damaged", f"left out: {found.damaged[-1]}", each=True)
            return
        self._recs[path.path] = _Growing(track, n_taken=0)

    def _take(self, growing: "_Growing", now_s: float, items: list[SourceItem]) -> None:
        """Take the blocks of one file that were whole at the look before, too."""
        first, end = growing.settled(now_s, self._patience_s)
        if end <= first:
            return
        damaged = self._opened.found.damaged
        n_damaged = len(damaged)
        blocks = self._blocks(growing, first, end)
        if any(block.is_orphan for block in blocks) and self._read_iom():
            blocks = self._blocks(growing, first, end)
        growing.n_taken = end
        if len(damaged) > n_damaged:
            self._tell(items, "damaged", f"left out: {damaged[-1]}", each=True)
        if any(block.is_orphan for block in blocks):
            self._tell(
                items,
                "orphans",
                "sweeps come in before the .iom describes them: whether they were rejected is not "
                "known",
            )
        fresh, _ = without_doubles(blocks, self._opened.seen)
        for block in fresh:
            row = self._opened.selection.row_of(block)
            if row is None:
                self._tell(
                    items,
                    "other_groups",
                    "sweeps of another group, timebase or length come in and are left out: was "
                    "the test changed? Close the case and start again to follow them",
                )
            elif block.filetime <= self._given_until:
                self._tell(items, "sweeps_late", "a sweep came too late and is left out", each=True)
            else:
                self._grouper.push(block, row)

    def _blocks(self, growing: "_Growing", first: int, end: int) -> list[StoredBlock]:
        opened = self._opened
        kind = opened.selection.kind
        is_pre_trigger = replace(kind, delay_ms=-kind.delay_ms) in opened.pre_trigger
        settings_hold = not self._opened.found.rates_differ
        rate_hz = growing.track.rate_hz if settings_hold else None
        blocks = stored_blocks(
            opened.found,
            growing.track,
            self._study,
            first=first,
            end=end,
            rate_hz=rate_hz or kind.rate_hz,
            delay_ms=-kind.delay_ms if is_pre_trigger else kind.delay_ms,
        )
        return with_pre_trigger(blocks, opened.pre_trigger)

    def _read_iom(self) -> bool:
        """Read the description again where it has changed; return whether it was."""
        now_s = self._clock()
        stamp = _stamp(self._iom_path)
        if now_s < self._next_iom_s or stamp == self._iom_stamp:
            return False
        self._next_iom_s = now_s + IOM_POLL_S
        try:
            study = read_study(str(self._iom_path), iom_bytes(self._iom_path))
        except SourceFormatError:
            return False  # it is being written: the next look will tell
        if study.cut_at is not None and study.n_objects < self._study.n_objects:
            return False
        self._iom_stamp = stamp
        self._study = study
        return True

    # ------------------------------------------------ giving

    def _release(self, now_s: float, items: list[SourceItem]) -> None:
        """Give what is complete, with the stimuli before it that are not."""
        ready, forgotten = self._ready(now_s)
        if forgotten or not all(self._is_complete(stimulus) for stimulus in ready):
            self._tell(items, "sweeps_incomplete", "a stimulus lacks a channel and is left out")
        selection = self._opened.selection
        scheduled: list[tuple[int, int, SourceItem]] = []
        cut = [(each, cut_sweep(each, selection, self._opened.start)) for each in ready]
        self._positions += [sweep.stimulus.position for _, sweep in cut]
        del self._positions[: -KEPT_POSITIONS - len(cut)]
        for stimulus, sweep in cut:
            self._given_until = max(self._given_until, stimulus.filetime)
            scheduled.append((sweep.stimulus.sample_index, 1, sweep.stimulus))
            given = self._sweep(stimulus, items) if sweep.is_complete else None
            if given is not None:
                scheduled.append((given.end_index, 0, given))
        items += [item for _, _, item in sorted(scheduled, key=lambda entry: entry[:2])]

    def _sweep(self, stimulus: StoredStimulus, items: list[SourceItem]) -> Sweep | None:
        selection = self._opened.selection
        try:
            return sweep_of(
                cut_sweep(stimulus, selection, self._opened.start),
                window=selection.window,
                positions=np.array(self._positions),
                samples_uv=samples_uv(stimulus, selection),
            )
        except SourceError as fault:
            self._tell(items, "sweep_unreadable", f"a sweep is left out: {fault}", each=True)
            return None

    def _ready(self, now_s: float) -> tuple[list[StoredStimulus], list[StoredStimulus]]:
        """Take out the stimuli that can be given now, and those that are forgotten.

        All up to the last complete one can be given: files grow at their end,
        so what is missing before it does not come any more. An incomplete one
        behind it is waited for, and then forgotten: where its time is damaged
        and far ahead, nothing later could be given after it.
        """
        waiting = self._grouper.waiting
        complete = [i for i, stimulus in enumerate(waiting) if self._is_complete(stimulus)]
        n_ready = complete[-1] + 1 if complete else 0
        ready, held = waiting[:n_ready], waiting[n_ready:]
        forgotten: list[StoredStimulus] = []
        kept: list[StoredStimulus] = []
        for stimulus in held:
            seen_s = self._first_seen_s.setdefault(id(stimulus), now_s)
            (forgotten if now_s - seen_s >= self._patience_s else kept).append(stimulus)
        self._grouper.waiting = kept
        for stimulus in (*ready, *forgotten):
            self._first_seen_s.pop(id(stimulus), None)
        return ready, forgotten

    def _is_complete(self, stimulus: StoredStimulus) -> bool:
        return len(stimulus.blocks) == len(self._opened.selection.montage.channels)

    def _tell(
        self, items: list[SourceItem], code: str, message: str, *, each: bool = False
    ) -> None:
        """Add a warning: once for each code, or for each message."""
        key = message if each else code
        if key not in self._told:
            self._told.add(key)
            index = round(self._positions[-1]) if self._positions else 0
            items.append(SourceWarning(sample_index=index, code=code, message=message))


class _Growing:
    """One file, and how far it was taken."""

    def __init__(self, track: Track, *, n_taken: int | None = None) -> None:
        self.track = track
        self.n_taken = track.rec.n_blocks if n_taken is None else n_taken
        self._n_whole_before = self.n_taken
        self._waits_since_s: float | None = None

    def settled(self, now_s: float, patience_s: float) -> tuple[int, int]:
        """Return the blocks, half open, that can be taken now."""
        rec = self.track.rec
        n_whole = rec.refresh()
        end = min(n_whole, self._n_whole_before)
        self._n_whole_before = n_whole
        if end <= self.n_taken:
            return self.n_taken, self.n_taken
        lengths = rec.blocks(self.n_taken, end - self.n_taken)["length"]
        empty = np.flatnonzero(lengths == 0)
        if not empty.size:
            self._waits_since_s = None
            return self.n_taken, end
        # Room was made for this block, and it has not been written into it yet.
        since_s = self._waits_since_s = (
            now_s if self._waits_since_s is None else self._waits_since_s
        )
        if now_s - since_s >= patience_s:
            self._waits_since_s = None
            return self.n_taken, end
        return self.n_taken, self.n_taken + int(empty[0])


def _info(opened: OpenedStudy) -> SourceInfo:
    info = opened.info
    warning = SourceWarning(
        sample_index=0,
        code="experimental",
        message="following an EPWorks folder is experimental: when EPWorks writes a sweep is not "
        "known, so sweeps may come seconds late, or some never",
    )
    is_simulated = info.origin is Origin.SIMULATED
    return replace(
        info,
        origin=Origin.SIMULATED if is_simulated else Origin.DEVICE,
        duration_s=None,
        content_hash="",
        warnings=(warning, *(told for told in info.warnings if told.code not in PASSING)),
    )


def _opened(path: RecPath) -> RecFile | None:
    try:
        return RecFile(path.path, name=path.name)
    except SourceFormatError:
        return None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return status.st_size, status.st_mtime_ns


def _size(path: Path) -> int:
    return _stamp(path)[0]
