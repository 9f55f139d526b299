from dataclasses import dataclass

import pytest

from amr_monitor.model.case import Side
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.distributions import Distribution, LogUniform, Uniform
from amr_monitor.simulation.tables import nearest, read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    height: Distribution = LogUniform(low=1.0, high=10.0)
    width: float = 1.0
    side: Side | None = None
    open: bool = False
    names: tuple[str, ...] = ()
    count: int


def test_what_is_missing_keeps_its_default() -> None:
    assert read_table(Drawer, {"count": 3}, "x") == Drawer(count=3)


def test_values_are_read_by_the_kind_of_their_field() -> None:
    table: dict[str, object] = {
        "height": [2, 4],
        "width": 3,
        "side": "left",
        "open": True,
        "names": ["a", "b"],
        "count": 1,
    }
    assert read_table(Drawer, table, "x") == Drawer(
        height=LogUniform(low=2.0, high=4.0),
        width=3.0,
        side=Side.LEFT,
        open=True,
        names=("a", "b"),
        count=1,
    )


def test_one_number_is_a_range_of_one_value() -> None:
    assert read_table(Drawer, {"count": 1, "height": 0}, "x").height == Uniform(low=0.0, high=0.0)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"count": 1, "widht": 2}, "x: unknown key 'widht'; did you mean 'width'?"),
        ({}, "x: 'count' is missing"),
        ({"count": 1, "width": "wide"}, "x, width: float is needed, not 'wide'"),
        ({"count": True}, "x, count: int is needed, not True"),
        ({"count": 1, "open": 1}, "x, open: bool is needed, not 1"),
        ({"count": 1, "side": "lefft"}, "x, side: 'lefft' is unknown; did you mean 'left'?"),
        ({"count": 1, "height": [4, 2]}, "x, height: a range goes from low to high"),
        ({"count": 1, "height": [1, 2, 3]}, "x, height: a number or [low, high] is needed"),
        ({"count": 1, "height": "tall"}, "x, height: a number or [low, high] is needed"),
        ({"count": 1, "names": "a"}, "x, names: a list is needed"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(table: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_table(Drawer, table, "x")
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_name_that_resembles_none_lists_all() -> None:
    assert nearest("qqq", ["b", "a"]) == "known are: a, b"
