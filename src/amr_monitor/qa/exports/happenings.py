"""What happened in a stretch: stimuli, marks as they stand, changes of state. No free text."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from amr_monitor.model.case import Mark, MarkName
from amr_monitor.model.events import (
    AmrStateChanged,
    IndeterminateEnded,
    IndeterminateStarted,
    MarkAmended,
    PhaseMarked,
)
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.qa.exports.recorded import RecordedCase, Stretch


class Kind(StrEnum):
    """What it is."""

    STIMULUS = "stimulus"
    MARK = "mark"
    STATE = "amr_state_changed"
    INDETERMINATE_STARTED = "indeterminate_started"
    INDETERMINATE_ENDED = "indeterminate_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something at a moment of a stretch; "" is what does not apply.

    Attributes
    ----------
    kind : Kind
    position : float
        In samples of the stretch's grid, from its begin.
    current_ma : float or None
    stimulus_class, mark, vessel, muscle, state, certainty : str
    """

    kind: Kind
    position: float
    current_ma: float | None = None
    stimulus_class: str = ""
    mark: str = ""
    vessel: str = ""
    muscle: str = ""
    state: str = ""
    certainty: str = ""

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        if self.kind is Kind.STIMULUS:
            current = "" if self.current_ma is None else f" {self.current_ma:g} mA"
            return f"stimulus {self.stimulus_class}{current}"
        if self.kind is Kind.MARK:
            return self.mark.replace("_", " ") + (f": {self.vessel}" if self.vessel else "")
        what = f"{self.state}, {self.certainty}" if self.certainty else self.state
        told = {Kind.STATE: "AMR", Kind.INDETERMINATE_STARTED: "AMR indeterminate from here"}
        return (
            f"{told.get(self.kind, 'AMR indeterminate to here')}: {self.muscle.replace('_', ' ')}"
            + (f" {what.replace('_', ' ')}" if what else "")
        )


def happenings_in(case: RecordedCase, stretch: Stretch) -> list[Happening]:
    """Return what happened in a stretch, in order.

    The text of a note, names of who entered something, and reasons in free
    words stay in the journal: a note may name a person.
    """
    found = [*_stimuli(case, stretch), *_marks(case, stretch), *_verdicts(case, stretch)]
    return sorted(found, key=lambda each: each.position)


def _stimuli(case: RecordedCase, stretch: Stretch) -> Iterator[Happening]:
    for stimulus in case.stimuli:
        position = stimulus.position - stretch.first_index
        if 0.0 <= position < stretch.n_samples:
            yield Happening(
                kind=Kind.STIMULUS,
                position=position,
                current_ma=stimulus.current_ma,
                stimulus_class=_class_of(stimulus),
            )


def _class_of(stimulus: Stimulus) -> str:
    return stimulus.stimulus_class.value if stimulus.stimulus_class is not None else "amr"


def _marks(case: RecordedCase, stretch: Stretch) -> Iterator[Happening]:
    standing: dict[int, Mark] = {}
    for entry in case.entries:
        event = entry.event
        if isinstance(event, PhaseMarked):
            standing[event.mark_id] = Mark(
                mark_id=event.mark_id,
                name=event.mark,
                vessel=event.vessel,
                sample_index=event.sample_index,
                effective_time_s=event.effective_time_s,
            )
        elif isinstance(event, MarkAmended):
            standing[event.mark_id] = Mark(
                mark_id=event.mark_id,
                name=event.mark,
                vessel=event.vessel,
                sample_index=event.sample_index,
                effective_time_s=event.effective_time_s,
                voided=event.voided,
            )
    for mark in standing.values():
        position = _position(stretch, mark.effective_time_s)
        if position is not None and not mark.voided:
            yield Happening(
                kind=Kind.MARK,
                position=position,
                mark=mark.name.value,
                vessel=mark.vessel.value
                if mark.vessel is not None and mark.name is MarkName.VESSEL_MOVED
                else "",
            )


def _verdicts(case: RecordedCase, stretch: Stretch) -> Iterator[Happening]:
    for entry in case.entries:
        event = entry.event
        position = _position(stretch, event.time_s)
        if position is None:
            continue
        if isinstance(event, AmrStateChanged):
            yield Happening(
                kind=Kind.STATE,
                position=position,
                muscle=event.muscle.value,
                state=event.to_state.value,
                certainty=event.certainty.value,
            )
        elif isinstance(event, IndeterminateStarted | IndeterminateEnded):
            yield Happening(
                kind=Kind.INDETERMINATE_STARTED
                if isinstance(event, IndeterminateStarted)
                else Kind.INDETERMINATE_ENDED,
                position=position,
                muscle=event.muscle.value,
                state=event.last_state.value,
            )


def _position(stretch: Stretch, time_s: float) -> float | None:
    """Return where a moment of the case is in a stretch; None where it is not."""
    position = round((time_s - stretch.onset_s) * stretch.rate_hz, 3)
    return position if 0.0 <= position < stretch.n_samples else None
