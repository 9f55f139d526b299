"""The state of a case as screens show it."""

import pytest

import tests.surgeries as story
from amr_monitor.model.case import AmrState, CaseInfo, Certainty, IndeterminateClass, Outcome, Phase
from amr_monitor.monitor.commands import OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import MonitorSettings
from tests.feeding import run
from tests.sweeps import MENTALIS, OCULI, Recording


def test_before_a_case_there_is_little_to_show() -> None:
    status = Monitor(info=Recording(1).info, settings=MonitorSettings()).status
    assert (status.is_open, status.case, status.lead) == (False, None, None)
    assert status.muscles == ()
    assert (status.baseline.accepted, status.baseline.needed_sweeps) == (False, 60)
    assert status.phase is Phase.BEFORE_DURA


def test_a_case_that_learns_counts_its_sweeps() -> None:
    told = run(Recording(25, rate_hz=2000.0), close=False)
    status = told.monitor.status
    assert status.is_open
    assert status.provisional_outcome is None
    oculi, mentalis = status.muscles
    assert (oculi.state, oculi.valid_sweeps) == (AmrState.LEARNING, 25)
    assert (oculi.is_lead, mentalis.is_lead) == (True, False)
    assert oculi.words == "LEARNING BASELINE: 25 of 60 valid sweeps"
    assert oculi.probability_present is None


def test_a_lost_response_is_shown_with_what_stands_behind_it() -> None:
    status = story.abrupt_loss().monitor.status
    oculi = status.muscles[0]
    assert (oculi.state, oculi.certainty) == (AmrState.DISAPPEARED, Certainty.SUSTAINED)
    assert oculi.probability_present is not None
    assert oculi.probability_present < 0.001
    assert oculi.silent_s == pytest.approx(150.0, abs=3.0)
    assert oculi.silent_sweeps == pytest.approx(145, abs=10)
    assert oculi.amplitude_upper_bound_uv is not None
    assert oculi.amplitude_upper_bound_uv < 15.0
    assert status.provisional_outcome is Outcome.DISAPPEARED
    assert (status.lead, status.phase) == (OCULI, Phase.CLOSING)
    assert [mark.mark_id for mark in status.marks] == [1, 2, 3, 4, 5]


def test_what_cannot_be_known_lies_over_the_last_state() -> None:
    oculi = story.weak_m_wave().monitor.status.muscles[0]
    assert oculi.state is AmrState.PRESENT
    assert oculi.indeterminate is IndeterminateClass.PHYSIOLOGICAL
    assert oculi.reasons


def test_the_baseline_says_what_it_holds() -> None:
    baseline = story.abrupt_loss().monitor.status.baseline
    assert (baseline.accepted, baseline.epoch, baseline.valid_sweeps) == (True, 1, 60)
    assert baseline.reference_current_ma == 10.0
    assert [muscle.muscle for muscle in baseline.muscles] == [OCULI, MENTALIS]


def test_the_lead_is_the_muscle_that_decides() -> None:
    assert story.zygomatic().monitor.status.lead is MENTALIS
    statuses = story.frontalis_leads().monitor.status.muscles
    assert [status.is_lead for status in statuses] == [False, True, False]


def test_a_return_is_counted() -> None:
    assert story.lasting_return().monitor.status.muscles[0].returned_count == 1
    assert story.abrupt_loss().monitor.status.muscles[0].returned_count == 0


def test_alarms_that_stand_are_shown_until_they_end() -> None:
    r = Recording(110, rate_hz=2000.0, seed=141)
    r.delivered[80:] = False
    standing = run(r).monitor.status.alarms
    assert [alarm.alarm_id for alarm in standing] == [f"technical:{OCULI}"]
    assert story.stimulus_failure().monitor.status.alarms == ()


def test_time_and_samples_are_those_received() -> None:
    r = Recording(5, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=MonitorSettings())
    monitor.receive(OpenCase(sample_index=0, case=CaseInfo(pseudonym="A1")))
    for items in r.blocks(777):
        monitor.receive(*items)
    status = monitor.status
    assert (status.sample_index, status.time_s) == (r.n_samples, r.duration_s)
    assert status.case == CaseInfo(pseudonym="A1")
    assert status.counts["stimuli"] == 5
