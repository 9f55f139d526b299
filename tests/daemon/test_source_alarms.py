"""What stands on the screen while a live source is silent or not as it should be."""

from collections.abc import Callable, Sequence

from amr_monitor.api.live import LiveHub
from amr_monitor.daemon.commands import CommandResult
from amr_monitor.daemon.session import CaseSession, SessionPlan
from amr_monitor.model.case import CaseInfo
from amr_monitor.model.events import AlarmPriority
from amr_monitor.model.source import SourceItem, SourceWarning, WarningCourse
from amr_monitor.model.status import AlarmStatus
from amr_monitor.monitor.commands import AcknowledgeAlarm
from amr_monitor.monitor.engine import Monitor
from tests.daemon.scripted import Clock, Read, ScriptedSource, Shelf, block, source_info


class Watched:
    """A live session that goes through a script, and what stood on its screen."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.shelf = Shelf()
        self.seen: list[tuple[AlarmStatus, ...]] = []
        self.answers: list[CommandResult] = []
        self._hub = LiveHub()
        self._session: CaseSession | None = None

    def run(self, script: Sequence[Read]) -> None:
        info = source_info()
        self._session = CaseSession(
            source=ScriptedSource(script, info=info),
            monitor=Monitor(info=info),
            journal=self.shelf.journal,
            plan=SessionPlan(case_id="case", case=CaseInfo(), is_live=True),
            hub=self._hub,
            clock=self.clock,
        )
        self._session.run()

    def look(self) -> list[SourceItem]:
        """Return an entry of a script: somebody looks at the screen, which is renewed by then."""
        view = self._hub.view(cursor=0, limit=0)
        assert view.status is not None
        self.seen.append(view.status.status.alarms)
        return []

    def acknowledge(self, alarm_id: str) -> Callable[[], list[SourceItem]]:
        def do() -> list[SourceItem]:
            assert self._session is not None
            self.answers.append(
                self._session.submit(
                    lambda index: AcknowledgeAlarm(sample_index=index, by="anna", alarm_id=alarm_id)
                )
            )
            return []

        return do

    def renewed(self) -> list[SourceItem]:
        self.clock.now_s += 0.3
        return []


def names(alarms: Sequence[AlarmStatus]) -> list[str]:
    return [alarm.alarm_id for alarm in alarms]


def test_a_lost_source_is_an_alarm_until_somebody_has_acknowledged_it() -> None:
    watched = Watched()
    watched.run(
        [
            [block(0, 100)],
            watched.clock.passes(0.7),
            watched.renewed,
            watched.look,
            watched.clock.passes(2.0),
            watched.renewed,
            watched.look,
            [block(100, 50)],
            watched.look,
            watched.acknowledge("source_lost"),
            watched.renewed,
            watched.look,
        ]
    )
    stalled, lost, back, acknowledged = watched.seen
    assert names(stalled) == ["source_stalled"]
    assert stalled[0].priority is AlarmPriority.LOW
    assert names(lost) == names(back) == ["source_lost"]
    assert (lost[0].priority, lost[0].latched) == (AlarmPriority.HIGH, True)
    assert "come again" in back[0].message
    assert acknowledged == ()
    (answer,) = watched.answers
    (entry,) = answer.result(timeout=0)
    assert entry.event.scope == "shell"
    assert "source_warned" in watched.shelf.types()


def test_a_stall_ends_by_itself() -> None:
    watched = Watched()
    watched.run(
        [
            [block(0, 100)],
            watched.clock.passes(0.7),
            [block(100, 50)],
            watched.renewed,
            watched.look,
        ]
    )
    assert watched.seen == [()]


def test_a_condition_of_the_source_is_an_alarm_while_it_lasts() -> None:
    def told(course: WarningCourse) -> list[SourceItem]:
        return [
            SourceWarning(
                sample_index=0, code="marker_artifact_drift", message="by 6 ms", course=course
            ),
            block(0, 100) if course is WarningCourse.BEGINS else block(100, 100),
        ]

    watched = Watched()
    watched.run(
        [
            told(WarningCourse.BEGINS),
            watched.renewed,
            watched.look,
            told(WarningCourse.ENDS),
            watched.renewed,
            watched.look,
        ]
    )
    during, after = watched.seen
    assert names(during) == ["marker_artifact_drift"]
    assert during[0].message == "by 6 ms"
    assert after == ()
    assert watched.shelf.types().count("source_warned") == 2
