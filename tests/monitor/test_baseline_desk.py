"""When a reference is due, for whom, and when it is refused."""

from dataclasses import replace

import pytest

from amr_monitor.dsp.conditioning import sweep_geometry
from amr_monitor.model.case import CaseInfo
from amr_monitor.model.errors import CommandRefused
from amr_monitor.monitor.baseline_desk import BaselineDesk, Purpose
from amr_monitor.monitor.context import ContextLog
from amr_monitor.monitor.settings import MonitorSettings
from tests.monitor.evidence import analysed
from tests.sweeps import OCULI, SWEEP_MS, Recording

SETTINGS = MonitorSettings()
AUTOMATIC = replace(SETTINGS, baseline=replace(SETTINGS.baseline, auto_accept=True))
RECORDING = Recording(1, muscles=(OCULI,))


def desk(n_sweeps: int = 0, *, settings: MonitorSettings = SETTINGS) -> BaselineDesk:
    """Return a desk that has gathered so many sweeps for a first reference."""
    gathering = BaselineDesk(
        info=CaseInfo(),
        montage=RECORDING.info.montage,
        geometry=sweep_geometry(RECORDING.rate_hz, *SWEEP_MS, settings.detector),
        settings=settings,
        leads=(OCULI,),
        context=ContextLog(settings=settings.context),
    )
    fill(gathering, n_sweeps)
    return gathering


def fill(gathering: BaselineDesk, n_sweeps: int) -> None:
    for number in range(n_sweeps):
        assert gathering.push(analysed(number))


def test_a_new_case_gathers_for_a_reference() -> None:
    gathering = desk(5)
    assert (gathering.purpose, gathering.n_valid) == (Purpose.REFERENCE, 5)


def test_a_person_accepts_from_sixty_sweeps_on() -> None:
    with pytest.raises(CommandRefused, match=r"59 valid sweeps of 60 \(30 once"):
        desk(59).require_acceptable(dura_open=False)
    desk(60).require_acceptable(dura_open=False)
    desk(30).require_acceptable(dura_open=True)


def test_without_a_person_it_is_due_only_where_that_is_set() -> None:
    assert not desk(60).is_due(dura_open=False)
    assert desk(60, settings=AUTOMATIC).is_due(dura_open=False)
    assert not desk(59, settings=AUTOMATIC).is_due(dura_open=False)
    assert desk(30, settings=AUTOMATIC).is_due(dura_open=True)


def test_a_recorded_acceptance_that_came_early_makes_it_due_once_there_is_enough() -> None:
    gathering = desk(40)
    assert gathering.accept_when_ready(by="Kim")
    assert not gathering.is_due(dura_open=False)
    fill(gathering, 20)
    assert gathering.is_due(dura_open=False)
    assert gathering.accepted_by == "Kim"


def test_what_is_accepted_is_not_accepted_again() -> None:
    gathering = desk(60)
    gathering.stop()
    with pytest.raises(CommandRefused, match="accepted already; restart it first"):
        gathering.require_acceptable(dura_open=False)
    assert not gathering.accept_when_ready(by="Kim")
    assert not gathering.push(analysed(61))


def test_progress_is_worth_telling_every_ten_and_when_it_first_suffices() -> None:
    gathering = desk()
    told = []
    for number in range(1, 95):
        gathering.push(analysed(number))
        enough = gathering.is_acceptable(dura_open=number >= 35)
        if gathering.has_news(acceptable=enough):
            told.append(number)
    assert told == [10, 20, 30, 35, 40, 50, 60, 70, 80, 90]


def test_a_full_desk_has_nothing_new_to_tell() -> None:
    gathering = desk(SETTINGS.baseline.most_sweeps)
    assert gathering.has_news(acceptable=True)
    fill(gathering, 5)
    assert not gathering.has_news(acceptable=True)


def test_a_response_not_yet_seen_is_looked_for_every_twenty_sweeps() -> None:
    gathering = desk()
    gathering.begin(Purpose.FIRST_RESPONSE)
    due = []
    for number in range(1, 341):
        gathering.push(analysed(number))
        if gathering.is_due(dura_open=False):
            due.append(number)
    assert due == list(range(60, 341, 20))


def test_an_epoch_is_due_at_sixty_whatever_the_dura() -> None:
    gathering = desk()
    gathering.begin(Purpose.EPOCH)
    fill(gathering, 59)
    assert not gathering.is_due(dura_open=True)
    fill(gathering, 1)
    assert gathering.is_due(dura_open=False)


def test_the_status_says_how_far_it_is() -> None:
    status = desk(42).status(None, dura_open=False, muscles=())
    assert (status.accepted, status.acceptable) == (False, False)
    assert (status.valid_sweeps, status.needed_sweeps) == (42, 60)
    assert desk(42).status(None, dura_open=True, muscles=()).acceptable
