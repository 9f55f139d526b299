"""What the shell tells about itself: source, recorder, disk.

They are journalled like the core's (`model/events.py`, from where all are imported),
and never compared between a live case and its replay.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from amr_monitor.model.event_base import EventBase


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellEventBase(EventBase):
    """Told by the shell about itself; never compared between live and replay."""

    scope: ClassVar[Literal["core", "shell"]] = "shell"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStalled(ShellEventBase):
    """No samples for a moment."""

    type: ClassVar[str] = "source_stalled"
    silent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWentLost(ShellEventBase):
    """No samples for long enough to call it lost."""

    type: ClassVar[str] = "source_lost"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecovered(ShellEventBase):
    """Samples come again."""

    type: ClassVar[str] = "source_recovered"
    silent_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWarned(ShellEventBase):
    """The source is usable but not as it should be."""

    type: ClassVar[str] = "source_warned"
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderFileOpened(ShellEventBase):
    """A file of the recording begins with this sample."""

    type: ClassVar[str] = "recorder_file_opened"
    file: str
    onset_s: float
    continues: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderFileClosed(ShellEventBase):
    """A file of the recording is complete; `fault` says what it lacks, "" nothing.

    `sha256` is the hash over those of its records; "" where there is none.
    """

    type: ClassVar[str] = "recorder_file_closed"
    file: str
    n_samples: int
    fault: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderStalled(ShellEventBase):
    """The disk does not take the samples; they wait in memory."""

    type: ClassVar[str] = "recorder_stalled"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderRecovered(ShellEventBase):
    """What waited is on the disk."""

    type: ClassVar[str] = "recorder_recovered"
    stalled_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderLost(ShellEventBase):
    """From this sample on so many are not in the recording; the monitor had them."""

    type: ClassVar[str] = "recorder_lost"
    n_samples: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLow(ShellEventBase):
    """The disk has room for so many hours more."""

    type: ClassVar[str] = "disk_low"
    hours_left: float
    free_bytes: int
