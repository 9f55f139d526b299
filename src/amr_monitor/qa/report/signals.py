"""The signals: the case in one picture, the baseline and the end, trends."""

from amr_monitor.model.events import BaselineAccepted
from amr_monitor.monitor.words import clock
from amr_monitor.qa.report.averages import Block as Compared
from amr_monitor.qa.report.averages import averages
from amr_monitor.qa.report.course import Course
from amr_monitor.qa.report.document import Block, Bullets, Paragraph, Section, Table
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.overview import overview
from amr_monitor.qa.report.trends import trends
from amr_monitor.qa.report.words import muscle, number, one_line, plain

NO_RASTER = (
    "The journal of this case holds the sweeps beside its verdicts alone, as an earlier version"
    " kept them: there is no raster, no trend and no comparison with the baseline. The replay of"
    " its recording gives them."
)

NO_SWEEPS = "The journal of this case holds no judged sweep: there is nothing to draw."


def picture_section(history: CaseHistory, course: Course) -> Section:
    """Return the whole case in the lead muscle."""
    lacking = NO_RASTER if history.sweeps.time_s.size else NO_SWEEPS
    blocks: tuple[Block, ...] = (Paragraph(text=lacking),)
    which = course.lead or (course.muscles[0] if course.muscles else None)
    if which is not None:
        figure = overview(history, course, which)
        if figure is not None:
            blocks = (figure,)
    return Section(name="picture", title="The case in one picture", blocks=blocks)


def others_section(history: CaseHistory, course: Course) -> Section | None:
    """Return the whole case in the other muscles; None without any."""
    shown = course.lead or (course.muscles[0] if course.muscles else None)
    figures = tuple(
        figure
        for which in course.muscles
        if which is not shown
        for figure in (overview(history, course, which),)
        if figure is not None
    )
    if not figures:
        return None
    return Section(name="others", title="The other muscles", blocks=figures)


def baseline_section(
    history: CaseHistory, course: Course, compared: tuple[Compared, ...]
) -> Section:
    """Return the baseline, and what it was at the end."""
    if not course.baselines:
        blocks: tuple[Block, ...] = (
            Paragraph(text="No baseline was accepted: there is nothing to compare with."),
        )
        return Section(name="baseline", title="Baseline and the last sweeps", blocks=blocks)
    parts: list[Block] = [_baseline_table(course)]
    hints = _hints(course.baselines[-1])
    if hints:
        parts.append(Bullets(sentences=hints))
    figure = averages(history, compared)
    if figure is not None:
        parts.append(figure)
    return Section(name="baseline", title="Baseline and the last sweeps", blocks=tuple(parts))


def _baseline_table(course: Course) -> Table:
    rows = tuple(
        (
            f"{accepted.epoch}, {clock(accepted.time_s)}",
            muscle(each.muscle),
            number(each.amplitude_uv) if each.elicited else "no response",
            number(each.onset_latency_ms, digits=2),
            number(100.0 * each.response_rate, digits=0) if each.elicited else "\u2013",
            number(each.noise_rms_uv),
            number(each.m_wave_uv, digits=0),
            plain(each.proof_of_life) if each.proof_of_life else "none",
            str(each.sweeps_to_sustain),
        )
        for accepted in course.baselines
        for each in accepted.muscles
    )
    return Table(
        caption="Accepted baselines, and what a loss needs in this patient",
        heads=(
            "Epoch, at",
            "Muscle",
            "Amplitude, uV",
            "Onset, ms",
            "Responds, %",
            "Noise RMS, uV",
            "M wave, uV",
            "Channel proven by",
            "Silent sweeps to sustain",
        ),
        rows=rows,
        numeric=frozenset({2, 3, 4, 5, 6, 8}),
        wide=1,
    )


def _hints(accepted: BaselineAccepted) -> tuple[str, ...]:
    told = list(accepted.hints)
    for each in accepted.muscles:
        told += [f"{muscle(each.muscle)}: {hint}" for hint in each.hints]
    if accepted.conditions is not None and accepted.conditions.tof_known:
        told.append(f"train of four: {accepted.conditions.tof}")
    return tuple(dict.fromkeys(one_line(hint) for hint in told))


def trends_section(history: CaseHistory, course: Course) -> Section | None:
    """Return the trends; None where the sweeps were not all kept."""
    figure = trends(history, course)
    return None if figure is None else Section(name="trends", title="Trends", blocks=(figure,))
