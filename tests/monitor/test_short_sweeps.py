"""Pre-cut sweeps that are shorter than what a recording gives."""

from dataclasses import replace

import pytest

from amr_monitor.dsp.cutting import SweepCutter
from amr_monitor.model.case import AmrState, CaseInfo, Certainty, Outcome, Reason
from amr_monitor.model.events import BaselineAccepted, Event, IndeterminateStarted, MonitorFailed
from amr_monitor.model.signal import SampleBlock
from amr_monitor.model.source import ReceivedUpTo
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep
from amr_monitor.monitor.commands import CloseCase, OpenCase
from amr_monitor.monitor.engine import Monitor
from tests.feeding import SETTINGS, Told
from tests.sweeps import OCULI, Recording

GONE_S = 100.7


def told_of(
    start_ms: float, end_ms: float, *, rejected: range = range(0), loss: bool = True
) -> Told:
    """Feed sweeps of a window alone; the response is lost after 100 of 200."""
    r = Recording(200, rate_hz=12_000.0, seed=12)
    if loss:
        r.amr[OCULI][100:] = 0.0
    monitor = Monitor(
        info=replace(r.info, sweep_start_ms=start_ms, sweep_end_ms=end_ms), settings=SETTINGS
    )
    cutter = SweepCutter(n_channels=2, rate_hz=r.rate_hz, start_ms=start_ms, end_ms=end_ms)
    events: list[Event] = list(monitor.receive(OpenCase(sample_index=0, case=CaseInfo())))
    number = 0
    for items in r.blocks(120_000):
        given: list[Stimulus | Sweep | ReceivedUpTo] = []
        for item in items:
            if isinstance(item, Stimulus):
                cutter.push_stimulus(item)
                given.append(item)
            elif isinstance(item, SampleBlock):
                for sweep in cutter.push(item):
                    given.append(replace(sweep, rejected_by_source=number in rejected))
                    number += 1
                given.append(ReceivedUpTo(sample_index=item.end_index))
        events += monitor.receive(*given)
    events += monitor.receive(CloseCase(sample_index=r.n_samples))
    events += monitor.flush()
    return Told(events=tuple(events), monitor=monitor)


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "is_limited"),
    [
        (-500.0, 100.0, False),
        (-100.0, 100.0, False),
        (-20.0, 80.0, False),
        (-50.0, 50.0, True),
        (-10.0, 60.0, True),
        (-2.0, 60.0, True),
        (0.0, 50.0, True),
        (0.0, 100.0, True),
        (-500.0, 40.0, True),
    ],
)
def test_a_loss_is_told_and_what_was_not_recorded_is_said(
    start_ms: float, end_ms: float, *, is_limited: bool
) -> None:
    told = told_of(start_ms, end_ms)
    assert not told.of(MonitorFailed)
    loss = told.change(AmrState.DISAPPEARED, Certainty.CONFIRMED)
    assert GONE_S < loss.time_s < GONE_S + 25.0
    assert (Reason.EVIDENCE_LIMITED in loss.evidence.reasons) is is_limited
    hints = " ".join(told.one(BaselineAccepted).muscles[0].hints)
    assert ("evidence limited" in hints) is is_limited


@pytest.mark.parametrize(("start_ms", "end_ms"), [(-20.0, 80.0), (0.0, 50.0), (-10.0, 45.0)])
def test_a_response_that_stays_is_not_lost(start_ms: float, end_ms: float) -> None:
    told = told_of(start_ms, end_ms, loss=False)
    assert all(event.to_state is AmrState.PRESENT for event in told.changes())


@pytest.mark.parametrize(("start_ms", "end_ms"), [(0.0, 30.0), (-1.0, 25.0), (-500.0, 20.0)])
def test_sweeps_that_end_with_the_response_are_for_display_alone(
    start_ms: float, end_ms: float
) -> None:
    told = told_of(start_ms, end_ms)
    assert not told.of(MonitorFailed)
    assert not told.of(BaselineAccepted)
    assert told.outcome is Outcome.INDETERMINATE
    assert told.closed.counts["rejected"] == 200
    assert told.monitor.status.muscles[0].words.startswith("DISPLAY ONLY")


def test_without_a_stretch_before_the_stimulus_a_person_is_told_what_cannot_be_seen() -> None:
    hints = " ".join(told_of(-20.0, 80.0).one(BaselineAccepted).muscles[0].hints)
    assert "spontaneous activity" in hints


def test_sweeps_that_the_recording_program_rejected_are_no_evidence() -> None:
    told = told_of(-20.0, 80.0, rejected=range(100, 200))
    started = [e for e in told.of(IndeterminateStarted) if e.muscle is OCULI]
    assert started[0].reasons == (Reason.SWEEPS_REJECTED,)
    assert started[0].time_s == pytest.approx(GONE_S + 2.0)
    assert all(event.to_state is AmrState.PRESENT for event in told.changes())
