"""The muscle that decides is the lead, unless only mentalis ever had a response of its own."""

from dataclasses import replace

import tests.surgeries as story
from amr_monitor.model.case import Branch
from amr_monitor.monitor.lead import deciding_muscle, stands_alone, was_elicited
from amr_monitor.monitor.muscle import MuscleTracker
from amr_monitor.monitor.settings import MonitorSettings
from tests.feeding import SETTINGS, run
from tests.sweeps import MENTALIS, OCULI, Recording

BRANCH = Branch.MARGINAL_MANDIBULAR


def trackers() -> dict:  # type: ignore[type-arg]
    case = story.steady_response().monitor._case  # noqa: SLF001
    assert case is not None
    return case.trackers


def test_a_lead_with_a_response_decides() -> None:
    found = trackers()
    assert was_elicited(found[OCULI])
    assert not was_elicited(found[MENTALIS])
    assert deciding_muscle((OCULI,), found, BRANCH, SETTINGS) is OCULI


def test_without_any_reference_nothing_decides() -> None:
    assert deciding_muscle((OCULI,), {}, BRANCH, SETTINGS) is None


def test_a_late_wave_of_mentalis_that_runs_into_the_window_decides_nothing() -> None:
    r = Recording(80, rate_hz=2000.0, seed=5)
    r.amr[OCULI][:] = 0.0
    r.amr[MENTALIS][:] = 1.0
    case = run(r).monitor._case  # noqa: SLF001
    assert case is not None
    direct = case.trackers[MENTALIS]
    early = _with_onset(direct, SETTINGS, offset_ms=0.0)
    assert not stands_alone(early, SETTINGS)


def _with_onset(
    tracker: MuscleTracker, settings: MonitorSettings, *, offset_ms: float
) -> MuscleTracker:
    start_ms = settings.detector.windows.start_ms(tracker.muscle)
    calibration = replace(tracker.calibration, onset_ms=start_ms + offset_ms, early_variation=0.5)
    return MuscleTracker(
        muscle=tracker.muscle, calibration=calibration, settings=settings, time_s=0.0
    )


def test_a_wave_that_begins_inside_the_window_stands_alone() -> None:
    direct = trackers()[MENTALIS]
    assert stands_alone(_with_onset(direct, SETTINGS, offset_ms=2.0), SETTINGS)
