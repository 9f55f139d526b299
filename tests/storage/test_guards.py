"""What the database refuses by itself, whichever program asks."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from amr_monitor.model.events import GapReceived
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.schema import baselines, pages, sweeps, verdicts
from tests.storage.tampering import connected

RUN = CaseRecord(
    case_id="run",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="f",
    settings_hash="s",
    software_version="v",
    opened_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
)
TOMBSTONE = (
    "INSERT INTO tombstones VALUES ('gone', 't', 'Kim', 'test', 'run', 'device', 't', NULL, 0, 'h')"
)


SWEEP = {"header": "{}", "samples": b"", "sha256": "h"}
PAGE = {
    "sample_index": 1,
    "last_sample_index": 1,
    "start_s": 0.1,
    "end_s": 0.1,
    "n_sweeps": 1,
    "seq": 1,
    "form": "{}",
    "trend": "{}",
    "headers": b"",
    "samples": b"",
    "sha256": "h",
}
BASELINE = {"seq": 1, "time_s": 0.1, "frame": b"", "sha256": "h"}
VERDICT = {"seq": 1, "sample_indices": "[1]", "sha256": "h"}


@pytest.fixture
def journal_url(url: str) -> str:
    with Journal(url) as journal:
        for kind in CaseKind:
            journal.open_case(replace(RUN, case_id=kind.value, kind=kind))
            gap = GapReceived(sample_index=1, time_s=0.1, missing_s=None, reason="cable")
            journal.append(kind.value, [gap])
    with connected(url) as connection:
        connection.exec_driver_sql(TOMBSTONE)
        for kind in CaseKind:
            place = {"case_id": kind.value, "sample_index": 1, "time_s": 0.1}
            connection.execute(insert(sweeps), {**place, **SWEEP})
            connection.execute(insert(verdicts), {"case_id": kind.value, **VERDICT})
            connection.execute(insert(pages), {"case_id": kind.value, **PAGE})
            connection.execute(insert(baselines), {"case_id": kind.value, **BASELINE})
    return url


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE events SET json = '[]'", "an event is never altered"),
        (
            "INSERT INTO events SELECT case_id, 3, type, scope, 0, 0.0, json, 't', '', 'v', 's',"
            " 'h', NULL, NULL FROM events WHERE case_id = 'run'",
            "seq goes up by one",
        ),
        ("DELETE FROM events WHERE case_id = 'run'", "events of a run are never removed"),
        ("DELETE FROM cases WHERE case_id = 'run'", "a run is never removed"),
        ("DELETE FROM sweeps WHERE case_id = 'run'", "sweeps of a run are never removed"),
        ("DELETE FROM verdicts WHERE case_id = 'run'", "of a run is never removed"),
        ("DELETE FROM pages WHERE case_id = 'run'", "pages of a run are never removed"),
        ("DELETE FROM baselines WHERE case_id = 'run'", "baselines of a run are never removed"),
        ("UPDATE pages SET trend = 'x'", "a page of sweeps is never altered"),
        ("UPDATE baselines SET time_s = 9.9", "a baseline is never altered"),
        ("UPDATE sweeps SET header = 'x'", "a sweep is never altered"),
        ("UPDATE verdicts SET sha256 = 'x'", "what stands beside a verdict is never altered"),
        ("UPDATE tombstones SET reason = 'x'", "a tombstone is never altered"),
        ("DELETE FROM tombstones", "a tombstone is never removed"),
        ("UPDATE cases SET kind = 'replay'", "the facts of a case are never altered"),
        ("UPDATE cases SET side = 'left'", "the facts of a case are never altered"),
        ("UPDATE cases SET origin = 'simulated'", "the facts of a case are never altered"),
    ],
)
def test_what_must_never_happen_is_refused_by_the_database(
    journal_url: str, statement: str, told: str
) -> None:
    with pytest.raises(DBAPIError, match=told), connected(journal_url) as connection:
        connection.exec_driver_sql(statement)


def test_tables_are_not_emptied_at_once(journal_url: str) -> None:
    with connected(journal_url) as connection:
        has_truncate = connection.dialect.name == "postgresql"
    statement = "TRUNCATE events" if has_truncate else "DELETE FROM events"
    with pytest.raises(DBAPIError, match="never removed"), connected(journal_url) as connection:
        connection.exec_driver_sql(statement)


def test_a_replay_may_be_removed_and_a_run_with_a_tombstone(journal_url: str) -> None:
    with connected(journal_url) as connection:
        connection.exec_driver_sql(TOMBSTONE.replace("'gone'", "'run'"))
        for case_id in ("replay", "run"):
            for table in ("baselines", "pages", "verdicts", "sweeps", "events", "cases"):
                connection.exec_driver_sql(f"DELETE FROM {table} WHERE case_id = '{case_id}'")  # noqa: S608
    with Journal(journal_url) as journal:
        assert journal.cases() == []
