"""The seam between the house and whatever delivers samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from amr_monitor.model.case import Side
from amr_monitor.model.signal import Gap, Montage, SampleBlock
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.model.sweep import Sweep


class Origin(StrEnum):
    """Where samples come from: a simulation can never pass for a patient."""

    DEVICE = "device"
    REPLAY = "replay"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A text that stands in a recording or comes over a marker stream.

    Not a stimulus: those are parsed by the driver. `sample_index` is the
    number of samples received at that moment; `time_s` the time it names.
    """

    sample_index: int
    time_s: float
    text: str


class WarningCourse(StrEnum):
    """How long what a warning tells of lasts."""

    ONCE = "once"
    BEGINS = "begins"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWarning:
    """Something usable but not as it should be, in one plain sentence.

    Attributes
    ----------
    sample_index : int
    code : str
    message : str
    course : WarningCourse
        A condition of a live source that lasts is told when it `begins` and,
        under the same code, when it `ends`: meanwhile it is an alarm.
    """

    sample_index: int
    code: str
    message: str
    course: WarningCourse = WarningCourse.ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedUpTo:
    """Every sample before `sample_index` is delivered, or known and not needed.

    Blocks say this by themselves; a source that gives sweeps alone says it at
    its end, so that what is due by then comes due.
    """

    sample_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo:
    """What a source is, told once when it is opened.

    Attributes
    ----------
    name : str
        For the screen: a file name or a stream name.
    origin : Origin
    montage : Montage
    sampling_rate_hz : float
        Of every row of a block or sweep.
    trigger_quality : TriggerQuality
    start_utc : datetime or None
        Aware, UTC, of time 0; None where the source has no date.
    first_time_s : float
        Time of sample 0 on the source's own axis.
    duration_s : float or None
        None where it is not known, as of a live source.
    side : Side or None
        Told by the labels, or chosen.
    content_hash : str
        SHA-256 over what identifies the recording; "" for a live source.
    baseline_is_marked : bool
        The recording carries its own `baseline accepted`.
    case_is_marked : bool
        The recording carries its own `cmd: open_case`: it was made by this
        program, and the case is opened there.
    sweep_start_ms, sweep_end_ms : float
        The window around the stimulus that this source can give. Pre-cut
        sources give what they have.
    warnings : tuple of SourceWarning
        What a person should know of it before it starts.
    """

    name: str
    origin: Origin
    montage: Montage
    sampling_rate_hz: float
    trigger_quality: TriggerQuality
    start_utc: datetime | None = None
    first_time_s: float = 0.0
    duration_s: float | None = None
    side: Side | None = None
    content_hash: str = ""
    baseline_is_marked: bool = False
    case_is_marked: bool = False
    sweep_start_ms: float = -500.0
    sweep_end_ms: float = 100.0
    warnings: tuple[SourceWarning, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanged:
    """From `sample_index` on the source is another: other channels, another rate.

    It follows the `Gap` at the same index. `info` tells how it is from here;
    `first_time_s` there is of no meaning, the gap says when it goes on.
    """

    sample_index: int
    info: SourceInfo


SourceItem = (
    SampleBlock | Stimulus | Sweep | Gap | SourceChanged | Annotation | ReceivedUpTo | SourceWarning
)


@runtime_checkable
class SampleSource(Protocol):
    """Anything that delivers samples: a recording, a stream, a simulation.

    The contract, held by every driver and tested by one suite:

    * Indices never go back; blocks follow each other without hole or overlap;
      a hole is a `Gap` between two blocks, which takes no index.
    * Every stimulus comes as a `Stimulus`, in order, before the block that
      holds its onset or together with it. A live source whose markers are
      late may bring it later, as long as the sweep's samples are still held.
    * A source may give whole sweeps instead of blocks: then a `Sweep` follows
      its `Stimulus` once every stimulus inside its window has been given; a
      stimulus too near an edge or a gap gets no sweep. `ReceivedUpTo` ends it.
    * A source that comes back with other channels or another rate gives a
      `Gap`, then `SourceChanged`; `info` stays that of the beginning.
    * A source of pre-cut sweeps (an EPWorks folder, a table of sweeps) counts
      indices by time: the index of a stimulus is round((its time - time of
      sample 0) x rate), and there are no gaps between sweeps.
    * Annotations come in the order of `sample_index`, before a block or sweep
      that ends after them.
    * The same recording gives the same numbers whatever the size of a read.
    * After the end `read` returns None, again and again.
    * `close` may be called twice, and from another thread than `read`.
    """

    @property
    def info(self) -> SourceInfo:
        """What this source is; the same object at every call."""
        ...

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return what has come, in order; empty after `timeout_s`; None at the end.

        Raises
        ------
        SourceError
            The source is broken; the message names what to do.
        """
        ...

    def close(self) -> None:
        """Let go of files, threads and sockets."""
        ...
