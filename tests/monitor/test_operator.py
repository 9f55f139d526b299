"""What a person can tell a case, and what is refused."""

import pytest

import tests.surgeries as story
from amr_monitor.model.case import AmrState, CaseInfo, MarkName, Phase, Vessel
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import (
    AlarmAcknowledged,
    AlarmRaised,
    BaselineAccepted,
    BaselineRestarted,
    ContextChanged,
    IndeterminateEnded,
    PhaseMarked,
)
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AmendMark,
    CloseCase,
    Command,
    MarkCommand,
    OpenCase,
    RestartBaseline,
    SetContext,
)
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import MonitorSettings
from tests.feeding import run, surgery
from tests.sweeps import OCULI, Recording

LIVE = MonitorSettings(kept_reports=0)


@pytest.fixture
def opened() -> Monitor:
    """Return a monitor with an open case and 65 sweeps."""
    r = Recording(65, rate_hz=2000.0, seed=130)
    monitor = Monitor(info=r.info, settings=LIVE)
    monitor.receive(OpenCase(sample_index=0, case=CaseInfo()))
    for items in r.blocks(10_000):
        monitor.receive(*items)
    return monitor


def give(monitor: Monitor, command: Command) -> list[str]:
    return [event.type for event in monitor.receive(command)]


def test_a_mark_is_told_with_its_number_its_time_and_the_phase(opened: Monitor) -> None:
    index = opened.command_index()
    (marked,) = opened.receive(
        MarkCommand(
            sample_index=index,
            by="Kim",
            mark=MarkName.VESSEL_MOVED,
            vessel=Vessel.VA,
            seconds_ago=10.0,
        )
    )
    assert isinstance(marked, PhaseMarked)
    assert (marked.mark_id, marked.vessel, marked.by) == (1, Vessel.VA, "Kim")
    assert marked.effective_time_s == pytest.approx(marked.time_s - 10.0, abs=1e-3)
    assert marked.phase is Phase.DECOMPRESSION
    assert opened.status.marks[0].effective_time_s == marked.effective_time_s


def test_a_mark_is_never_dated_before_the_recording(opened: Monitor) -> None:
    (marked,) = opened.receive(
        MarkCommand(
            sample_index=opened.command_index(),
            by="Kim",
            mark=MarkName.INCISION,
            seconds_ago=1e6,
        )
    )
    assert isinstance(marked, PhaseMarked)
    assert marked.effective_time_s == 0.0


def test_only_a_moved_vessel_has_a_vessel(opened: Monitor) -> None:
    with pytest.raises(CommandRefused, match="dura_opened takes no vessel"):
        opened.receive(
            MarkCommand(
                sample_index=opened.command_index(),
                by="Kim",
                mark=MarkName.DURA_OPENED,
                vessel=Vessel.AICA,
            )
        )
    assert opened.status.marks == ()


def test_no_mark_counts_in_the_future(opened: Monitor) -> None:
    index = opened.command_index()
    ahead = MarkCommand(sample_index=index, by="Kim", mark=MarkName.NOTE, seconds_ago=-1.0)
    with pytest.raises(CommandRefused, match="not in the future"):
        opened.receive(ahead)
    opened.receive(MarkCommand(sample_index=index, by="Kim", mark=MarkName.NOTE))
    for moved_s in (1e6, float("nan")):
        amend = AmendMark(sample_index=index, by="Kim", mark_id=1, effective_time_s=moved_s)
        with pytest.raises(CommandRefused, match="a time that was"):
            opened.receive(amend)
    assert len(opened.status.marks) == 1


def test_a_mark_that_is_not_there_cannot_be_amended(opened: Monitor) -> None:
    with pytest.raises(CommandRefused, match="no mark 3"):
        opened.receive(AmendMark(sample_index=opened.command_index(), by="Kim", mark_id=3))


def test_a_baseline_is_accepted_once_and_can_be_restarted(opened: Monitor) -> None:
    index = opened.command_index()
    told = opened.receive(AcceptBaseline(sample_index=index, by="Kim"))
    accepted = told[0]
    assert isinstance(accepted, BaselineAccepted)
    assert (accepted.by, accepted.valid_sweeps) == ("Kim", 65)
    with pytest.raises(CommandRefused, match="accepted already"):
        opened.receive(AcceptBaseline(sample_index=index, by="Kim"))
    restart = RestartBaseline(sample_index=index, by="Kim", reason="moved")
    assert give(opened, restart) == ["baseline_restarted"]
    assert not opened.status.baseline.accepted
    with pytest.raises(CommandRefused, match="0 valid sweeps of 60"):
        opened.receive(AcceptBaseline(sample_index=index, by="Kim"))


def test_a_baseline_is_not_restarted_while_the_response_is_lost() -> None:
    r = Recording(200, seed=24)
    r.amr[OCULI][100:] = 0.0
    restart = RestartBaseline(sample_index=r.index(180.0), by="recording", reason="by mistake")
    told = run(r, [restart])
    assert not told.of(BaselineRestarted)
    (note,) = told.of(PhaseMarked)
    assert "the response is lost" in note.text


def test_a_value_from_the_room_is_told_by_name_and_unit_of_the_table(opened: Monitor) -> None:
    (told,) = opened.receive(
        SetContext(
            sample_index=opened.command_index(), by="Kim", name="TOF", value="0.9", unit="ratio"
        )
    )
    assert isinstance(told, ContextChanged)
    assert (told.name, told.value, told.unit, told.by) == ("TOF_ratio", "90", "%", "Kim")
    (shown,) = opened.status.context
    assert (shown.words, shown.number, shown.time_s) == ("TOF_ratio 90 %", 90.0, told.time_s)


def test_a_value_that_is_not_known_is_refused_with_the_nearest_name(opened: Monitor) -> None:
    index = opened.command_index()
    with pytest.raises(CommandRefused, match=r"context MCA 0\.9: 'MCA' is not known; .* MAC\?$"):
        opened.receive(SetContext(sample_index=index, by="Kim", name="MCA", value="0.9"))
    assert opened.status.context == ()


def test_a_closed_case_takes_nothing_more_and_another_can_be_opened(opened: Monitor) -> None:
    index = opened.command_index()
    assert give(opened, CloseCase(sample_index=index, by="Kim")) == ["case_closed"]
    with pytest.raises(CommandRefused, match="no case is open"):
        opened.receive(MarkCommand(sample_index=index, by="Kim", mark=MarkName.NOTE))
    again = OpenCase(sample_index=index, by="Kim", case=CaseInfo(pseudonym="B2"))
    assert give(opened, again) == ["case_opened"]
    assert opened.status.counts["sweeps"] == 0
    assert opened.status.marks == ()


def test_acknowledging_a_slow_fall_counts_only_once_anaesthesia_is_entered() -> None:
    told = story.slow_fall()
    first, second = told.of(AlarmAcknowledged)
    ended = [event for event in told.of(IndeterminateEnded) if event.muscle is OCULI][-1]
    assert first.time_s < told.one(ContextChanged).time_s < second.time_s
    assert ended.time_s == pytest.approx(second.time_s, abs=1.1)
    assert [event.alarm_id for event in told.of(AlarmRaised)] == ["slow_fall"]


def test_closing_tells_what_follows_from_it_before_the_verdict() -> None:
    r = Recording(170, seed=131)
    told = run(r, surgery(r, dura=65, started=70, moved=75, complete=100))
    last_two = [event.type for event in told.events[-2:]]
    assert last_two == ["amr_state_changed", "case_closed"]
    assert told.path()[-1][0] is AmrState.PERSISTENT


def test_a_case_that_is_closed_counts_what_it_saw() -> None:
    counts = story.stimulus_failure().closed.counts
    assert counts["stimuli"] == counts["sweeps"] == 300
    assert counts["valid"] + counts["rejected"] == 300
    assert counts["rejected"] >= 100
