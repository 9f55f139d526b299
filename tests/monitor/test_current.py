"""Current, polarity and artifact from sweep to sweep."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.events import EpochStarted, StimulationChanged
from amr_monitor.monitor.baseline import Reference
from amr_monitor.monitor.current import CurrentWatch
from amr_monitor.monitor.evidence import AnalysedSweep
from amr_monitor.monitor.settings import StimulusSettings
from tests.monitor.evidence import analysed
from tests.sweeps import OCULI

REFERENCE = Reference(
    epoch=1, current_ma=10.0, polarity=1, m_wave_uv=1000.0, calibrations={}, n_sweeps=60
)
UNKNOWN = replace(REFERENCE, current_ma=None)


def watch() -> CurrentWatch:
    return CurrentWatch(settings=StimulusSettings())


def sweep(
    number: int, current_ma: float | None, *, polarity: int = 1, artifact: float = 1.0
) -> AnalysedSweep:
    return analysed(number, current_ma=current_ma, polarity=polarity, artifact=artifact)


def fed(
    followed: CurrentWatch,
    currents: Sequence[float | None],
    *,
    reference: Reference | None = REFERENCE,
    lost: bool = False,
) -> list[EpochStarted | StimulationChanged]:
    told = [
        event
        for number, current_ma in enumerate(currents)
        for event in followed.push(sweep(number, current_ma), reference, lost=lost)
    ]
    return [event for event in told if isinstance(event, EpochStarted | StimulationChanged)]


@pytest.mark.parametrize(
    ("current_ma", "below", "raised"),
    [(9.4, 1, 0), (9.6, 0, 0), (10.0, 0, 0), (10.4, 0, 0), (10.6, 0, 1), (None, 0, 0)],
)
def test_a_current_is_below_at_or_above_the_reference_within_five_percent(
    current_ma: float | None, below: int, raised: int
) -> None:
    followed = watch()
    assert followed.is_below(current_ma, REFERENCE) == bool(below)
    assert (followed.challenge_ma(current_ma, REFERENCE) is not None) == bool(raised)


def test_without_a_reference_no_current_is_below_or_above_it() -> None:
    for reference in (None, UNKNOWN):
        assert watch().relative(20.0, reference) == 1.0
        assert watch().challenge_ma(20.0, reference) is None


def test_a_change_is_told_once_in_words() -> None:
    (change,) = fed(watch(), [10.0, 10.0, 8.5, 8.5])
    assert isinstance(change, StimulationChanged)
    assert change.message == "current 10 mA -> 8.5 mA"
    assert (change.previous_current_ma, change.current_ma) == (10.0, 8.5)


def test_a_measured_current_that_scatters_is_no_change() -> None:
    assert fed(watch(), [10.0, 10.02, 9.97, 10.05, 9.9]) == []


def test_a_current_that_creeps_is_told_once_it_has_left_the_tolerance() -> None:
    told = fed(watch(), [10.0, 10.3, 10.45, 10.6, 10.7], lost=True)
    assert [event.type for event in told] == ["stimulation_changed"]


def test_a_current_that_is_no_longer_told_is_a_change() -> None:
    (change,) = fed(watch(), [10.0, None, None])
    assert isinstance(change, StimulationChanged)
    assert change.message == "current 10 mA -> unknown"


def test_three_raised_sweeps_before_a_loss_ask_for_an_epoch_once() -> None:
    followed = watch()
    told = fed(followed, [10.0, 12.0, 12.0])
    assert not followed.wants_epoch
    told += fed(followed, [12.0, 12.0])
    epochs = [event for event in told if isinstance(event, EpochStarted)]
    assert [(event.epoch, event.reason) for event in epochs] == [
        (2, "current raised before a loss")
    ]
    assert followed.wants_epoch
    followed.reference_taken()
    assert not followed.wants_epoch


def test_after_a_loss_a_raised_current_is_a_challenge_and_no_epoch() -> None:
    followed = watch()
    told = fed(followed, [10.0] + [13.0] * 6, lost=True)
    assert not [event for event in told if isinstance(event, EpochStarted)]
    assert not followed.wants_epoch


def test_going_back_takes_the_wish_back() -> None:
    followed = watch()
    fed(followed, [12.0] * 4)
    fed(followed, [10.0])
    assert not followed.wants_epoch


def test_turned_polarity_asks_for_an_epoch_and_unknown_polarity_does_not() -> None:
    for polarity, n_epochs in ((-1, 1), (0, 0)):
        followed = watch()
        told = [
            event
            for number in range(4)
            for event in followed.push(
                sweep(number, 10.0, polarity=polarity), REFERENCE, lost=False
            )
        ]
        assert [event.type for event in told] == ["epoch_started"] * n_epochs


@pytest.mark.parametrize(("artifact", "asks"), [(1.15, 0), (1.3, 1), (0.7, 1), (0.1, 0)])
def test_a_step_of_the_artifact_asks_where_the_current_is_unknown(
    artifact: float, asks: int
) -> None:
    followed = watch()
    told = [
        event
        for number in range(12)
        for event in followed.push(sweep(number, None, artifact=artifact), UNKNOWN, lost=False)
    ]
    assert [event.type for event in told] == ["stimulation_changed"] * asks


def test_where_the_baseline_has_no_artifact_nothing_is_asked() -> None:
    followed = watch()
    for number in range(12):
        assert not followed.push(sweep(number, None, artifact=np.nan), UNKNOWN, lost=False)
    assert sweep(0, None).evidence[OCULI].artifact_fraction == 1.0
