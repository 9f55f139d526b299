"""A replay is one case however often it is replayed; a run is a case of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from amr_monitor.config import Settings
from amr_monitor.daemon.composition import Composed, compose_replay, compose_run
from amr_monitor.daemon.showing import REBUILDING_ALARM
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.model.case import CaseMode
from amr_monitor.model.errors import SourceError, StorageError
from amr_monitor.model.events import (
    CaseClosed,
    CaseOpened,
    GapReceived,
    JournalEntry,
    MonitorFailed,
    SourceWarned,
)
from amr_monitor.model.source import SourceItem
from amr_monitor.model.status import CaseStatus, Delivery
from amr_monitor.monitor.engine import Monitor
from amr_monitor.storage.catalog import CaseKind
from amr_monitor.storage.journal import Journal
from tests.daemon.scripted import START, ScriptedSource, block, source_info


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    defaults = Settings()
    return replace(defaults, storage=replace(defaults.storage, folder=tmp_path / "data"))


def opened(*, baseline_is_marked: bool = False) -> OpenedSource:
    info = replace(source_info(), baseline_is_marked=baseline_is_marked)
    return OpenedSource(source=ScriptedSource([[block(0, 100)]], info=info))


def gone_through(composed: Composed) -> str:
    """Go through the case and return its id."""
    composed.begin()
    composed.session.run()
    composed.keep()
    composed.close()
    return composed.record.case_id


def replayed(settings: Settings, **options: bool) -> str:
    return gone_through(compose_replay(opened(**options), settings, keeps=True, serves=False))


def catalogue(settings: Settings) -> Journal:
    return Journal.at(settings.storage.journal_path())


def test_a_replay_of_the_same_is_the_same_case_and_kept_once(settings: Settings) -> None:
    first, second = replayed(settings), replayed(settings)
    assert first == second
    with catalogue(settings) as journal:
        (record,) = journal.cases()
        assert record.kind is CaseKind.REPLAY
        assert journal.verify(first).fault is None


def test_other_settings_that_change_a_verdict_are_another_case(settings: Settings) -> None:
    shadow = replace(settings, case=replace(settings.case, mode=CaseMode.SHADOW))
    assert replayed(settings) != replayed(shadow)


def test_where_the_server_listens_is_no_other_case(settings: Settings) -> None:
    elsewhere = replace(settings, api=replace(settings.api, port=0))
    assert replayed(settings) == replayed(elsewhere)


def test_a_replay_accepts_its_baseline_by_itself_unless_the_recording_says_when(
    settings: Settings,
) -> None:
    by_itself = compose_replay(opened(), settings, keeps=False, serves=False)
    marked = compose_replay(opened(baseline_is_marked=True), settings, keeps=False, serves=False)
    assert by_itself.record.settings_hash != settings.verdict_hash
    assert marked.record.settings_hash == settings.verdict_hash
    for composed in (by_itself, marked):
        composed.close()


def test_an_interrupted_replay_leaves_nothing(settings: Settings) -> None:
    composed = compose_replay(opened(), settings, keeps=True, serves=False)
    composed.begin()
    composed.session.stop()
    composed.session.run()
    composed.keep()
    composed.close()
    with catalogue(settings) as journal:
        assert journal.cases() == []


def test_a_replay_that_is_not_kept_touches_no_disk(settings: Settings) -> None:
    gone_through(compose_replay(opened(), settings, keeps=False, serves=True))
    assert not settings.storage.journal_path().exists()


def test_the_journal_is_tried_before_the_replay(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot make the folder"):
        compose_replay(opened(), settings, keeps=True, serves=False)


def test_each_run_is_a_case_of_its_own_and_on_the_disk_from_its_beginning(
    settings: Settings,
) -> None:
    first = compose_run(opened(), settings)
    with catalogue(settings) as journal:
        assert journal.cases() == []
        first.begin()
        (record,) = journal.cases()
        assert (record.kind, record.outcome) == (CaseKind.RUN, None)
    assert gone_through(compose_run(opened(), settings)) != first.record.case_id
    first.close()


def test_what_is_known_of_the_case_is_told_at_its_opening(settings: Settings) -> None:
    told = replace(settings, case=replace(settings.case, pseudonym="P-17", mode=CaseMode.SHADOW))
    case_id = gone_through(compose_run(opened(), told))
    with catalogue(settings) as journal:
        opening = journal.entries(case_id)[0].event
        record = journal.case(case_id)
    assert isinstance(opening, CaseOpened)
    assert (opening.pseudonym, opening.mode) == ("P-17", CaseMode.SHADOW)
    assert record is not None
    assert record.pseudonym == "P-17"


def test_a_running_replay_can_be_looked_at_beside_the_kept_ones(settings: Settings) -> None:
    kept = replayed(settings)
    shadow = replace(settings, case=replace(settings.case, mode=CaseMode.SHADOW))
    composed = compose_replay(opened(), shadow, keeps=True, serves=True)
    composed.begin()
    ids = [case.case_id for case in composed.store.cases()]
    assert ids == [composed.record.case_id, kept]
    composed.close()


def test_a_live_run_tells_its_events_over_lsl_unless_that_is_switched_off(
    settings: Settings,
) -> None:
    live = replace(opened(), is_live=True)
    composed = compose_run(live, settings)
    assert composed.outlet is not None
    outlet = composed.outlet
    gone_through(composed)
    assert outlet.n_lost == 0
    silent = replace(settings, lsl=replace(settings.lsl, publish_events=False))
    composed = compose_run(replace(opened(), is_live=True), silent)
    assert composed.outlet is None
    composed.close()


def test_what_is_not_live_tells_nothing_over_lsl(settings: Settings) -> None:
    for composed in (
        compose_run(opened(), settings),
        compose_replay(opened(), settings, keeps=False, serves=False),
    ):
        assert composed.outlet is None
        composed.close()


# ---------------------------------------------------------------- a case that goes on


def stopped_run(settings: Settings) -> str:
    """Run a live source, stop after 3 s of samples, and return the case that stays open."""
    composed: list[Composed] = []

    def stop() -> list[SourceItem]:
        composed[0].session.stop()
        return []

    source = ScriptedSource([[block(0, 3000)], stop], info=source_info())
    live = OpenedSource(source=source, is_live=True)
    composed.append(compose_run(live, settings, utc=lambda: START))
    return gone_through(composed[0])


def composed_again(settings: Settings, *, wants_new: bool = False) -> Composed:
    source = ScriptedSource([[block(0, 500)], [block(500, 500)]], info=source_info())
    return compose_run(
        OpenedSource(source=source, is_live=True),
        settings,
        wants_new=wants_new,
        utc=lambda: START + timedelta(seconds=10),
    )


def test_a_case_that_was_left_open_goes_on_with_what_was_told_before_anyone_connects(
    settings: Settings,
) -> None:
    case_id = stopped_run(settings)
    composed = composed_again(settings)
    assert composed.goes_on
    view = composed.hub.view(cursor=0, limit=100)
    with catalogue(settings) as journal:
        before = journal.lines(case_id)
        assert (view.case_id, view.lines) == (case_id, tuple(before))
        assert gone_through(composed) == case_id
        assert journal.lines(case_id)[: len(before)] == before
        entries = journal.entries(case_id)
        assert [record.case_id for record in journal.cases()] == [case_id]
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    events = [entry.event for entry in entries[len(before) :]]
    assert [event.type for event in events if event.type != "recorder_file_closed"] == [
        "source_warned",
        "gap",
        "recorder_file_opened",
        "case_closed",
    ]
    gap = next(event for event in events if isinstance(event, GapReceived))
    assert (gap.sample_index, gap.time_s, gap.missing_s) == (3000, 9.5, 6.5)
    assert events[0].time_s == 3.0
    closed = next(event for event in events if isinstance(event, CaseClosed))
    assert closed.sample_index == 4000


@pytest.mark.parametrize("mode", list(CaseMode))
def test_the_outlet_of_a_case_that_goes_on_is_as_silent_as_the_case_was_opened(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, mode: CaseMode
) -> None:
    told: list[bool] = []

    class HeardOutlet:
        def __init__(self, *, is_silent: bool, **_: object) -> None:
            told.append(is_silent)

        def publish(self, entries: Sequence[JournalEntry]) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr("amr_monitor.daemon.composition.EventOutlet", HeardOutlet)
    in_mode = replace(settings, case=replace(settings.case, mode=mode))
    stopped_run(in_mode)
    composed = composed_again(in_mode)
    assert composed.goes_on
    assert told == [mode is CaseMode.SHADOW] * 2
    assert composed.hub.is_in_shadow == (mode is CaseMode.SHADOW)
    gone_through(composed)


def test_a_case_that_is_rebuilt_is_shown_when_that_is_done(settings: Settings) -> None:
    stopped_run(settings)
    composed = composed_again(settings)
    session, publish = composed.session, composed.hub.publish_status
    shown: list[tuple[bool, bool, Delivery | None]] = []

    def see(status: CaseStatus) -> None:
        is_rebuilding = any(alarm.alarm_id == REBUILDING_ALARM for alarm in status.alarms)
        shown.append((is_rebuilding, status.is_open, session.delivery))
        publish(status)

    composed.hub.publish_status = see  # type: ignore[method-assign]  # looked over its shoulder
    gone_through(composed)
    assert shown[0] == (True, False, Delivery.STALLED)
    assert shown[1] == (False, True, Delivery.LIVE)
    assert not any(is_rebuilding for is_rebuilding, *_ in shown[1:])


def test_nothing_is_told_of_a_shadow_case_whose_opening_cannot_be_committed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise StorageError("the database is down")

    in_shadow = replace(settings, case=replace(settings.case, mode=CaseMode.SHADOW))
    seen: list[bool] = []
    composed: list[Composed] = []

    def look() -> list[SourceItem]:
        view = composed[0].hub.view(cursor=0, limit=0)
        assert view.status is not None
        assert view.status.status.is_open
        seen.append(composed[0].hub.is_in_shadow and not view.status.status.muscles)
        composed[0].session.stop()
        return []

    source = ScriptedSource([[block(0, 3000)], look], info=source_info())
    with monkeypatch.context() as patched:
        patched.setattr(Journal, "append", down)
        live = OpenedSource(source=source, is_live=True)
        composed.append(compose_run(live, in_shadow, utc=lambda: START))
        gone_through(composed[0])
    assert seen == [True]


def test_a_recording_that_cannot_be_read_again_is_gone_on_with_and_is_not_at_the_next_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object, **__: object) -> None:
        raise SourceError("segment-0001.bdf: cannot be read: input/output error")

    case_id = stopped_run(settings)
    composed = composed_again(settings)
    assert composed.goes_on
    with monkeypatch.context() as patched:
        patched.setattr("amr_monitor.daemon.session.rebuild", unreadable)
        assert gone_through(composed) == case_id
    assert composed.session.fault is not None
    assert "could not be read" in composed.session.fault
    folder = settings.storage.recordings_folder() / case_id
    assert len(list(folder.glob("segment-*.bdf"))) == 2
    with catalogue(settings) as journal:
        failed = [e.event for e in journal.entries(case_id) if isinstance(e.event, MonitorFailed)]
        record = journal.case(case_id)
    assert len(failed) == 1
    assert record is not None
    assert record.closed_at is None
    after = composed_again(settings)
    assert not after.goes_on
    new_id = gone_through(after)
    with catalogue(settings) as journal:
        told = [entry.event for entry in journal.entries(new_id)]
    warned = next(event for event in told if isinstance(event, SourceWarned))
    assert warned.code == "case_left_open"
    assert "its recording cannot be read" in warned.message


def test_a_new_case_on_request_says_that_another_one_was_left_open(settings: Settings) -> None:
    case_id = stopped_run(settings)
    composed = composed_again(settings, wants_new=True)
    assert not composed.goes_on
    assert gone_through(composed) != case_id
    with catalogue(settings) as journal:
        assert {record.case_id for record in journal.cases()} == {
            case_id,
            composed.record.case_id,
        }
        told = [entry.event for entry in journal.entries(composed.record.case_id)]
        left = journal.case(case_id)
    warned = next(event for event in told if isinstance(event, SourceWarned))
    assert warned.code == "case_left_open"
    assert case_id in warned.message
    assert left is not None
    assert left.closed_at is None


def test_a_fault_that_the_rebuilding_meets_again_is_told_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no reason")

    monkeypatch.setattr(Monitor, "receive_recorded", broken)
    case_id = stopped_run(settings)
    composed = composed_again(settings)
    assert composed.goes_on
    gone_through(composed)
    assert composed.session.fault == "the monitor failed: ZeroDivisionError: no reason"
    with catalogue(settings) as journal:
        types = [entry.event.type for entry in journal.entries(case_id)]
    assert types.count("monitor_failed") == 1
