"""One case as files: what `export` writes and `import` on another machine reads.

::

    manifest.json    what it is, the head hash, SHA-256 and size of every other file
    case.json        the row of the catalogue
    settings.json    the settings that can change a verdict
    events.jsonl     the events, as they were committed
    events.csv       the same for a spreadsheet
    chain.jsonl      who, when, why and the hash of each event
    sweeps.jsonl     figures of the sweeps beside verdicts, and where their samples lie
    sweeps.f32       those samples: float32, little-endian
    verdicts.jsonl   which sweeps stand beside which event
    pages.jsonl      figures of every sweep, sixty a line, and where the rest of them lies
    baselines.jsonl  the event that told each baseline, and where its frame lies
    shown.bin        headers and samples of the pages, frames of the baselines
    recording/       the files of the recorder
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from amr_monitor.codec import LONGEST_ENTRY, entry_from_json, from_json_text
from amr_monitor.model.errors import ProtocolError, StorageError
from amr_monitor.storage.catalog import record_from, row_of
from amr_monitor.storage.chain import StoredCase

FORMAT = "amr-monitor case"
VERSION = 2
"""Of version 1 are bundles without what was shown: pages and baselines."""

MANIFEST = "manifest.json"
CASE = "case.json"
SETTINGS = "settings.json"
EVENTS = "events.jsonl"
EVENTS_TABLE = "events.csv"
CHAIN = "chain.jsonl"
SWEEPS = "sweeps.jsonl"
SAMPLES = "sweeps.f32"
VERDICTS = "verdicts.jsonl"
PAGES = "pages.jsonl"
BASELINES = "baselines.jsonl"
SHOWN = "shown.bin"
RECORDING = "recording"

_FIRST_DOCUMENTS = (CASE, SETTINGS, EVENTS, EVENTS_TABLE, CHAIN, SWEEPS, SAMPLES, VERDICTS)

DOCUMENTS = (*_FIRST_DOCUMENTS, PAGES, BASELINES, SHOWN)
"""Every file but the manifest and the recording."""

_OF_THE_CHAIN = (
    "seq",
    "committed_at",
    "user",
    "role",
    "reason",
    "software_version",
    "settings_hash",
    "chain_hash",
)
_OF_A_PAGE = (
    "sample_index",
    "last_sample_index",
    "start_s",
    "end_s",
    "n_sweeps",
    "seq",
    "form",
    "trend",
    "sha256",
)
_COMMON = ("seq", "time_s", "utc", "scope", "type", "sample_index")


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledFile:
    """What the manifest says of a file."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a bundle holds.

    Attributes
    ----------
    case_id : str
    n_events : int
    head_hash : str
        Of the last event; where it was written down elsewhere, it proves the
        bundle.
    files : dict of str to BundledFile
        By name; those of the recording below `recording/`.
    version : int
        Of the form.
    """

    case_id: str
    n_events: int
    head_hash: str
    files: dict[str, BundledFile]
    version: int = VERSION

    @property
    def documents(self) -> tuple[str, ...]:
        """Every file that a bundle of this version has besides manifest and recording."""
        return DOCUMENTS if self.version > 1 else _FIRST_DOCUMENTS


def documents_of(stored: StoredCase) -> Iterator[tuple[str, bytes]]:
    """Return name and content of every document of a case."""
    yield CASE, _text([_line(row_of(stored.record))])
    yield SETTINGS, stored.record.settings.encode()
    yield EVENTS, _text([row["json"] for row in stored.rows])
    yield EVENTS_TABLE, _table(stored)
    yield CHAIN, _text([_line({key: row[key] for key in _OF_THE_CHAIN}) for row in stored.rows])
    offset = 0
    lines = []
    for row in stored.sweeps:
        place = {"offset": offset, "n_bytes": len(row["samples"])}
        told = {key: row[key] for key in ("sample_index", "time_s", "sha256", "header")}
        lines.append(_line(told | place))
        offset += len(row["samples"])
    yield SWEEPS, _text(lines)
    yield SAMPLES, b"".join(bytes(row["samples"]) for row in stored.sweeps)
    columns = ("seq", "sample_indices", "sha256")
    yield VERDICTS, _text([_line({key: row[key] for key in columns}) for row in stored.verdicts])
    shown = _Pile()
    yield PAGES, _text([_line(_page_line(row, shown)) for row in stored.pages])
    told_baselines = [
        {key: row[key] for key in ("seq", "time_s", "sha256")}
        | {"frame_bytes": shown.add(row["frame"])}
        for row in stored.baselines
    ]
    yield BASELINES, _text([_line(told) for told in told_baselines])
    yield SHOWN, shown.content()


def case_from(documents: dict[str, bytes]) -> StoredCase:
    """Return the case that documents tell of; whether it is whole, `verify_chain` says.

    Raises
    ------
    StorageError
        They are none of a case.
    """
    try:
        (facts,) = _objects(documents[CASE])
        record = record_from(facts)
        if record.settings.encode() != documents[SETTINGS]:
            raise StorageError(f"{SETTINGS} is not what {CASE} says")
        return StoredCase(
            record=record,
            rows=tuple(_event_rows(documents, record.case_id)),
            verdicts=tuple(
                {"case_id": record.case_id, **row} for row in _objects(documents[VERDICTS])
            ),
            sweeps=tuple(_sweep_rows(documents, record.case_id)),
            **_shown_rows(documents, record.case_id),
        )
    except (KeyError, ValueError, TypeError, AttributeError, ProtocolError) as fault:
        raise StorageError(f"its documents tell of no case: {fault}") from fault


def manifest_text(manifest: Manifest) -> bytes:
    """Return a manifest as JSON."""
    told = {
        "format": FORMAT,
        "version": manifest.version,
        "case_id": manifest.case_id,
        "n_events": manifest.n_events,
        "head_hash": manifest.head_hash,
        "files": {
            name: {"sha256": file.sha256, "bytes": file.n_bytes}
            for name, file in sorted(manifest.files.items())
        },
    }
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def manifest_from(text: bytes) -> Manifest:
    """Return the manifest that a JSON text is.

    Raises
    ------
    StorageError
        It is none, or of a newer version.
    """
    try:
        told = from_json_text(text, longest=len(text))
        if not isinstance(told, dict) or told["format"] != FORMAT:
            raise StorageError(f"{MANIFEST} is not of an exported case")
        version = _number(told["version"])
        if version > VERSION:
            raise StorageError(
                f"exported by a newer version (form {version}, this one knows {VERSION});"
                " update amr-monitor"
            )
        files: Any = told["files"]
        return Manifest(
            case_id=str(told["case_id"]),
            n_events=_number(told["n_events"]),
            head_hash=str(told["head_hash"]),
            version=version,
            files={
                str(name): BundledFile(sha256=str(file["sha256"]), n_bytes=_number(file["bytes"]))
                for name, file in files.items()
            },
        )
    except (KeyError, ValueError, TypeError, AttributeError, ProtocolError) as fault:
        raise StorageError(f"{MANIFEST} is damaged: {fault}") from fault


def _number(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def digest_of(content: bytes) -> BundledFile:
    """Return what a manifest says of a content."""
    return BundledFile(sha256=hashlib.sha256(content).hexdigest(), n_bytes=len(content))


def _event_rows(documents: dict[str, bytes], case_id: str) -> Iterator[dict[str, Any]]:
    lines = _lines(documents[EVENTS])
    links = list(_objects(documents[CHAIN]))
    if len(lines) != len(links):
        raise StorageError(f"{EVENTS} has {len(lines)} events, {CHAIN} {len(links)}")
    for line, link in zip(lines, links, strict=True):
        entry = entry_from_json(line)
        yield {
            "case_id": case_id,
            "type": entry.event.type,
            "scope": entry.event.scope,
            "sample_index": entry.event.sample_index,
            "time_s": entry.event.time_s,
            "json": line,
            **{key: link[key] for key in _OF_THE_CHAIN},
        }


def _sweep_rows(documents: dict[str, bytes], case_id: str) -> Iterator[dict[str, Any]]:
    samples = documents[SAMPLES]
    for row in _objects(documents[SWEEPS]):
        start, n_bytes = _number(row["offset"]), _number(row["n_bytes"])
        told = {key: row[key] for key in ("sample_index", "time_s", "header", "sha256")}
        yield {"case_id": case_id, **told, "samples": samples[start : start + n_bytes]}


class _Pile:
    """Parts one behind the other in one file; of each it is told how long it is."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def add(self, part: bytes) -> int:
        """Lay a part on top and return its length in bytes."""
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def content(self) -> bytes:
        """Return the file."""
        return b"".join(self._parts)


def _page_line(row: dict[str, Any], shown: _Pile) -> dict[str, Any]:
    return {key: row[key] for key in _OF_A_PAGE} | {
        "headers_bytes": shown.add(row["headers"]),
        "samples_bytes": shown.add(row["samples"]),
    }


def _shown_rows(documents: dict[str, bytes], case_id: str) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the rows of pages and baselines; none of a bundle without them."""
    if PAGES not in documents:
        return {}
    rest = io.BytesIO(documents[SHOWN])
    pages = tuple(
        {
            "case_id": case_id,
            **{key: told[key] for key in _OF_A_PAGE},
            "headers": rest.read(_number(told["headers_bytes"])),
            "samples": rest.read(_number(told["samples_bytes"])),
        }
        for told in _objects(documents[PAGES])
    )
    baselines = tuple(
        {
            "case_id": case_id,
            **{key: told[key] for key in ("seq", "time_s", "sha256")},
            "frame": rest.read(_number(told["frame_bytes"])),
        }
        for told in _objects(documents[BASELINES])
    )
    if rest.read(1):
        raise ValueError(f"{SHOWN} holds more than {PAGES} and {BASELINES} tell")
    return {"pages": pages, "baselines": baselines}


def _table(stored: StoredCase) -> bytes:
    """Return the events as a table: what all have in columns, the rest as JSON."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow([*_COMMON, "details", "user", "role", "reason", "committed_at"])
    for row in stored.rows:
        told = from_json_text(row["json"], longest=LONGEST_ENTRY)
        fields = dict(told) if isinstance(told, dict) else {}
        common = [fields.pop(key, "") for key in _COMMON]
        for key in ("case_id", "origin"):
            fields.pop(key, None)
        by = [row["user"], row["role"] or "", row["reason"] or "", row["committed_at"]]
        writer.writerow([*("" if cell is None else cell for cell in common), _line(fields), *by])
    return table.getvalue().encode()


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(content: bytes) -> list[str]:
    # Not splitlines(): a text may hold other separators of lines than ours.
    return content.decode().split("\n")[:-1]


def _objects(content: bytes) -> Iterator[dict[str, Any]]:
    for line in _lines(content):
        told = json.loads(line)
        if not isinstance(told, dict):
            raise TypeError(f"{line[:40]!r} is no object")
        yield told
