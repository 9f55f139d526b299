"""Cases with their recordings, replayed or recorded, for the tests of the exports."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from amr_monitor.cli import main
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.qa.exports.recorded import RecordedCase, opened_recording
from amr_monitor.storage.journal import Journal
from tests.project.repository import ROOT

FIXTURES = ROOT / "fixtures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A data folder with one case, and the file that it was replayed from."""

    folder: Path
    file: Path | None

    @contextmanager
    def opened(self, *, files: list[Path] | None = None) -> Iterator[RecordedCase]:
        """Open the case."""
        if files is None:
            files = [] if self.file is None else [self.file]
        with Journal.at(self.folder / "journal.sqlite") as journal:
            (record,) = journal.cases()
            with opened_recording(
                journal,
                record,
                recordings=self.folder / "recordings",
                files=files,
                settings=RecordingSettings(),
            ) as case:
                yield case


def replayed(name: str, folder: Path) -> Home:
    """Return a home with a fixture, replayed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AMR_MONITOR_STORAGE_FOLDER", str(folder))
        assert main(["replay", str(FIXTURES / name)]) == 0
    return Home(folder=folder, file=FIXTURES / name)


def run_tool(*words: str | Path) -> str:
    """Return what a validator says, on either stream."""
    program = shutil.which(str(words[0]))
    if program is None:
        pytest.fail(f"{words[0]} is needed: `make test` installs it")
    done = subprocess.run(  # noqa: S603 - a validator, with files of our own
        [program, *map(str, words[1:])], capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr
