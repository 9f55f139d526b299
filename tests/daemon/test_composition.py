"""A replay is one case however often it is replayed; a run is a case of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.config import Settings
from amr_monitor.daemon.composition import Composed, compose_replay, compose_run
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.model.case import CaseMode
from amr_monitor.model.errors import StorageError
from amr_monitor.model.events import CaseOpened
from amr_monitor.storage.catalog import CaseKind
from amr_monitor.storage.journal import Journal
from tests.daemon.scripted import ScriptedSource, block, source_info


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
