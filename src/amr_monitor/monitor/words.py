"""The lines that a person reads, decided here and nowhere else."""

from amr_monitor.model.case import AmrState, Certainty, Reason
from amr_monitor.monitor.marks import MarkLog
from amr_monitor.monitor.muscle import MuscleTracker

MARK_TOLERANCE_S = 30.0
SILENCE_WORTH_TELLING = 5
SEEN = (AmrState.PRESENT, AmrState.ATTENUATED, AmrState.REAPPEARED, AmrState.PERSISTENT)

REASON_WORDS: dict[Reason, str] = {
    Reason.SATURATED: "amplifier saturated",
    Reason.FLAT: "channel flat",
    Reason.NOISY: "interference",
    Reason.QUIET: "channel too quiet",
    Reason.MAINS: "mains hum",
    Reason.EMG_ACTIVITY: "muscle active by itself",
    Reason.ARTIFACT_MISSING: "no stimulus artifact",
    Reason.M_WAVE_MISSING: "no M wave: stimulus does not reach the nerve",
    Reason.NOT_A_NUMBER: "no valid samples from this channel",
    Reason.OTHER_STIMULUS: "other stimulus in the sweep",
    Reason.AFTER_TETANUS: "recovery after tetanus",
    Reason.INTERFERENCE: "interference on all channels",
    Reason.RECOVERY: "recovery after interference",
    Reason.SWEEPS_REJECTED: "rejected by the recording program",
    Reason.M_WAVE_LOW: "M wave low",
    Reason.LEAD_CHANNEL_UNPROVEN: "lead channel has no proof of life",
    Reason.LEAD_CHANNEL_CHANGED: "electrode of this channel changed or off",
    Reason.BELOW_REFERENCE: "current below reference",
    Reason.CURRENT_UNKNOWN: "current unknown",
    Reason.STIMULUS_FAILED: "stimulus failed",
    Reason.STIMULATION_SILENT: "no stimuli",
    Reason.SLOW_FALL: "slow fall: anaesthesia?",
    Reason.RELAXANT: "relaxant",
    Reason.EVIDENCE_LIMITED: "evidence limited: not all that is needed was recorded",
    Reason.EVIDENCE_STALE: "evidence old",
    Reason.NOT_MONITORABLE: "not monitorable",
    Reason.CHALLENGE: "raised current",
}


def clock(seconds: float) -> str:
    """Return a duration as m:ss, or h:mm:ss from an hour on."""
    whole = int(max(0.0, seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def reasons_in_words(reasons: tuple[Reason, ...]) -> str:
    """Return reasons as plain words."""
    return ", ".join(REASON_WORDS[reason] for reason in reasons)


def _lost_early(tracker: MuscleTracker, marks: MarkLog, start_s: float) -> bool:
    """Whether the loss came before decompression, not merely before a late mark of it."""
    lost_s = tracker.spells[-1].from_s
    attributed = marks.attribution(lost_s, MARK_TOLERANCE_S)
    late_mark = attributed is not None and attributed.within_tolerance
    return lost_s < start_s and not late_mark


def _known_words(tracker: MuscleTracker, marks: MarkLog) -> str:
    state = tracker.state
    scale = tracker.scale
    if state is AmrState.LEARNING:
        return "LEARNING BASELINE: a response is there now"
    if state is AmrState.NOT_ELICITED:
        return "NO RESPONSE AT BASELINE: cannot be monitored"
    if state is AmrState.DISAPPEARED:
        silence = (
            f"no response for {clock(tracker.watched_silence_s)}, {scale.silent_sweeps} sweeps"
        )
        if tracker.pending is AmrState.REAPPEARED:
            silence = f"perhaps back: seen in {scale.seen_of_last_10} of the last 10 sweeps"
        start_s = marks.decompression_start_s
        if start_s is None and marks.standing:
            return f"ABSENT BEFORE DECOMPRESSION: cannot guide ({silence})"
        if start_s is not None and _lost_early(tracker, marks, start_s):
            return f"ABSENT SINCE BEFORE DECOMPRESSION: cannot guide ({silence})"
        if tracker.certainty is Certainty.SUSTAINED:
            return f"DISAPPEARED: {silence}"
        return silence
    complete_s = marks.decompression_end_s
    if state is AmrState.PERSISTENT:
        since = (
            ""
            if complete_s is None
            else (f", {clock(tracker.time_s - complete_s)} after decompression complete")
        )
        return f"PERSISTENT{since}"
    if state is AmrState.REAPPEARED:
        return f"REAPPEARED: seen in {scale.seen_of_last_10} of the last 10"
    if scale.silent_sweeps >= SILENCE_WORTH_TELLING:
        return f"PRESENT, last seen {clock(tracker.silent_s)} ago"
    percent = round(100.0 * scale.rate_times_amplitude)
    smaller = f", reduced to {percent} % of baseline" if state is AmrState.ATTENUATED else ""
    if complete_s is not None:
        since = clock(tracker.time_s - complete_s)
        return f"STILL PRESENT{smaller}, {since} after decompression complete"
    return f"PRESENT{smaller}"


def state_in_words(
    tracker: MuscleTracker, marks: MarkLog, note: str = "", *, lead_is_lost: bool = False
) -> str:
    """Return the one line of a muscle with an accepted baseline.

    `note` is what the room knows of why nothing can be told; `lead_is_lost`, of
    mentalis, that the muscle which decides shows no response any more.

    Sustained alone reads DISAPPEARED; a confirmed loss reads as what it is, a
    silence of so many seconds. What the monitor cannot know it says first.
    """
    if tracker.indeterminate is not None:
        why = reasons_in_words(tracker.indeterminate.reasons)
        why += f"; {note}" if note else ""
        known_s = tracker.scale.last_weighed_s
        if tracker.indeterminate.withheld:
            # Sweeps are still weighed: what is held back is as old as the doubt.
            known_s = tracker.indeterminate.since_s
        age = f"{clock(tracker.time_s - known_s)} ago"
        if tracker.state in SEEN and tracker.scale.silent_sweeps >= SILENCE_WORTH_TELLING:
            # A loss that could not be judged: the state is young, the response is not.
            age = f"last seen {clock(tracker.silent_s)} ago"
        last = tracker.state.value.replace("_", " ")
        return f"CANNOT TELL: {why} (last known: {last}, {age})"
    if lead_is_lost and tracker.state in SEEN:
        return "LATE WAVE REMAINS: F wave or AMR, cannot be told"
    words = _known_words(tracker, marks)
    if tracker.returned_count:
        words += f"; returned {tracker.returned_count} x"
    return words
