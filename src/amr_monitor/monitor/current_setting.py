"""What the stimulator is set to, where the current is measured and scatters from pulse to pulse."""

from collections import deque
from dataclasses import replace
from statistics import median

from amr_monitor.monitor.evidence import AnalysedSweep
from amr_monitor.monitor.settings import StimulusSettings

PULSES = 15
"""Newest pulses that the setting is the median of."""

VALUES_OF_A_MEASUREMENT = 3
"""So many different values among them, and they are measured; a commanded current repeats."""

PULSES_TO_BELIEVE = 3
"""Measured pulses in a row on one side of the setting, and the setting was changed."""


class CurrentSetting:
    """Follow the setting behind the current of each pulse.

    A current that the stimulator was told is taken as it is, at once. A measured
    one scatters, by 3 % or so: one pulse that strays is no other setting, and
    neither starts a baseline over nor counts as below the reference. The rule is
    ours.

    Parameters
    ----------
    settings : StimulusSettings
    """

    def __init__(self, *, settings: StimulusSettings) -> None:
        self._tolerance = settings.current_tolerance
        self._recent: deque[float] = deque(maxlen=PULSES)
        self._strays: list[float] = []

    def applied(self, sweep: AnalysedSweep) -> AnalysedSweep:
        """Return the sweep with the setting as its current; call once a sweep, in order."""
        told_ma = sweep.stimulus.current_ma
        setting_ma = self.push(told_ma)
        if setting_ma == told_ma:
            return sweep
        return replace(sweep, stimulus=replace(sweep.stimulus, current_ma=setting_ma))

    def push(self, current_ma: float | None) -> float | None:
        """Take the current of the next pulse, and return what the stimulator is set to."""
        if current_ma is None:
            self._begin([])
            return None
        if not self._recent:
            self._begin([current_ma])
            return current_ma
        setting_ma = median(self._recent)
        away_ma = current_ma - setting_ma
        if abs(away_ma) <= self._tolerance * setting_ma:
            self._recent.append(current_ma)
            self._strays.clear()
            return median(self._recent) if self._is_measured else current_ma
        if not self._is_measured:
            self._begin([current_ma])
            return current_ma
        if self._strays and (self._strays[-1] > setting_ma) is not (away_ma > 0.0):
            self._strays.clear()
        self._strays.append(current_ma)
        if len(self._strays) >= PULSES_TO_BELIEVE:
            self._begin(self._strays)
            return median(self._recent)
        # Too far off for scatter: it counts as what it is, believed or not.
        return current_ma if abs(away_ma) > 3.0 * self._tolerance * setting_ma else setting_ma

    @property
    def _is_measured(self) -> bool:
        return len(set(self._recent)) >= VALUES_OF_A_MEASUREMENT

    def _begin(self, currents_ma: list[float]) -> None:
        self._recent = deque(currents_ma, maxlen=PULSES)
        self._strays = []
