"""The short form of `make bench-detection`: few patients, the same ones every time.

Bounds are those of the requirement with a margin for so few patients; a
detector that gets worse fails here before the full tables are made.
"""

import numpy as np
import pytest

from amr_monitor.monitor.settings import MonitorSettings
from benchmarks.detection.experiments import EXPERIMENTS
from benchmarks.detection.plan import Result, Setting, Task
from benchmarks.detection.seeds import FIXED_ROOT, Purpose, stream
from benchmarks.detection.theatre import FAULTS

SETTING = Setting(root=FIXED_ROOT, purpose=Purpose.TEST, monitor=MonitorSettings())

pytestmark = pytest.mark.slow


def found(experiment: str, label: str, *, patients: int, amount: int) -> list[Result]:
    return [
        EXPERIMENTS[experiment].run(
            Task(experiment=experiment, label=label, patient=patient, amount=amount), SETTING
        )
        for patient in range(patients)
    ]


def joined(results: list[Result], name: str) -> np.ndarray:
    return np.concatenate([result[name] for result in results])


@pytest.mark.parametrize(
    ("label", "least"),
    [
        ("5 uV noise, 20 uV", 0.967),
        ("10 uV noise, 30 uV", 0.942),
        ("5 uV noise, 20 uV, with artifact, M and mains", 0.955),
    ],
)
def test_a_sweep_with_a_response_is_told_from_one_without(label: str, least: float) -> None:
    results = found("single_sweeps", label, patients=5, amount=200)
    assert joined(results, "area").mean() >= least


def test_single_sweeps_come_near_to_the_ideal_observer() -> None:
    results = found("single_sweeps", "5 uV noise, 20 uV", patients=5, amount=200)
    assert (joined(results, "ideal") - joined(results, "area")).mean() <= 0.015


@pytest.mark.parametrize(
    ("label", "median", "most"),
    [
        ("5 uV noise, 30 uV; after 20 min of stimulation", 14, 26),
        ("5 uV noise, 50 uV; after 20 min of stimulation", 15, 21),
        ("5 uV noise, 50 uV, intermittent; after 20 min of stimulation", 23, 29),
    ],
)
def test_an_abrupt_loss_is_confirmed_in_time(label: str, median: int, most: int) -> None:
    waits = joined(found("delays", label, patients=3, amount=4), "confirmed")
    assert np.quantile(waits, 0.5, method="higher") <= median
    assert np.quantile(waits, 0.9, method="higher") <= most


def test_what_a_loss_will_take_is_told_beforehand() -> None:
    ratios = []
    for label in ("5 uV noise, 50 uV", "5 uV noise, 50 uV, intermittent"):
        results = found("delays", f"{label}; after 20 min of stimulation", patients=3, amount=4)
        ratios += [result["expected"][0] / np.median(result["confirmed"]) for result in results]
    assert 0.7 <= np.median(ratios) <= 1.3


def test_the_loss_of_a_large_response_is_told_on_a_quiet_channel() -> None:
    label = "1-2 uV noise, 200-500 uV, disturbed; 40 sweeps after the baseline"
    waits = joined(found("delays", label, patients=6, amount=2), "confirmed")
    assert np.quantile(waits, 0.9, method="higher") <= 30


def test_a_response_that_is_there_is_not_told_as_gone() -> None:
    results = found("false_losses", "without silent runs", patients=8, amount=900)
    assert joined(results, "confirmed").sum() == 0
    assert joined(results, "provisional").sum() <= 1


@pytest.mark.parametrize(
    "label", ["50 uV on 5 uV noise, stable", "50 uV on 5 uV noise, intermittent"]
)
def test_a_small_residual_is_not_told_as_gone(label: str) -> None:
    results = found("residuals", label, patients=4, amount=3)
    assert joined(results, "confirmed").sum() <= 1


def test_a_return_is_confirmed_in_time() -> None:
    results = found("returns", "5 uV noise, 50 uV; back for good", patients=4, amount=4)
    assert np.quantile(joined(results, "confirmed"), 0.5, method="higher") <= 7


def test_silence_is_not_told_as_a_return() -> None:
    label = "mixed population, the response gone"
    results = found("returns", label, patients=4, amount=900)
    assert sum(result["confirmed"][0] for result in results if "confirmed" in result) == 0


@pytest.mark.parametrize("label", [name for name in FAULTS if name != "nothing"])
def test_a_fault_is_told_neither_as_a_loss_nor_as_a_return(label: str) -> None:
    results = found("gates", label, patients=2, amount=1)
    name = "reappeared" if FAULTS[label].response_lost else "disappeared"
    assert joined(results, name).sum() == 0


def test_a_stimulus_that_fails_is_indeterminate_after_three_sweeps() -> None:
    results = found("gates", "the stimulus fails", patients=2, amount=1)
    assert joined(results, "indeterminate").max() <= 3


def test_patients_for_tuning_and_for_judging_are_never_the_same() -> None:
    draws = {
        purpose: stream(FIXED_ROOT, purpose, "patient", 1).integers(1 << 60, size=4).tolist()
        for purpose in Purpose
    }
    assert len({tuple(draw) for draw in draws.values()}) == len(Purpose)
