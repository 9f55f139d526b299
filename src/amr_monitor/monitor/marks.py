"""The operator's marks: late, amended, voided, and what they say of a loss."""

from dataclasses import replace

from amr_monitor.model.case import Mark, MarkName, Phase, Vessel
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import AfterMark
from amr_monitor.monitor.transitions import PHASE_AFTER

CAUSES = frozenset(
    {
        MarkName.DURA_OPENED,
        MarkName.CSF_DRAINED,
        MarkName.DECOMPRESSION_STARTED,
        MarkName.VESSEL_MOVED,
        MarkName.DECOMPRESSION_COMPLETE,
        MarkName.RE_EXPLORATION,
        MarkName.IRRIGATION,
        MarkName.RELAXANT_GIVEN,
        MarkName.ANAESTHESIA_CHANGED,
        MarkName.DURA_CLOSED,
    }
)
"""Marks that a loss can follow; the others only describe."""

STEPS = frozenset(
    {
        MarkName.DURA_OPENED,
        MarkName.CSF_DRAINED,
        MarkName.DECOMPRESSION_STARTED,
        MarkName.VESSEL_MOVED,
        MarkName.RE_EXPLORATION,
        MarkName.IRRIGATION,
    }
)
"""Marks of what can take a response away or bring it back."""


class MarkLog:
    """Marks as they stand after all amendments."""

    def __init__(self) -> None:
        self._marks: list[Mark] = []
        self._standing: tuple[Mark, ...] = ()

    @property
    def all(self) -> tuple[Mark, ...]:
        """Every mark, the voided ones too, in the order of their numbers."""
        return tuple(self._marks)

    @property
    def standing(self) -> tuple[Mark, ...]:
        """Marks that count, in the order in which they count."""
        return self._standing

    def _sort(self) -> None:
        valid = [mark for mark in self._marks if not mark.voided]
        valid.sort(key=lambda mark: (mark.effective_time_s, mark.mark_id))
        self._standing = tuple(valid)

    def add(
        self,
        *,
        name: MarkName,
        vessel: Vessel | None,
        text: str,
        sample_index: int,
        effective_time_s: float,
    ) -> Mark:
        """Add a mark and return it with its number."""
        mark = Mark(
            mark_id=len(self._marks) + 1,
            name=name,
            vessel=vessel,
            text=text,
            sample_index=sample_index,
            effective_time_s=effective_time_s,
        )
        self._marks.append(mark)
        self._sort()
        return mark

    def amend(
        self,
        mark_id: int,
        *,
        name: MarkName | None,
        vessel: Vessel | None,
        effective_time_s: float | None,
        void: bool,
    ) -> Mark:
        """Change a mark and return it as it now stands.

        Raises
        ------
        CommandRefused
            There is no such mark, or it is voided already.
        """
        if not 1 <= mark_id <= len(self._marks):
            raise CommandRefused(
                f"there is no mark {mark_id}: the case has {len(self._marks)}; "
                "see the list of marks"
            )
        mark = self._marks[mark_id - 1]
        if mark.voided:
            raise CommandRefused(f"mark {mark_id} is voided; make a new one instead")
        new_name = name or mark.name
        amended = replace(
            mark,
            name=new_name,
            vessel=(vessel or mark.vessel) if new_name is MarkName.VESSEL_MOVED else None,
            effective_time_s=(
                mark.effective_time_s if effective_time_s is None else effective_time_s
            ),
            voided=void,
        )
        self._marks[mark_id - 1] = amended
        self._sort()
        return amended

    def first(self, *names: MarkName) -> Mark | None:
        """Return the earliest standing mark of these names."""
        return next((mark for mark in self.standing if mark.name in names), None)

    def last(self, *names: MarkName) -> Mark | None:
        """Return the latest standing mark of these names."""
        return next((mark for mark in reversed(self.standing) if mark.name in names), None)

    @property
    def steps_s(self) -> tuple[float, ...]:
        """Effective times of what was done to the nerve and about it."""
        return tuple(mark.effective_time_s for mark in self.standing if mark.name in STEPS)

    @property
    def decompression_start_s(self) -> float | None:
        """Effective time of the first sign of decompression; None without one."""
        mark = self.first(MarkName.DECOMPRESSION_STARTED, MarkName.VESSEL_MOVED)
        return None if mark is None else mark.effective_time_s

    @property
    def decompression_end_s(self) -> float | None:
        """When decompression was last complete, unless re-explored since."""
        complete = self.last(MarkName.DECOMPRESSION_COMPLETE)
        if complete is None:
            return None
        again = self.last(MarkName.RE_EXPLORATION)
        if again is not None and again.effective_time_s >= complete.effective_time_s:
            return None
        return complete.effective_time_s

    @property
    def dura_closed_s(self) -> float | None:
        """When the dura was closed for good."""
        closed = self.last(MarkName.DURA_CLOSED)
        again = self.last(MarkName.RE_EXPLORATION, MarkName.DURA_OPENED)
        if closed is None:
            return None
        if again is not None and again.effective_time_s > closed.effective_time_s:
            return None
        return closed.effective_time_s

    @property
    def phase(self) -> Phase:
        """The phase that the marks put the case in."""
        phase = Phase.BEFORE_DURA
        for mark in self.standing:
            phase = PHASE_AFTER.get(mark.name, phase)
        return phase

    def attribution(self, last_response_s: float, tolerance_s: float) -> AfterMark | None:
        """Return the mark that a loss follows, never as its cause.

        The latest mark at or before the last response; but a vessel moved
        within the tolerance after it, and nearer to it, comes first, since
        marks come late.

        Parameters
        ----------
        last_response_s : float
            Time of the last response seen.
        tolerance_s : float
        """
        candidates = [mark for mark in self.standing if mark.name in CAUSES]
        before = [mark for mark in candidates if mark.effective_time_s <= last_response_s]
        after = [
            mark
            for mark in candidates
            if last_response_s < mark.effective_time_s <= last_response_s + tolerance_s
        ]
        moved_after = next((m for m in after if m.name is MarkName.VESSEL_MOVED), None)
        latest = before[-1] if before else None
        late = moved_after or (after[0] if latest is None and after else None)
        if late is not None and latest is not None:
            since = last_response_s - latest.effective_time_s
            if since <= late.effective_time_s - last_response_s:
                late = None
        chosen = late or latest
        if chosen is None:
            return None
        return AfterMark(
            mark=chosen.name,
            vessel=chosen.vessel,
            seconds=round(last_response_s - chosen.effective_time_s, 1),
            within_tolerance=late is not None,
        )
