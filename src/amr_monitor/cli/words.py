"""Outcomes and events in the words that a person reads on the terminal."""

from amr_monitor.model.case import MarkName
from amr_monitor.model.events import (
    AfterMark,
    AlarmAcknowledged,
    AlarmEnded,
    AlarmRaised,
    AmrStateChanged,
    BaselineAccepted,
    BaselineProgress,
    BaselineRestarted,
    CaseClosed,
    CaseOpened,
    ContextChanged,
    DiskLow,
    EpochStarted,
    Event,
    GapReceived,
    IndeterminateEnded,
    IndeterminateStarted,
    JournalEntry,
    MarkAmended,
    MonitorFailed,
    MuscleOutcome,
    PhaseMarked,
    ReadingEntered,
    RecorderFileClosed,
    RecorderFileOpened,
    RecorderLost,
    RecorderRecovered,
    RecorderStalled,
    ResponseAtHigherCurrent,
    SourceRecovered,
    SourceStalled,
    SourceWarned,
    SourceWentLost,
    StimulationChanged,
)
from amr_monitor.monitor.words import clock, reasons_in_words
from amr_monitor.storage.catalog import CaseRecord


def summary(closed: CaseClosed, record: CaseRecord) -> str:
    """Return the outcome of a case and what it rests on."""
    lines = [f"{_plain(closed.outcome)}  ({record.source_name}, {record.origin}, {record.case_id})"]
    if closed.tags:
        lines.append(f"  tags      {', '.join(_plain(tag) for tag in closed.tags)}")
    if closed.basis:
        lines.append(f"  basis     {_plain(closed.basis)}")
    if closed.after_mark is not None:
        lines.append(f"  loss      {after_mark_in_words(closed.after_mark)}")
    if not closed.phase_known:
        lines.append("  phase     not known: no mark of decompression; judged on the last sweeps")
    if closed.residual_mentalis:
        lines.append("  mentalis  late wave remains: F wave or AMR, cannot be told")
    lines.extend(f"  {_plain(muscle.muscle)}: {_ending(muscle)}" for muscle in closed.muscles)
    counts = ", ".join(f"{_plain(name)} {count}" for name, count in sorted(closed.counts.items()))
    lines.append(f"  counts    {counts}")
    return "\n".join(lines)


def _ending(muscle: MuscleOutcome) -> str:
    """Return how a muscle ended; what no sweep vouches for is what was last known."""
    state = f"{_plain(muscle.state)}, {muscle.certainty}"
    if not muscle.block_valid_sweeps:
        return f"last known {state}; no valid sweep to judge"
    held = f"{muscle.block_responses} of the last {muscle.block_valid_sweeps} sweeps judged"
    return f"{state}; response held to be there in {held}"


def after_mark_in_words(after: AfterMark) -> str:
    """Return "last response 4 s after vessel moved AICA"; never "because of"."""
    vessel = f" {after.vessel}" if after.vessel is not None else ""
    side = "after" if after.seconds >= 0 else "before"
    words = f"last response {abs(after.seconds):g} s {side} {_mark(after.mark)}{vessel}"
    return f"{words} (within mark tolerance, confirm)" if after.within_tolerance else words


def entry_line(entry: JournalEntry) -> str:
    """Return one event as a line: number, time, and what happened in words."""
    words = " ".join(event_in_words(entry.event).split())
    return f"{entry.seq:>5}  {clock(entry.event.time_s):>8}  {words}"


def event_in_words(event: Event) -> str:
    """Return what an event says, in plain words."""
    match event:
        case CaseOpened():
            lead = _plain(event.lead) if event.lead else "none"
            muscles = ", ".join(_plain(muscle) for muscle in event.muscles)
            return f"case opened: {muscles}; lead: {lead}; {event.sampling_rate_hz:g} Hz"
        case BaselineProgress():
            able = ", can be accepted" if event.acceptable else ""
            return f"baseline: {event.valid_sweeps} of {event.needed_sweeps} valid sweeps{able}"
        case BaselineAccepted():
            found = "; ".join(
                f"{_plain(each.muscle)} {each.amplitude_uv:g} uV"
                if each.elicited
                else f"{_plain(each.muscle)} without response"
                for each in event.muscles
            )
            told = [*event.hints, *(hint for each in event.muscles for hint in each.hints)]
            known = f"; {'; '.join(dict.fromkeys(told))}" if told else ""
            return f"baseline accepted by {event.by} ({event.valid_sweeps} sweeps): {found}{known}"
        case BaselineRestarted():
            return f"baseline restarted: {event.reason}"
        case AmrStateChanged():
            after = f"; {after_mark_in_words(event.after_mark)}" if event.after_mark else ""
            change = f"{_plain(event.from_state)} -> {_plain(event.to_state)}, {event.certainty}"
            return f"{_plain(event.muscle)}: {change}: {event.words}{after}"
        case IndeterminateStarted():
            why = reasons_in_words(event.reasons)
            kind = event.indeterminate_class
            last = _plain(event.last_state)
            note = f" ({event.note})" if event.note else ""
            return f"{_plain(event.muscle)}: cannot tell ({kind}): {why}{note}; last known: {last}"
        case IndeterminateEnded():
            return f"{_plain(event.muscle)}: sweeps count again"
        case ResponseAtHigherCurrent():
            currents = f"{event.current_ma:g} mA (reference {event.reference_current_ma:g} mA)"
            return f"{_plain(event.muscle)}: response at {currents}"
        case EpochStarted():
            return f"epoch {event.epoch}: {event.reason}"
        case StimulationChanged():
            return f"stimulation: {event.message}"
        case PhaseMarked():
            vessel = f" {event.vessel}" if event.vessel else ""
            text = f": {event.text}" if event.text else ""
            back_s = event.time_s - event.effective_time_s
            dated = f", {back_s:.0f} s ago" if back_s >= 0.5 else ""
            return f"mark {event.mark_id} {_mark(event.mark)}{vessel}{text}{dated}"
        case MarkAmended():
            if event.voided:
                return f"mark {event.mark_id} {_mark(event.mark)} voided: {event.reason}"
            vessel = f" {event.vessel}" if event.vessel else ""
            at = clock(event.effective_time_s)
            return f"mark {event.mark_id} is {_mark(event.mark)}{vessel} at {at}: {event.reason}"
        case ReadingEntered():
            said = f" ({event.text})" if event.text else ""
            monitor = _plain(event.monitor_reading) if event.monitor_reading else "no verdict"
            return (
                f"{_plain(event.muscle)} as read by {event.by}: {_plain(event.reading)}{said};"
                f" monitor: {monitor}"
            )
        case ContextChanged():
            unit = f" {event.unit}" if event.unit else ""
            return f"context: {_plain(event.name)} {event.value}{unit}"
        case AlarmRaised():
            return f"alarm ({event.priority}): {event.message}"
        case AlarmAcknowledged():
            return f"alarm {event.alarm_id} acknowledged by {event.by}"
        case AlarmEnded():
            return f"alarm {event.alarm_id} ended"
        case GapReceived():
            missing = "" if event.missing_s is None else f" of {event.missing_s:g} s"
            return f"gap{missing}: {event.reason}"
        case MonitorFailed():
            return f"THE MONITOR FAILED: {event.message}"
        case CaseClosed():
            return f"case closed: {_plain(event.outcome)}"
        case SourceStalled():
            return f"no samples for {event.silent_s:g} s"
        case SourceWentLost():
            return f"source lost: {event.message}"
        case SourceRecovered():
            return f"samples again, after {event.silent_s:g} s"
        case SourceWarned():
            return f"warning: {event.message}"
        case RecorderFileOpened():
            why = f" ({event.reason})" if event.reason else ""
            return f"recording into {event.file}{why}"
        case RecorderFileClosed():
            fault = f"; {event.fault}" if event.fault else ""
            return f"recorded {event.file}: {event.n_samples} samples{fault}"
        case RecorderStalled():
            return f"the recording waits for the disk: {event.message}"
        case RecorderRecovered():
            return f"the recording goes on, after {event.stalled_s:g} s; nothing is lost"
        case RecorderLost():
            return f"NOT RECORDED: {event.message}"
        case DiskLow():
            return f"the disk has room for {event.hours_left:.1f} h more of recording"


def _mark(name: MarkName) -> str:
    return "CSF drained" if name is MarkName.CSF_DRAINED else _plain(name)


def _plain(word: str) -> str:
    return str(word).replace("_", " ")
