"""One muscle through losses and returns, and through all that may not pass for either."""

from dataclasses import replace
from math import ceil, log

import numpy as np
import pytest

import tests.surgeries as story
from amr_monitor.model.case import AmrState, Certainty, IndeterminateClass, MarkName, Reason, Vessel
from amr_monitor.model.events import (
    AlarmEnded,
    AlarmRaised,
    AmrStateChanged,
    BaselineAccepted,
    IndeterminateEnded,
    IndeterminateStarted,
    ResponseAtHigherCurrent,
)
from amr_monitor.model.finding import Finding
from tests.feeding import SETTINGS, Told, mark, run, surgery
from tests.sweeps import MENTALIS, OCULI, Patient, Recording

PRESENT, ATTENUATED, DISAPPEARED, REAPPEARED, PERSISTENT = (
    AmrState.PRESENT,
    AmrState.ATTENUATED,
    AmrState.DISAPPEARED,
    AmrState.REAPPEARED,
    AmrState.PERSISTENT,
)
CONFIRMED, PROVISIONAL, SUSTAINED = (
    Certainty.CONFIRMED,
    Certainty.PROVISIONAL,
    Certainty.SUSTAINED,
)
LOSS = [(DISAPPEARED, PROVISIONAL), (DISAPPEARED, CONFIRMED), (DISAPPEARED, SUSTAINED)]


def started(told: Told) -> list[IndeterminateStarted]:
    """Return what began to be unknown of orbicularis oculi."""
    return [event for event in told.of(IndeterminateStarted) if event.muscle is OCULI]


def never_gone(told: Told) -> bool:
    return DISAPPEARED not in [state for state, _ in told.path()]


# ---------------------------------------------------------- loss and return


def test_an_abrupt_loss_is_provisional_confirmed_and_sustained() -> None:
    told = story.abrupt_loss()
    assert told.path() == [(PRESENT, CONFIRMED), *LOSS]
    provisional, confirmed, sustained = told.changes()[1:]
    assert provisional.time_s < confirmed.time_s <= story.LOST_S + 30.0
    assert sustained.time_s >= story.LOST_S - 1.0 + 60.0
    for change in (provisional, confirmed, sustained):
        assert change.after_mark is not None
        assert change.after_mark.mark is MarkName.VESSEL_MOVED
        assert change.after_mark.vessel is Vessel.AICA
        assert change.after_mark.seconds == pytest.approx(1.0, abs=2.1)


def test_evidence_backs_each_step() -> None:
    provisional, confirmed, sustained = (e.evidence for e in story.abrupt_loss().changes()[1:])
    assert provisional.log_odds_absent is not None
    assert provisional.log_odds_absent >= 4.6
    assert confirmed.log_odds_absent is not None
    assert confirmed.log_odds_absent >= 6.9
    assert sustained.probability_present is not None
    assert sustained.probability_present < 0.01
    assert sustained.amplitude_upper_bound_uv is not None
    assert sustained.amplitude_upper_bound_uv < 15.0
    assert sustained.m_wave_percent_of_baseline == pytest.approx(100.0, abs=15.0)


def test_a_gradual_loss_goes_through_attenuated() -> None:
    path = story.gradual_loss().path()
    assert path[:2] == [(PRESENT, CONFIRMED), (ATTENUATED, CONFIRMED)]
    assert path[-3:] == LOSS


def test_an_attenuated_response_that_recovers_is_present_again() -> None:
    path = story.attenuated_and_back().path()
    assert path == [(PRESENT, CONFIRMED), (ATTENUATED, CONFIRMED), (PRESENT, CONFIRMED)]


def test_a_return_that_stays_is_present_after_sixty_sweeps() -> None:
    told = story.lasting_return()
    assert told.path()[:7] == [
        (PRESENT, CONFIRMED),
        *LOSS,
        (REAPPEARED, PROVISIONAL),
        (REAPPEARED, CONFIRMED),
        (PRESENT, CONFIRMED),
    ]
    back, held = told.change(REAPPEARED), told.changes()[6]
    assert back.time_s <= 200.7 + 10.0
    assert back.evidence.seen_of_last_10 >= 3
    assert "returned 1 x" in back.words
    assert held.time_s - back.time_s == pytest.approx(60.0, abs=6.0)
    assert "returned 1 x" in held.words


def test_a_return_of_ten_seconds_is_seen_and_the_loss_after_it_too() -> None:
    path = story.transient_return().path()
    assert path[4:6] == [(REAPPEARED, PROVISIONAL), (REAPPEARED, CONFIRMED)]
    assert path[6:] == LOSS


def test_persistent_takes_sixty_sweeps_and_three_minutes_after_decompression() -> None:
    change = story.persistent_response().change(PERSISTENT)
    assert change.time_s == pytest.approx(270.7)
    assert change.words.startswith("PERSISTENT, 3:00 after")


def test_persistent_comes_earlier_where_the_dura_is_closed() -> None:
    assert story.persistent_at_closure().change(PERSISTENT).time_s == pytest.approx(200.0)


def test_persistent_comes_at_the_end_of_a_case_that_is_closed_before() -> None:
    r = Recording(170, seed=60)
    told = run(r, surgery(r, dura=65, started=70, moved=75, complete=100))
    assert told.change(PERSISTENT).time_s == pytest.approx(r.duration_s)


def test_exploring_again_takes_persistent_back_and_a_loss_can_follow() -> None:
    path = story.re_explored().path()
    assert path[1:3] == [(PERSISTENT, CONFIRMED), (PRESENT, CONFIRMED)]
    assert path[3:] == LOSS


def test_three_stimuli_a_second_decide_three_times_as_soon() -> None:
    r = Recording(540, interval_s=1.0 / 3.0, seed=61)
    r.amr[OCULI][300:] = 0.0
    told = run(r)
    assert told.change(DISAPPEARED).time_s - r.times_s[300] < 10.0
    assert told.change(DISAPPEARED, SUSTAINED).time_s - r.times_s[300] >= 59.0


def test_a_slow_stimulator_has_to_give_sixty_sweeps_too() -> None:
    r = Recording(200, interval_s=2.0, seed=74)
    r.amr[OCULI][100:] = 0.0
    sustained = run(r).change(DISAPPEARED, SUSTAINED)
    assert sustained.time_s - r.times_s[100] >= 2.0 * 57


def test_a_provisional_loss_that_is_withdrawn_is_told_as_a_change_back() -> None:
    r = Recording(150, patient=Patient(skip=0.0), seed=62)
    r.amr[OCULI][100:108] = 0.0
    told = run(r)
    assert told.path()[:3] == [
        (PRESENT, CONFIRMED),
        (DISAPPEARED, PROVISIONAL),
        (PRESENT, CONFIRMED),
    ]
    back = told.changes()[2]
    assert (back.from_state, back.to_state) == (DISAPPEARED, PRESENT)
    assert back.time_s <= 108.7 + 4.0


def test_what_is_needed_to_sustain_a_loss_follows_how_the_patient_skips() -> None:
    steady, skipping = (
        run(Recording(100, patient=Patient(skip=skip), seed=63)).one(BaselineAccepted).muscles[0]
        for skip in (0.0, 0.75)
    )
    assert steady.sweeps_to_sustain == 60
    miss = 1.0 - skipping.response_rate
    assert skipping.sweeps_to_sustain >= ceil(log(1e-6) / log(miss) - 1.0)
    assert skipping.sweeps_to_sustain >= 3 * skipping.longest_silent_run


# ------------------------------------------ what must not pass for a loss


def failing(name: str) -> Recording:
    """Return a recording in which something else than the response fails from 120 on."""
    r = Recording(190, seed=64)
    match name:
        case "lead flat":
            r.flat.append((OCULI, 120.2, 200.0))
        case "lead off, hum":
            r.mains_times[OCULI].append((120.2, 200.0, 200.0))
        case "lead off, quiet, artifact smaller":
            r.artifact[OCULI][120:] = 0.4
            r.noise[OCULI][120:] = 0.8
        case "lead off, quiet, artifact larger":
            r.artifact[OCULI][120:] = 2.5
            r.noise[OCULI][120:] = 0.8
        case "lead gain x 0.3":
            r.gain[OCULI][120:] = 0.3
        case "stimulus failed":
            r.delivered[120:] = False
        case "relaxed":
            r.m_wave[120:] = 0.4
        case "not a number":
            r.lost.append((OCULI, 120.2, 200.0))
        case "M wave not a number":
            r.lost.append((MENTALIS, 120.2, 200.0))
        case "current below":
            r.current_ma[120:] = [7.0] * 70
        case "storm":
            r.burst[OCULI].append((120.2, 200.0, 80.0))
    r.amr[OCULI][120:] = 0.0
    return r


TECHNICAL = [
    "lead flat",
    "lead off, hum",
    "lead off, quiet, artifact smaller",
    "lead off, quiet, artifact larger",
    "lead gain x 0.3",
    "stimulus failed",
    "not a number",
    "M wave not a number",
    "current below",
]


@pytest.mark.parametrize("name", TECHNICAL)
def test_a_technical_failure_is_told_after_three_sweeps_and_alarmed_after_ten_seconds(
    name: str,
) -> None:
    told = run(failing(name))
    assert never_gone(told)
    first = started(told)[0]
    assert first.indeterminate_class is IndeterminateClass.TECHNICAL
    assert first.time_s <= 120.7 + 4.0
    assert first.last_state is PRESENT
    assert first.last_state_age_s == pytest.approx(3.0, abs=2.0)
    alarm = next(e for e in told.of(AlarmRaised) if e.alarm_id == f"technical:{OCULI}")
    assert alarm.time_s == pytest.approx(first.time_s + 10.0, abs=0.01)
    assert "CANNOT TELL" in told.monitor.status.muscles[0].words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relaxed", IndeterminateClass.PHYSIOLOGICAL),
        ("storm", IndeterminateClass.INTERFERENCE),
    ],
)
def test_the_patients_own_doing_is_no_technical_failure(
    name: str, expected: IndeterminateClass
) -> None:
    told = run(failing(name))
    assert never_gone(told)
    assert started(told)[0].indeterminate_class is expected
    assert not told.of(AlarmRaised)


def test_a_failed_stimulus_is_told_and_the_state_stays_until_it_is_back() -> None:
    told = story.stimulus_failure()
    assert never_gone(told)
    (first,) = started(told)
    assert Reason.ARTIFACT_MISSING in first.reasons
    assert Reason.M_WAVE_MISSING in first.reasons
    ended = next(event for event in told.of(IndeterminateEnded) if event.muscle is OCULI)
    assert ended.time_s == pytest.approx(222.7, abs=2.0)
    raised, over = told.of(AlarmRaised)[0], told.of(AlarmEnded)[0]
    assert (raised.alarm_id, over.alarm_id) == (f"technical:{OCULI}",) * 2
    assert over.time_s == ended.time_s


def test_silence_with_an_m_wave_of_60_percent_is_never_told_as_a_loss() -> None:
    told = story.weak_m_wave()
    assert never_gone(told)
    assert Reason.M_WAVE_LOW in started(told)[0].reasons
    assert started(told)[0].time_s > 120.7 + 5.0


def test_a_response_with_an_m_wave_of_60_percent_is_still_a_response() -> None:
    r = Recording(180, seed=65)
    r.m_wave[100:] = 0.6
    told = run(r)
    assert started(told) == []
    assert told.path() == [(PRESENT, CONFIRMED)]


def test_relaxant_that_was_marked_is_named() -> None:
    r = Recording(260, seed=66)
    fading = np.interp(np.arange(260), [100, 220], [1.0, 0.02])
    r.m_wave *= fading
    r.amr[OCULI] *= fading
    told = run(r, [mark(r, 95.0, MarkName.RELAXANT_GIVEN)])
    assert never_gone(told)
    reasons = {reason for event in started(told) for reason in event.reasons}
    assert {Reason.M_WAVE_LOW, Reason.RELAXANT} & reasons


def test_cautery_is_interference_and_counts_again_after_its_recovery() -> None:
    r = Recording(210, seed=67)
    for muscle in r.muscles:
        r.burst[muscle].append((120.2, 150.2, 3000.0))
    told = run(r, settings=replace(SETTINGS, kept_reports=210))
    assert told.path() == [(PRESENT, CONFIRMED)]
    assert [event.indeterminate_class for event in started(told)] == [
        IndeterminateClass.INTERFERENCE
    ]
    assert not told.of(AlarmRaised)
    reports = {report.time_s: report for report in told.monitor.take_reports()}
    findings: list[Finding] = [
        reports[time_s].findings[0] for time_s in sorted(reports) if 149.0 < time_s < 153.0
    ]
    assert [finding.quality.reasons for finding in findings] == [
        (Reason.INTERFERENCE,),
        (Reason.RECOVERY,),
        (),
        (),
    ]


def test_a_loss_during_a_storm_is_told_from_twenty_fresh_sweeps_after_it() -> None:
    r = Recording(260, seed=68)
    r.burst[OCULI].append((110.2, 150.2, 80.0))
    r.amr[OCULI][120:] = 0.0
    told = run(r)
    confirmed = told.change(DISAPPEARED)
    ended = [event for event in told.of(IndeterminateEnded) if event.muscle is OCULI][-1]
    assert confirmed.time_s - ended.time_s >= 19.0
    assert confirmed.evidence.accepted_of_last_10 >= 8


def test_after_a_pause_of_90_s_twenty_fresh_sweeps_come_before_a_verdict() -> None:
    told = story.long_pause()
    confirmed = told.change(DISAPPEARED)
    assert confirmed.time_s >= 280.7 + 19.0
    assert told.change(DISAPPEARED, SUSTAINED).time_s >= 280.7 + 59.0
    assert "no response for 0:" in confirmed.words


def test_between_bursts_evidence_grows_old_too() -> None:
    times = [0.7 + 100.0 * burst + k for burst in range(4) for k in range(30)]
    r = Recording(0, times_s=times, seed=73)
    r.amr[OCULI][90:] = 0.0
    told = run(r)
    assert told.changes()[0].time_s == pytest.approx(129.7)
    assert started(told) == []
    assert told.changes()[1].time_s >= 300.7 + 19.0


def test_a_slow_fall_waits_for_anaesthesia_entered_and_a_person() -> None:
    told = story.slow_fall()
    first = next(event for event in started(told) if Reason.SLOW_FALL in event.reasons)
    assert first.indeterminate_class is IndeterminateClass.PHYSIOLOGICAL
    alarm = next(event for event in told.of(AlarmRaised) if event.alarm_id == "slow_fall")
    assert alarm.time_s == pytest.approx(first.time_s + 10.0, abs=0.01)
    # Acknowledged at 690 s without anaesthesia, at 710 s with it.
    assert told.change(DISAPPEARED).time_s >= 710.7 + 19.0


@pytest.mark.parametrize("minutes", [7, 10])
def test_a_slow_fall_without_a_word_of_anaesthesia_never_ends_as_a_loss(minutes: int) -> None:
    n = 80 + 60 * minutes + 120
    r = Recording(n, seed=70 + minutes)
    r.amr[OCULI] *= np.interp(np.arange(n), [80, 80 + 60 * minutes], [1.0, 0.0])
    told = run(r)
    assert (DISAPPEARED, CONFIRMED) not in told.path()
    assert "withheld" in told.closed.tags


def test_a_response_cut_off_at_half_its_size_did_not_fall_slowly() -> None:
    r = Recording(560, seed=69)
    r.amr[OCULI][100:440] = 0.5
    r.amr[OCULI][440:] = 0.0
    told = run(r)
    assert (DISAPPEARED, SUSTAINED) in told.path()
    assert not [event for event in started(told) if Reason.SLOW_FALL in event.reasons]


def test_a_lead_channel_without_proof_of_life_is_never_told_as_lost() -> None:
    patient = Patient(artifact_uv=10.0, m_copy=0.0)
    r = Recording(180, patient=patient, seed=71)
    r.amr[OCULI][100:] = 0.0
    told = run(r)
    baseline = told.one(BaselineAccepted).muscles[0]
    assert baseline.proof_of_life == "none"
    assert any("proof of life" in hint for hint in baseline.hints)
    assert never_gone(replace(told, events=tuple(e for e in told.events if not _provisional(e))))
    assert Reason.LEAD_CHANNEL_UNPROVEN in started(told)[0].reasons


def _provisional(event: object) -> bool:
    return isinstance(event, AmrStateChanged) and event.certainty is PROVISIONAL


# ------------------------------------------------------------ challenge


def test_a_response_to_a_raised_current_after_a_loss_is_told_as_such_and_as_no_return() -> None:
    told = story.challenged()
    (response,) = told.of(ResponseAtHigherCurrent)
    assert (response.current_ma, response.reference_current_ma) == (13.0, 10.0)
    assert response.seen_of_last_10 >= 3
    assert told.path() == [(PRESENT, CONFIRMED), *LOSS]


def test_no_response_to_a_raised_current_strengthens_the_loss() -> None:
    r = Recording(240, seed=72)
    r.amr[OCULI][100:] = 0.0
    for number in range(125, 240):
        r.current_ma[number] = 13.0
    for muscle in r.muscles:
        r.artifact[muscle][125:] = 1.3
    told = run(r)
    assert told.path() == [(PRESENT, CONFIRMED), *LOSS]
    assert not told.of(ResponseAtHigherCurrent)
