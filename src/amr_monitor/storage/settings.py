"""Where the journal lives and how long it waits for another program."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from amr_monitor.model.errors import ConfigError

JOURNAL_FILE = "journal.sqlite"
"""Name of the database inside the data folder."""


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
    lock_timeout_s : float
        How long a write waits while another program holds the journal.
        Samples wait as long, in the driver's buffer.
    """

    folder: Path | None = None
    lock_timeout_s: float = field(default=2.0, metadata={"min": 0.0, "max": 60.0})

    def journal_path(self) -> Path:
        """Return the path of the database."""
        folder = default_folder() if self.folder is None else self.folder.expanduser()
        return folder / JOURNAL_FILE
