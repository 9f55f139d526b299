"""Which driver reads what: told by the first bytes, never by the ending of a name.

Drivers of other packages come through the entry point group
`amr_monitor.drivers`; each entry is an object that fits `Driver`.
"""

from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from amr_monitor.drivers.chained import ChainedSource
from amr_monitor.drivers.edf_recording import open_edf
from amr_monitor.drivers.epworks_folder import EpworksDriver
from amr_monitor.drivers.foreign_recording import ForeignDriver
from amr_monitor.drivers.foreign_settings import ForeignSettings
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.drivers.sweep_table import SweepTableDriver
from amr_monitor.drivers.xdf_recording import open_xdf
from amr_monitor.formats.edf_header import is_edf
from amr_monitor.formats.xdf_chunks import is_xdf
from amr_monitor.model.errors import SourceError, SourceFormatError
from amr_monitor.model.source import SampleSource

ENTRY_POINT_GROUP = "amr_monitor.drivers"
HEAD_BYTES = 512


class Driver(Protocol):
    """How one kind of file becomes a source.

    A driver to which a whole folder is one recording also has
    `recognises_folder(folder: Path) -> bool`; one to which not every file that
    it recognises is a recording, `stands_alone(path: Path) -> bool`.

    Attributes
    ----------
    formats : str
        For messages: "EDF, EDF+, BDF and BDF+".
    """

    formats: str

    def recognises(self, head: bytes) -> bool:
        """Tell by its first bytes whether a file is of this kind."""
        ...

    def open(
        self, paths: Sequence[Path], settings: RecordingSettings, *, block_samples: int | None
    ) -> SampleSource:
        """Open the files of one recording.

        Raises
        ------
        SourceError
            They hold nothing that could be monitored.
        """
        ...


class EdfDriver:
    """EDF and BDF recordings."""

    formats = "EDF, EDF+, BDF and BDF+"

    def recognises(self, head: bytes) -> bool:
        """Tell by its first bytes whether a file is of this kind."""
        return is_edf(head)

    def open(
        self, paths: Sequence[Path], settings: RecordingSettings, *, block_samples: int | None
    ) -> SampleSource:
        """Open the files of one recording."""
        recordings = open_edf(paths, settings)
        if len(recordings) > 1:
            return ChainedSource(recordings, block_samples=block_samples)
        return ReplaySource(recordings[0], block_samples=block_samples)


class XdfDriver:
    """XDF recordings of LSL streams."""

    formats = "XDF"

    def recognises(self, head: bytes) -> bool:
        """Tell by its first bytes whether a file is of this kind."""
        return is_xdf(head)

    def open(
        self, paths: Sequence[Path], settings: RecordingSettings, *, block_samples: int | None
    ) -> SampleSource:
        """Open the file of one recording."""
        return ReplaySource(open_xdf(paths, settings), block_samples=block_samples)


LAST_RESORT = ForeignDriver()
BUILT_IN: tuple[Driver, ...] = (
    EdfDriver(),
    XdfDriver(),
    EpworksDriver(),
    SweepTableDriver(),
)


def open_source(
    paths: Sequence[Path],
    settings: RecordingSettings | None = None,
    *,
    block_samples: int | None = None,
) -> SampleSource:
    """Open a recording: a file, several that belong together, or a folder of them.

    Parameters
    ----------
    paths : sequence of Path
    settings : RecordingSettings or None
        None takes the defaults.
    block_samples : int or None
        None gives sweeps alone, as fast as they can be read.

    Raises
    ------
    SourceError
        One line: what, where, how to mend it.
    """
    drivers: list[Driver] = list(BUILT_IN)
    for path in paths:
        owner = _owner_of_folder(path, drivers) if path.is_dir() else None
        if owner is not None:
            return owner.open(paths, settings or RecordingSettings(), block_samples=block_samples)
    files = _files(paths)
    heads = [_head(path) for path in files]
    if any(_recognised(head, drivers) is None for head in heads):
        drivers += _installed()
    chosen = [_recognised(head, drivers) for head in heads]
    drivers.append(LAST_RESORT)
    if not any(chosen):
        # Nobody knows these files by their bytes; neo goes by the ending of a name.
        foreign = (settings or RecordingSettings()).foreign
        chosen = [LAST_RESORT if LAST_RESORT.fits(path, foreign) else None for path in files]
    is_folder = any(path.is_dir() for path in paths)
    known = [
        (path, driver)
        for path, driver in zip(files, chosen, strict=True)
        if driver and (not is_folder or _stands_alone(path, driver))
    ]
    readable = ", ".join(driver.formats for driver in drivers)
    if not known and is_folder:
        raise SourceFormatError(f"{paths[0]}: no recording in this folder ({readable} are read)")
    if len(known) < len(files) and not is_folder:
        path, head = next(
            (path, head) for path, head, d in zip(files, heads, chosen, strict=True) if d is None
        )
        shown = "it is empty" if not head else f"it begins with {_shown(head)}"
        raise SourceFormatError(f"{path}: is no recording: {shown}; {readable} can be read")
    kinds = {driver.formats for _, driver in known}
    if len(kinds) > 1:
        raise SourceFormatError(
            f"{paths[0]}: recordings of several kinds ({'; '.join(sorted(kinds))}); "
            "replay them one by one, or judge all of a folder: amr-monitor batch FOLDER"
        )
    return known[0][1].open(
        [path for path, _ in known], settings or RecordingSettings(), block_samples=block_samples
    )


def is_recording(path: Path) -> bool:
    """Tell by its first bytes, or to neo by its ending, whether a file is a recording by itself.

    Raises
    ------
    SourceError
        It cannot be opened, or an installed driver cannot be loaded.
    """
    head = _head(path)
    owner = _recognised(head, BUILT_IN) or _recognised(head, _installed())
    if owner is not None:
        return _stands_alone(path, owner)
    return LAST_RESORT.fits(path, ForeignSettings())


def is_study(folder: Path) -> bool:
    """Tell whether a whole folder is one recording to its driver.

    Raises
    ------
    SourceError
        It cannot be told.
    """
    return _owner_of_folder(folder, BUILT_IN) is not None


def _owner_of_folder(folder: Path, drivers: Iterable[Driver]) -> Driver | None:
    """Return the driver to which a folder is one recording, not a heap of files."""
    for driver in drivers:
        recognises_folder = getattr(driver, "recognises_folder", None)
        if recognises_folder is not None and recognises_folder(folder):
            return driver
    return None


def _stands_alone(path: Path, driver: Driver) -> bool:
    """Tell whether a file of a folder is a recording, and not something beside one."""
    stands_alone = getattr(driver, "stands_alone", None)
    return stands_alone is None or stands_alone(path)


def _files(paths: Sequence[Path]) -> list[Path]:
    if not paths:
        raise SourceError("no recording is named")
    files: list[Path] = []
    for path in paths:
        files += sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    return files


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as fault:
        raise SourceFormatError(
            f"{path}: cannot be opened: {fault.strerror}; check the path"
        ) from fault


def _recognised(head: bytes, drivers: Iterable[Driver]) -> Driver | None:
    return next((driver for driver in drivers if driver.recognises(head)), None)


def _installed() -> list[Driver]:
    drivers: list[Driver] = []
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        try:
            drivers.append(entry.load())
        except ImportError as fault:
            raise SourceError(
                f"driver {entry.name} of an installed package cannot be loaded: {fault}; "
                "mend or uninstall that package"
            ) from fault
    return drivers


def _shown(head: bytes) -> str:
    text = "".join(c if c.isprintable() else "." for c in head[:16].decode("latin-1"))
    return repr(text)
