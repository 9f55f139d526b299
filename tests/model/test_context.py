"""The table of values from the room."""

import pytest

from amr_monitor.model.context import CONTEXT, ContextQuantity, ContextValue


def test_no_name_stands_for_two_quantities() -> None:
    names = [name.casefold() for quantity in CONTEXT for name in (quantity.name, *quantity.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("quantity", CONTEXT, ids=lambda quantity: quantity.name)
def test_every_quantity_says_what_it_means_and_what_can_be(quantity: ContextQuantity) -> None:
    assert quantity.meaning
    assert quantity.in_words or quantity.lowest < quantity.highest
    assert all(unit == unit.casefold() for unit in quantity.units)
    if quantity.in_words:
        assert quantity.unit == ""
        assert quantity.deeper_by is None


def test_a_value_reads_as_it_is_said() -> None:
    told = ContextValue(name="TOF_ratio", value="92", number=92.0, unit="%", time_s=60.0, by="anna")
    assert told.words == "TOF_ratio 92 %"
