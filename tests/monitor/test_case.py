"""A case from its opening to its close: baselines, epochs, silence, muscles that lead."""

from dataclasses import replace

import pytest

import tests.surgeries as story
from amr_monitor.model.case import AmrState, Branch, CaseInfo, Certainty, MarkName, Outcome, Reason
from amr_monitor.model.events import (
    AlarmEnded,
    AlarmRaised,
    BaselineAccepted,
    BaselineProgress,
    BaselineRestarted,
    CaseOpened,
    ContextChanged,
    EpochStarted,
    GapReceived,
    IndeterminateEnded,
    IndeterminateStarted,
    StimulationChanged,
)
from amr_monitor.model.signal import Gap
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.commands import AcceptBaseline, RestartBaseline
from tests.feeding import SETTINGS, mark, run, surgery
from tests.sweeps import FRONTALIS, MENTALIS, OCULI, Patient, Recording

CONFIRMED = Certainty.CONFIRMED
LIVE = replace(SETTINGS, baseline=replace(SETTINGS.baseline, auto_accept=False))


# ------------------------------------------------------------- baseline


def test_a_baseline_is_accepted_at_sixty_valid_sweeps_and_says_what_it_holds() -> None:
    told = story.steady_response()
    accepted = told.one(BaselineAccepted)
    assert accepted.time_s == pytest.approx(59.7)
    assert (accepted.valid_sweeps, accepted.reference_current_ma) == (60, 10.0)
    assert (accepted.lead, accepted.basis) == (OCULI, OCULI.value)
    oculi, mentalis = accepted.muscles
    assert (oculi.elicited, oculi.monitorable) == (True, True)
    assert (mentalis.elicited, mentalis.monitorable) == (False, False)
    assert oculi.proof_of_life == "artifact and M wave"
    assert oculi.snr > 10.0


def test_progress_is_told_every_ten_sweeps_and_not_for_ever() -> None:
    r = Recording(330, rate_hz=2000.0, seed=80)
    progress = run(r, settings=LIVE).of(BaselineProgress)
    assert [event.valid_sweeps for event in progress[:6]] == [10, 20, 30, 40, 50, 60]
    assert [event.acceptable for event in progress[:6]] == [False] * 5 + [True]
    assert len(progress) <= 31


def test_without_a_person_a_live_baseline_is_not_taken() -> None:
    told = run(Recording(80, rate_hz=2000.0, seed=81), settings=LIVE)
    assert not told.of(BaselineAccepted)
    assert told.outcome is Outcome.INDETERMINATE
    assert told.closed.tags == ("no_baseline",)


def test_at_dura_opening_thirty_sweeps_are_enough() -> None:
    r = Recording(60, rate_hz=2000.0, seed=82)
    told = run(r, [mark(r, 40.2, MarkName.DURA_OPENED)])
    accepted = told.one(BaselineAccepted)
    assert accepted.time_s == pytest.approx(40.2)
    assert accepted.valid_sweeps == 40
    early = run(r, [mark(r, 20.2, MarkName.DURA_OPENED)]).one(BaselineAccepted)
    assert early.valid_sweeps == 30


def test_sweeps_at_another_current_do_not_count_together() -> None:
    r = Recording(100, rate_hz=2000.0, seed=83)
    for number in range(30):
        r.current_ma[number] = 8.0
    told = run(r)
    assert told.one(BaselineAccepted).time_s == pytest.approx(r.times_s[89])
    assert told.one(BaselineAccepted).reference_current_ma == 10.0


def test_a_baseline_learnt_anew_goes_through_learning_and_keeps_the_history() -> None:
    r = Recording(340, seed=84)
    r.amr[OCULI][100:160] = 0.0
    told = run(r, [RestartBaseline(sample_index=r.index(190.2), reason="electrode moved")])
    assert told.one(BaselineRestarted).reason == "electrode moved"
    first, second = told.of(BaselineAccepted)
    assert (first.epoch, second.epoch) == (1, 2)
    assert second.time_s == pytest.approx(r.times_s[250], abs=6.0)
    assert told.path()[-1] == (AmrState.PRESENT, CONFIRMED)
    assert "returned" in told.closed.tags


def test_what_was_unknown_at_a_restart_is_ended() -> None:
    r = Recording(160, seed=85)
    r.delivered[80:130] = False
    told = run(r, [RestartBaseline(sample_index=r.index(100.2))])
    started = told.of(IndeterminateStarted)
    ended = told.of(IndeterminateEnded)
    assert len(started) == len(ended) == 1
    assert ended[0].time_s == pytest.approx(100.2)
    assert [event.alarm_id for event in told.of(AlarmRaised)] == [
        event.alarm_id for event in told.of(AlarmEnded)
    ]


# ---------------------------------------------------------------- epochs


def test_a_current_raised_before_a_loss_is_a_new_epoch_with_its_own_baseline() -> None:
    r = Recording(300, seed=86)
    for number in range(100, 300):
        r.current_ma[number] = 13.0
    for muscle in r.muscles:
        r.artifact[muscle][100:] = 1.3
    r.amr[OCULI][220:] = 0.0
    told = run(r)
    assert told.one(EpochStarted).reason == "current raised before a loss"
    first, second = told.of(BaselineAccepted)
    assert (first.reference_current_ma, second.reference_current_ma) == (10.0, 13.0)
    assert second.epoch == 2
    assert (AmrState.DISAPPEARED, Certainty.SUSTAINED) in told.path()


def test_a_turned_polarity_is_a_new_epoch() -> None:
    r = Recording(200, seed=87)
    for number in range(100, 200):
        r.polarity[number] = -1
    told = run(r)
    assert told.one(EpochStarted).reason == "polarity changed"
    assert len(told.of(BaselineAccepted)) == 2
    assert told.path() == [(AmrState.PRESENT, CONFIRMED)]


def test_a_lowered_current_is_told_and_no_evidence() -> None:
    r = Recording(130, seed=88)
    for number in range(90, 130):
        r.current_ma[number] = 7.0
    told = run(r)
    assert told.one(StimulationChanged).message == "current 10 mA -> 7 mA"
    started = next(e for e in told.of(IndeterminateStarted) if e.muscle is OCULI)
    assert started.reasons == (Reason.BELOW_REFERENCE,)


def test_an_artifact_that_steps_with_the_current_unknown_asks() -> None:
    r = Recording(120, current_ma=None, seed=89)
    for muscle in r.muscles:
        r.artifact[muscle][90:] = 1.3
    told = run(r)
    (asked,) = told.of(StimulationChanged)
    assert asked.message.startswith("current changed? the artifact changed by +")
    assert asked.time_s == pytest.approx(r.times_s[92], abs=1.1)


# ------------------------------------------------------- first response


def test_a_response_found_before_decompression_is_learnt_from_fresh_sweeps() -> None:
    told = story.elicited_later()
    assert told.path()[:3] == [
        (AmrState.NOT_ELICITED, CONFIRMED),
        (AmrState.LEARNING, CONFIRMED),
        (AmrState.PRESENT, CONFIRMED),
    ]
    assert told.one(BaselineRestarted).reason == "a response appeared"
    second = told.of(BaselineAccepted)[1]
    # Fresh ones alone: the silent sweeps before it would pass for skips.
    assert second.muscles[0].response_rate > 0.9
    assert second.time_s >= told.one(BaselineRestarted).time_s + 59.0
    assert told.outcome is Outcome.DISAPPEARED


def test_a_response_first_seen_after_decompression_began_is_kept_without_a_verdict() -> None:
    told = story.first_seen_late()
    (late,) = told.of(ContextChanged)
    assert (late.name, late.by) == ("first_seen_late", "monitor")
    assert told.path() == [(AmrState.NOT_ELICITED, CONFIRMED)]
    assert told.outcome is Outcome.NOT_ELICITED


# --------------------------------------------------------------- muscles


def test_mentalis_decides_where_no_lead_was_ever_elicited() -> None:
    r = Recording(230, patient=Patient(amplitude_uv={MENTALIS: 90.0}), seed=90)
    r.amr[MENTALIS][130:] = 0.0
    told = run(r, surgery(r, dura=65, started=100, moved=129.0, complete=140))
    assert told.one(BaselineAccepted).basis == MENTALIS.value
    assert told.closed.basis == MENTALIS.value
    assert told.outcome is Outcome.DISAPPEARED


def test_what_remains_in_mentalis_is_told_beside_the_verdict_of_the_lead() -> None:
    told = story.residual_in_mentalis()
    assert told.outcome is Outcome.DISAPPEARED
    assert told.closed.residual_mentalis
    assert not story.abrupt_loss().closed.residual_mentalis
    states = {muscle.muscle: muscle.state for muscle in told.closed.muscles}
    assert states == {OCULI: AmrState.DISAPPEARED, MENTALIS: AmrState.PRESENT}


def test_mentalis_leads_where_the_zygomatic_branch_is_stimulated() -> None:
    told = story.zygomatic()
    opened = told.one(CaseOpened)
    assert (opened.branch, opened.lead) == (Branch.ZYGOMATIC, MENTALIS)
    assert (told.outcome, told.closed.basis) == (Outcome.DISAPPEARED, MENTALIS.value)


def test_frontalis_leads_where_orbicularis_oculi_has_no_response() -> None:
    told = story.frontalis_leads()
    assert told.one(CaseOpened).lead is OCULI
    assert told.closed.basis == FRONTALIS.value
    assert told.outcome is Outcome.DISAPPEARED


def test_without_a_mentalis_channel_the_artifact_stands_for_the_delivery() -> None:
    r = Recording(230, muscles=(OCULI,), seed=91)
    r.amr[OCULI][130:] = 0.0
    told = run(r, surgery(r, dura=65, started=100, moved=129.0, complete=140))
    assert told.outcome is Outcome.DISAPPEARED
    assert any("artifact" in hint for hint in told.of(BaselineProgress)[-1].hints)
    failed = Recording(200, muscles=(OCULI,), seed=91)
    failed.delivered[130:] = False
    never = run(failed)
    assert never.path() == [(AmrState.PRESENT, CONFIRMED)]
    assert never.of(IndeterminateStarted)[0].reasons[0] is Reason.ARTIFACT_MISSING


# --------------------------------------------------------------- silence


def silent(told_at: list[AlarmRaised]) -> list[float]:
    return [event.time_s for event in told_at if event.alarm_id == "stimulation_silent"]


def test_a_continuous_stimulation_that_stops_is_alarmed_after_ten_seconds() -> None:
    told = story.long_pause()
    assert silent(told.of(AlarmRaised)) == [pytest.approx(199.7)]
    started = told.of(IndeterminateStarted)[0]
    assert started.reasons == (Reason.STIMULATION_SILENT,)
    ended = next(e for e in told.of(AlarmEnded) if e.alarm_id == "stimulation_silent")
    assert ended.time_s == pytest.approx(280.7)


def test_bursts_before_the_dura_are_no_silence() -> None:
    times = [0.7 + 300.0 * burst + k for burst in range(3) for k in range(100)]
    told = run(Recording(0, times_s=times, rate_hz=2000.0, seed=92))
    assert not told.of(AlarmRaised)


def test_a_marked_pause_is_left_alone_for_three_minutes() -> None:
    times = [0.7 + k for k in range(200)]
    r = Recording(0, times_s=[*times, 430.7], rate_hz=2000.0, seed=93)
    told = run(r, [mark(r, 201.0, MarkName.STIMULATION_PAUSED)])
    assert silent(told.of(AlarmRaised)) == [pytest.approx(381.0)]
    short = Recording(0, times_s=[*times, 370.7], rate_hz=2000.0, seed=93)
    told = run(short, [mark(short, 201.0, MarkName.STIMULATION_PAUSED)])
    assert silent(told.of(AlarmRaised)) == []


def test_clicks_do_not_hide_that_the_stimulator_stopped() -> None:
    times = [0.7 + k for k in range(190)]
    r = Recording(0, times_s=[*times, 229.7], rate_hz=2000.0, seed=94)
    r.extra = [(190.0 + k / 43.9, StimulusClass.BAEP_CLICK) for k in range(1700)]
    assert silent(run(r).of(AlarmRaised)) == [pytest.approx(199.7)]


def test_once_continuous_a_stimulator_that_stops_again_is_alarmed_again() -> None:
    times = [0.7 + k for k in range(200)] + [230.7 + k for k in range(20)] + [290.7]
    told = run(Recording(0, times_s=times, rate_hz=2000.0, seed=96))
    assert silent(told.of(AlarmRaised)) == [pytest.approx(209.7), pytest.approx(259.7)]


def test_a_gap_takes_its_time_and_is_no_silence_of_the_stimulator() -> None:
    r = Recording(140, rate_hz=2000.0, seed=95)
    gap = Gap(sample_index=r.index(100.5), resumes_at_s=130.5, reason="lost packets")
    told = run(r, gaps=[gap], block=r.index(0.5))
    (received,) = told.of(GapReceived)
    assert (received.time_s, received.missing_s) == (130.5, 30.0)
    assert silent(told.of(AlarmRaised)) == []
    assert told.closed.counts["gaps"] == 1
    # The sweep whose half second before the stimulus lies in the gap is none.
    assert told.closed.counts["sweeps"] == 139
    assert told.closed.time_s == pytest.approx(r.duration_s + 30.0)


# --------------------------------------------------------- other stimuli


def test_a_tetanus_and_thirty_seconds_after_it_are_no_evidence() -> None:
    told = story.tetanus_and_clicks()
    assert told.path() == [(AmrState.PRESENT, CONFIRMED)]
    (started,) = [e for e in told.of(IndeterminateStarted) if e.muscle is OCULI]
    (ended,) = [e for e in told.of(IndeterminateEnded) if e.muscle is OCULI]
    assert started.reasons == (Reason.AFTER_TETANUS,)
    assert started.time_s == pytest.approx(124.7, abs=1.1)
    assert ended.time_s == pytest.approx(154.7, abs=1.1)


def test_clicks_in_the_ear_cost_no_sweep() -> None:
    counts = story.tetanus_and_clicks().closed.counts
    assert counts["other_class"] >= 2600
    assert counts["sweeps"] == 258
    assert counts["valid"] >= 258 - 40


def test_an_opened_case_names_its_muscles_and_what_it_was_told() -> None:
    r = Recording(3, rate_hz=2000.0)
    opened = run(r, case=CaseInfo(pseudonym="A17")).one(CaseOpened)
    assert (opened.pseudonym, opened.muscles) == ("A17", (OCULI, MENTALIS))
    assert opened.sampling_rate_hz == 2000.0


def test_a_person_can_accept_more_than_sixty_sweeps() -> None:
    r = Recording(90, rate_hz=2000.0, seed=96)
    accept = AcceptBaseline(sample_index=r.index(80.2), by="recording")
    assert run(r, [accept], settings=LIVE).one(BaselineAccepted).valid_sweeps == 80
