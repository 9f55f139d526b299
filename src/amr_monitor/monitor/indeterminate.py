"""When the monitor cannot know, and when it can again."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from amr_monitor.model.case import IndeterminateClass, Reason
from amr_monitor.monitor.evidence import SweepEvidence
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.transitions import indeterminate_class

GRAVITY = (
    IndeterminateClass.INTERFERENCE,
    IndeterminateClass.PHYSIOLOGICAL,
    IndeterminateClass.TECHNICAL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indeterminate:
    """Why the monitor cannot know.

    Attributes
    ----------
    reasons : tuple of Reason
    withheld : bool
        The sweeps are good, only their silence may not be taken for absence.
    since_s : float
    """

    reasons: tuple[Reason, ...]
    withheld: bool
    since_s: float

    @property
    def indeterminate_class(self) -> IndeterminateClass:
        """Interference, technical or physiological."""
        return indeterminate_class(self.reasons)

    @property
    def gravity(self) -> int:
        """Rank of the class: a graver one is told even over a lesser one."""
        return GRAVITY.index(self.indeterminate_class)


class QualityWatch:
    """Judge the last sweeps of one muscle together.

    Parameters
    ----------
    settings : MonitorSettings
    """

    def __init__(self, *, settings: MonitorSettings) -> None:
        self._states = settings.states
        self._gates = settings.detector.gates
        self._recent: deque[SweepEvidence] = deque(maxlen=self._states.recent_sweeps)
        self._accepted: deque[bool] = deque(maxlen=10)

    def remember(self, accepted: Iterable[bool]) -> None:
        """Count the sweeps just before the first one, as the baseline took them."""
        self._accepted.extend(accepted)

    def push(self, sweep: SweepEvidence) -> None:
        """Take a sweep, accepted or not."""
        self._recent.append(sweep)
        self._accepted.append(sweep.accepted)

    def forget(self) -> None:
        """Start anew after a silence of the stimulator."""
        self._recent.clear()

    @property
    def accepted_of_last_10(self) -> int:
        """How many of the last ten sweeps count."""
        return sum(self._accepted)

    @property
    def failing(self) -> tuple[Reason, ...]:
        """Reasons for which the last sweeps together say nothing; empty if they do."""
        rejected = [sweep for sweep in self._recent if not sweep.accepted]
        reasons: list[Reason] = []
        if len(rejected) >= self._states.rejected_of_recent:
            reasons += [reason for sweep in rejected for reason in sweep.reasons]
        if len(self._recent) == self._states.recent_sweeps:
            reasons += self._median_reasons(list(self._recent))
        return tuple(dict.fromkeys(reasons))

    @property
    def recovered(self) -> bool:
        """Whether the last few sweeps all count and their medians are in bounds."""
        tail = list(self._recent)[-self._states.accepted_to_end :]
        if len(tail) < self._states.accepted_to_end or not all(s.accepted for s in tail):
            return False
        return not self._median_reasons(tail)

    @property
    def doubts(self) -> tuple[Reason, ...]:
        """What makes the recent silence no sign of absence."""
        return tuple(dict.fromkeys(doubt for sweep in self._recent for doubt in sweep.doubts))

    def _median_reasons(self, sweeps: list[SweepEvidence]) -> list[Reason]:
        reasons = []
        fractions = [sweep.m_fraction for sweep in sweeps if sweep.m_fraction is not None]
        if fractions and median(fractions) < self._gates.lowest_median_m_fraction:
            reasons.append(Reason.M_WAVE_LOW)
            if any(Reason.RELAXANT in sweep.doubts for sweep in sweeps):
                reasons.append(Reason.RELAXANT)
        noise = [s.noise_ratio for s in sweeps if Reason.NOT_A_NUMBER not in s.reasons]
        if noise and median(noise) < self._gates.lowest_median_noise_ratio:
            reasons.append(Reason.QUIET)
        return reasons
