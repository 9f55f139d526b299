"""Which events make a sound in the room and which are spoken: one rule for all. Ours.

A state that is only likely is drawn, and neither heard nor spoken. A loss is
spoken once it is sustained, and a return where the loss before it was: what was
never said to be gone is not said to be back. A response that gets smaller or larger
counts as present, and is drawn alone. What the surgeon himself disturbs (cautery, drill)
is silent. The budget of sounds is what a room bears without switching them off.
"""

from amr_monitor.model.case import AmrState, Certainty, Muscle
from amr_monitor.model.events import (
    AlarmRaised,
    AmrStateChanged,
    CaseOpened,
    Event,
)

MOST_SOUNDS_AN_HOUR = 6
MOST_SPOKEN_A_CASE = 10


class Annunciation:
    """Tell of each event, in their order, whether it is heard or spoken.

    The lead muscle alone is heard: the case is judged on it.
    """

    def __init__(self) -> None:
        self._lead: Muscle | None = None
        self._loss_was_spoken = False

    def take(self, event: Event) -> None:
        """Take an event; what it means for those after it, it does not for itself."""
        if isinstance(event, CaseOpened):
            self._lead = event.lead
        elif self.is_spoken(event) and isinstance(event, AmrStateChanged):
            self._loss_was_spoken = event.to_state is AmrState.DISAPPEARED

    def is_spoken(self, event: Event) -> bool:
        """Return whether an event is a change that is spoken."""
        if not isinstance(event, AmrStateChanged) or event.muscle is not self._lead:
            return False
        if event.to_state is AmrState.DISAPPEARED:
            return event.certainty is Certainty.SUSTAINED
        if event.to_state is AmrState.REAPPEARED:
            return event.certainty is not Certainty.PROVISIONAL and self._loss_was_spoken
        return event.to_state is AmrState.PERSISTENT

    def is_heard(self, event: Event) -> bool:
        """Return whether an event makes a sound: every alarm, and every spoken change."""
        return isinstance(event, AlarmRaised) or self.is_spoken(event)


def n_heard_and_spoken(events: tuple[Event, ...]) -> tuple[int, int]:
    """Return how many sounds and how many spoken changes a case made."""
    annunciation = Annunciation()
    n_heard = n_spoken = 0
    for event in events:
        n_heard += annunciation.is_heard(event)
        n_spoken += annunciation.is_spoken(event)
        annunciation.take(event)
    return n_heard, n_spoken
