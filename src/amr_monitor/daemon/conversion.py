"""Any recording that a driver reads, as BDF+."""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from amr_monitor.config import Settings
from amr_monitor.daemon.tape import Tape
from amr_monitor.drivers.edf_recording import NAMES_LEFT_OUT, in_order
from amr_monitor.drivers.registry import open_source
from amr_monitor.formats.bdf_conversion import convert_edf
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import is_edf
from amr_monitor.model.errors import SourceFormatError, StorageError
from amr_monitor.model.events import RecorderLost
from amr_monitor.model.source import SampleSource
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.storage.recorder import Recorder
from amr_monitor.storage.settings import RecorderSettings

BLOCK_SAMPLES = 20_000
MOST_WAITING_S = 60.0
PAUSE_S = 0.005
NO_LIMIT_MB = 1e12

Progress = Callable[[float], None]


def convert(
    paths: Sequence[Path],
    settings: Settings,
    target: Path,
    *,
    progress: Progress,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write a recording as BDF+, with the same stimuli and texts.

    An EDF or BDF file keeps its digital values, channel by channel; what comes
    in other numbers is put on the steps of a live recording.

    Parameters
    ----------
    paths : sequence of Path
        A file, several that belong together, or a folder.
    settings : Settings
    target : Path
        Must not exist. Where the recording is of several stretches, the others
        stand beside it: `x.bdf`, `x-0002.bdf`.
    progress : callable
        Gets the share done, 0 to 1.
    tell : callable
        Gets a line where something of the recording is left out.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    SourceError
        It cannot be read, or holds no continuous signal.
    StorageError
        It cannot be written.
    """
    if target.exists():
        raise StorageError(f"{target}: is there already; nothing is written over it")
    files = _edf_files(paths)
    if files:
        return _convert_files(files, target, progress, tell)
    source = open_source(paths, settings.recording, block_samples=BLOCK_SAMPLES)
    try:
        for warning in source.info.warnings:
            tell(warning.message)
        return _convert_source(source, target, progress)
    finally:
        source.close()


def _edf_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files in order if all are EDF or BDF; none otherwise."""
    files = [path for path in paths if path.is_file()]
    for folder in (path for path in paths if path.is_dir()):
        files += [path for path in sorted(folder.iterdir()) if path.is_file() and _is_edf(path)]
    if not files or not all(_is_edf(path) for path in files):
        return []
    if len(files) == 1:
        return files
    opened = [EdfFile(path) for path in files]
    try:
        ordered = in_order(opened)
        return [files[opened.index(file)] for file in ordered]
    finally:
        for file in opened:
            file.close()


def _is_edf(path: Path) -> bool:
    with path.open("rb") as file:
        return is_edf(file.read(8))


def _convert_files(
    files: Sequence[Path], target: Path, progress: Progress, tell: Callable[[str], None]
) -> list[Path]:
    written: list[Path] = []
    for path in files:
        with closing(EdfFile(path)) as file:
            if file.header.names_people:
                tell(f"{path.name}: {NAMES_LEFT_OUT}")

        def reach(share: float) -> None:
            progress((len(written) + share) / len(files))

        one = _numbered(target, len(written) + 1)
        convert_edf(path, one, progress=reach)
        written.append(one)
    return written


def _convert_source(source: SampleSource, target: Path, progress: Progress) -> list[Path]:
    info = source.info
    if info.trigger_quality is TriggerQuality.SWEEP_LOCKED:
        raise SourceFormatError(
            f"{info.name}: holds sweeps that were cut already, no continuous signal to convert"
        )
    try:
        folder = Path(tempfile.mkdtemp(prefix=".converting-", dir=target.parent))
    except OSError as fault:
        raise StorageError(f"{target}: cannot be written: {fault.strerror}") from fault
    try:
        recorder = Recorder(
            folder=folder,
            info=info,
            settings=RecorderSettings(
                largest_file_mb=NO_LIMIT_MB, buffer_s=2 * MOST_WAITING_S, disk_alarm_h=0.0
            ),
        )
        tape = Tape(recorder)
        while (items := source.read(timeout_s=0.0)) is not None:
            for item in items:
                tape.take(item, settled_index=0)
            while recorder.waiting_s > MOST_WAITING_S and recorder.fault is None:
                time.sleep(PAUSE_S)
            if recorder.fault is not None:
                raise StorageError(f"{target}: {recorder.fault}")
            if info.duration_s:
                progress(min(recorder.taken_s / info.duration_s, 1.0))
        tape.close()
        for event in recorder.take_events():
            if isinstance(event, RecorderLost):
                raise StorageError(f"{target}: {event.message}")
        written = []
        for number, path in enumerate(sorted(folder.glob("segment-*.bdf")), start=1):
            written.append(path.rename(_numbered(target, number)))
        return written
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _numbered(target: Path, number: int) -> Path:
    return target if number == 1 else target.with_stem(f"{target.stem}-{number:04d}")
