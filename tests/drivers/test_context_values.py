"""Which values of a device are worth telling."""

import pytest

from amr_monitor.drivers.context_values import ValueTeller, plain_unit, unit_fits
from amr_monitor.model.context import ContextQuantity
from amr_monitor.monitor.commands import SetContext
from amr_monitor.monitor.context import quantity_of


def quantity(name: str) -> ContextQuantity:
    found = quantity_of(name)
    assert found is not None
    return found


def teller(name: str, unit: str = "") -> ValueTeller:
    return ValueTeller(
        quantity(name), unit=unit, by="lsl", at_least_every_s=300.0, at_most_every_s=60.0
    )


def test_the_first_value_is_told_with_name_and_unit_of_the_table() -> None:
    assert teller("propofol", "mcg/mL").push(0.0, 3.14159) == SetContext(
        sample_index=0, by="lsl", name="propofol", value="3.142", unit="ug/mL"
    )


def test_a_small_change_is_not_told_and_a_step_is_after_a_minute() -> None:
    mac = teller("MAC")
    told = [
        (s, mac.push(s, v)) for s, v in ((0, 0.5), (61, 0.59), (62, 0.6), (63, 0.9), (130, 0.9))
    ]
    assert [s for s, command in told if command] == [0, 62, 130]


def test_a_steady_value_is_told_now_and_then() -> None:
    mac = teller("MAC")
    assert [s for s in range(0, 1000, 10) if mac.push(s, 0.5)] == [0, 300, 600, 900]


def test_a_tof_is_told_at_once() -> None:
    tof = teller("TOF_count")
    assert [s for s, n in enumerate((4, 4, 3, 2, 2)) if tof.push(s, n)] == [0, 2, 3]


def test_no_number_is_no_value_and_what_cannot_be_is_counted() -> None:
    bis = teller("BIS")
    assert bis.push(0.0, float("nan")) is None
    assert bis.n_refused == 0
    assert bis.push(1.0, 3276.7) is None
    assert bis.n_refused == 1


@pytest.mark.parametrize(
    ("name", "unit", "fits"),
    [
        ("propofol", "", True),
        ("propofol", "\u00b5g/mL", True),
        ("propofol", "mL/h", False),
        ("temperature", "\u00b0C", True),
        ("temperature", "K", False),
        ("BIS", "%", True),
    ],
)
def test_a_unit_that_is_not_known_is_not_guessed(
    name: str,
    unit: str,
    fits: bool,  # noqa: FBT001
) -> None:
    assert unit_fits(quantity(name), unit) is fits
    assert plain_unit(" \u00b5G/mL ") == "ug/ml"
