"""A case and its documents are the same."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_monitor.model.errors import StorageError
from amr_monitor.storage.case_bundle import (
    CASE,
    CHAIN,
    EVENTS,
    EVENTS_TABLE,
    FORMAT,
    SETTINGS,
    BundledFile,
    Manifest,
    case_from,
    documents_of,
    manifest_from,
    manifest_text,
)
from amr_monitor.storage.chain import StoredCase, verify_chain
from amr_monitor.storage.journal import Journal
from tests.storage.exported import CASE_ID, enter_case

MANIFEST = Manifest(
    case_id="c", n_events=1, head_hash="h", files={"case.json": BundledFile(sha256="s", n_bytes=3)}
)


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[StoredCase]:
    with Journal.in_memory() as journal:
        enter_case(journal, tmp_path)
        yield journal.stored(CASE_ID)


def test_a_case_survives_its_documents(stored: StoredCase) -> None:
    read = case_from(dict(documents_of(stored)))
    assert read == stored
    assert verify_chain(read).fault is None
    assert verify_chain(read).n_sweeps == 2


def test_the_table_of_events_reads_as_a_table(stored: StoredCase) -> None:
    table = dict(documents_of(stored))[EVENTS_TABLE].decode()
    first, *_ = csv.DictReader(io.StringIO(table))
    assert (first["seq"], first["type"], first["user"]) == ("1", "gap", "Kim")
    assert (first["role"], first["reason"]) == ("operator", "cable")
    assert json.loads(first["details"])["reason"] == "cable"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (CASE, b"{}\n", "tell of no case"),
        (CASE, b"[]\n", "tell of no case"),
        (CASE, b"", "tell of no case"),
        (EVENTS, b"no event\n", "events, chain.jsonl"),
        (CHAIN, b"\xff\n", "tell of no case"),
        (SETTINGS, b"{}", "settings.json is not what"),
    ],
)
def test_documents_of_no_case_are_refused_in_one_line(
    stored: StoredCase, name: str, content: bytes, told: str
) -> None:
    with pytest.raises(StorageError, match=told) as refusal:
        case_from(dict(documents_of(stored)) | {name: content})
    assert "\n" not in str(refusal.value)


def test_a_manifest_survives_its_text() -> None:
    assert manifest_from(manifest_text(MANIFEST)) == MANIFEST


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"no json", "manifest.json is damaged"),
        (b"[]", "not of an exported case"),
        (b'{"format": "x"}', "not of an exported case"),
        (json.dumps({"format": FORMAT, "version": 3}).encode(), "exported by a newer version"),
        (json.dumps({"format": FORMAT, "version": -1}).encode(), "manifest.json is damaged"),
        (json.dumps({"format": FORMAT, "version": 1}).encode(), "manifest.json is damaged"),
    ],
)
def test_what_is_no_manifest_is_refused(text: bytes, told: str) -> None:
    with pytest.raises(StorageError, match=told):
        manifest_from(text)
