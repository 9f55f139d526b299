"""The stimulus current against the reference: below, at, or a challenge above it."""

from collections import deque

import numpy as np

from amr_monitor.model.events import EpochStarted, Event, StimulationChanged
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.baseline import Reference, is_same_current
from amr_monitor.monitor.evidence import AnalysedSweep
from amr_monitor.monitor.settings import StimulusSettings

SWEEPS_TO_BELIEVE = 3
ARTIFACT_SWEEPS = 5


class CurrentWatch:
    """Follow current, polarity and artifact from sweep to sweep.

    Parameters
    ----------
    settings : StimulusSettings
    """

    def __init__(self, *, settings: StimulusSettings) -> None:
        self._settings = settings
        self._last_ma: float | None = None
        self._has_last = False
        self._above = 0
        self._artifacts: deque[float] = deque(maxlen=ARTIFACT_SWEEPS)
        self._asked = False
        self.wants_epoch = False

    def reference_taken(self) -> None:
        """Start over from a new reference; what was asked for is done."""
        self.wants_epoch = False
        self._above = 0
        self._artifacts.clear()
        self._asked = False

    def is_below(self, current_ma: float | None, reference: Reference | None) -> bool:
        """Whether the current is below the reference by more than the tolerance."""
        return self.relative(current_ma, reference) < 1.0 - self._settings.current_tolerance

    def relative(self, current_ma: float | None, reference: Reference | None) -> float:
        """Return the current over the reference; 1 where either is not known."""
        if reference is None or not reference.current_ma or current_ma is None:
            return 1.0
        return current_ma / reference.current_ma

    def challenge_ma(self, current_ma: float | None, reference: Reference | None) -> float | None:
        """Return a current that is raised above the reference; else None."""
        raised = self.relative(current_ma, reference) > 1.0 + self._settings.current_tolerance
        return current_ma if raised else None

    def push(self, sweep: AnalysedSweep, reference: Reference | None, *, lost: bool) -> list[Event]:
        """Take a sweep; tell changes, and ask for a new epoch where one is due."""
        events: list[Event] = []
        current_ma = sweep.stimulus.current_ma
        same = is_same_current(current_ma, self._last_ma, self._settings.current_tolerance)
        if self._has_last and not same:
            events.append(self._changed(sweep, _change_in_words(self._last_ma, current_ma)))
        elif current_ma is None and reference is not None:
            events += self._artifact_step(sweep)
        if not same or not self._has_last:
            self._last_ma, self._has_last = current_ma, True
        if reference is None:
            return events
        polarity = sweep.stimulus.polarity
        turned = 0 not in (polarity, reference.polarity) and polarity != reference.polarity
        raised = self.challenge_ma(current_ma, reference) is not None and not lost
        self._above = self._above + 1 if raised or turned else 0
        if self._above == SWEEPS_TO_BELIEVE and not self.wants_epoch:
            self.wants_epoch = True
            events.append(
                EpochStarted(
                    sample_index=sweep.sample_index,
                    time_s=sweep.time_s,
                    epoch=reference.epoch + 1,
                    reason="polarity changed" if turned else "current raised before a loss",
                )
            )
        elif not self._above:
            self.wants_epoch = False
        return events

    def _artifact_step(self, sweep: AnalysedSweep) -> list[Event]:
        fractions = [channel.artifact_fraction for channel in sweep.evidence.values()]
        known = [fraction for fraction in fractions if np.isfinite(fraction)]
        if not known:
            return []
        self._artifacts.append(float(np.median(known)))
        if len(self._artifacts) < ARTIFACT_SWEEPS:
            return []
        step = float(np.median(self._artifacts)) - 1.0
        # Below 0.35 the stimulus is not delivered at all: that is told elsewhere.
        stepped = abs(step) > self._settings.artifact_step and step > -0.65
        if not stepped or self._asked:
            self._asked = stepped
            return []
        self._asked = True
        return [
            self._changed(sweep, f"current changed? the artifact changed by {100.0 * step:+.0f} %")
        ]

    def _changed(self, sweep: AnalysedSweep, message: str) -> StimulationChanged:
        return StimulationChanged(
            sample_index=sweep.sample_index,
            time_s=sweep.time_s,
            stimulus_class=StimulusClass.AMR,
            current_ma=sweep.stimulus.current_ma,
            previous_current_ma=self._last_ma,
            message=message,
        )


def _change_in_words(before_ma: float | None, after_ma: float | None) -> str:
    before = "unknown" if before_ma is None else f"{before_ma:g} mA"
    after = "unknown" if after_ma is None else f"{after_ma:g} mA"
    return f"current {before} -> {after}"
