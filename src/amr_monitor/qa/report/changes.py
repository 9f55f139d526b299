"""Each change of the response, with its sweeps; losses, returns and the vessels moved."""

from collections.abc import Sequence

from amr_monitor.model.case import Mark, MarkName
from amr_monitor.monitor.words import clock, reasons_in_words
from amr_monitor.qa.report.course import Change, Course, Loss
from amr_monitor.qa.report.document import Block, Facts, Paragraph, Section, Table
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.overview import state_stretches
from amr_monitor.qa.report.waterfall import shows_waveforms, waterfall
from amr_monitor.qa.report.words import (
    STATES,
    attribution,
    certainties,
    mark_name,
    muscle,
    number,
    seconds,
)
from amr_monitor.qa.report.words import change as change_words

MOST_CHANGES = 12
"""More are in the timeline, and on the page of the case."""


def vessels_section(course: Course) -> Section:
    """Return the vessels moved, and what was lost after them in time."""
    blocks: list[Block] = []
    moved = [mark for mark in course.marks if mark.name is MarkName.VESSEL_MOVED]
    if moved:
        blocks.append(
            Table(
                caption=f"Vessels moved, and the response of {muscle(course.lead)} (lead)",
                heads=("At", "Vessel", "Response before", "What followed in time"),
                rows=tuple(_vessel_row(course, moved, number) for number in range(len(moved))),
                numeric=frozenset({0}),
                wide=3,
            )
        )
    else:
        blocks.append(Paragraph(text="No vessel was marked as moved."))
    if course.losses:
        blocks.append(
            Table(
                caption="Losses of the response, each by the marks as they stand",
                heads=("Muscle", "Confirmed at", "Last response", "In words"),
                rows=tuple(_loss_row(course, loss) for loss in course.losses),
                numeric=frozenset({1, 2}),
                wide=3,
            )
        )
    blocks.append(
        Paragraph(
            text=(
                "This is an order in time. That a loss followed a mark does not show that the one"
                " came of the other: anaesthesia, stimulation or another step may have done it."
            )
        )
    )
    return Section(name="vessels", title="Vessels and losses", blocks=tuple(blocks))


def _vessel_row(course: Course, moved: Sequence[Mark], at: int) -> tuple[str, ...]:
    mark = moved[at]
    until_s = moved[at + 1].effective_time_s if at + 1 < len(moved) else course.end_s
    lost = [
        loss
        for loss in course.losses_of(course.lead)
        if loss.after_mark is not None
        and loss.after_mark.mark is MarkName.VESSEL_MOVED
        and loss.after_mark.vessel is mark.vessel
        and loss.last_response_s is not None
        and abs(loss.last_response_s - loss.after_mark.seconds - mark.effective_time_s) < 0.2
    ]
    followed = "; ".join(attribution(loss) for loss in lost)
    if not followed:
        state = _state_at(course, until_s)
        later = seconds(until_s - mark.effective_time_s)
        followed = f"no loss is attributed to it; {later} later: {state}"
    return (
        clock(mark.effective_time_s),
        str(mark.vessel),
        _state_at(course, mark.effective_time_s),
        followed,
    )


def _state_at(course: Course, time_s: float) -> str:
    if course.lead is None:
        return "not known"
    held = [state for state, start, _ in state_stretches(course, course.lead) if start <= time_s]
    state = STATES[held[-1]] if held else "not known"
    if course.unknown_at(course.lead, time_s) is not None:
        return f"cannot tell (last known: {state})"
    return state


def _loss_row(course: Course, loss: Loss) -> tuple[str, ...]:
    last_s = loss.last_response_s
    return (
        f"{muscle(loss.change.muscle)}{' (lead)' if loss.change.muscle is course.lead else ''}",
        clock(loss.change.told.time_s),
        "\u2013" if last_s is None else clock(last_s),
        attribution(loss),
    )


def changes_section(history: CaseHistory, course: Course) -> Section:
    """Return each change of state with the sweeps around it."""
    told = [each for each in course.changes if shows_waveforms(each)]
    # The lead first where not all fit; in the order of time in the end.
    first = sorted(told, key=lambda each: (each.muscle is not course.lead, each.told.time_s))
    shown = sorted(first[:MOST_CHANGES], key=lambda each: each.told.time_s)
    blocks: tuple[Block, ...] = ()
    if not told:
        blocks = (Paragraph(text="No state changed after the baseline was accepted."),)
    elif len(told) > len(shown):
        blocks = (
            Paragraph(
                text=f"{len(shown)} of {len(told)} changes are shown, the lead muscle first;"
                " all are in the timeline."
            ),
        )
    elif not history.sweeps.time_s.size:
        blocks = (Paragraph(text="The journal holds no sweeps of this case: figures alone."),)
    return Section(
        name="changes",
        title="Changes of state",
        blocks=blocks,
        sections=tuple(
            _change_section(history, course, each, number)
            for number, each in enumerate(shown, start=1)
        ),
    )


def _change_section(history: CaseHistory, course: Course, change: Change, at: int) -> Section:
    loss = next((each for each in course.losses if each.change is change), None)
    told = change.told
    evidence = told.evidence
    rows = [
        ("Told", certainties(change)),
        ("In words then", told.words),
        ("Log-odds of absence", number(evidence.log_odds_absent)),
        (
            "Amplitude; upper bound",
            f"{number(evidence.amplitude_uv, 'uV')};"
            f" {number(evidence.amplitude_upper_bound_uv, 'uV')}"
            f" ({number(evidence.amplitude_percent_of_baseline, '% of baseline', digits=0)})",
        ),
        (
            "Of the last 10 sweeps",
            f"{evidence.accepted_of_last_10} valid, response seen in {evidence.seen_of_last_10}",
        ),
        ("M wave", number(evidence.m_wave_percent_of_baseline, "% of baseline", digits=0)),
    ]
    if evidence.onset_latency_ms is not None:
        rows.append(("Onset latency", number(evidence.onset_latency_ms, "ms", digits=2)))
    if evidence.reasons:
        rows.append(("Held back by", reasons_in_words(evidence.reasons)))
    if loss is not None:
        rows.append(("By the marks as they stand", attribution(loss)))
    then = told.after_mark
    now = None if loss is None else loss.after_mark
    if then is not None and now is not None and (then.mark, then.vessel) != (now.mark, now.vessel):
        # Marks were amended after this was told.
        named = mark_name(then.mark, then.vessel)
        rows.append(
            ("By the marks as they stood", f"last response {then.seconds:g} s from {named}")
        )
    blocks: list[Block] = [Facts(caption="Evidence when it was told", rows=tuple(rows))]
    figure = waterfall(history, course, change, loss, f"change-{at}")
    if figure is not None:
        blocks.append(figure)
    name = muscle(told.muscle)
    lead = " (lead)" if told.muscle is course.lead else ""
    certainty = " (provisional, never confirmed)" if change.confirmed_s is None else ""
    return Section(
        name=f"change-{at}-of-state",
        title=f"{clock(told.time_s)} {name}{lead}: {change_words(change)}{certainty}",
        blocks=tuple(blocks),
    )
