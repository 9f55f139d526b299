"""What to watch: nothing where all is well, and the weightiest first where it is not."""

from dataclasses import replace
from typing import Any

import pytest

from amr_monitor.api.handover_watch import what_to_watch
from amr_monitor.model.case import (
    AmrState,
    Certainty,
    IndeterminateClass,
    Mark,
    MarkName,
    Muscle,
    Phase,
    Reason,
)
from amr_monitor.model.context import ContextValue
from amr_monitor.model.status import CaseStatus, RecordingState, RecordingStatus
from tests.api.fakes import MUSCLES, a_muscle_status, a_status, an_alarm

GOOD = RecordingStatus(state=RecordingState.RECORDING, waiting_s=0.0, disk_hours_left=40.0)
TOF = ContextValue(name="TOF_ratio", value="92", number=92.0, unit="%", time_s=100.0, by="anna")


def watch(status: CaseStatus | None, **changes: Any) -> tuple[str, ...]:
    known: dict[str, Any] = {
        "is_in_shadow": False,
        "baseline_hints": (),
        "last_after_mark_is_late": False,
        "last_sample_age_s": 0.2,
        "recent_sweeps": 100,
        "recent_rejected": 5,
        "recording": GOOD,
        "is_recording_replayed": False,
    }
    return what_to_watch(status, **(known | changes))


def with_lead(**changes: object) -> CaseStatus:
    lead = a_muscle_status(Muscle.ORBICULARIS_OCULI, **changes)
    return a_status(muscles=(lead, a_muscle_status(Muscle.MENTALIS)), context=(TOF,))


def test_where_all_is_well_there_is_nothing_to_watch() -> None:
    assert watch(a_status(context=(TOF,))) == ()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (
            with_lead(indeterminate=IndeterminateClass.TECHNICAL, reasons=(Reason.M_WAVE_MISSING,)),
            "nothing can be told (no M wave",
        ),
        (with_lead(reasons=(Reason.M_WAVE_LOW,)), "a verdict is held back (M wave low)"),
        (with_lead(certainty=Certainty.PROVISIONAL), "a change of state is being weighed"),
        (
            with_lead(state=AmrState.DISAPPEARED, silent_s=12.0, silent_sweeps=12),
            "the loss is young (0:12, 12 sweeps) and not sustained yet",
        ),
        (with_lead(state=AmrState.DISAPPEARED), "late mentalis wave remains"),
        (with_lead(state=AmrState.DISAPPEARED), "lost before decompression, cannot guide"),
        (with_lead(state=AmrState.NOT_ELICITED), "no response at baseline"),
        (with_lead(returned_count=2), "the response has come back 2 x before"),
        (with_lead(m_wave_percent_of_baseline=62.0), "M wave at 62 % of baseline"),
        (
            replace(with_lead(), phase=Phase.DECOMPRESSED),
            "still there after decompression complete",
        ),
        (a_status(context=()), "train of four not known"),
        (replace(with_lead(), time_s=2000.0), "train of four told 31 min ago"),
        (
            replace(
                with_lead(),
                marks=(
                    Mark(
                        mark_id=1,
                        name=MarkName.RELAXANT_GIVEN,
                        sample_index=0,
                        effective_time_s=0.0,
                    ),
                ),
            ),
            "relaxant given 2 min ago",
        ),
        (replace(with_lead(), alarms=(an_alarm(),)), "alarms nobody has acknowledged: 1"),
        (replace(with_lead(), failed=True), "THE MONITOR HAS FAILED"),
    ],
)
def test_what_is_not_well_is_told(status: CaseStatus, told: str) -> None:
    assert any(told in line for line in watch(status))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"last_sample_age_s": 12.0}, "no samples for 12 s"),
        ({"last_sample_age_s": None}, "no samples have come"),
        ({"recording": None}, "nothing is recorded"),
        ({"recording": replace(GOOD, state=RecordingState.LOSING)}, "the recorder is losing"),
        ({"recording": replace(GOOD, disk_hours_left=1.5)}, "the disk has room for 1.5 h"),
        ({"recent_rejected": 40}, "40 % of the sweeps of the last 10 min were rejected"),
        ({"last_after_mark_is_late": True}, "confirm its time"),
        ({"baseline_hints": ("M wave not shown to be steady",)}, "baseline: M wave not shown"),
        ({"is_in_shadow": True}, "shadow mode: no verdict"),
    ],
)
def test_machine_marks_and_quality_are_watched_too(changes: dict[str, Any], told: str) -> None:
    assert any(told in line for line in watch(with_lead(), **changes))


def test_a_replay_is_recorded_already_and_a_closed_case_says_so() -> None:
    assert watch(with_lead(), recording=None, is_recording_replayed=True) == ()
    closed = a_status(is_open=False)
    assert watch(closed, last_sample_age_s=600.0) == ("the case is closed",)
    assert watch(None) == ("no case is open",)


def test_without_a_baseline_it_says_how_far_it_is() -> None:
    status = a_status(context=(TOF,), muscles=tuple(a_muscle_status(m) for m in MUSCLES))
    learning = replace(status.baseline, accepted=False, valid_sweeps=34)
    lines = watch(replace(status, baseline=learning))
    assert lines == ("no baseline yet: 34 of 60 valid sweeps, a person can accept it",)
