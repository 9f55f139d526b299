"""A person's reading stands beside the monitor's and changes nothing of it."""

from dataclasses import replace

import pytest

import tests.surgeries as story
from amr_monitor.model.case import AmrState, CaseInfo, IndeterminateClass, Reading
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import ReadingEntered
from amr_monitor.monitor.commands import EnterReading, OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.readings import monitor_reading
from amr_monitor.monitor.settings import MonitorSettings
from tests.feeding import Told, run, surgery
from tests.sweeps import FRONTALIS, OCULI, Recording


@pytest.mark.parametrize(
    ("state", "reading"),
    [
        (AmrState.LEARNING, None),
        (AmrState.NOT_ELICITED, None),
        (AmrState.PRESENT, Reading.PRESENT),
        (AmrState.ATTENUATED, Reading.PRESENT),
        (AmrState.REAPPEARED, Reading.PRESENT),
        (AmrState.PERSISTENT, Reading.PRESENT),
        (AmrState.DISAPPEARED, Reading.ABSENT),
    ],
)
def test_a_verdict_has_the_words_of_a_reading(state: AmrState, reading: Reading | None) -> None:
    status = replace(
        story.steady_response().monitor.status.muscles[0], state=state, indeterminate=None
    )
    assert monitor_reading(status) is reading
    blind = replace(status, indeterminate=IndeterminateClass.INTERFERENCE)
    assert monitor_reading(blind) is (None if reading is None else Reading.CANNOT_TELL)


def test_a_reading_is_told_beside_the_verdict_and_nothing_else_differs() -> None:
    def told(*readings: EnterReading) -> Told:
        r = Recording(180, rate_hz=2000.0, seed=131)
        r.amr[OCULI][90:] = 0.0
        marks = surgery(r, dura=65.0, started=70.0, moved=88.0, complete=160.0)
        return run(r, [*marks, *readings])

    seen = EnterReading(
        sample_index=2000 * 170, by="Kim", muscle=OCULI, reading=Reading.PRESENT, text="small"
    )
    with_reading, without = told(seen), told()
    entered = with_reading.one(ReadingEntered)
    assert (entered.muscle, entered.reading, entered.text) == (OCULI, Reading.PRESENT, "small")
    assert (entered.monitor_state, entered.monitor_reading) == (
        AmrState.DISAPPEARED,
        Reading.ABSENT,
    )
    assert entered.monitor_words.startswith("DISAPPEARED")
    assert entered.by == "Kim"
    rest = tuple(event for event in with_reading.events if event is not entered)
    assert rest == without.events


def test_a_reading_before_the_baseline_stands_beside_no_verdict() -> None:
    entered = run(
        Recording(20, rate_hz=2000.0),
        [EnterReading(sample_index=2000 * 10, muscle=OCULI, reading=Reading.CANNOT_TELL)],
    ).one(ReadingEntered)
    assert (entered.monitor_state, entered.monitor_reading) == (AmrState.LEARNING, None)


def test_a_reading_of_a_muscle_that_is_not_recorded_is_refused_with_those_that_are() -> None:
    r = Recording(5, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=MonitorSettings())
    monitor.receive(OpenCase(sample_index=0, case=CaseInfo()))
    for items in r.blocks(10_000):
        monitor.receive(*items)
    with pytest.raises(CommandRefused, match=r"frontalis is not recorded; .*orbicularis_oculi or"):
        monitor.receive(
            EnterReading(
                sample_index=monitor.command_index(),
                by="Kim",
                muscle=FRONTALIS,
                reading=Reading.ABSENT,
            )
        )
