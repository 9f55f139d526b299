"""The verdict and what it rests on: the part that is read first."""

from collections.abc import Iterable

import numpy as np

from amr_monitor.model.case import Muscle, Outcome
from amr_monitor.model.events import CaseClosed, MuscleBaseline
from amr_monitor.model.source import Origin
from amr_monitor.monitor.words import clock, reasons_in_words
from amr_monitor.qa.report.averages import Block
from amr_monitor.qa.report.course import Change, Course
from amr_monitor.qa.report.document import Block as Part
from amr_monitor.qa.report.document import Facts, Notice, Paragraph, Section, Table, Weight
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.words import (
    NOT_KNOWN,
    ORIGINS,
    OUTCOME_MEANS,
    OUTCOME_TITLES,
    STATES,
    TAGS,
    attribution,
    branch,
    moment,
    muscle,
    number,
    one_line,
    plain,
)

DISCLAIMER = (
    "Decision support, not a certified medical device. Does not monitor hearing or facial nerve"
    " safety. The outcome is a status of the response, no forecast of cure."
)


def opening(history: CaseHistory, course: Course) -> tuple[Part, ...]:
    """Return what stands above everything: origin, verdict, whose case it is."""
    parts: list[Part] = []
    if history.closed is None:
        until = f"As it stood at {clock(course.end_s)}, after {history.n_events} events."
        parts.append(Notice(weight=Weight.BANNER, title="CASE OPEN: preliminary", lines=(until,)))
    if history.record.origin is not Origin.DEVICE:
        title, line = ORIGINS[history.record.origin]
        parts.append(Notice(weight=Weight.BANNER, title=title, lines=(line,)))
    parts.append(_verdict(history, course))
    parts.append(_facts(history, course))
    parts.append(Paragraph(text=DISCLAIMER))
    return tuple(parts)


def outcome_section(history: CaseHistory, course: Course, compared: tuple[Block, ...]) -> Section:
    """Return what the outcome rests on, muscle by muscle."""
    rows = tuple(_evidence_row(history, course, compared, which) for which in course.muscles)
    parts: list[Part] = [
        Table(
            caption="Evidence at the end of the case, muscle by muscle",
            heads=(
                "Muscle",
                "Baseline, uV p-p",
                "State at the end",
                "Response in sweeps judged",
                "Amplitude at the end, uV",
                "Upper bound, uV",
                "M wave, % of baseline",
            ),
            rows=rows,
            numeric=frozenset({1, 4, 5, 6}),
            wide=2,
        ),
        Paragraph(
            text=(
                "The lead muscle, outside the stimulated branch, decides; the others corroborate."
                " Judged are the last 60 valid sweeps after decompression was complete and before"
                " the dura was closed, where it was marked so. Amplitude at the end: as held to be"
                " true after the last of them; the response may be as large as the upper bound and"
                " still have escaped. M wave: median over them; it shows that the stimulus reached"
                " the nerve. A late wave in mentalis alone is no proof of AMR: it may be an F wave."
            )
        ),
    ]
    return Section(name="evidence", title="Evidence for the outcome", blocks=tuple(parts))


def _verdict(history: CaseHistory, course: Course) -> Notice:
    closed = history.closed
    if closed is None:
        return _verdict_so_far(history, course)
    lines = [OUTCOME_MEANS[closed.outcome]]
    if closed.outcome is not Outcome.NOT_ELICITED:
        lines += _judged(closed, course)
        lines += [
            f"{_sentence(muscle(loss.change.muscle))}: {attribution(loss)}."
            for loss in course.losses_of(course.lead)[-1:]
        ]
        if len(course.losses_of(course.lead)) > 1:
            lines.append("It was lost more than once: see the table of losses.")
    lines += [f"{_sentence(TAGS.get(tag, plain(tag)))}." for tag in closed.tags]
    if not closed.phase_known:
        lines.append("No mark of decompression was made: judged on the last sweeps of the case.")
    if closed.basis == Muscle.MENTALIS.value and course.lead is Muscle.MENTALIS:
        lines.append("Judged on mentalis: a late wave there can be an F wave too.")
    if closed.residual_mentalis:
        lines.append("A late wave remains in mentalis: F wave or AMR, it cannot be told which.")
    return Notice(weight=Weight.VERDICT, title=OUTCOME_TITLES[closed.outcome], lines=tuple(lines))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _judged(closed: CaseClosed, course: Course) -> Iterable[str]:
    for each in closed.muscles:
        if each.muscle is not course.lead:
            continue
        name = f"Lead muscle {muscle(each.muscle)}"
        unknown = course.unknown_at(each.muscle, course.end_s)
        if unknown is None:
            state = f"{STATES[each.state]}, {each.certainty}"
        else:
            why = reasons_in_words(unknown.started.reasons)
            since = clock(unknown.started.time_s)
            state = f"cannot tell since {since} ({why}), last known: {STATES[each.state]}"
        if each.block_valid_sweeps:
            seen = f"{each.block_responses} of the last {each.block_valid_sweeps} valid sweeps"
            yield f"{name}: response held to be there in {seen}; {state}."
        else:
            yield f"{name}: there was no valid sweep to judge; {state}."


def _verdict_so_far(history: CaseHistory, course: Course) -> Notice:
    told = [
        outcome
        for outcome in (getattr(event, "provisional_outcome", None) for event in history.events)
        if outcome is not None
    ]
    last = _last_change(course, course.lead)
    lines = ["No verdict: the case is not closed. What follows may change."]
    if last is not None:
        lines.append(f"{_sentence(muscle(course.lead))}, as last told: {last.told.words}")
    lines += [
        f"{_sentence(muscle(course.lead))}: {attribution(loss)}."
        for loss in course.losses_of(course.lead)[-1:]
    ]
    title = "NO BASELINE YET" if not told else f"SO FAR: {OUTCOME_TITLES[told[-1]]}"
    return Notice(weight=Weight.VERDICT, title=title, lines=tuple(lines))


def _last_change(course: Course, which: Muscle | None) -> Change | None:
    found = [each for each in course.changes if each.muscle is which]
    return found[-1] if found else None


def _facts(history: CaseHistory, course: Course) -> Facts:
    record, opened = history.record, history.opened
    closed = history.closed
    reference = course.baselines[-1].reference_current_ma if course.baselines else None
    rows = [
        ("Case", record.case_id),
        ("Pseudonym", one_line(record.pseudonym) or "none"),
        ("Recorded", moment(record.start_utc)),
        ("Monitored", f"{clock(course.end_s - course.start_s)} (h:min:s or min:s)"),
        ("Side", NOT_KNOWN if record.side is None else record.side.value),
        ("Stimulated", NOT_KNOWN if opened is None else branch(opened.branch)),
        ("Reference current", number(reference, "mA")),
        ("Lead muscle", muscle(course.lead)),
        ("Recorded muscles", ", ".join(muscle(each) for each in course.muscles) or NOT_KNOWN),
        ("Source", f"{one_line(record.source_name)} ({record.origin})"),
        ("Closed by", "not closed" if closed is None else one_line(closed.by) or NOT_KNOWN),
    ]
    if opened is not None and opened.mode.value != "live":
        rows.append(("Mode", "shadow: nothing was shown in the room before the case was closed"))
    return Facts(caption="The case", rows=tuple(rows))


def _evidence_row(
    history: CaseHistory, course: Course, compared: tuple[Block, ...], which: Muscle
) -> tuple[str, ...]:
    block = next((each for each in compared if each.muscle is which), None)
    figures = history.sweeps.of(which)
    amplitude = bound = m_wave = None
    if block is not None and block.last.size and figures is not None:
        amplitude = float(figures.amplitude_uv[block.last[-1]])
        bound = float(figures.upper_bound_uv[block.last[-1]])
        known = figures.m_wave_percent[block.last]
        known = known[np.isfinite(known)]
        m_wave = float(np.median(known)) if known.size else None
    return (
        f"{muscle(which)}{' (lead)' if which is course.lead else ''}",
        _baseline_words(_baseline(course, which)),
        *_ended(history, course, which),
        number(amplitude),
        number(bound),
        number(m_wave, digits=0),
    )


def _ended(history: CaseHistory, course: Course, which: Muscle) -> tuple[str, str]:
    for each in history.closed.muscles if history.closed else ():
        if each.muscle is which:
            state = f"{STATES[each.state]}, {each.certainty}"
            if course.unknown_at(which, course.end_s) is not None:
                state = f"cannot tell; last known: {STATES[each.state]}"
            judged = f"{each.block_responses} of {each.block_valid_sweeps}"
            return state, judged if each.block_valid_sweeps else "none to judge"
    return ("not closed" if history.closed is None else "not judged", "\u2013")


def _baseline(course: Course, which: Muscle) -> MuscleBaseline | None:
    if not course.baselines:
        return None
    return next((each for each in course.baselines[-1].muscles if each.muscle is which), None)


def _baseline_words(baseline: MuscleBaseline | None) -> str:
    if baseline is None:
        return "\u2013"
    return number(baseline.amplitude_uv) if baseline.elicited else "no response"
