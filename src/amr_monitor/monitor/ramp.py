"""The ramp before the baseline: response and M wave against the current. All rules are ours.

The technologist turns the current up, a few sweeps a step. Told are the lowest
current at which the response comes, where it and the M wave stop growing, and
the reference current that follows. What cannot be known yet is told as that,
with what to do about it.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from statistics import median

from amr_monitor.dsp.settings import WindowSettings
from amr_monitor.model.case import DIRECT_MUSCLE, AmrState, Branch, Muscle
from amr_monitor.model.finding import SweepReport
from amr_monitor.monitor.ramp_figures import tail_free_peak_to_peak_uv

MOST_SWEEPS = 2_000
"""Of a ramp; the oldest are forgotten."""

FEWEST_STEPS = 3
FEWEST_SWEEPS = 5
"""Valid sweeps of a step, from which on it is read."""

SAME_CURRENT = 0.07
"""Share by which currents of one setting differ where they are measured."""

SWEEPS_OF_A_SETTING = 3
"""So many sweeps share each value, on average, where it is a setting and no measurement."""

NOISE_RANGE = (4.0, 6.5)
"""Of the peak to peak of noise alone in the window, over its RMS."""

FIRES_ABOVE = 1.35
"""Times the peak to peak of noise alone: the response came in this sweep."""

RESPONDS_FROM = 0.5
"""Share of the sweeps in which it comes at a step above the threshold."""

PLATEAU_OF_RESPONSE = 0.80
PLATEAU_OF_M_WAVE = 0.90
"""Share of the largest step's amplitude from which on it counts as grown."""

MARGIN = 1.2
"""The reference current over that of the plateau."""

GRID_MA = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RampFigures:
    """One muscle in one sweep of the ramp, tails off its response."""

    accepted: bool
    peak_to_peak_uv: float
    noise_rms_uv: float
    m_wave_uv: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RampSweep:
    """One sweep of the ramp; `current_ma` is None where it was not told."""

    current_ma: float | None
    muscles: Mapping[Muscle, RampFigures]


@dataclass(frozen=True, slots=True, kw_only=True)
class RampStep:
    """The sweeps at one current.

    Attributes
    ----------
    current_ma : float
    sweeps : int
        Of both muscles accepted.
    enough : bool
        There are enough to read the step.
    amplitude_uv : float
        Median peak to peak in the lead's window, tails of artifact and M wave off; noise alone
        is never zero.
    response_rate : float
        Share of the sweeps in which it stands out of the noise.
    m_wave_uv : float or None
        Median of the direct muscle; None where there is no such channel.
    """

    current_ma: float
    sweeps: int
    enough: bool
    amplitude_uv: float
    response_rate: float
    m_wave_uv: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """What the ramp shows.

    Attributes
    ----------
    lead, direct : Muscle or None
        Whose response, and whose M wave.
    sweeps, without_current : int
        All sweeps of the ramp, and those whose current is not known.
    steps : tuple of RampStep
        In the order of their current.
    noise_uv : float or None
        Peak to peak of noise alone in the lead's window.
    threshold_ma : float or None
        Lowest current from which on the response comes.
    response_plateau_ma, m_wave_plateau_ma : float or None
        Lowest current from which on it grows no more.
    proposed_ma : float or None
        The reference current that follows; None while it cannot be told.
    words : tuple of str
        What is known, as lines.
    unknown : tuple of str
        What is not known, why, and what to do about it.
    """

    lead: Muscle | None = None
    direct: Muscle | None = None
    sweeps: int = 0
    without_current: int = 0
    steps: tuple[RampStep, ...] = ()
    noise_uv: float | None = None
    threshold_ma: float | None = None
    response_plateau_ma: float | None = None
    m_wave_plateau_ma: float | None = None
    proposed_ma: float | None = None
    words: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class RampLog:
    """Keep the figures of the sweeps while the response is looked for.

    Sweeps after an accepted baseline that shows a response belong to no ramp;
    a baseline that is learnt anew begins another one.

    Parameters
    ----------
    windows : WindowSettings
        Where the response is looked for.
    """

    def __init__(self, windows: WindowSettings = WindowSettings()) -> None:  # noqa: B008
        self._windows = windows
        self._sweeps: deque[RampSweep] = deque(maxlen=MOST_SWEEPS)
        self._lead: Muscle | None = None
        self._was_learning = True

    def clear(self) -> None:
        """Forget everything: another case begins."""
        self._sweeps.clear()
        self._lead = None
        self._was_learning = True

    def push(self, report: SweepReport) -> None:
        """Take a sweep in its turn."""
        leads = [status for status in report.statuses if status.is_lead]
        if not leads:
            return
        self._lead = leads[0].muscle
        state = leads[0].state
        is_learning = state is AmrState.LEARNING
        if is_learning and not self._was_learning:
            self._sweeps.clear()
        self._was_learning = is_learning
        if not is_learning and state is not AmrState.NOT_ELICITED:
            return
        self._sweeps.append(
            RampSweep(
                current_ma=report.current_ma,
                muscles={
                    finding.muscle: RampFigures(
                        accepted=finding.quality.accepted,
                        peak_to_peak_uv=tail_free_peak_to_peak_uv(
                            report.cleaned_uv[row],
                            start_ms=report.start_ms,
                            step_ms=report.step_ms,
                            muscle=finding.muscle,
                            windows=self._windows,
                        ),
                        noise_rms_uv=finding.measurement.noise_rms_uv,
                        m_wave_uv=finding.measurement.m_wave_uv,
                    )
                    for row, finding in enumerate(report.findings)
                },
            )
        )

    @property
    def lead(self) -> Muscle | None:
        """The muscle in which the response is looked for."""
        return self._lead

    @property
    def sweeps(self) -> tuple[RampSweep, ...]:
        """The sweeps of the ramp, in their order."""
        return tuple(self._sweeps)


def ramp_of(sweeps: Sequence[RampSweep], *, lead: Muscle | None, branch: Branch) -> Ramp:
    """Return what a ramp shows.

    Parameters
    ----------
    sweeps : sequence of RampSweep
    lead : Muscle or None
        Where the response is looked for.
    branch : Branch
        The stimulated branch: its own muscle has the M wave.
    """
    direct = DIRECT_MUSCLE[branch]
    if lead is None or not sweeps:
        return Ramp(unknown=("no sweeps yet: stimulate once a second at a low current",))
    has_direct = any(direct in sweep.muscles for sweep in sweeps)
    known = [sweep for sweep in sweeps if sweep.current_ma is not None]
    by_current = _grouped(known)
    noise_uv = _noise_uv(by_current, lead)
    steps = tuple(
        _step(current_ma, group, lead, direct if has_direct else None, noise_uv)
        for current_ma, group in by_current
    )
    found = _Reading(steps=tuple(step for step in steps if step.enough))
    without = len(sweeps) - len(known)
    return Ramp(
        lead=lead,
        direct=direct if has_direct else None,
        sweeps=len(sweeps),
        without_current=without,
        steps=steps,
        noise_uv=None if noise_uv is None else round(noise_uv, 1),
        threshold_ma=found.threshold_ma,
        response_plateau_ma=found.response_plateau_ma,
        m_wave_plateau_ma=found.m_wave_plateau_ma,
        proposed_ma=found.proposed_ma,
        words=found.words,
        unknown=_unknown(found, steps, without, len(sweeps), has_direct=has_direct),
    )


def _grouped(sweeps: Sequence[RampSweep]) -> list[tuple[float, list[RampSweep]]]:
    """Return the sweeps by their current, the lowest first."""
    exact: dict[float, list[RampSweep]] = {}
    for sweep in sweeps:
        if sweep.current_ma is not None:
            exact.setdefault(round(sweep.current_ma, 2), []).append(sweep)
    if len(sweeps) >= SWEEPS_OF_A_SETTING * len(exact):
        return sorted(exact.items(), key=lambda item: item[0])
    groups: list[tuple[list[float], list[RampSweep]]] = []
    for current_ma, group in sorted(exact.items(), key=lambda item: item[0]):
        if groups and current_ma <= groups[-1][0][0] * (1.0 + 2.0 * SAME_CURRENT):
            groups[-1][0].extend([current_ma] * len(group))
            groups[-1][1].extend(group)
        else:
            groups.append(([current_ma] * len(group), list(group)))
    return [(round(median(currents), 1), group) for currents, group in groups]


def _accepted(group: Sequence[RampSweep], muscle: Muscle) -> list[RampFigures]:
    figures = [sweep.muscles[muscle] for sweep in group if muscle in sweep.muscles]
    return [each for each in figures if each.accepted and isfinite(each.peak_to_peak_uv)]


def _noise_uv(groups: Sequence[tuple[float, list[RampSweep]]], lead: Muscle) -> float | None:
    """Return what noise alone reaches in the lead's window: what the lowest step shows, in bounds.

    A ramp that begins above the threshold has no step of noise alone; there the
    RMS before the stimulus bounds it.
    """
    read = [figures for _, group in groups if (figures := _accepted(group, lead))]
    if not read:
        return None
    rms_uv = median(each.noise_rms_uv for figures in read for each in figures)
    lowest_uv = min(median(each.peak_to_peak_uv for each in figures) for figures in read)
    least, most = NOISE_RANGE
    return min(max(lowest_uv, least * rms_uv), most * rms_uv)


def _step(
    current_ma: float,
    group: Sequence[RampSweep],
    lead: Muscle,
    direct: Muscle | None,
    noise_uv: float | None,
) -> RampStep:
    figures = _accepted(group, lead)
    m_waves = [] if direct is None else [each.m_wave_uv for each in _accepted(group, direct)]
    m_waves = [value for value in m_waves if isfinite(value)]
    fired = [each.peak_to_peak_uv > FIRES_ABOVE * (noise_uv or 0.0) for each in figures]
    return RampStep(
        current_ma=current_ma,
        sweeps=len(figures),
        enough=len(figures) >= FEWEST_SWEEPS,
        amplitude_uv=round(median(e.peak_to_peak_uv for e in figures), 1) if figures else 0.0,
        response_rate=round(sum(fired) / len(fired), 2) if fired else 0.0,
        m_wave_uv=round(median(m_waves), 1) if m_waves else None,
    )


class _Reading:
    """What the steps that can be read say together."""

    def __init__(self, steps: tuple[RampStep, ...]) -> None:
        self.steps = steps
        self.responding = self._responding()
        below = len(steps) - len(self.responding)
        self.starts_above = bool(self.responding) and below == 0
        self.threshold_ma = (
            self.responding[0].current_ma if self.responding and not self.starts_above else None
        )
        self.response_plateau_ma = _plateau_ma(
            [(step.current_ma, step.amplitude_uv) for step in self.responding],
            PLATEAU_OF_RESPONSE,
        )
        m_waves = [
            (step.current_ma, step.m_wave_uv) for step in steps if step.m_wave_uv is not None
        ]
        self.has_m_wave = bool(m_waves)
        self.m_wave_plateau_ma = _plateau_ma(m_waves, PLATEAU_OF_M_WAVE)
        self.proposed_ma: float | None = None
        self.words = self._words()

    def _responding(self) -> tuple[RampStep, ...]:
        """Return the steps from the threshold on: at none of them it fails to come."""
        first = len(self.steps)
        while first and self.steps[first - 1].response_rate >= RESPONDS_FROM:
            first -= 1
        return self.steps[first:]

    def _words(self) -> tuple[str, ...]:
        lines = []
        if self.threshold_ma is not None:
            lines.append(f"response from {self.threshold_ma:g} mA on")
        elif self.starts_above:
            lines.append(
                f"response at the lowest current tried, {self.responding[0].current_ma:g} mA: "
                "the threshold lies below"
            )
        if self.response_plateau_ma is not None:
            lines.append(f"response grows no more from {self.response_plateau_ma:g} mA on")
        if self.m_wave_plateau_ma is not None:
            lines.append(f"M wave grows no more from {self.m_wave_plateau_ma:g} mA on")
        plateau_ma = self.response_plateau_ma
        if self.has_m_wave and plateau_ma is not None:
            grown_ma = self.m_wave_plateau_ma
            plateau_ma = None if grown_ma is None else max(plateau_ma, grown_ma)
        if plateau_ma is None or len(self.steps) < FEWEST_STEPS:
            return tuple(lines)
        wanted_ma = ceil(round(MARGIN * plateau_ma / GRID_MA, 6)) * GRID_MA
        highest_ma = self.steps[-1].current_ma
        self.proposed_ma = min(wanted_ma, highest_ma)
        if wanted_ma > highest_ma:
            lines.append(
                f"proposed reference current {highest_ma:g} mA, the highest that was tried; "
                f"20 % above the plateau would be {wanted_ma:g} mA"
            )
        else:
            lines.append(f"proposed reference current {wanted_ma:g} mA, 20 % above the plateau")
        return tuple(lines)


def _plateau_ma(points: Sequence[tuple[float, float]], share: float) -> float | None:
    """Return the current from which on an amplitude grows no more, or None.

    It takes a step above it to see that.
    """
    if len(points) < 2:
        return None
    grown = share * max(amplitude for _, amplitude in points)
    first = len(points)
    while first and points[first - 1][1] >= grown:
        first -= 1
    return points[first][0] if first < len(points) - 1 else None


def _unknown(
    found: _Reading,
    steps: Sequence[RampStep],
    n_without: int,
    n_sweeps: int,
    *,
    has_direct: bool,
) -> tuple[str, ...]:
    lines = []
    if n_without == n_sweeps:
        return (
            "the current is not sent with the stimuli: enter it under Room at every step, "
            "before its sweeps",
        )
    if n_without:
        lines.append(f"{n_without} of {n_sweeps} sweeps came without their current: not shown")
    lines += [
        f"{step.current_ma:g} mA: {step.sweeps} valid sweeps of {FEWEST_SWEEPS}"
        for step in steps
        if not step.enough
    ]
    n_read = len(found.steps)
    if n_read < FEWEST_STEPS:
        lines.append(
            f"{n_read} of at least {FEWEST_STEPS} currents with {FEWEST_SWEEPS} valid sweeps each: "
            "turn the current up and go on"
        )
        return tuple(lines)
    highest_ma = found.steps[-1].current_ma
    if not found.responding:
        lines.append(f"no response at any current up to {highest_ma:g} mA")
    elif found.response_plateau_ma is None:
        lines.append(f"the response still grows at {highest_ma:g} mA: its plateau is not known")
    if not has_direct:
        lines.append("no channel of the stimulated branch: the M wave is not seen")
    elif found.m_wave_plateau_ma is None:
        lines.append(f"the M wave still grows at {highest_ma:g} mA: its plateau is not known")
    return tuple(lines)
