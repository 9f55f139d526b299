"""What may be reported of a case, and what not."""

import pytest

from amr_monitor.codec import sweep_record
from amr_monitor.model.case import AmrState, CaseMode
from amr_monitor.model.errors import StorageError
from amr_monitor.qa.report.history import read_history
from tests.reports import RECORD, FakeStore, changed, opened, replayed
from tests.sweep_reports import a_report


def test_a_replayed_case_is_read_whole() -> None:
    history = replayed("disappeared.edf").history
    assert history.sweeps.is_complete
    assert history.sweeps.time_s.size == 167
    assert history.closed is not None
    assert history.end_s == 167.0
    assert history.setting("monitor", "detector", "confirmed_log_odds", default=0.0) == 6.9


def test_an_open_case_in_shadow_mode_is_refused() -> None:
    store = FakeStore([opened(mode=CaseMode.SHADOW)])
    with pytest.raises(StorageError, match="open and in shadow mode"):
        read_history(store, RECORD.case_id)


def test_a_case_without_events_or_not_in_the_journal_is_refused() -> None:
    with pytest.raises(StorageError, match="no event yet"):
        read_history(FakeStore([]), RECORD.case_id)
    with pytest.raises(StorageError, match="no case nobody"):
        read_history(FakeStore([opened()]), "nobody")


def test_an_older_journal_gives_the_sweeps_beside_its_verdicts() -> None:
    beside = {2: [sweep_record(a_report(sample_index=n)) for n in (1000, 2000)]}
    sweeps = FakeStore([opened(), changed(2.0, AmrState.DISAPPEARED)], beside=beside).history.sweeps
    assert not sweeps.is_complete
    assert sweeps.time_s.tolist() == [1.0, 2.0]


def test_a_setting_that_is_not_told_is_the_default() -> None:
    history = FakeStore([opened()]).history
    assert history.settings == {}
    assert history.setting("monitor", "marks", "tolerance_s", default=30.0) == 30.0
