import numpy as np
import pytest

from amr_monitor.model.case import Muscle, Side
from amr_monitor.simulation.recording import (
    TRIGGER_HIGH_V,
    channel_label,
    emg_calibration,
    stimulus_text,
    trigger_v,
)
from amr_monitor.simulation.stimulator import CLASSES


@pytest.mark.parametrize("rate_hz", [500.0, 1000.0, 5000.0])
def test_the_edge_of_a_trigger_tells_the_onset_to_a_fraction_of_a_sample(rate_hz: float) -> None:
    onset_s = np.array([0.1003, 0.2507, 0.39951])
    level = trigger_v(
        onset_s, first_index=0, n_samples=round(0.5 * rate_hz), rate_hz=rate_hz, sharp=False
    )
    half = 0.5 * TRIGGER_HIGH_V
    low = np.flatnonzero((level[:-1] < half) & (level[1:] >= half))
    crossing = low + (half - level[low]) / (level[low + 1] - level[low])
    assert crossing / rate_hz == pytest.approx(onset_s, abs=1e-9)


def test_a_sharp_trigger_is_high_from_the_first_sample_after_the_onset() -> None:
    level = trigger_v(np.array([0.0103]), first_index=0, n_samples=100, rate_hz=1000.0, sharp=True)
    assert np.flatnonzero(level).tolist() == [11, 12, 13, 14]
    assert set(level.tolist()) == {0.0, TRIGGER_HIGH_V}


def test_a_trigger_does_not_depend_on_how_it_is_cut() -> None:
    onset_s = np.array([0.0101, 0.0402, 0.0603])
    whole = trigger_v(onset_s, first_index=0, n_samples=90, rate_hz=1000.0, sharp=False)
    parts = [
        trigger_v(onset_s, first_index=first, n_samples=10, rate_hz=1000.0, sharp=False)
        for first in range(0, 90, 10)
    ]
    assert np.allclose(np.concatenate(parts), whole)


def test_a_train_at_50_hz_keeps_its_edges_apart() -> None:
    onset_s = 0.01 + 0.02 * np.arange(20, dtype=np.float64)
    level = trigger_v(onset_s, first_index=0, n_samples=500, rate_hz=1000.0, sharp=False)
    half = 0.5 * TRIGGER_HIGH_V
    assert np.count_nonzero((level[:-1] < half) & (level[1:] >= half)) == 20


@pytest.mark.parametrize(
    ("kind", "current_ma", "text"),
    [
        ("amr", 8.0, "Stim 8.0 mA"),
        ("tetanus", 12.5, "Stim 12.5 mA"),
        ("zlr", 2.0, "Stim zlr 2.0 mA"),
        ("baep_click", float("nan"), "Stim baep"),
        ("mep", 100.0, "Stim mep 100.0 mA"),
    ],
)
def test_a_stimulus_is_annotated_with_its_class_and_current(
    kind: str, current_ma: float, text: str
) -> None:
    number = [item.value for item in CLASSES].index(kind)
    assert stimulus_text(number, current_ma) == text


def test_a_16_bit_amplifier_with_the_usual_rail_has_steps_of_a_tenth_of_a_microvolt() -> None:
    assert emg_calibration(3276.7, is_bdf=False).gain == pytest.approx(0.1)
    assert emg_calibration(3276.7, is_bdf=False, units_uv=1000.0).gain == pytest.approx(1e-4)
    assert emg_calibration(3276.7, is_bdf=True).gain < 0.001


def test_labels_are_short_enough_for_a_header() -> None:
    assert channel_label(Muscle.MENTALIS, Side.LEFT) == "L Mentalis"
    assert max(len(channel_label(muscle, Side.RIGHT)) for muscle in Muscle) <= 16
