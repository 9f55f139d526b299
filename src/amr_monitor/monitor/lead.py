"""Which muscle a case is judged on."""

from collections.abc import Mapping, Sequence

from amr_monitor.model.case import DIRECT_MUSCLE, AmrState, Branch, Muscle
from amr_monitor.monitor.muscle import MuscleTracker
from amr_monitor.monitor.settings import MonitorSettings

F_WAVE_VARIATION = 2.0
CLEAR_OF_START_MS = 0.5


def deciding_muscle(
    leads: Sequence[Muscle],
    trackers: Mapping[Muscle, MuscleTracker],
    branch: Branch,
    settings: MonitorSettings,
) -> Muscle | None:
    """Return the muscle that decides: the first lead with a response, as a rule.

    Parameters
    ----------
    leads : sequence of Muscle
        Recorded muscles outside the stimulated branch, most trusted first.
    trackers : mapping of Muscle to MuscleTracker
        Of the muscles with a reference.
    branch : Branch
        The stimulated one.
    settings : MonitorSettings

    Returns
    -------
    Muscle or None
        The direct muscle only where no lead was ever elicited and its late wave
        cannot be an F wave; None without a reference of any of them.
    """
    for muscle in leads:
        if muscle in trackers and was_elicited(trackers[muscle]):
            return muscle
    direct = trackers.get(DIRECT_MUSCLE[branch])
    # A late wave that runs into the window from before it is an F wave as
    # well as anything: alone it decides nothing.
    if direct is not None and was_elicited(direct) and stands_alone(direct, settings):
        return direct.muscle
    return next((muscle for muscle in leads if muscle in trackers), None)


def was_elicited(tracker: MuscleTracker) -> bool:
    """Whether the muscle ever had a response."""
    return any(
        spell.state not in (AmrState.LEARNING, AmrState.NOT_ELICITED) for spell in tracker.spells
    )


def stands_alone(tracker: MuscleTracker, settings: MonitorSettings) -> bool:
    """Whether the response begins inside its window, and nothing like an F wave before it."""
    onset_ms = tracker.calibration.onset_ms
    start_ms = settings.detector.windows.start_ms(tracker.muscle)
    return (
        onset_ms is not None
        and onset_ms >= start_ms + CLEAR_OF_START_MS
        and tracker.calibration.early_variation < F_WAVE_VARIATION
    )
