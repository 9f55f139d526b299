import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.formats.calibration import Calibration, microvolts_per_unit


def line(low: float = -5000.0, high: float = 5000.0, bits: int = 16) -> Calibration:
    return Calibration(
        digital_min=-(2 ** (bits - 1)),
        digital_max=2 ** (bits - 1) - 1,
        physical_min=low,
        physical_max=high,
    )


@pytest.mark.parametrize(
    ("dimension", "factor"),
    [
        ("uV", 1.0),
        ("\u00b5V", 1.0),
        ("\u03bcV", 1.0),
        ("\u00c2\u00b5V", 1.0),
        ("uv", 1.0),
        ("UV", 1.0),
        (" mV ", 1e3),
        ("V", 1e6),
        ("nV", 1e-3),
        ("microvolts", 1.0),
        ("Millivolt", 1e3),
        ("volts", 1e6),
        ("nanovolts", 1e-3),
        ("kilovolts", None),
        ("", None),
        ("MV", None),
        ("mA", None),
        ("Ohm", None),
    ],
)
def test_a_dimension_is_a_voltage_or_nothing(dimension: str, factor: float | None) -> None:
    assert microvolts_per_unit(dimension) == factor


def test_the_ends_of_the_digital_range_are_the_ends_of_the_physical_range() -> None:
    digital = np.array([-32768, 32767], dtype=np.int16)
    np.testing.assert_allclose(line().physical(digital), [-5000.0, 5000.0], rtol=1e-12)


def test_an_inverted_range_inverts_the_signal() -> None:
    inverted = line(5000.0, -5000.0)
    assert inverted.physical(np.array([-32768], dtype=np.int16))[0] == pytest.approx(5000.0)
    assert inverted.digital(np.array([5000.0]))[0] == -32768


@pytest.mark.parametrize(
    ("low", "high", "first", "last", "told"),
    [
        (-1.0, -1.0, -10, 10, "physical minimum and maximum are both -1"),
        (-1.0, 1.0, 10, 10, "digital minimum 10 is not below maximum 10"),
        (-1.0, 1.0, 10, -10, "digital minimum 10 is not below maximum -10"),
    ],
)
def test_ranges_that_make_no_line_are_refused(
    low: float, high: float, first: int, last: int, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        Calibration(physical_min=low, physical_max=high, digital_min=first, digital_max=last)


def test_the_rail_is_what_both_signs_reach() -> None:
    assert line(-3000.0, 5000.0).rail == 3000.0
    assert line(0.0, 5.0).rail is None


@given(
    st.lists(st.floats(-6000, 6000), min_size=1, max_size=50),
    st.sampled_from([16, 24]),
    st.sampled_from([(-5000.0, 5000.0), (-3276.8, 3276.7), (4000.0, -5000.0)]),
)
def test_quantised_values_are_those_of_the_recording(
    values: list[float], bits: int, limits: tuple[float, float]
) -> None:
    calibration = line(*limits, bits=bits)
    physical = np.array(values)
    recorded = calibration.digital(physical)
    quantised = calibration.quantised(physical)
    np.testing.assert_array_equal(quantised, calibration.physical_float32(recorded))
    inside = np.clip(physical, min(limits), max(limits))
    assert np.abs(quantised - inside).max() <= 0.5 * abs(calibration.gain) + 1e-3


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50))
def test_quantising_twice_changes_nothing(values: list[int]) -> None:
    digital = np.array(values, dtype=np.int32)
    once = line().physical_float32(digital)
    np.testing.assert_array_equal(line().digital(once), digital)
    np.testing.assert_array_equal(line().quantised(once), once)


def test_not_a_number_is_not_written_as_silence() -> None:
    with pytest.raises(ValueError, match="not a number"):
        line().digital(np.array([1.0, np.nan]))
