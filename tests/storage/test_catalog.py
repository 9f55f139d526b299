"""What is known of a case besides its events."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from amr_monitor.model.case import Outcome, Side
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import (
    CaseKind,
    CaseRecord,
    as_moment,
    as_text,
    facts_of,
    genesis_hash,
    record_from,
)

RECORD = CaseRecord(
    case_id="4f2a",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="theatre 3",
    side=Side.LEFT,
    pseudonym="P-17",
    start_utc=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
    content_hash="c0",
    settings_hash="5e",
    software_version="0.1.0",
    opened_at=datetime(2026, 3, 1, 7, 29, 59, 5, tzinfo=UTC),
)


def test_a_record_survives_its_row() -> None:
    closed = replace(
        RECORD, closed_at=datetime(2026, 3, 1, 10, tzinfo=UTC), outcome=Outcome.DISAPPEARED
    )
    row = {**facts_of(closed), "closed_at": as_text(closed.closed_at), "outcome": "disappeared"}
    assert record_from(row) == closed


def test_a_record_without_side_date_or_outcome_survives_its_row() -> None:
    bare = replace(RECORD, side=None, start_utc=None)
    assert record_from({**facts_of(bare), "closed_at": None, "outcome": None}) == bare


def test_moments_are_kept_in_utc_to_the_microsecond() -> None:
    moment = datetime(2026, 3, 1, 9, 30, 0, 7, tzinfo=timezone(timedelta(hours=2)))
    assert as_text(moment) == "2026-03-01T07:30:00.000007+00:00"
    assert as_moment(as_text(moment)) == moment
    assert as_text(None) is None
    assert as_moment(None) is None


def test_a_row_without_its_moment_of_opening_is_refused() -> None:
    row = {**facts_of(RECORD), "opened_at": None, "closed_at": None, "outcome": None}
    with pytest.raises(ValueError, match="4f2a has no moment of opening"):
        record_from(row)


def test_the_chain_begins_with_every_fact_of_the_case_and_not_with_its_end() -> None:
    for altered in (
        replace(RECORD, origin=Origin.SIMULATED),
        replace(RECORD, side=Side.RIGHT),
        replace(RECORD, pseudonym="P-18"),
        replace(RECORD, settings_hash="5f"),
    ):
        assert genesis_hash(altered) != genesis_hash(RECORD)
    assert genesis_hash(replace(RECORD, outcome=Outcome.PERSISTENT)) == genesis_hash(RECORD)
