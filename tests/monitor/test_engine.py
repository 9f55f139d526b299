"""The engine says the same whatever the chunking, in order, and never dies of a signal."""

from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import AmrState, CaseInfo, MarkName, Muscle, Outcome
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.events import (
    AlarmAcknowledged,
    AlarmPriority,
    AlarmRaised,
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
    CaseOpened,
    GapReceived,
    IndeterminateStarted,
    MonitorFailed,
    PhaseMarked,
)
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import ReceivedUpTo
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.model.sweep import Sweep
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    CloseCase,
    Command,
    MarkCommand,
    OpenCase,
)
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import BaselineSettings, MonitorSettings
from tests.feeding import SETTINGS, Told, mark, run, surgery
from tests.sweeps import MENTALIS, OCULI, Recording

OPEN = OpenCase(sample_index=0, case=CaseInfo())
LIVE = MonitorSettings(kept_reports=0)


def eventful() -> Recording:
    """A loss, a stretch without stimulator, a return and a burst of interference."""
    r = Recording(210, rate_hz=2000.0, seed=31)
    r.amr[OCULI][80:160] = 0.0
    r.delivered[120:130] = False
    for muscle in r.muscles:
        r.burst[muscle].append((185.0, 190.0, 3000.0))
    return r


def told_of_eventful(*, block: int | None = None, by_sweeps: bool = False) -> Told:
    r = eventful()
    marks = surgery(r, dura=62.0, started=70.0, moved=79.5, complete=100.1, closed=200.0)
    return run(r, marks, block=block, by_sweeps=by_sweeps)


# ------------------------------------------------------------- chunking


@pytest.mark.parametrize("block", [37, 1000, 20000])
def test_blocks_of_any_size_give_the_same_events(block: int) -> None:
    whole = told_of_eventful(block=420_000).events
    assert len(whole) > 15
    assert told_of_eventful(block=block).events == whole


def test_one_sample_at_a_time_gives_the_same_events() -> None:
    r = Recording(64, rate_hz=2000.0, seed=32)
    monitor = Monitor(info=r.info, settings=SETTINGS)
    events = list(monitor.receive(OPEN))
    for items in r.blocks(1):
        events += monitor.receive(*items)
    events += monitor.receive(CloseCase(sample_index=r.n_samples))
    assert tuple(events) == run(r).events


def test_sweeps_alone_give_the_events_of_blocks() -> None:
    assert told_of_eventful(by_sweeps=True).events == told_of_eventful().events


def test_one_sweep_at_a_time_gives_the_same_events_as_all_at_once() -> None:
    r = eventful()
    monitor = Monitor(info=r.info, settings=SETTINGS)
    events = list(monitor.receive(OPEN))
    for item in r.sweep_items():
        events += monitor.receive(item)
    events += monitor.receive(CloseCase(sample_index=r.n_samples))
    assert tuple(events) == run(r, by_sweeps=True).events


def test_a_live_command_gives_the_events_of_its_recording() -> None:
    r = Recording(90, rate_hz=2000.0, seed=33)
    r.amr[OCULI][70:] = 0.0
    live = Monitor(info=r.info, settings=LIVE)
    events = list(live.receive(OPEN))
    commands: list[Command] = []
    for number, items in enumerate(r.blocks(731)):
        events += live.receive(*items)
        index = live.command_index()
        if number == 180:
            commands.append(AcceptBaseline(sample_index=index, by="Kim"))
        elif number == 200:
            commands.append(
                MarkCommand(
                    sample_index=index, by="Kim", mark=MarkName.VESSEL_MOVED, seconds_ago=10.0
                )
            )
        else:
            continue
        events += live.receive(commands[-1])
    events += live.receive(CloseCase(sample_index=r.n_samples))
    again = run(r, [replace(command, by="recording") for command in commands], settings=LIVE)
    assert len(commands) == 2
    assert [event.type for event in events] == [event.type for event in again.events]
    for told, retold in zip(events, again.events, strict=True):
        if not isinstance(told, BaselineAccepted | PhaseMarked):
            assert told == retold
        else:
            assert told.by == "Kim"
            assert replace(told, by="recording") == retold


def test_a_gap_inside_one_call_moves_the_times_behind_it_as_in_many_calls() -> None:
    r = Recording(120, rate_hz=2000.0, seed=34)
    r.amr[OCULI][76:] = 0.0
    gap = Gap(sample_index=r.index(75.0), resumes_at_s=95.0, reason="lost packets")
    items = [item for block in r.blocks(r.index(25.0)) for item in block]
    first = next(
        k for k, item in enumerate(items) if getattr(item, "first_index", -1) == gap.sample_index
    )
    # A block comes behind the stimuli inside it; the gap goes before all of them.
    first -= sum(getattr(item, "sample_index", -1) >= gap.sample_index for item in items[:first])
    before, behind = items[:first], items[first:]
    monitor = Monitor(info=r.info, settings=SETTINGS)
    at_once = [*monitor.receive(OPEN)]
    at_once += monitor.receive(*before, gap, *behind)
    at_once += monitor.receive(CloseCase(sample_index=r.n_samples))
    stepwise = run(r, gaps=[gap], block=r.index(1.0))
    assert tuple(at_once) == stepwise.events
    assert stepwise.change(AmrState.DISAPPEARED).time_s > 95.0 + 5.0
    assert stepwise.one(GapReceived).missing_s == pytest.approx(20.0)
    assert stepwise.closed.time_s == pytest.approx(r.duration_s + 20.0)


# ----------------------------------------------------------- the batch


def test_sweeps_of_other_classes_never_lend_their_analysis_to_a_later_sweep() -> None:
    r = Recording(120, rate_hz=2000.0, seed=35)
    for number in range(0, 120, 3):
        r.classes[number] = StimulusClass.NERVE_MAPPING
        for muscle in r.muscles:
            r.artifact[muscle][number] = 0.0
    slow, fast = run(r, block=200), run(r, block=240_000)
    assert slow.events == fast.events
    assert slow.closed.counts["other_class"] == 40
    assert slow.closed.counts["sweeps"] == 80


def test_the_analysis_of_a_sweep_that_was_not_judged_outlives_no_other_sweep() -> None:
    r = Recording(4, rate_hz=2000.0, seed=48)
    r.classes[2] = StimulusClass.ZLR
    monitor = Monitor(info=r.info, settings=SETTINGS)
    monitor.receive(OPEN)
    items = list(r.sweep_items())
    foreign = next(
        number
        for number, item in enumerate(items)
        if isinstance(item, Sweep) and item.stimulus.stimulus_class is StimulusClass.ZLR
    )
    number_of_it = id(items[foreign])
    template = items[-2]
    assert isinstance(template, Sweep)
    monitor.receive(*items[: foreign + 1])
    items.clear()
    # Were it forgotten by the engine, a new sweep would soon be given its number.
    others = [replace(template) for _ in range(500)]
    assert number_of_it not in {id(sweep) for sweep in others}


def test_a_reference_taken_within_a_batch_counts_from_the_next_sweep_on() -> None:
    r = Recording(100, rate_hz=2000.0, seed=36)
    told = run(r, block=200_000)
    assert told.one(BaselineAccepted).time_s == pytest.approx(r.times_s[59])
    assert told.closed.counts == {
        "stimuli": 100,
        "sweeps": 100,
        "valid": told.closed.counts["valid"],
        "rejected": 100 - told.closed.counts["valid"],
        "other_class": 0,
        "gaps": 0,
    }


def test_a_muscle_that_a_later_epoch_could_not_learn_is_judged_on() -> None:
    r = Recording(170, rate_hz=2000.0, seed=37)
    for number in range(80, 170):
        r.current_ma[number] = 14.0
    r.lost.append((MENTALIS, 80.0, 149.0))
    told = run(r)
    assert not told.of(MonitorFailed)
    assert told.closed.counts["sweeps"] == 170


# ------------------------------------------------------------- commands


def test_the_command_index_lies_on_the_grid_and_never_before_what_is_done() -> None:
    r = Recording(5, rate_hz=30_000.0, seed=38)
    monitor = Monitor(info=r.info, settings=LIVE)
    assert monitor.command_index() == 0
    monitor.receive(OPEN)
    last = 0
    for items in r.blocks(12_347):
        monitor.receive(*items)
        index = monitor.command_index()
        assert index % 30 == 0
        assert index >= last
        last = index


def test_a_command_counts_after_a_sweep_that_ends_between_two_marks_of_the_grid() -> None:
    r = Recording(3, rate_hz=30_000.0, times_s=[0.7001, 1.7, 2.7])
    monitor = Monitor(info=r.info, settings=LIVE)
    monitor.receive(OPEN)
    end = 21_003 + 3000
    (first, *_) = r.blocks(end)
    monitor.receive(*first)
    assert monitor.status.sample_index == end
    assert monitor.command_index() == 24_030


def test_commands_are_carried_out_in_the_order_of_their_index() -> None:
    r = Recording(5, rate_hz=2000.0)
    marks = [
        mark(r, 4.0, MarkName.IRRIGATION),
        mark(r, 1.0, MarkName.INCISION),
        mark(r, 2.5, MarkName.NOTE, text="between"),
    ]
    told = run(r, marks, block=100)
    assert [event.mark for event in told.of(PhaseMarked)] == [
        MarkName.INCISION,
        MarkName.NOTE,
        MarkName.IRRIGATION,
    ]
    assert [event.sample_index for event in told.events] == sorted(
        event.sample_index for event in told.events
    )


def test_a_command_of_later_waits_for_its_samples_or_for_a_flush() -> None:
    r = Recording(3, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=LIVE)
    monitor.receive(OPEN)
    note = MarkCommand(sample_index=1500, by="Kim", mark=MarkName.NOTE, text="later")
    assert monitor.receive(note) == ()
    assert monitor.receive(ReceivedUpTo(sample_index=1499)) == ()
    assert [event.type for event in monitor.receive(ReceivedUpTo(sample_index=1500))] == [
        "phase_marked"
    ]
    monitor.receive(replace(note, sample_index=9000))
    assert [event.sample_index for event in monitor.flush()] == [9000]


def test_a_command_of_a_person_that_makes_no_sense_is_refused_and_changes_nothing() -> None:
    r = Recording(3, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=LIVE)
    with pytest.raises(CommandRefused, match="no case is open"):
        monitor.receive(MarkCommand(sample_index=0, by="Kim", mark=MarkName.INCISION))
    monitor.receive(OPEN)
    before = monitor.status
    with pytest.raises(CommandRefused, match="open already"):
        monitor.receive(replace(OPEN, by="Kim"))
    with pytest.raises(CommandRefused, match="0 valid sweeps of 60"):
        monitor.receive(AcceptBaseline(sample_index=0, by="Kim"))
    with pytest.raises(CommandRefused, match="no alarm"):
        monitor.receive(AcknowledgeAlarm(sample_index=0, by="Kim", alarm_id="none"))
    assert monitor.status == before


def test_a_refusal_loses_nothing_that_came_with_it() -> None:
    r = Recording(70, rate_hz=2000.0, seed=39)
    items = [item for block in r.blocks(20_000) for item in block]
    refused = AcceptBaseline(sample_index=0, by="Kim")
    patient = Monitor(info=r.info, settings=SETTINGS)
    patient.receive(OPEN)
    with pytest.raises(CommandRefused):
        patient.receive(*items[:80], refused, *items[80:])
    close = CloseCase(sample_index=r.n_samples)
    plain = Monitor(info=r.info, settings=SETTINGS)
    plain.receive(OPEN)
    expected = plain.receive(*items) + plain.receive(close)
    assert patient.receive(close) == expected


def test_a_recorded_command_that_is_refused_is_told_as_a_note() -> None:
    r = Recording(70, rate_hz=2000.0, seed=40)
    told = run(
        r,
        [
            AcknowledgeAlarm(sample_index=100, alarm_id="none"),
            replace(OPEN, sample_index=200),
            AcceptBaseline(sample_index=r.index(69.0)),
        ],
    )
    notes = told.of(PhaseMarked)
    assert [note.mark for note in notes] == [MarkName.NOTE] * 3
    assert [note.mark_id for note in notes] == [0, 0, 0]
    assert all(note.text.startswith("not carried out: ") for note in notes)
    assert "accepted already" in notes[-1].text


def test_a_recorded_acceptance_before_there_is_enough_holds_for_when_there_is() -> None:
    r = Recording(70, rate_hz=2000.0, seed=41)
    told = run(r, [AcceptBaseline(sample_index=r.index(20.0))], settings=LIVE)
    accepted = told.one(BaselineAccepted)
    assert accepted.by == "recording"
    assert accepted.time_s == pytest.approx(r.times_s[59])


# ---------------------------------------------------- faults and odd input


def test_a_fault_inside_the_core_is_told_alarmed_and_can_still_be_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*arguments: object) -> None:
        raise FloatingPointError("singular")

    r = Recording(80, rate_hz=2000.0, seed=42)
    monitor = Monitor(info=r.info, settings=SETTINGS)
    events = list(monitor.receive(OPEN))
    for items in r.blocks(2000):
        if monitor.status.time_s > 70.0:
            monkeypatch.setattr("amr_monitor.monitor.engine.channel_evidence", broken)
        events += monitor.receive(*items)
    failures = [event for event in events if isinstance(event, MonitorFailed)]
    assert [failure.message for failure in failures] == ["FloatingPointError: singular"]
    alarm = next(event for event in events if isinstance(event, AlarmRaised))
    assert (alarm.alarm_id, alarm.priority, alarm.latched) == (
        "monitor_failed",
        AlarmPriority.HIGH,
        True,
    )
    assert monitor.status.failed
    assert events[-1] is alarm
    index = r.n_samples
    with pytest.raises(CommandRefused, match="has failed"):
        monitor.receive(MarkCommand(sample_index=index, by="Kim", mark=MarkName.NOTE))
    (seen,) = monitor.receive(
        AcknowledgeAlarm(sample_index=index, by="Kim", alarm_id="monitor_failed")
    )
    assert isinstance(seen, AlarmAcknowledged)
    (closed,) = monitor.receive(CloseCase(sample_index=index, by="Kim"))
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, closed.tags) == (Outcome.INDETERMINATE, ("monitor_failed",))


def test_a_new_case_after_a_failed_one_counts_from_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*arguments: object) -> None:
        raise FloatingPointError("singular")

    r = Recording(20, rate_hz=2000.0, seed=47)
    monitor = Monitor(info=r.info, settings=replace(SETTINGS, kept_reports=30))
    monitor.receive(OPEN)
    blocks = list(r.blocks(r.index(5.0)))
    monitor.receive(*blocks[0])
    assert [report.sweep_number for report in monitor.take_reports()] == [1, 2, 3, 4, 5]
    with monkeypatch.context() as patched:
        patched.setattr("amr_monitor.monitor.engine.condition", broken)
        monitor.receive(*blocks[1])
    assert monitor.status.failed
    index = r.index(10.0)
    monitor.receive(CloseCase(sample_index=index, by="Kim"))
    monitor.receive(replace(OPEN, sample_index=index, by="Kim"))
    monitor.receive(*blocks[2])
    assert not monitor.status.failed
    assert monitor.take_reports()[0].sweep_number == 1


def test_a_fault_while_a_person_accepts_the_baseline_is_told_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise ZeroDivisionError("no noise")

    r = Recording(65, rate_hz=2000.0, seed=43)
    monitor = Monitor(info=r.info, settings=LIVE)
    monitor.receive(OPEN)
    for items in r.blocks(2000):
        monitor.receive(*items)
    monkeypatch.setattr("amr_monitor.monitor.baseline.calibrate", broken)
    told = monitor.receive(AcceptBaseline(sample_index=r.n_samples, by="Kim"))
    assert [event.type for event in told] == ["monitor_failed", "alarm_raised"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_no_value_of_a_sample_kills_the_monitor_or_passes_for_silence(value: float) -> None:
    r = Recording(140, rate_hz=2000.0, seed=44)
    samples = r.samples_uv.copy()
    samples[0, r.index(90.2) : r.index(130.2)] = value
    monitor = Monitor(info=r.info, settings=SETTINGS)
    events = list(monitor.receive(OPEN))
    for items in r.blocks(2000):
        block = items[-1]
        assert isinstance(block, SampleBlock)
        spoilt = samples[:, block.first_index : block.end_index]
        events += monitor.receive(*items[:-1], replace(block, samples_uv=spoilt))
    assert not [event for event in events if isinstance(event, MonitorFailed)]
    states = [e.to_state for e in events if isinstance(e, AmrStateChanged) and e.muscle is OCULI]
    assert states == [AmrState.PRESENT]
    started = [e for e in events if isinstance(e, IndeterminateStarted) and e.muscle is OCULI]
    assert len(started) == 1


def test_a_flat_recording_gives_no_baseline_and_no_fault() -> None:
    r = Recording(80, rate_hz=2000.0)
    r.flat = [(muscle, 0.0, 100.0) for muscle in r.muscles]
    told = run(r)
    assert {event.type for event in told.events} == {"case_opened", "case_closed"}
    assert told.closed.tags == ("no_baseline",)


@pytest.mark.parametrize("muscle", [OCULI, MENTALIS])
def test_one_channel_is_enough_to_run(muscle: Muscle) -> None:
    r = Recording(90, rate_hz=2000.0, muscles=(muscle,), seed=45)
    told = run(r)
    assert not told.of(MonitorFailed)
    assert told.one(CaseOpened).lead is (OCULI if muscle is OCULI else None)
    assert told.one(BaselineAccepted).valid_sweeps == 60


def test_samples_without_a_case_or_after_it_say_nothing() -> None:
    r = Recording(10, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=SETTINGS)
    assert all(monitor.receive(*items) == () for items in r.blocks(5000))
    monitor.receive(replace(OPEN, sample_index=r.n_samples))
    monitor.receive(CloseCase(sample_index=r.n_samples))
    assert monitor.receive(ReceivedUpTo(sample_index=10 * r.n_samples)) == ()


def test_blocks_that_do_not_follow_each_other_are_the_drivers_fault() -> None:
    r = Recording(3, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=SETTINGS)
    monitor.receive(SampleBlock(first_index=0, samples_uv=np.zeros((2, 10), np.float32)))
    with pytest.raises(ValueError, match="does not follow"):
        monitor.receive(SampleBlock(first_index=11, samples_uv=np.zeros((2, 10), np.float32)))


# -------------------------------------------------------------- display


def test_reports_are_taken_once_and_their_numbers_go_up() -> None:
    r = Recording(12, rate_hz=2000.0)
    settings = MonitorSettings(kept_reports=5, baseline=BaselineSettings(auto_accept=True))
    told = run(r, settings=settings)
    reports = told.monitor.take_reports()
    assert [report.sweep_number for report in reports] == [8, 9, 10, 11, 12]
    assert reports[-1].time_s == pytest.approx(r.times_s[-1])
    assert told.monitor.take_reports() == ()


def test_there_is_a_baseline_to_show_once_it_is_accepted() -> None:
    r = Recording(65, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=SETTINGS)
    assert monitor.baseline_view is None
    view = run(r).monitor.baseline_view
    assert view is not None
    assert view.epoch == 1
    assert float(np.ptp(view.mean_uv[0])) > 30.0


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_told_before_a_gap_stands_before_it_and_what_is_told_after_it_behind(
    *, at_once: bool
) -> None:
    r = Recording(6, rate_hz=2000.0)
    monitor = Monitor(info=r.info, settings=LIVE)
    events = list(monitor.receive(OPEN))
    (first, *_) = r.blocks(4000)
    before = MarkCommand(sample_index=4000, by="Kim", mark=MarkName.IRRIGATION)
    after = MarkCommand(sample_index=4000, by="Kim", mark=MarkName.INCISION)
    items = [*first, before, Gap(sample_index=4000, resumes_at_s=9.0, reason="cable"), after]
    if at_once:
        events += monitor.receive_recorded(*items)
    else:
        for item in items:
            events += monitor.receive(item)
    told = [(event.type, event.time_s) for event in events if event.sample_index == 4000]
    assert told == [("phase_marked", 2.0), ("gap", 9.0), ("phase_marked", 9.0)]
    assert monitor.settled_index == 4000
