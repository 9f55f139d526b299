"""When things happen in one surgery: phases, marks, and moments relative to them."""

from dataclasses import dataclass
from math import exp, log

import numpy as np

from amr_monitor.model.case import Vessel
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.phases import PhaseName, Timed
from amr_monitor.simulation.scenario import MarkHabits, Scenario
from amr_monitor.simulation.streams import RandomStreams

SAID_OF_PHASE: dict[PhaseName, str] = {
    PhaseName.DURA_OPENED: "dura opened",
    PhaseName.CSF_DRAINED: "CSF drained",
    PhaseName.DECOMPRESSION_STARTED: "decompression started",
    PhaseName.VESSEL_MOVED: "vessel moved: {vessel}",
    PhaseName.DECOMPRESSION_COMPLETE: "decompression complete",
    PhaseName.DURA_CLOSED: "dura closed",
}
"""The words of the mark that each phase begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedMark:
    """A mark of the operator.

    Attributes
    ----------
    time_s : float
        Where it stands in the recording.
    true_time_s : float
        When it happened: earlier, where the operator is late.
    text : str
    """

    time_s: float
    true_time_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The phases of one surgery.

    Attributes
    ----------
    starts_s : dict of PhaseName to float
    end_s : float
    scale : float
        By how much it was shortened: 1 is the pace of an operating room.
    """

    starts_s: dict[PhaseName, float]
    end_s: float
    scale: float

    def length_s(self, phase: PhaseName) -> float:
        """Return how long a phase takes."""
        later = [start for start in self.starts_s.values() if start > self.starts_s[phase]]
        return min([*later, self.end_s]) - self.starts_s[phase]

    def moment_s(self, timed: Timed, generator: np.random.Generator) -> float:
        """Return when something happens, drawing what is a range."""
        seconds = timed.seconds.draw(generator)
        fraction = timed.fraction.draw(generator)
        return self.starts_s[timed.after] + seconds + fraction * self.length_s(timed.after)

    def shortened_s(self, minutes: float, *, least_s: float) -> float:
        """Return how many seconds something of so many minutes takes here."""
        return max(60.0 * minutes * self.scale, min(least_s, 60.0 * minutes))


def draw_timeline(scenario: Scenario, streams: RandomStreams, minutes: float | None) -> Timeline:
    """Return the phases, shortened to `minutes` in all where that is given.

    Every phase is shortened alike, down to its least length; the rate of the
    stimuli is never touched.

    Raises
    ------
    ConfigError
        The phases do not fit into so few minutes.
    """
    if minutes is not None and not minutes > 0.0:
        raise ConfigError(f"minutes: a number above 0 is needed, not {minutes:g}")
    generator = streams.generator("timeline")
    natural_s = {
        phase: 60.0 * scenario.phases[phase].minutes.draw(generator) for phase in PhaseName
    }
    least_s = {phase: min(scenario.phases[phase].least_s, natural_s[phase]) for phase in PhaseName}
    whole_s = sum(natural_s.values())
    wanted_s = whole_s if minutes is None else min(60.0 * minutes, whole_s)
    needed_s = sum(least_s.values())
    if wanted_s < needed_s - 1e-6:
        raise ConfigError(
            f"scenario {scenario.name}: {minutes:g} minutes are too few; "
            f"its phases need {np.ceil(needed_s / 6.0) / 10.0:g}"
        )
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        total_s = sum(max(least_s[p], middle * natural_s[p]) for p in PhaseName)
        low, high = (middle, high) if total_s < wanted_s else (low, middle)
    scale = high
    starts_s: dict[PhaseName, float] = {}
    at_s = 0.0
    for phase in PhaseName:
        starts_s[phase] = round(at_s, 3)
        at_s += max(least_s[phase], scale * natural_s[phase])
    return Timeline(starts_s=starts_s, end_s=at_s, scale=scale)


def draw_marks(
    scenario: Scenario,
    timeline: Timeline,
    streams: RandomStreams,
    of_faults: tuple[tuple[float, str], ...],
) -> tuple[TimedMark, ...]:
    """Return the marks of the operator, in the order in which they are made.

    Parameters
    ----------
    of_faults : tuple of (float, str)
        Time and words of what is marked when a fault begins.
    """
    generator = streams.generator("marks")
    true_marks = [
        (timeline.starts_s[phase], text.format(vessel=scenario.vessel))
        for phase, text in SAID_OF_PHASE.items()
    ]
    true_marks += [(timeline.moment_s(mark, generator), mark.text) for mark in scenario.marks]
    habits = scenario.mark_habits
    marks = []
    for true_time_s, text in sorted([*true_marks, *of_faults]):
        said = _vessel_mistaken(text, scenario, habits, generator)
        late_s = _lag_s(habits, generator)
        if generator.uniform() >= habits.missing_probability:
            marks.append(
                TimedMark(
                    time_s=round(min(true_time_s + late_s, timeline.end_s - 0.2), 3),
                    true_time_s=round(true_time_s, 3),
                    text=said,
                )
            )
    return tuple(sorted(marks, key=lambda mark: mark.time_s))


def _lag_s(habits: MarkHabits, generator: np.random.Generator) -> float:
    normal = float(generator.standard_normal())
    if habits.lag_median_s <= 0.0:
        return 0.0
    ratio = max(habits.lag_95_s / habits.lag_median_s, 1.0)
    return habits.lag_median_s * exp(normal * log(ratio) / 1.645)


def _vessel_mistaken(
    text: str, scenario: Scenario, habits: MarkHabits, generator: np.random.Generator
) -> str:
    mistaken = bool(generator.uniform() < habits.wrong_vessel_probability)
    others = [vessel for vessel in Vessel if vessel is not scenario.vessel]
    other = others[int(generator.integers(len(others)))]
    if mistaken and text.startswith("vessel moved"):
        return SAID_OF_PHASE[PhaseName.VESSEL_MOVED].format(vessel=other)
    return text
