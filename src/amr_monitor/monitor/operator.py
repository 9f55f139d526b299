"""What a person tells the case: marks, amendments, context, acceptance, the end."""

from amr_monitor.model.case import MarkName, Muscle, Outcome
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import (
    AfterMark,
    CaseClosed,
    ContextChanged,
    Event,
    MarkAmended,
    PhaseMarked,
)
from amr_monitor.monitor.case import OpenedCase
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    AmendMark,
    CloseCase,
    EnterReading,
    MarkCommand,
    RestartBaseline,
    SetContext,
)
from amr_monitor.monitor.context import read_context
from amr_monitor.monitor.outcome import judge, muscle_outcome
from amr_monitor.monitor.readings import reading_entered
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.telling import muscle_status

CaseCommand = (
    AcceptBaseline
    | RestartBaseline
    | MarkCommand
    | AmendMark
    | SetContext
    | EnterReading
    | AcknowledgeAlarm
    | CloseCase
)


class Operator:
    """Carry out the commands of a person on an opened case.

    Parameters
    ----------
    case : OpenedCase
    settings : MonitorSettings
    """

    def __init__(self, *, case: OpenedCase, settings: MonitorSettings) -> None:
        self._case = case
        self._settings = settings

    def obey(self, command: CaseCommand, time_s: float) -> list[Event]:
        """Carry out a command at its time.

        Raises
        ------
        CommandRefused
            The state of the case does not allow it; nothing is changed.
        """
        opened = self._case
        index = command.sample_index
        opened.time_s = max(opened.time_s, time_s)
        match command:
            case AcceptBaseline():
                opened.desk.require_acceptable(dura_open=opened.dura_open)
                return opened.take_reference(index, time_s, by=command.by)
            case RestartBaseline():
                self._require_a_response_to_learn()
                return opened.restart(index, time_s, reason=command.reason)
            case MarkCommand():
                return self._mark(command, time_s)
            case AmendMark():
                return self._amend(command, time_s)
            case SetContext():
                return self._context(command, time_s)
            case EnterReading():
                return self._reading(command, time_s)
            case AcknowledgeAlarm():
                return self._acknowledge(command, time_s)
            case CloseCase():
                return self._close(command, time_s)

    def _require_a_response_to_learn(self) -> None:
        """Refuse to learn the silence after a loss as what the patient was like before."""
        deciding = self._case.deciding
        if deciding is not None and self._case.trackers[deciding].is_lost:
            raise CommandRefused(
                "the response is lost: what would be learnt now is the silence; "
                "the baseline can be restarted once it is back"
            )

    def _mark(self, command: MarkCommand, time_s: float) -> list[Event]:
        case = self._case
        if (command.vessel is not None) and command.mark is not MarkName.VESSEL_MOVED:
            raise CommandRefused(f"{command.mark} takes no vessel; only vessel_moved does")
        if not command.seconds_ago >= 0.0:
            raise CommandRefused("a mark counts now or some seconds ago, not in the future")
        mark = case.marks.add(
            name=command.mark,
            vessel=command.vessel,
            text=command.text,
            sample_index=command.sample_index,
            effective_time_s=round(max(0.0, time_s - command.seconds_ago), 3),
        )
        events = self._consequences(mark.name, command.sample_index, time_s)
        return [
            PhaseMarked(
                sample_index=command.sample_index,
                time_s=time_s,
                mark_id=mark.mark_id,
                mark=mark.name,
                vessel=mark.vessel,
                text=mark.text,
                effective_time_s=mark.effective_time_s,
                by=command.by,
                phase=case.marks.phase,
                provisional_outcome=case.provisional_outcome,
            ),
            *events,
        ]

    def _consequences(self, name: MarkName, sample_index: int, time_s: float) -> list[Event]:
        case = self._case
        events: list[Event] = []
        if name is MarkName.DURA_OPENED:
            events += case.take_if_due(sample_index, time_s)
        for muscle, tracker in case.trackers.items():
            change = None
            if name is MarkName.RE_EXPLORATION:
                change = tracker.re_explored()
            elif name is MarkName.DURA_CLOSED:
                change = tracker.still_present(
                    complete_s=case.marks.decompression_end_s, ending=True
                )
            if change is not None:
                events += case.told(muscle, [change], sample_index, time_s)
        return events

    def _amend(self, command: AmendMark, time_s: float) -> list[Event]:
        case = self._case
        moved_s = command.effective_time_s
        if moved_s is not None and not moved_s <= time_s:
            raise CommandRefused(
                f"a mark counts at a time that was: at most {time_s:.1f} s, not {moved_s:g} s"
            )
        mark = case.marks.amend(
            command.mark_id,
            name=command.mark,
            vessel=command.vessel,
            effective_time_s=command.effective_time_s,
            void=command.void,
        )
        return [
            MarkAmended(
                sample_index=command.sample_index,
                time_s=time_s,
                mark_id=mark.mark_id,
                mark=mark.name,
                vessel=mark.vessel,
                effective_time_s=mark.effective_time_s,
                voided=mark.voided,
                reason=command.reason,
                by=command.by,
                provisional_outcome=case.provisional_outcome,
            )
        ]

    def _context(self, command: SetContext, time_s: float) -> list[Event]:
        reading = read_context(command.name, command.value, command.unit)
        value = self._case.context.take(reading, time_s=time_s, by=command.by)
        return [
            ContextChanged(
                sample_index=command.sample_index,
                time_s=time_s,
                name=value.name,
                value=value.value,
                unit=value.unit,
                by=value.by,
            )
        ]

    def _reading(self, command: EnterReading, time_s: float) -> list[Event]:
        recorded = self._case.muscles
        if command.muscle not in recorded:
            raise CommandRefused(
                f"{command.muscle} is not recorded; a reading is of {' or '.join(recorded)}"
            )
        return [reading_entered(command, time_s, muscle_status(self._case, command.muscle))]

    def _acknowledge(self, command: AcknowledgeAlarm, time_s: float) -> list[Event]:
        case = self._case
        events = case.alarms.acknowledge(
            command.alarm_id, command.sample_index, time_s, by=command.by
        )
        changed = case.marks.last(MarkName.ANAESTHESIA_CHANGED)
        known = case.context.anaesthesia_is_known(
            time_s, marked_s=None if changed is None else changed.effective_time_s
        )
        if command.alarm_id == "slow_fall" and known:
            for tracker in case.trackers.values():
                tracker.slow_fall_accepted = True
        return events

    def _close(self, command: CloseCase, time_s: float) -> list[Event]:
        case = self._case
        index = command.sample_index
        events: list[Event] = []
        verdict = case.verdict()
        if verdict.outcome is Outcome.PERSISTENT and case.marks.decompression_start_s is not None:
            for muscle, tracker in case.trackers.items():
                change = tracker.still_present(
                    complete_s=case.marks.decompression_end_s, ending=True
                )
                if change is not None:
                    events += case.told(muscle, [change], index, time_s)
        deciding = case.deciding
        lost = verdict.outcome in (
            Outcome.DISAPPEARED,
            Outcome.DISAPPEARED_BEFORE_DECOMPRESSION,
        )
        mentalis = case.trackers.get(Muscle.MENTALIS)
        residual = (
            lost
            and deciding is not Muscle.MENTALIS
            and mentalis is not None
            and mentalis.has_response
        )
        return [
            *events,
            CaseClosed(
                sample_index=index,
                time_s=time_s,
                outcome=verdict.outcome,
                tags=verdict.tags,
                basis="" if deciding is None else deciding.value,
                phase_known=case.marks.decompression_start_s is not None,
                residual_mentalis=residual,
                after_mark=self._closing_attribution() if lost else None,
                muscles=tuple(
                    muscle_outcome(
                        muscle, tracker, judge(tracker, case.marks, time_s, self._settings)
                    )
                    for muscle, tracker in case.trackers.items()
                ),
                counts=dict(case.counts),
                by=command.by,
            ),
        ]

    def _closing_attribution(self) -> AfterMark | None:
        case = self._case
        deciding = case.deciding
        if deciding is None or not case.trackers[deciding].is_lost:
            return None
        return case.marks.attribution(
            case.trackers[deciding].spells[-1].from_s, self._settings.marks.tolerance_s
        )
