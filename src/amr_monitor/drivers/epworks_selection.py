"""Which of the stored sweeps are monitored, and which of them are one stimulus."""

import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from amr_monitor.drivers.edf_recording import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from amr_monitor.drivers.epworks_blocks import (
    ASSUMED_UNIT,
    StoredBlock,
    Track,
    side_of,
)
from amr_monitor.drivers.montage import FoundChannel, MontageSettings, match_channels
from amr_monitor.drivers.pre_cut import SweepWindow
from amr_monitor.formats.epworks_history import FILETIME_PER_S
from amr_monitor.model.case import Side
from amr_monitor.model.errors import ChannelError, SourceFormatError
from amr_monitor.model.signal import Channel, Montage

_AMR = re.compile(r"\b(?:amr|lsr|lateral\W+spread|abnormal\W+muscle)", re.IGNORECASE)

FEWEST_SHARE = 0.5
"""A muscle with fewer sweeps than this share of the fullest one's is left out."""

SAME_TIME = FILETIME_PER_S // 500
"""Blocks of different channels so near each other are one stimulus (2 ms)."""

SAME_SET_TIME = FILETIME_PER_S // 10
"""And so near where their set number is the same: no stimuli follow each other sooner."""

LONGEST_STUDY = 36 * 3600 * FILETIME_PER_S
"""A block that lies farther from the others has a damaged time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepKind:
    """What sweeps must share to be judged together.

    Attributes
    ----------
    group_key, group_name : str
    rate_hz : float
    n_samples : int
    delay_ms : float
    """

    group_key: str
    group_name: str = field(compare=False)
    rate_hz: float
    n_samples: int
    delay_ms: float

    @property
    def is_amr(self) -> bool:
        """Whether the name of the group says that it is the response we look for."""
        return _AMR.search(self.group_name) is not None

    def words(self, n_stimuli: int) -> str:
        """Return how a person is told of it."""
        length_ms = self.n_samples * 1000.0 / self.rate_hz
        return (
            f"{n_stimuli} of group {self.group_name!r} at {self.rate_hz:g} Hz, "
            f"{length_ms:g} ms from {self.delay_ms:g} ms"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The kind of sweeps that is monitored, and whose they are.

    Attributes
    ----------
    kind : SweepKind
    montage : Montage
    side : Side or None
    rows : dict
        Row of the montage by label and channel.
    window : SweepWindow
    left_out : tuple of str
        Other kinds, in words.
    sparse : tuple of str
        Muscles with too few sweeps to be taken.
    """

    kind: SweepKind
    montage: Montage
    side: Side | None
    rows: dict[tuple[bytes, bytes, str], int]
    window: SweepWindow
    left_out: tuple[str, ...]
    sparse: tuple[str, ...]

    def row_of(self, block: StoredBlock) -> int | None:
        """Return the row of a block; None where it is not to be monitored."""
        if kind_of(block) != self.kind:
            return None
        return self.rows.get(_channel_of(block.track))


def kind_of(block: StoredBlock) -> SweepKind:
    """Return the kind of one block."""
    return SweepKind(
        group_key=block.track.group_key,
        group_name=block.track.group_name,
        rate_hz=block.rate_hz,
        n_samples=block.track.n_samples,
        delay_ms=block.delay_ms,
    )


def select(blocks: Sequence[StoredBlock], montage: MontageSettings, *, name: str) -> Selection:
    """Choose the kind of sweeps that is monitored: the response's own group, or the fullest.

    Parameters
    ----------
    blocks : sequence of StoredBlock
        At least one.
    montage : MontageSettings
    name : str
        Of the study, for messages.

    Raises
    ------
    ChannelError
        Both sides were recorded and none is chosen, or two channels are one muscle.
    SourceFormatError
        No kind of sweeps can be monitored.
    """
    _require_one_side({block.track.label for block in blocks}, montage, name)
    counts: dict[SweepKind, Counter[str]] = {}
    for block in blocks:
        if _is_wanted(block.track.label, montage):
            counts.setdefault(kind_of(block), Counter())[block.track.label] += 1
    if not counts:
        # Only the other side was recorded: this says so, with the labels.
        labels = sorted({block.track.label for block in blocks})
        match_channels([FoundChannel(label=x, dimension="uV") for x in labels], montage, name=name)
    ranked = sorted(
        counts, key=lambda kind: (not kind.is_amr, -max(counts[kind].values()), kind.group_key)
    )
    usable = [kind for kind in ranked if not _why_not(kind)]
    if not usable:
        raise SourceFormatError(f"{name}: {_why_not(ranked[0])}")
    kind = usable[0]
    tracks = {
        id(block.track): block.track
        for block in blocks
        if kind_of(block) == kind and _is_wanted(block.track.label, montage)
    }
    most = max(counts[kind].values())
    sparse = {label for label, n in counts[kind].items() if n < FEWEST_SHARE * most}
    rows, channels, side = _rows(
        [track for track in tracks.values() if track.label not in sparse], montage, name
    )
    return Selection(
        kind=kind,
        montage=Montage(channels=channels),
        side=side,
        rows=rows,
        window=_window(kind),
        left_out=tuple(
            other.words(max(counts[other].values())) for other in ranked if other != kind
        ),
        sparse=tuple(f"{label!r} ({counts[kind][label]} of {most})" for label in sorted(sparse)),
    )


def without_outliers(blocks: Sequence[StoredBlock]) -> tuple[list[StoredBlock], int]:
    """Return the blocks whose time is near the others', and how many are not."""
    times = sorted(block.filetime for block in blocks)
    middle = times[len(times) // 2] if times else 0
    near = [block for block in blocks if abs(block.filetime - middle) <= LONGEST_STUDY]
    return near, len(blocks) - len(near)


def without_doubles(
    blocks: Iterable[StoredBlock], seen: set[bytes]
) -> tuple[list[StoredBlock], int]:
    """Return the blocks whose GUID is new, and how many are not; `seen` grows."""
    fresh = []
    n_doubles = 0
    for block in blocks:
        if block.guid in seen:
            n_doubles += 1
            continue
        seen.add(block.guid)
        fresh.append(block)
    return fresh, n_doubles


@dataclass(slots=True, kw_only=True, eq=False)
class StoredStimulus:
    """The blocks of one stimulus.

    Attributes
    ----------
    filetime : int
        Of the earliest of them: when its first sample was taken.
    blocks : dict
        By row of the montage.
    """

    filetime: int
    blocks: dict[int, StoredBlock]

    @property
    def current_ma(self) -> float | None:
        """As the first row that tells says."""
        told = [b.current_ma for _, b in sorted(self.blocks.items()) if b.current_ma is not None]
        return told[0] if told else None

    @property
    def is_rejected(self) -> bool:
        """Whether any of its channels was discarded."""
        return any(block.is_rejected for block in self.blocks.values())

    @property
    def currents_differ(self) -> bool:
        """Whether its channels tell different currents."""
        return len({b.current_ma for b in self.blocks.values() if b.current_ma is not None}) > 1


class StimulusGrouper:
    """Put the blocks of several channels together that come from one stimulus.

    By time: within 2 ms, or within 100 ms where the set number is the same.

    Attributes
    ----------
    waiting : list of StoredStimulus
        In the order of time.
    n_contested : int
        Blocks left out, as their channel has one at that time already.
    """

    def __init__(self) -> None:
        self.waiting: list[StoredStimulus] = []
        self.n_contested = 0

    def push(self, block: StoredBlock, row: int) -> None:
        """Take one more block, in any order."""
        first = bisect_left(
            self.waiting, block.filetime - SAME_SET_TIME, key=lambda stimulus: stimulus.filetime
        )
        nearest: StoredStimulus | None = None
        for stimulus in self.waiting[first:]:
            apart = abs(stimulus.filetime - block.filetime)
            if stimulus.filetime - block.filetime > SAME_SET_TIME:
                break
            if row in stimulus.blocks:
                if apart <= SAME_TIME:
                    self.n_contested += 1
                    return
                continue
            same_set = any(
                other.set_number == block.set_number and block.set_number
                for other in stimulus.blocks.values()
            )
            if (apart <= SAME_TIME or same_set) and (
                nearest is None or apart < abs(nearest.filetime - block.filetime)
            ):
                nearest = stimulus
        if nearest is None:
            insort(
                self.waiting,
                StoredStimulus(filetime=block.filetime, blocks={row: block}),
                key=lambda stimulus: stimulus.filetime,
            )
            return
        nearest.blocks[row] = block
        if block.filetime < nearest.filetime:
            self.waiting.remove(nearest)
            nearest.filetime = block.filetime
            insort(self.waiting, nearest, key=lambda stimulus: stimulus.filetime)


def _why_not(kind: SweepKind) -> str:
    """Return why sweeps of a kind cannot be monitored; "" where they can."""
    if not LOWEST_RATE_HZ <= kind.rate_hz <= HIGHEST_RATE_HZ:
        return (
            f"the sweeps of group {kind.group_name!r} are stored at {kind.rate_hz:g} Hz; a "
            f"response needs at least {LOWEST_RATE_HZ:g} Hz to be seen: choose a shorter timebase"
        )
    window = _window(kind)
    if not 0 <= window.onset_sample < kind.n_samples or window.onset < 0.0:
        return (
            f"the sweeps of group {kind.group_name!r} begin {kind.delay_ms:g} ms after the "
            "stimulus (TriggerDelay), which so lies outside them; the monitor needs it inside"
        )
    return ""


def _window(kind: SweepKind) -> SweepWindow:
    onset = round(-kind.delay_ms * kind.rate_hz / 1000.0, 6)
    return SweepWindow(rate_hz=kind.rate_hz, n_samples=kind.n_samples, onset=onset + 0.0)


def _is_wanted(label: str, montage: MontageSettings) -> bool:
    side = side_of(label, montage)
    return not (montage.side and side and side is not montage.side)


def _require_one_side(labels: set[str], montage: MontageSettings, name: str) -> None:
    by_side = {side_of(label, montage): label for label in sorted(labels, reverse=True)}
    if montage.side is None and Side.LEFT in by_side and Side.RIGHT in by_side:
        raise ChannelError(
            f"{name}: {by_side[Side.LEFT]!r} and {by_side[Side.RIGHT]!r} are on different sides; "
            "choose --side left|right"
        )


def _channel_of(track: Track) -> tuple[bytes, bytes, str]:
    return track.test_id, track.channel_key, track.label


def _rows(
    tracks: Sequence[Track], montage: MontageSettings, name: str
) -> tuple[dict[tuple[bytes, bytes, str], int], tuple[Channel, ...], Side | None]:
    """Find the muscles among the channels; those of one label in several tests are one."""
    for test_id in {track.test_id for track in tracks}:
        _match({_channel_of(t): t for t in tracks if t.test_id == test_id}, montage, name)
    labels = sorted({track.label for track in tracks})
    by_label = {track.label: track for track in tracks}
    matched = match_channels(
        [FoundChannel(label=label, dimension=ASSUMED_UNIT) for label in labels], montage, name=name
    )
    row_of_label = {labels[match.index]: row for row, match in enumerate(matched.emg)}
    channels = tuple(
        Channel(
            label=by_label[labels[match.index]].channel_name, muscle=match.muscle, side=match.side
        )
        for match in matched.emg
    )
    rows = {
        _channel_of(track): row_of_label[track.label]
        for track in tracks
        if track.label in row_of_label
    }
    return rows, channels, matched.side


def _match(
    channels: dict[tuple[bytes, bytes, str], Track], montage: MontageSettings, name: str
) -> None:
    """Require that no two channels of one test are the same muscle."""
    found = [FoundChannel(label=track.label, dimension=ASSUMED_UNIT) for track in channels.values()]
    match_channels(found, montage, name=name)
