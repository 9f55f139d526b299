"""Figures as a file of JSON, or on stdout."""

import json
import sys
from pathlib import Path
from typing import TextIO

from amr_monitor.model.errors import StorageError

STDOUT = "-"


def write_figures(target: str | None, document: object) -> None:
    """Write a document where `--json` says; nowhere for None.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    if target is None:
        return
    text = json.dumps(document, indent=2) + "\n"
    if target == STDOUT:
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise StorageError(
            f"--json {target}: cannot be written: {fault.strerror}; name another file"
        ) from fault


def beside(target: str | None) -> TextIO:
    """Return where people read, when `--json` may take stdout."""
    return sys.stderr if target == STDOUT else sys.stdout
