"""Where the journal lives and how long it waits for another program."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from amr_monitor.model.errors import ConfigError

JOURNAL_FILE = "journal.sqlite"
"""Name of the database inside the data folder."""

RECORDINGS_FOLDER = "recordings"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderSettings:
    """How a case is recorded.

    Attributes
    ----------
    largest_file_mb : float
        At this size the next file begins, without a sample lost.
    buffer_s : float
        Of samples that may wait for the disk.
    disk_alarm_h : float
        With room for fewer hours an alarm is raised.
    """

    largest_file_mb: float = 1800.0
    buffer_s: float = 120.0
    disk_alarm_h: float = 6.0


def default_folder() -> Path:
    """Return `$XDG_DATA_HOME/amr-monitor`, or `~/.local/share/amr-monitor`.

    Raises
    ------
    ConfigError
        The system knows no home folder for this user.
    """
    base = os.environ.get("XDG_DATA_HOME", "")
    # The XDG standard: a relative path in the variable is to be ignored.
    if base and Path(base).is_absolute():
        return Path(base) / "amr-monitor"
    try:
        return Path.home() / ".local" / "share" / "amr-monitor"
    except RuntimeError as fault:
        raise ConfigError(
            "no home folder to keep the journal in; set [storage] folder in the config"
            " or AMR_MONITOR_STORAGE_FOLDER"
        ) from fault


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where cases are kept.

    Attributes
    ----------
    folder : Path or None
        Data folder; it is made if missing. None takes the user's own,
        `$XDG_DATA_HOME/amr-monitor` or `~/.local/share/amr-monitor`.
    journal : str
        Address of a journal elsewhere, as in
        `postgresql://amr@db.hospital/amr`; "" keeps it in the data folder.
    lock_timeout_s : float
        How long a write waits while another program holds the journal.
        Samples wait as long, in the driver's buffer.
    resume_within_min : float
        `run` goes on with a case that was left open so many minutes ago at the
        most: later, another patient may lie there. 0: never.
    record : bool
        `run` records every sample, below `recordings` in the folder.
    largest_file_mb : float
        At this size the recording goes on in another file.
    buffer_s : float
        So many seconds of samples may wait in memory for a disk that does not
        take them. What comes then is not kept, and told.
    disk_alarm_h : float
        With room on the disk for fewer hours of recording an alarm is raised.
    """

    folder: Path | None = None
    journal: str = ""
    lock_timeout_s: float = field(default=2.0, metadata={"min": 0.0, "max": 60.0})

    resume_within_min: float = field(default=30.0, metadata={"min": 0.0, "max": 720.0})
    record: bool = True
    largest_file_mb: float = field(default=1800.0, metadata={"min": 1.0, "max": 100_000.0})
    buffer_s: float = field(default=120.0, metadata={"min": 5.0, "max": 3600.0})
    disk_alarm_h: float = field(default=6.0, metadata={"min": 0.0, "max": 1000.0})

    def data_folder(self) -> Path:
        """Return the data folder."""
        return default_folder() if self.folder is None else self.folder.expanduser()

    def journal_path(self) -> Path:
        """Return the path of the database."""
        return self.data_folder() / JOURNAL_FILE

    def recordings_folder(self) -> Path:
        """Return the folder that holds a folder of recordings for each case."""
        return self.data_folder() / RECORDINGS_FOLDER

    @property
    def recorder(self) -> RecorderSettings:
        """How a case is recorded."""
        return RecorderSettings(
            largest_file_mb=self.largest_file_mb,
            buffer_s=self.buffer_s,
            disk_alarm_h=self.disk_alarm_h,
        )
