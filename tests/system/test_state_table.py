"""Every row of "What happens, and what is told" in docs/glossary.md, through the monitor.

The table is read from the document, so neither can say what the other does not.
Rows are compared without provisional changes, which are drawn and not told.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from amr_monitor.model.case import AmrState, Certainty, Muscle
from amr_monitor.model.events import (
    AlarmRaised,
    AmrStateChanged,
    EpochStarted,
    IndeterminateStarted,
    MonitorFailed,
    ResponseAtHigherCurrent,
)
from tests.feeding import Told
from tests.sweeps import OCULI
from tests.system import situations_of_the_response, situations_of_the_room
from tests.system.situation import ROWS

pytestmark = pytest.mark.slow

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
HEADING = "## What happens, and what is told"
SITUATIONS = (situations_of_the_response, situations_of_the_room)
"""They enter their surgeries in `ROWS`."""


# -------------------------------------------------------------- the table


def table() -> dict[str, tuple[str, str]]:
    """Return what the document says of each row: what is told, and the outcome."""
    section = GLOSSARY.read_text(encoding="utf-8").split(HEADING, 1)[1].split("\n## ", 1)[0]
    rows: dict[str, tuple[str, str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[A-Z]\d+", cells[0]):
            rows[cells[0]] = cells[2], cells[3]
    return rows


def steps(told: Told, muscle: Muscle) -> list[str]:
    """Return what was told of a muscle, as the document writes it."""
    found: list[str] = []
    pending: AmrState | None = None
    for event in told.events:
        if isinstance(event, AmrStateChanged) and event.muscle is muscle:
            withdrawn = event.from_state is pending
            pending = event.to_state if event.certainty is Certainty.PROVISIONAL else None
            if withdrawn or pending is not None:
                continue
            is_sustained = event.certainty is Certainty.SUSTAINED
            found.append(f"`{event.to_state}`" + (" sustained" if is_sustained else ""))
        elif isinstance(event, IndeterminateStarted) and event.muscle is muscle:
            found.append("cannot tell")
        elif isinstance(event, ResponseAtHigherCurrent) and event.muscle is muscle:
            found.append("`response_at_higher_current`")
    return found


def reasons(told: Told) -> set[str]:
    """Return every reason for which nothing could be told."""
    found = {reason for e in told.of(IndeterminateStarted) for reason in e.reasons}
    return {str(reason) for reason in found}


def parts(cell: str) -> Iterable[tuple[Muscle | None, list[str]]]:
    """Return the steps of each muscle that a cell tells of; None for the lead."""
    for part in cell.split(";"):
        name, colon, rest = part.strip().partition(": ")
        muscle = Muscle(name) if colon and name in set(Muscle) else None
        text = rest if muscle is not None else part
        yield muscle, [step.strip() for step in text.split(",") if step.strip()]


def test_the_document_and_the_surgeries_have_the_same_rows() -> None:
    assert list(table()) == list(ROWS)


@pytest.mark.parametrize("number", ROWS)
def test_what_is_told_is_what_the_document_says(number: str) -> None:
    cell, outcome = table()[number]
    told = ROWS[number]()
    assert not told.of(MonitorFailed)
    lead = told.closed.basis or OCULI
    for muscle, wanted in parts(cell):
        said = steps(told, Muscle(lead) if muscle is None else muscle)
        plain = [re.sub(r"^cannot tell.*", "cannot tell", step) for step in wanted]
        assert said == plain
        for step in wanted:
            for reason in re.findall(r"`(\w+)`", step) if step.startswith("cannot tell") else ():
                assert reason in reasons(told)
    wanted_outcome, *tags = re.findall(r"`(\w+)`", outcome)
    assert told.outcome == wanted_outcome
    assert set(tags) <= set(told.closed.tags)
    assert ("alarm" in outcome) == bool(told.of(AlarmRaised))
    assert ("epoch" in outcome) == bool(told.of(EpochStarted))
