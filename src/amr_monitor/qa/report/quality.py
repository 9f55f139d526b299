"""How good the signals were: what counted, what did not and why, alarms, the room."""

from collections import Counter

from amr_monitor.model.case import Reason
from amr_monitor.model.events import ContextChanged
from amr_monitor.monitor.words import REASON_WORDS, clock, reasons_in_words
from amr_monitor.qa.report.course import Course
from amr_monitor.qa.report.document import Block, Paragraph, Section, Table
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.words import CLASSES, muscle, one_line, plain

MOST_STRETCHES = 60


def quality_section(history: CaseHistory, course: Course) -> Section:
    """Return what counted as evidence."""
    blocks: list[Block] = []
    if history.closed is not None:
        counts = history.closed.counts
        blocks.append(
            Table(
                caption="Counts of the case; a sweep is valid where the lead muscle's counted",
                heads=tuple(plain(name) for name in sorted(counts)),
                rows=(tuple(str(counts[name]) for name in sorted(counts)),),
                numeric=frozenset(range(len(counts))),
            )
        )
    if history.sweeps.is_complete and history.sweeps.time_s.size:
        blocks.append(_reasons_table(history, course))
    blocks.append(_stretches(course))
    return Section(name="quality", title="Quality of the signals", blocks=tuple(blocks))


def _reasons_table(history: CaseHistory, course: Course) -> Table:
    figures = [history.sweeps.of(which) for which in course.muscles]
    known = [each for each in figures if each is not None]
    counts = {
        each.muscle: Counter(reason for reasons in each.reasons for reason in reasons)
        for each in known
    }
    total = history.sweeps.time_s.size
    rows = [
        ("valid", *(_share(int(each.accepted.sum()), total) for each in known)),
        ("rejected", *(_share(int((~each.accepted).sum()), total) for each in known)),
    ]
    found = [reason for reason in Reason if any(count[reason] for count in counts.values())]
    rows += [
        (
            f"  for: {REASON_WORDS[reason]}",
            *(str(counts[each.muscle][reason]) for each in known),
        )
        for reason in found
    ]
    return Table(
        caption="Sweeps by what became of them; one sweep can have several reasons",
        heads=("Sweeps", *(muscle(each.muscle) for each in known)),
        rows=tuple(rows),
        numeric=frozenset(range(1, len(known) + 1)),
        wide=0,
    )


def _share(count: int, total: int) -> str:
    return f"{count} ({100.0 * count / total:.0f} %)"


def _stretches(course: Course) -> Block:
    if not course.stretches:
        return Paragraph(text="There was no time in which the monitor could not tell.")
    longest = sorted(
        course.stretches,
        key=lambda each: each.started.time_s - (each.end_s or course.end_s),
    )[:MOST_STRETCHES]
    shown = sorted(longest, key=lambda each: each.started.time_s)
    left_out = len(course.stretches) - len(shown)
    more = f"; {left_out} shorter ones are left out" if left_out else ""
    return Table(
        caption=f"Times in which the monitor could not tell{more}",
        heads=("From", "Lasted", "Muscle", "Kind", "Why"),
        rows=tuple(
            (
                clock(each.started.time_s),
                clock(each.end_s - each.started.time_s) if each.end_s else "to the end",
                muscle(each.started.muscle),
                CLASSES[each.started.indeterminate_class],
                "; ".join(
                    part
                    for part in (
                        reasons_in_words(each.started.reasons),
                        one_line(each.started.note),
                    )
                    if part
                ),
            )
            for each in shown
        ),
        numeric=frozenset({0, 1}),
        wide=4,
    )


def alarms_section(course: Course) -> Section:
    """Return the technical alarms."""
    if not course.alarms:
        block: Block = Paragraph(text="No alarm was raised.")
    else:
        block = Table(
            caption="Technical alarms; changes of the response are information, no alarms",
            heads=("Raised", "Ended", "Priority", "What", "Acknowledged"),
            rows=tuple(
                (
                    clock(each.raised.time_s),
                    "stands" if each.ended_s is None else clock(each.ended_s),
                    each.raised.priority.value,
                    one_line(each.raised.message),
                    "no"
                    if each.acknowledged_s is None
                    else f"{clock(each.acknowledged_s)} by {one_line(each.acknowledged_by)}",
                )
                for each in course.alarms
            ),
            numeric=frozenset({0, 1}),
            wide=3,
        )
    return Section(name="alarms", title="Alarms", blocks=(block,))


def room_section(history: CaseHistory) -> Section:
    """Return what was told of the room: anaesthesia, relaxation."""
    told = [event for event in history.events if isinstance(event, ContextChanged)]
    if not told:
        block: Block = Paragraph(
            text="Nothing was told of anaesthesia or relaxation: neither depth nor train of four"
            " is known, and either can take the response away."
        )
    else:
        block = Table(
            caption="Values told from the room",
            heads=("Time", "Name", "Value", "By"),
            rows=tuple(
                (
                    clock(each.time_s),
                    plain(each.name),
                    f"{one_line(each.value)} {each.unit}".strip(),
                    one_line(each.by),
                )
                for each in told
            ),
            numeric=frozenset({0}),
            wide=2,
        )
    return Section(name="room", title="Anaesthesia and relaxation", blocks=(block,))
