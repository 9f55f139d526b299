"""What under a folder is a recording, in the order of its name, and what its bytes are."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from amr_monitor.drivers.registry import is_recording, is_study
from amr_monitor.model.errors import ConfigError, SourceError
from amr_monitor.storage.case_bundle import FORMAT, MANIFEST

ENDINGS = frozenset({".edf", ".bdf", ".xdf", ".iom"})
"""What is called so is a recording, or a bad one that must be told of."""

SEGMENTS = "segment-*.bdf"
RESULTS_MARK = "batch.json"
"""Stands in every folder of results; what is in there is never a recording."""

RESULTS_FORMAT = "amr-monitor batch"
_LONGEST_MARK = 2**26


class RecordingKind(StrEnum):
    """In what form a recording stands in the folder."""

    FILE = "file"
    STUDY = "study"
    CASE_FOLDER = "case folder"
    EXPORTED = "exported case"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRecording:
    """One recording.

    Attributes
    ----------
    file : str
        Its path below the folder, with `/`: what it is called in every table.
    path : Path
    kind : RecordingKind
    n_bytes : int
    fault : str
        Why it cannot even be looked at; "" where it can.
    """

    file: str
    path: Path
    kind: RecordingKind
    n_bytes: int
    fault: str = ""


def find_recordings(folder: Path, *, results: Path) -> list[FoundRecording]:
    """Return every recording below a folder, in the order of their names.

    Folders behind links are not entered, nor hidden ones, nor results of a batch.

    Parameters
    ----------
    folder : Path
    results : Path
        Where this batch writes; is left out.

    Raises
    ------
    ConfigError
        It is no folder.
    SourceError
        There is no recording in it.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder; name one that holds recordings")
    found = sorted(_found_in(folder, folder, results.resolve()), key=lambda each: each.file)
    if not found:
        raise SourceError(
            f"{folder}: no recording below this folder"
            " (EDF, BDF, XDF, EPWorks studies, recorded and exported cases are)"
        )
    return found


def fingerprint(recording: FoundRecording) -> str:
    """Return SHA-256 over names and bytes of the files that a recording is.

    Raises
    ------
    OSError
        One of them cannot be read.
    """
    paths = _files_of(recording)
    if paths == [recording.path]:
        return _digest(recording.path)
    together = hashlib.sha256()
    for path in paths:
        name = path.relative_to(recording.path.parent).as_posix()
        together.update(f"{name}\0{_digest(path)}\n".encode())
    return together.hexdigest()


def _files_of(recording: FoundRecording) -> list[Path]:
    path = recording.path
    if path.is_dir():
        inside = [
            Path(base) / name for base, _, names in os.walk(path, onerror=_refuse) for name in names
        ]
        return sorted(inside)
    if path.suffix.lower() in (*ENDINGS, ".zip"):
        return [path]
    # A table and what is said of it; a header and its samples.
    return sorted(each for each in path.parent.iterdir() if each.stem == path.stem)


def _refuse(fault: OSError) -> None:
    raise fault


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _found_in(folder: Path, root: Path, results: Path) -> Iterator[FoundRecording]:
    try:
        kind = _kind_of_folder(folder)
        if kind is not None:
            yield _found(folder, root, kind)
            return
        entries = sorted(folder.iterdir())
    except (OSError, SourceError) as fault:
        yield _found(folder, root, RecordingKind.CASE_FOLDER, fault=_in_words(fault))
        return
    for path in entries:
        if path.name.startswith(".") or path.resolve() == results:
            continue
        if path.is_dir():
            if not path.is_symlink() and not is_results(path):
                yield from _found_in(path, root, results)
            continue
        if path.is_file() or path.is_symlink():
            yield from _found_file(path, root)


def _found_file(path: Path, root: Path) -> Iterator[FoundRecording]:
    ending = path.suffix.lower()
    try:
        if ending == ".zip":
            if _is_exported_zip(path):
                yield _found(path, root, RecordingKind.EXPORTED)
        elif ending in ENDINGS or is_recording(path):
            yield _found(path, root, RecordingKind.FILE)
    except (OSError, SourceError) as fault:
        if ending in ENDINGS or ending == ".zip":
            yield _found(path, root, RecordingKind.FILE, fault=_in_words(fault))


def _found(path: Path, root: Path, kind: RecordingKind, *, fault: str = "") -> FoundRecording:
    file = path.relative_to(root).as_posix() if path != root else path.resolve().name
    n_bytes = 0
    if not fault:
        try:
            bare = FoundRecording(file=file, path=path, kind=kind, n_bytes=0)
            n_bytes = sum(each.stat().st_size for each in _files_of(bare))
        except OSError as told:
            fault = _in_words(told)
    return FoundRecording(file=file, path=path, kind=kind, n_bytes=n_bytes, fault=fault)


def _in_words(fault: OSError | SourceError) -> str:
    if isinstance(fault, OSError):
        return f"cannot be opened: {fault.strerror or fault}"
    return str(fault)


def _kind_of_folder(folder: Path) -> RecordingKind | None:
    if (folder / MANIFEST).is_file() and _says(folder / MANIFEST, FORMAT):
        return RecordingKind.EXPORTED
    if is_study(folder):
        return RecordingKind.STUDY
    if any(folder.glob(SEGMENTS)):
        return RecordingKind.CASE_FOLDER
    return None


def is_results(folder: Path) -> bool:
    """Tell whether a folder holds the results of a batch."""
    return (folder / RESULTS_MARK).is_file() and _says(folder / RESULTS_MARK, RESULTS_FORMAT)


def _says(path: Path, format_name: str) -> bool:
    """Tell whether a JSON file says that it is of a form, damaged or not."""
    with path.open("rb") as file:
        text = file.read(_LONGEST_MARK).decode("utf-8", errors="replace")
    try:
        told = json.loads(text)
    except ValueError:
        return f'"{format_name}"' in text
    return isinstance(told, dict) and told.get("format") == format_name


def _is_exported_zip(path: Path) -> bool:
    """Tell whether a zip file is an exported case, or one that was cut."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except zipfile.BadZipFile:
        return True
