"""Whatever is changed, removed, put in or moved is found and named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from amr_monitor.codec import sweep_record
from amr_monitor.model.events import GapReceived
from amr_monitor.storage.chain import (
    StoredCase,
    chain_hash,
    indices_of,
    sweep_hash,
    verdict_hash,
    verify_chain,
)
from amr_monitor.storage.journal import Journal
from tests.storage.test_journal import RECORD
from tests.sweep_reports import a_report

Rows = list[dict[str, Any]]


@pytest.fixture
def stored() -> StoredCase:
    """Give a case of five events, the third with three sweeps beside it."""
    with Journal.in_memory() as journal:
        journal.open_case(RECORD)
        gaps = [
            GapReceived(sample_index=100 * n, time_s=n / 10, missing_s=None, reason="cable")
            for n in range(1, 6)
        ]
        journal.append("run-1", gaps)
        records = [sweep_record(a_report(sample_index=index)) for index in (250, 280, 300)]
        journal.keep_sweeps("run-1", 3, records)
        return journal.stored("run-1")


def test_what_nobody_touched_stands(stored: StoredCase) -> None:
    found = verify_chain(stored)
    assert found.fault is None
    assert (found.n_events, found.n_verdicts, found.n_sweeps) == (5, 1, 3)


@pytest.mark.parametrize("seq", range(1, 6))
def test_one_byte_of_one_event_flipped_names_the_event(stored: StoredCase, seq: int) -> None:
    rows = [dict(row) for row in stored.rows]
    text = bytearray(rows[seq - 1]["json"].encode())
    text[text.index(b"cable")] ^= 1
    rows[seq - 1]["json"] = text.decode()
    found = verify_chain(replace(stored, rows=tuple(rows)))
    assert f"event {seq} was altered" in str(found.fault)
    assert found.n_events == seq - 1


def removed(rows: Rows) -> Rows:
    return rows[:2] + rows[3:]


def removed_and_renumbered(rows: Rows) -> Rows:
    return rows[:2] + [{**row, "seq": row["seq"] - 1} for row in rows[3:]]


def put_in(rows: Rows) -> Rows:
    forged = {**rows[2], "json": rows[2]["json"].replace("cable", "other")}
    forged["chain_hash"] = chain_hash(rows[1]["chain_hash"], forged)
    return [*rows[:2], forged, *({**row, "seq": row["seq"] + 1} for row in rows[2:])]


def doubled(rows: Rows) -> Rows:
    return [*rows[:3], rows[2], *rows[3:]]


def exchanged(rows: Rows) -> Rows:
    return [*rows[:2], {**rows[3], "seq": 3}, {**rows[2], "seq": 4}, rows[4]]


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (removed, "event 3 is missing"),
        (removed_and_renumbered, "event 3 holds the text of event 4"),
        (put_in, "event 4 holds the text of event 3"),
        (doubled, "event 3 stands behind event 3"),
        (exchanged, "event 3 holds the text of event 4"),
    ],
)
def test_a_removed_inserted_or_moved_event_is_named(
    stored: StoredCase, forge: Callable[[Rows], Rows], told: str
) -> None:
    rows = forge([dict(row) for row in stored.rows])
    assert told in str(verify_chain(replace(stored, rows=tuple(rows))).fault)


def test_in_which_role_and_why_is_in_the_chain(stored: StoredCase) -> None:
    for column in ("role", "reason", "user"):
        rows = [dict(row) for row in stored.rows]
        rows[1][column] = "other"
        fault = verify_chain(replace(stored, rows=tuple(rows))).fault
        assert "event 2 was altered" in str(fault)


def test_settings_that_are_not_those_of_the_hash_are_found(stored: StoredCase) -> None:
    record = replace(stored.record, settings='{"case": 1}')
    assert "settings" in str(verify_chain(replace(stored, record=record)).fault)


def test_a_sweep_that_was_altered_taken_out_or_exchanged_is_found(stored: StoredCase) -> None:
    sweeps = [dict(sweep) for sweep in stored.sweeps]
    altered = [{**sweeps[0], "samples": b"\1" + sweeps[0]["samples"][1:]}, *sweeps[1:]]
    assert "sweep at sample 250 was altered" in told_of(stored, altered)
    assert "sample 250 beside event 3 is missing" in told_of(stored, sweeps[1:])
    other = {**sweeps[1], "header": sweeps[0]["header"]}
    other["sha256"] = sweep_hash(other)
    assert "beside event 3 are not those" in told_of(stored, [sweeps[0], other, sweeps[2]])


def told_of(stored: StoredCase, sweeps: Rows) -> str:
    return str(verify_chain(replace(stored, sweeps=tuple(sweeps))).fault)


def test_sweeps_beside_an_event_that_was_cut_off_tell_of_it(stored: StoredCase) -> None:
    cut = replace(stored, rows=stored.rows[:2])
    assert "sweeps stand beside event 3, which is missing" in str(verify_chain(cut).fault)


def test_a_list_that_is_none_names_no_sweep() -> None:
    assert indices_of({"sample_indices": "[1, 2]"}) == [1, 2]
    assert indices_of({"sample_indices": "no list"}) == []
    assert indices_of({"sample_indices": "7"}) == []


def test_the_hash_of_a_verdict_depends_on_event_and_sweeps() -> None:
    assert len({verdict_hash("a", ["b"]), verdict_hash("b", ["a"]), verdict_hash("a", [])}) == 3
