"""What is known of a sweep beside its samples: why it cannot count, or only half."""

from math import inf

from amr_monitor.model.case import MarkName, Reason
from amr_monitor.monitor.baseline import Reference, proof_of_life
from amr_monitor.monitor.context import ContextLog
from amr_monitor.monitor.current import CurrentWatch
from amr_monitor.monitor.evidence import AnalysedSweep, SweepCircumstances
from amr_monitor.monitor.marks import MarkLog
from amr_monitor.monitor.muscle import MuscleTracker
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.stimuli import StimulusWatch

INTERFERENCE = frozenset({Reason.SATURATED, Reason.NOISY})


class SweepGate:
    """Judge the circumstances of each sweep, for all muscles alike.

    Parameters
    ----------
    settings : MonitorSettings
    stimuli : StimulusWatch
    current : CurrentWatch
    marks : MarkLog
    context : ContextLog
    is_display_only : bool
        Pre-cut sweeps that are too short to judge.
    """

    def __init__(
        self,
        *,
        settings: MonitorSettings,
        stimuli: StimulusWatch,
        current: CurrentWatch,
        marks: MarkLog,
        context: ContextLog,
        is_display_only: bool = False,
    ) -> None:
        self._settings = settings
        self._stimuli = stimuli
        self._current = current
        self._marks = marks
        self._context = context
        self._is_display_only = is_display_only
        self._hold_until_s = -inf

    def outside(self, sweep: AnalysedSweep, reference: Reference | None) -> tuple[Reason, ...]:
        """Return why a sweep cannot count in any muscle; empty if it can."""
        reasons = []
        if _disturbs_all(sweep):
            self._hold_until_s = sweep.time_s + self._settings.detector.gates.interference_hold_s
            reasons.append(Reason.INTERFERENCE)
        elif sweep.time_s < self._hold_until_s:
            reasons.append(Reason.RECOVERY)
        if self._stimuli.is_crowded(sweep.time_s):
            reasons.append(Reason.OTHER_STIMULUS)
        if self._stimuli.follows_tetanus(sweep.time_s):
            reasons.append(Reason.AFTER_TETANUS)
        if sweep.rejected_by_source:
            reasons.append(Reason.SWEEPS_REJECTED)
        if self._is_display_only:
            reasons.append(Reason.EVIDENCE_LIMITED)
        if self._current.is_below(sweep.stimulus.current_ma, reference):
            reasons.append(Reason.BELOW_REFERENCE)
        return tuple(reasons)

    def circumstances(
        self,
        sweep: AnalysedSweep,
        outside: tuple[Reason, ...],
        reference: Reference | None,
        tracker: MuscleTracker,
        *,
        is_lead: bool,
    ) -> SweepCircumstances:
        """Return what one muscle's evidence needs to know of the sweep."""
        current_ma = sweep.stimulus.current_ma
        relaxant = self._marks.last(MarkName.RELAXANT_GIVEN)
        raised_ma = self._current.challenge_ma(current_ma, reference)
        proof = proof_of_life(tracker.calibration, self._settings)
        return SweepCircumstances(
            outside=outside,
            relative_current=self._current.relative(current_ma, reference),
            challenge_ma=raised_ma if tracker.is_lost else None,
            relaxant=self._context.relaxant_acts(
                sweep.time_s, marked_s=None if relaxant is None else relaxant.effective_time_s
            ),
            alive_proven=not is_lead or proof != "none",
        )


def _disturbs_all(sweep: AnalysedSweep) -> bool:
    """Whether every channel is saturated or noisy at once: cautery, drill, movement.

    Not where the artifact is missing too: what disturbs leaves it or drowns it, an
    electrode that floats by itself loses it.
    """
    judged = [channel.figures for channel in sweep.evidence.values()] or list(sweep.figures)
    found = [set(figures.reasons) for figures in judged]
    # One channel alone that is noisy may be the muscle itself: an afterdischarge.
    enough = {Reason.SATURATED} if len(found) < len(sweep.figures) else INTERFERENCE
    return bool(found) and all(
        enough & reasons and Reason.ARTIFACT_MISSING not in reasons for reasons in found
    )
