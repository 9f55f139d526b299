"""What happened when: phases, and everything told of the response and the operation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from amr_monitor.model.case import MarkName
from amr_monitor.model.events import (
    BaselineAccepted,
    BaselineRestarted,
    CaseClosed,
    CaseOpened,
    EpochStarted,
    GapReceived,
    MonitorFailed,
    ReadingEntered,
    RecorderLost,
    ResponseAtHigherCurrent,
    SourceWentLost,
    StimulationChanged,
)
from amr_monitor.monitor.words import clock, reasons_in_words
from amr_monitor.qa.report.course import Course
from amr_monitor.qa.report.document import Section, Table
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.overview import known_only
from amr_monitor.qa.report.words import (
    CLASSES,
    OUTCOME_TITLES,
    PHASES,
    certainties,
    mark_words,
    muscle,
    number,
    one_line,
    plain,
)
from amr_monitor.qa.report.words import change as change_words

LONG_STRETCH_S = 10.0
"""Shorter ones are counted in the table of quality alone."""
MOST_ROWS = 300


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Row:
    time_s: float
    rank: int
    what: str


def timeline_section(history: CaseHistory, course: Course) -> Section:
    """Return the phases and the timeline."""
    rows = sorted(_rows(history, course))
    shown = rows[:MOST_ROWS]
    left_out = f"; the first {MOST_ROWS} of {len(rows)} entries" if len(rows) > MOST_ROWS else ""
    start = history.record.start_utc
    return Section(
        name="timeline",
        title="Timeline",
        blocks=(
            _phase_table(history, course),
            Table(
                caption=f"Marks as they stand, and what was told{left_out}",
                heads=("Time", "UTC", "What"),
                rows=tuple(
                    (clock(row.time_s), _clock_of_day(start, row.time_s), row.what) for row in shown
                ),
                numeric=frozenset({0, 1}),
                wide=2,
            ),
        ),
    )


def _clock_of_day(start: datetime | None, time_s: float) -> str:
    if start is None:
        return "\u2013"
    try:
        return f"{start + timedelta(seconds=time_s):%H:%M:%S}"
    except OverflowError:
        return "\u2013"


def _phase_table(history: CaseHistory, course: Course) -> Table:
    sweeps = history.sweeps
    figures = sweeps.of(course.lead) if sweeps.is_complete else None
    if figures is not None:
        figures = known_only(history, course, figures)
    rows = []
    for each in course.phases:
        valid = rejected = amplitude = "\u2013"
        if figures is not None:
            last = each is course.phases[-1]
            within = (sweeps.time_s >= each.start_s) & (
                (sweeps.time_s <= each.end_s) if last else (sweeps.time_s < each.end_s)
            )
            valid = str(int((figures.accepted & within).sum()))
            rejected = str(int((~figures.accepted & within).sum()))
            held = figures.amplitude_uv[figures.accepted & within]
            held = held[np.isfinite(held)]
            amplitude = number(float(np.median(held))) if held.size else "\u2013"
        rows.append(
            (
                PHASES[each.phase],
                clock(each.start_s),
                clock(each.end_s - each.start_s),
                valid,
                rejected,
                amplitude,
            )
        )
    return Table(
        caption=f"Phases of the operation, by the marks; sweeps of {muscle(course.lead)}",
        heads=(
            "Phase",
            "From",
            "Lasted",
            "Valid sweeps",
            "Rejected",
            "Amplitude held true, median, uV",
        ),
        rows=tuple(rows),
        numeric=frozenset({1, 2, 3, 4, 5}),
        wide=0,
    )


def _rows(history: CaseHistory, course: Course) -> list[_Row]:
    found = [
        _Row(time_s=mark.effective_time_s, rank=0, what=f"MARK  {mark_words(mark)}")
        for mark in course.marks
    ]
    for each in course.changes:
        at_s = each.told.time_s
        if each.confirmed_s is None and each.provisional_s is not None:
            continue
        lead = " (lead)" if each.muscle is course.lead else ""
        what = f"{muscle(each.muscle)}{lead}: {change_words(each)} ({certainties(each)})"
        found.append(_Row(time_s=at_s, rank=2, what=what))
        if each.sustained_s is not None and each.sustained is not None:
            words = f"{muscle(each.muscle)}{lead}: {each.sustained.words} (sustained)"
            found.append(_Row(time_s=each.sustained_s, rank=2, what=words))
    for stretch in course.stretches:
        end_s = course.end_s if stretch.end_s is None else stretch.end_s
        lasted_s = end_s - stretch.started.time_s
        if lasted_s >= LONG_STRETCH_S:
            started = stretch.started
            why = reasons_in_words(started.reasons)
            kind = CLASSES[started.indeterminate_class]
            what = f"{muscle(started.muscle)}: cannot tell for {clock(lasted_s)} ({kind}: {why})"
            found.append(_Row(time_s=started.time_s, rank=3, what=what))
    for event in history.events:
        words = _event_words(event)
        if words:
            rank = 9 if isinstance(event, CaseClosed) else 1
            found.append(_Row(time_s=event.time_s, rank=rank, what=words))
    return found


def _event_words(event: object) -> str:
    """Return what an event of the timeline says; "" of one that stands elsewhere."""
    match event:
        case CaseOpened():
            return "case opened"
        case BaselineAccepted():
            current = number(event.reference_current_ma, "mA")
            return (
                f"baseline {event.epoch} accepted by {one_line(event.by)}:"
                f" {event.valid_sweeps} valid sweeps at {current}"
            )
        case BaselineRestarted():
            return f"baseline restarted: {one_line(event.reason)}"
        case EpochStarted():
            return f"epoch {event.epoch} began: {one_line(event.reason)}"
        case StimulationChanged():
            return f"stimulation: {one_line(event.message)}"
        case ResponseAtHigherCurrent():
            currents = f"{event.current_ma:g} mA (reference {event.reference_current_ma:g} mA)"
            return f"{muscle(event.muscle)}: response at {currents}"
        case ReadingEntered():
            return f"reading of {one_line(event.by)}: {reading_words(event)}"
        case GapReceived():
            missing = "" if event.missing_s is None else f" of {event.missing_s:g} s"
            return f"gap{missing}: {one_line(event.reason)}"
        case MonitorFailed():
            return f"THE MONITOR FAILED: {one_line(event.message)}"
        case RecorderLost():
            return f"not recorded: {one_line(event.message)}"
        case SourceWentLost():
            return f"source lost: {one_line(event.message)}"
        case CaseClosed():
            return f"case closed: {OUTCOME_TITLES[event.outcome]}"
    return ""


def marks_section(course: Course) -> Section:
    """Return the marks as they were made, and what became of them."""
    made = [
        (
            str(each.mark_id),
            clock(each.time_s),
            clock(each.effective_time_s),
            _made_words(each.mark, each.vessel, each.text),
            one_line(each.by),
        )
        for each in course.made_marks
    ]
    amended = [
        (
            str(each.mark_id),
            clock(each.time_s),
            "voided" if each.voided else clock(each.effective_time_s),
            f"{_made_words(each.mark, each.vessel, '')}: {one_line(each.reason)}",
            one_line(each.by),
        )
        for each in course.amendments
    ]
    blocks = [
        Table(
            caption="Marks as they were made",
            heads=("Mark", "Made at", "Counts from", "What", "By"),
            rows=tuple(made),
            numeric=frozenset({0, 1, 2}),
            wide=3,
        )
    ]
    if amended:
        blocks.append(
            Table(
                caption="Marks that were amended or voided afterwards, and why",
                heads=("Mark", "Amended at", "Counts from", "What, and why", "By"),
                rows=tuple(amended),
                numeric=frozenset({0, 1, 2}),
                wide=3,
            )
        )
    if course.readings:
        blocks.append(
            Table(
                caption="Readings of persons, beside what the monitor said; they change no verdict",
                heads=("Time", "Muscle", "Reading", "Monitor", "Text", "By"),
                rows=tuple(
                    (
                        clock(each.time_s),
                        muscle(each.muscle),
                        plain(each.reading),
                        "no verdict"
                        if each.monitor_reading is None
                        else plain(each.monitor_reading),
                        one_line(each.text),
                        one_line(each.by),
                    )
                    for each in course.readings
                ),
                numeric=frozenset({0}),
                wide=4,
            )
        )
    return Section(name="marks", title="Marks and readings", blocks=tuple(blocks))


def reading_words(event: ReadingEntered) -> str:
    """Return what a person saw, and whether the monitor said otherwise."""
    words = f"{muscle(event.muscle)} {plain(event.reading)}"
    if event.monitor_reading is None:
        return f"{words} (the monitor had no verdict)"
    same = event.monitor_reading is event.reading
    return f"{words} ({'as' if same else 'DISAGREES with'} the monitor: {event.monitor_words})"


def _made_words(name: MarkName, vessel: object, text: str) -> str:
    named = str(name).replace("_", " ")
    named += f" {vessel}" if vessel is not None else ""
    return f"{named}: {one_line(text)}" if text else named
