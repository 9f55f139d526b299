"""What whoever takes over has to watch, as lines, the weightiest first. All rules are ours."""

from amr_monitor.api.checklist import OLD_VALUE_S, age_in_words
from amr_monitor.model.case import AmrState, Certainty, MarkName, Muscle, Phase
from amr_monitor.model.finding import MuscleStatus
from amr_monitor.model.status import CaseStatus, RecordingState, RecordingStatus
from amr_monitor.monitor.settings import ContextSettings
from amr_monitor.monitor.words import clock, reasons_in_words

OLD_SAMPLE_S = 3.0
DISK_SHORT_H = 4.0
MANY_REJECTED = 0.2
M_WAVE_LOW, M_WAVE_HIGH = 70.0, 130.0

WITH_RESPONSE = (
    AmrState.PRESENT,
    AmrState.ATTENUATED,
    AmrState.REAPPEARED,
    AmrState.PERSISTENT,
)


def what_to_watch(
    status: CaseStatus | None,
    *,
    is_in_shadow: bool,
    baseline_hints: tuple[str, ...],
    last_after_mark_is_late: bool,
    last_sample_age_s: float | None,
    recent_sweeps: int,
    recent_rejected: int,
    recording: RecordingStatus | None,
    is_recording_replayed: bool,
) -> tuple[str, ...]:
    """Return what to watch.

    Parameters
    ----------
    status : CaseStatus or None
    is_in_shadow : bool
    baseline_hints : tuple of str
        Told when the baseline was accepted.
    last_after_mark_is_late : bool
        The standing loss is attributed to a mark that came after it.
    last_sample_age_s : float or None
    recent_sweeps, recent_rejected : int
    recording : RecordingStatus or None
    is_recording_replayed : bool
    """
    if status is None or status.case is None:
        return ("no case is open",)
    if not status.is_open:
        return ("the case is closed", *_of_alarms(status))
    lines = _of_alarms(status)
    lines += _of_the_machine(status, last_sample_age_s, recording, replayed=is_recording_replayed)
    if is_in_shadow:
        lines.append("shadow mode: no verdict is shown before the case is closed")
    for muscle in sorted(status.muscles, key=lambda each: not each.is_lead):
        lines += _of_muscle(status, muscle)
    if last_after_mark_is_late:
        lines.append("the mark after which the response went was made late: confirm its time")
    lines += _of_the_baseline(status, baseline_hints)
    lines += _of_the_room(status)
    if recent_sweeps and recent_rejected > MANY_REJECTED * recent_sweeps:
        percent = 100.0 * recent_rejected / recent_sweeps
        lines.append(f"{percent:.0f} % of the sweeps of the last 10 min were rejected")
    return tuple(lines)


def _of_alarms(status: CaseStatus) -> list[str]:
    n_open = sum(not alarm.acknowledged for alarm in status.alarms)
    return [f"alarms nobody has acknowledged: {n_open}"] if n_open else []


def _of_the_machine(
    status: CaseStatus,
    age_s: float | None,
    recording: RecordingStatus | None,
    *,
    replayed: bool,
) -> list[str]:
    lines = []
    if status.failed:
        lines.append("THE MONITOR HAS FAILED: no verdicts")
    if age_s is None or age_s > OLD_SAMPLE_S:
        silence = "no samples have come" if age_s is None else f"no samples for {age_s:.0f} s"
        lines.append(silence)
    if recording is None and not replayed:
        lines.append("nothing is recorded")
    elif recording is not None and recording.state is not RecordingState.RECORDING:
        lines.append(f"the recorder is {recording.state.value}")
    hours = None if recording is None else recording.disk_hours_left
    if hours is not None and hours < DISK_SHORT_H:
        lines.append(f"the disk has room for {hours:.1f} h")
    return lines


def _of_muscle(status: CaseStatus, muscle: MuscleStatus) -> list[str]:
    name = muscle.muscle.value.replace("_", " ")
    lines = []
    if muscle.indeterminate is not None:
        why = reasons_in_words(muscle.reasons) or muscle.indeterminate.value
        lines.append(f"{name}: nothing can be told ({why})")
    elif muscle.reasons:
        lines.append(f"{name}: a verdict is held back ({reasons_in_words(muscle.reasons)})")
    if muscle.certainty is Certainty.PROVISIONAL:
        lines.append(f"{name}: a change of state is being weighed")
    if muscle.is_lead:
        lines += _of_lead(status, muscle, name)
    elif _lead_is_lost(status) and muscle.state in WITH_RESPONSE:
        if muscle.muscle is Muscle.MENTALIS:
            lines.append("late mentalis wave remains: F wave or AMR, cannot be told")
        else:
            lines.append(f"{name} still shows a response that the lead has lost")
    percent = muscle.m_wave_percent_of_baseline
    if muscle.is_lead and percent is not None and not M_WAVE_LOW <= percent <= M_WAVE_HIGH:
        lines.append(f"M wave at {percent:.0f} % of baseline")
    return lines


def _lead_is_lost(status: CaseStatus) -> bool:
    return any(muscle.is_lead and muscle.state is AmrState.DISAPPEARED for muscle in status.muscles)


def _of_lead(status: CaseStatus, muscle: MuscleStatus, name: str) -> list[str]:
    lines = []
    if muscle.state is AmrState.NOT_ELICITED:
        lines.append(f"{name}: no response at baseline, so no loss can be told")
    if muscle.state is AmrState.DISAPPEARED and muscle.certainty is not Certainty.SUSTAINED:
        lines.append(
            f"{name}: the loss is young ({clock(muscle.silent_s)}, {muscle.silent_sweeps} sweeps) "
            "and not sustained yet: it does not read DISAPPEARED"
        )
    if muscle.state is AmrState.DISAPPEARED and status.phase in (
        Phase.BEFORE_DURA,
        Phase.DURA_OPEN,
    ):
        lines.append(f"{name}: lost before decompression, cannot guide")
    if muscle.returned_count:
        lines.append(f"{name}: the response has come back {muscle.returned_count} x before")
    if status.phase is Phase.DECOMPRESSED and muscle.state in WITH_RESPONSE:
        lines.append(f"{name}: still there after decompression complete")
    return lines


def _of_the_baseline(status: CaseStatus, hints: tuple[str, ...]) -> list[str]:
    baseline = status.baseline
    if not baseline.accepted:
        return [
            f"no baseline yet: {baseline.valid_sweeps} of {baseline.needed_sweeps} valid sweeps"
            + (", a person can accept it" if baseline.acceptable else "")
        ]
    limits = [
        f"{muscle.muscle.value.replace('_', ' ')}: {hint}"
        for muscle in baseline.muscles
        for hint in muscle.hints
    ]
    return [*limits, *(f"baseline: {hint}" for hint in hints if not hint.startswith("TOF"))]


def _of_the_room(status: CaseStatus) -> list[str]:
    lines = []
    newest = {value.name: value for value in status.context}
    tofs = [newest[name].time_s for name in ("TOF_ratio", "TOF_count") if name in newest]
    if not tofs:
        lines.append("train of four not known")
    elif status.time_s - max(tofs) > OLD_VALUE_S:
        lines.append(f"train of four told {age_in_words(status.time_s - max(tofs))}")
    given = [
        mark.effective_time_s
        for mark in status.marks
        if mark.name is MarkName.RELAXANT_GIVEN and not mark.voided
    ]
    dose = newest.get("relaxant")
    if dose is not None and dose.number:
        given.append(dose.time_s)
    if given and status.time_s - max(given) < ContextSettings().relaxant_acts_s:
        lines.append(f"relaxant given {age_in_words(status.time_s - max(given))}")
    return lines
