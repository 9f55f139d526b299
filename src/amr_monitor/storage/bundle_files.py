"""A case is written as a folder or a zip file, and read from one that nobody vouches for.

Nothing that a bundle says is believed before it is checked: names that lead out
of it, links, files that are in no manifest, sizes that do not fit, and archives
that unpack to more than they say are refused.
"""

import hashlib
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from amr_monitor.model.errors import StorageError
from amr_monitor.storage.case_bundle import (
    DOCUMENTS,
    MANIFEST,
    RECORDING,
    BundledFile,
    Manifest,
    digest_of,
    documents_of,
    manifest_from,
    manifest_text,
)
from amr_monitor.storage.chain import StoredCase, verify_chain

MOST_FILES = 10_000
MOST_MANIFEST_BYTES = 8 * 2**20
MOST_DOCUMENT_BYTES = 2**30
MOST_RATIO = 200
"""Of a packed document; recordings and samples are not packed."""

_CHUNK = 2**20
_RECORDING_NAME = re.compile(rf"{RECORDING}/[A-Za-z0-9][A-Za-z0-9._-]{{0,120}}")


def write_bundle(stored: StoredCase, recordings: Path, target: Path) -> Manifest:
    """Write a case as a folder, or as a zip file where the name ends so.

    Parameters
    ----------
    stored : StoredCase
    recordings : Path
        Folder of the case's recordings; it need not exist.
    target : Path
        Must not exist.

    Raises
    ------
    StorageError
        It exists, or cannot be written; nothing is left behind then.
    """
    if target.exists():
        raise StorageError(f"{target}: exists already; name another file or folder")
    partial = target.with_name(f"{target.name}.partial")
    try:
        try:
            if target.suffix.lower() == ".zip":
                manifest = _write_zip(stored, recordings, partial)
            else:
                manifest = _write_folder(stored, recordings, partial)
            partial.rename(target)
        except BaseException:
            _discard(partial)
            raise
    except OSError as fault:
        raise StorageError(
            f"{target}: cannot be written: {fault.strerror};"
            " see whether the folder exists and has space"
        ) from fault
    return manifest


class Bundle(Protocol):
    """An exported case, opened."""

    def names(self) -> list[str]:
        """Return the names of all files in it, with `/` between folder and file.

        Raises
        ------
        StorageError
            Something in it is no plain file, or leads out of it.
        """
        ...

    def open(self, name: str, *, n_bytes: int) -> IO[bytes]:
        """Open a file of which so many bytes will be read."""
        ...


@contextmanager
def opened_bundle(path: Path) -> Iterator[Bundle]:
    """Open an exported case.

    Raises
    ------
    StorageError
        It is none, or cannot be read.
    """
    try:
        if path.is_dir():
            yield _Folder(path)
            return
        with zipfile.ZipFile(path) as archive:
            yield _Zip(archive)
    except (zipfile.BadZipFile, RuntimeError, EOFError) as fault:
        raise StorageError(f"no folder or zip file of an exported case: {fault}") from fault
    except OSError as fault:
        raise StorageError(f"cannot be read: {fault.strerror or fault}") from fault


def checked_manifest(bundle: Bundle) -> Manifest:
    """Return the manifest, held against the files that are there.

    Raises
    ------
    StorageError
    """
    names = bundle.names()
    if MANIFEST not in names:
        raise StorageError(f"has no {MANIFEST}: no exported case")
    with bundle.open(MANIFEST, n_bytes=MOST_MANIFEST_BYTES) as file:
        text = file.read(MOST_MANIFEST_BYTES + 1)
    if len(text) > MOST_MANIFEST_BYTES:
        raise StorageError(f"{MANIFEST} is too long")
    manifest = manifest_from(text)
    for name in manifest.files:
        if name not in DOCUMENTS and not _RECORDING_NAME.fullmatch(name):
            raise StorageError(f"{MANIFEST} names {name!r}, which belongs to no exported case")
    missing = sorted({*manifest.documents, *manifest.files} - set(names))
    if missing:
        raise StorageError(f"{missing[0]} is missing")
    unknown = sorted(set(names) - set(manifest.files) - {MANIFEST})
    if unknown:
        raise StorageError(f"{unknown[0]!r} is not in {MANIFEST}: it was put in later")
    return manifest


def read_documents(bundle: Bundle, manifest: Manifest) -> dict[str, bytes]:
    """Return the documents, each proven by its hash.

    Raises
    ------
    StorageError
        One was altered.
    """
    documents = {}
    for name in manifest.documents:
        told = manifest.files[name]
        if told.n_bytes > MOST_DOCUMENT_BYTES:
            raise StorageError(f"{name} is too long")
        with bundle.open(name, n_bytes=told.n_bytes) as file:
            content = file.read(told.n_bytes + 1)
        if digest_of(content) != told:
            raise StorageError(f"{name} was altered: its hash is not that of {MANIFEST}")
        documents[name] = content
    return documents


def unpack_recording(bundle: Bundle, manifest: Manifest, folder: Path) -> int:
    """Copy the recording into a new folder, each file proven by its hash.

    Returns
    -------
    int
        The number of files; without any the folder is not made.

    Raises
    ------
    StorageError
        One was altered, or there is no room; the folder may hold a part then.
    """
    told = {name: file for name, file in manifest.files.items() if name not in DOCUMENTS}
    if not told:
        return 0
    folder.mkdir(parents=True)
    needed = sum(file.n_bytes for file in told.values())
    if needed > shutil.disk_usage(folder).free:
        raise StorageError(f"its recording takes {needed / 2**30:.1f} GiB: no room in {folder}")
    for name, file in told.items():
        with (
            bundle.open(name, n_bytes=file.n_bytes) as source,
            (folder / name.removeprefix(f"{RECORDING}/")).open("xb") as copy,
        ):
            if _copied(source, copy, most=file.n_bytes) != file:
                raise StorageError(f"{name} was altered: its hash is not that of {MANIFEST}")
            copy.flush()
            os.fsync(copy.fileno())
    return len(told)


# ------------------------------------------------ writing


def _write_folder(stored: StoredCase, recordings: Path, folder: Path) -> Manifest:
    folder.mkdir(parents=True)
    files = {}
    for name, content in documents_of(stored):
        (folder / name).write_bytes(content)
        files[name] = digest_of(content)
    for path in _recorded(recordings):
        (folder / RECORDING).mkdir(exist_ok=True)
        with path.open("rb") as source, (folder / RECORDING / path.name).open("xb") as copy:
            files[f"{RECORDING}/{path.name}"] = _copied(source, copy)
    manifest = _manifest(stored, files)
    (folder / MANIFEST).write_bytes(manifest_text(manifest))
    return manifest


def _write_zip(stored: StoredCase, recordings: Path, target: Path) -> Manifest:
    files = {}
    with zipfile.ZipFile(target, "x", compression=zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents_of(stored):
            packed = zipfile.ZIP_STORED if name.endswith((".f32", ".bin")) else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, compress_type=packed)
            files[name] = digest_of(content)
        for path in _recorded(recordings):
            inside = zipfile.ZipInfo(f"{RECORDING}/{path.name}")
            with path.open("rb") as source, archive.open(inside, "w", force_zip64=True) as copy:
                files[inside.filename] = _copied(source, copy)
        manifest = _manifest(stored, files)
        archive.writestr(MANIFEST, manifest_text(manifest))
    return manifest


def _manifest(stored: StoredCase, files: dict[str, BundledFile]) -> Manifest:
    proven = verify_chain(stored)
    if proven.fault is not None:
        raise StorageError(f"case {proven.case_id}: altered: {proven.fault}; it is not exported")
    return Manifest(
        case_id=stored.record.case_id,
        n_events=proven.n_events,
        head_hash=proven.head_hash,
        files=files,
    )


def _recorded(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())


def _copied(source: IO[bytes], copy: IO[bytes], *, most: int | None = None) -> BundledFile:
    """Copy, at most one chunk more than `most`, and return hash and size of what was copied."""
    digest = hashlib.sha256()
    n_bytes = 0
    while (most is None or n_bytes <= most) and (chunk := source.read(_CHUNK)):
        digest.update(chunk)
        copy.write(chunk)
        n_bytes += len(chunk)
    return BundledFile(sha256=digest.hexdigest(), n_bytes=n_bytes)


def _discard(partial: Path) -> None:
    if partial.is_dir():
        shutil.rmtree(partial, ignore_errors=True)
    else:
        partial.unlink(missing_ok=True)


# ------------------------------------------------ reading


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        found: list[str] = []
        for base, folders, files in os.walk(self._folder, followlinks=False):
            inside = Path(base).relative_to(self._folder)
            for name in (*folders, *files):
                path = Path(base) / name
                if path.is_symlink() or not (path.is_file() or path.is_dir()):
                    raise StorageError(f"{(inside / name).as_posix()!r} is no plain file")
            found += [(inside / name).as_posix() for name in files]
            if len(found) > MOST_FILES:
                raise StorageError(f"has more than {MOST_FILES} files")
        return found

    def open(self, name: str, *, n_bytes: int) -> IO[bytes]:
        return (self._folder / name).open("rb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        entries = [entry for entry in self._archive.infolist() if not entry.is_dir()]
        if len(entries) > MOST_FILES:
            raise StorageError(f"has more than {MOST_FILES} files")
        names = [entry.filename for entry in entries]
        if len(set(names)) != len(names):
            raise StorageError("has two files of one name")
        for entry in entries:
            name = entry.filename
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind not in (0, stat.S_IFREG) or entry.flag_bits & 0x1:
                raise StorageError(f"{name!r} is no plain file")
            if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name:
                raise StorageError(f"{name!r} leads out of it")
        return names

    def open(self, name: str, *, n_bytes: int) -> IO[bytes]:
        entry = self._archive.getinfo(name)
        # Of the manifest nothing is known before it is read; all else is as long as it says.
        if entry.file_size > n_bytes:
            raise StorageError(f"{name} unpacks to more than {MANIFEST} says")
        if entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise StorageError(f"{name} unpacks to more than {MOST_RATIO} times its size")
        return self._archive.open(entry)
