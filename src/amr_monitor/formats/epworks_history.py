"""Where things are in the folder of an EPWorks study.

::

    <study>/<name>.iom
    <study>/History/MM,DD,YYYY_hh'mm'ss.<16 hex>/*.REC     the hex is a FILETIME, UTC

`History.dat`, `.TST`, `.SPT`, `.NOT` and the trending `.dat` are not read: what
they hold is known in part, and nothing of it is needed for sweeps.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from amr_monitor.formats.epworks_rec import is_rec
from amr_monitor.formats.epworks_tlv import GUID_BYTES, is_iom
from amr_monitor.model.errors import SourceFormatError

HISTORY = "history"
REC_ENDING = ".rec"

FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
FILETIME_PER_S = 10_000_000
_LAST_FILETIME = int((datetime(2200, 1, 1, tzinfo=UTC) - FILETIME_EPOCH).total_seconds()) * (
    FILETIME_PER_S
)
_FIRST_FILETIME = int((datetime(1990, 1, 1, tzinfo=UTC) - FILETIME_EPOCH).total_seconds()) * (
    FILETIME_PER_S
)
_FOLDER_TIME = re.compile(r"\.([0-9a-f]{16})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecPath:
    """A `.REC` that was found.

    Attributes
    ----------
    path : Path
    name : str
        For messages: from the folder of the study on.
    session : int or None
        FILETIME in the name of its folder: when that stretch of the study began.
    """

    path: Path
    name: str
    session: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFiles:
    """The files of a study as they stand now.

    Attributes
    ----------
    recs : tuple of RecPath
        In the order of folder and name.
    foreign : tuple of str
        Names of files that end as a `.REC` and are none.
    """

    recs: tuple[RecPath, ...]
    foreign: tuple[str, ...]


def is_plausible(filetime: int) -> bool:
    """Tell whether a FILETIME lies between 1990 and 2200."""
    return _FIRST_FILETIME <= filetime < _LAST_FILETIME


def utc_of(filetime: int) -> datetime:
    """Return a FILETIME as a time, to the microsecond."""
    return FILETIME_EPOCH + timedelta(microseconds=filetime // 10)


def filetime_of(moment: datetime) -> int:
    """Return a time, with its zone, as a FILETIME."""
    since = moment - FILETIME_EPOCH
    return (since.days * 86_400 + since.seconds) * FILETIME_PER_S + since.microseconds * 10


def find_iom(path: Path) -> Path | None:
    """Return the `.iom` of a study.

    Parameters
    ----------
    path : Path
        The folder of the study, or the `.iom` itself.

    Returns
    -------
    Path or None
        None where there is none: it is no study.

    Raises
    ------
    SourceFormatError
        There are several, or the folder cannot be read.
    """
    if path.is_file():
        return path if is_iom(_head(path)) else None
    found = [each for each in _listed(path) if each.is_file() and is_iom(_head(each))]
    if len(found) > 1:
        raise SourceFormatError(
            f"{path}: holds {len(found)} studies ({found[0].name}, {found[1].name}); "
            "name the .iom of one"
        )
    return found[0] if found else None


def find_recs(study: Path, *, skip: Container[Path] = ()) -> FoundFiles:
    """Return every `.REC` of the study in this folder.

    Parameters
    ----------
    study : Path
    skip : container of Path
        Files that are known already: they are not looked at again.

    Raises
    ------
    SourceFormatError
        A folder cannot be read.
    """
    recs: list[RecPath] = []
    foreign: list[str] = []
    for history in _listed(study):
        if history.name.lower() != HISTORY or not history.is_dir():
            continue
        for folder in _listed(history):
            if not folder.is_dir():
                continue
            session = _session(folder.name)
            for path in _listed(folder):
                if path in skip or not path.is_file():
                    continue
                name = f"{history.name}/{folder.name}/{path.name}"
                if is_rec(_head(path)):
                    recs.append(RecPath(path=path, name=name, session=session))
                elif path.suffix.lower() == REC_ENDING and path.stat().st_size >= GUID_BYTES:
                    foreign.append(name)
    return FoundFiles(recs=tuple(recs), foreign=tuple(foreign))


def session_folder_name(filetime: int) -> str:
    """Return the name of the folder of a session that began at a FILETIME."""
    return f"{utc_of(filetime):%m,%d,%Y_%H'%M'%S}.{filetime:016x}"


def _session(name: str) -> int | None:
    told = _FOLDER_TIME.search(name)
    filetime = int(told[1], 16) if told else 0
    return filetime if is_plausible(filetime) else None


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as fault:
        raise SourceFormatError(
            f"{folder}: cannot be read: {fault.strerror}; check the path"
        ) from fault


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(GUID_BYTES)
    except OSError:
        # What cannot be read is not taken for a study; a .REC like this one is missed and
        # shows as sweeps that lack a channel.
        return b""
