"""What the room tells, how it is read, and what follows from it."""

import pytest

from amr_monitor.model.case import Reason
from amr_monitor.model.context import CONTEXT
from amr_monitor.model.errors import CommandRefused
from amr_monitor.monitor.context import ContextLog, plain_name, quantity_of, read_context
from amr_monitor.monitor.settings import ContextSettings

SLOW = (Reason.SLOW_FALL,)
FADING = (Reason.M_WAVE_LOW,)


def log(*told: tuple[float, str, str]) -> ContextLog:
    """Return a log that was told these: time, name, value."""
    room = ContextLog(settings=ContextSettings())
    for time_s, name, value in told:
        room.take(read_context(name, value), time_s=time_s, by="anna")
    return room


@pytest.mark.parametrize(
    ("name", "value", "unit", "read"),
    [
        ("MAC", "0.9", "", ("MAC", "0.9", "")),
        ("mac", "0,90", "", ("MAC", "0.9", "")),
        ("BIS", "45", "", ("BIS", "45", "")),
        ("TOF ratio", "92 %", "", ("TOF_ratio", "92", "%")),
        ("TOF_ratio", "0.92", "", ("TOF_ratio", "92", "%")),
        ("TOF-ratio", "1", "ratio", ("TOF_ratio", "100", "%")),
        ("tof", "0.4", "ratio", ("TOF_ratio", "40", "%")),
        ("TOF", "2/4", "", ("TOF_count", "2", "")),
        ("propofol", "3.2", "\u00b5g/mL", ("propofol", "3.2", "ug/mL")),
        ("propofol_rate", "100", "mcg/kg/min", ("propofol_rate", "6", "mg/kg/h")),
        ("temperature", "97.7", "F", ("temperature", "36.5", "degC")),
        ("temp", "36.4 \u00b0C", "", ("temperature", "36.4", "degC")),
        ("current", "8", "mA", ("current", "8", "mA")),
        ("rocuronium", "50 mg", "", ("relaxant", "50", "mg")),
        ("anaesthesia", "TIVA, unchanged", "", ("anaesthesia", "TIVA, unchanged", "")),
    ],
)
def test_a_value_is_read_by_any_of_its_names_and_units(
    name: str, value: str, unit: str, read: tuple[str, str, str]
) -> None:
    reading = read_context(name, value, unit)
    assert (reading.name, reading.value, reading.unit) == read


@pytest.mark.parametrize(
    ("name", "value", "unit", "line"),
    [
        ("MCA", "0.9", "", "'MCA' is not known; did you mean MAC?"),
        ("TOFcount", "5", "", "TOF_count is 0 to 4"),
        ("TOF_count", "2.5", "", "TOF_count is a whole number"),
        ("TOF", "1", "", "which one? TOF_count (0 to 4) or TOF_ratio (in %)"),
        ("MAC", "90", "", "MAC is 0 to 5"),
        ("MAC", "-1", "", "MAC is 0 to 5"),
        ("MAC", "low", "", "MAC is a number"),
        ("MAC", "nan", "", "MAC is a number"),
        ("BIS", "1e9", "", "without a unit, not in 'e9'"),
        ("temperature", "97", "", "temperature is 25 to 43 degC"),
        ("propofol", "6", "mg/kg/h", "propofol is told in ug/mL, not in 'mg/kg/h'"),
        ("qqqqqqqq", "1", "", "'qqqqqqqq' is not known; known: BIS, PSI, MAC"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(name: str, value: str, unit: str, line: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        read_context(name, value, unit)
    assert line in str(refused.value)
    assert str(refused.value).startswith(f"context {name} {value}")
    assert "\n" not in str(refused.value)


def test_every_name_of_the_table_is_found_however_it_is_typed() -> None:
    for quantity in CONTEXT:
        for name in (quantity.name, *quantity.aliases):
            assert quantity_of(f" {name.upper().replace(' ', '_')} ") is quantity
    assert plain_name("TOF - Ratio") == plain_name("tof_ratio")


def test_the_newest_of_each_name_stands_in_the_order_of_the_table() -> None:
    room = log((1.0, "TOF count", "4"), (2.0, "MAC", "0.4"), (3.0, "MAC", "0.5"))
    assert [value.words for value in room.values] == ["MAC 0.5", "TOF_count 4"]
    assert room.fresh("MAC", 903.0) is not None
    assert room.fresh("MAC", 904.0) is None


def test_anaesthesia_is_known_by_a_value_of_it_or_a_mark_for_a_quarter_of_an_hour() -> None:
    assert not log().anaesthesia_is_known(10.0, marked_s=None)
    assert log().anaesthesia_is_known(10.0, marked_s=0.0)
    assert not log().anaesthesia_is_known(1000.0, marked_s=0.0)
    for name in ("MAC", "propofol", "BIS"):
        assert log((0.0, name, "1")).anaesthesia_is_known(900.0, marked_s=None)
        assert not log((0.0, name, "1")).anaesthesia_is_known(901.0, marked_s=None)
    assert not log((0.0, "temperature", "36")).anaesthesia_is_known(10.0, marked_s=None)


def test_what_got_deeper_since_the_baseline_is_noted_at_a_slow_fall() -> None:
    room = log((0.0, "MAC", "0.7"), (0.0, "BIS", "50"), (0.0, "propofol", "2"))
    room.baseline_taken(60.0)
    assert room.note(SLOW, 61.0) == "BIS 50 as at the baseline, MAC 0.7 as at the baseline, " + (
        "propofol 2 ug/mL as at the baseline"
    )
    for name, value in (("MAC", "0.9"), ("BIS", "38"), ("propofol", "2.3")):
        room.take(read_context(name, value), time_s=600.0, by="anna")
    assert room.note(SLOW, 601.0) == "deeper since the baseline: BIS 50 -> 38, MAC 0.7 -> 0.9"


def test_without_a_value_of_anaesthesia_a_slow_fall_asks_for_one() -> None:
    assert log().note(SLOW, 10.0) == "enter MAC or propofol, then accept"
    assert log((5.0, "MAC", "0.9")).note(SLOW, 10.0) == "MAC 0.9"
    assert log((5.0, "MAC", "0.9")).note((Reason.FLAT,), 10.0) == ""


def test_a_tof_that_fell_since_the_baseline_tells_of_a_relaxant() -> None:
    room = log((0.0, "TOF_ratio", "80"), (0.0, "TOF_count", "4"))
    assert room.relaxant_acts(1.0, marked_s=None)  # less than full, and no baseline to say why
    room.baseline_taken(10.0)
    assert not room.relaxant_acts(11.0, marked_s=None)
    room.take(read_context("TOF_ratio", "60"), time_s=20.0, by="anna")
    assert room.relaxant_acts(21.0, marked_s=None)
    assert room.note(FADING, 21.0) == "TOF_ratio 80 -> 60 %, TOF_count 4 as at the baseline"
    assert not room.relaxant_acts(921.0, marked_s=None)


def test_a_count_that_fell_tells_of_a_relaxant_too() -> None:
    room = log((0.0, "TOF_count", "3"))
    room.baseline_taken(10.0)
    assert not room.relaxant_acts(11.0, marked_s=None)
    room.take(read_context("TOF_count", "2"), time_s=20.0, by="anna")
    assert room.relaxant_acts(21.0, marked_s=None)


def test_a_relaxant_that_was_given_acts_until_a_ratio_shows_that_it_has_worn_off() -> None:
    room = log((100.0, "relaxant", "50"))
    assert not log().relaxant_acts(99.0, marked_s=100.0)  # a mark amended into the future
    assert log().relaxant_acts(101.0, marked_s=100.0)
    assert room.relaxant_acts(2000.0, marked_s=None)
    assert not room.relaxant_acts(2501.0, marked_s=None)
    room.take(read_context("TOF_ratio", "95"), time_s=99.0, by="anna")
    assert room.relaxant_acts(101.0, marked_s=100.0)  # measured before it was given
    room.take(read_context("TOF_ratio", "95"), time_s=1500.0, by="anna")
    assert not room.relaxant_acts(1501.0, marked_s=100.0)


def test_a_person_can_say_that_no_relaxant_acts_any_more() -> None:
    room = log((100.0, "relaxant", "50"), (400.0, "relaxant", "0"))
    assert not room.relaxant_acts(401.0, marked_s=100.0)
    assert room.relaxant_acts(501.0, marked_s=500.0)


def test_what_is_known_of_tof_is_told_where_a_baseline_is_accepted() -> None:
    assert log().tof_in_words(10.0) == ""
    assert log((0.0, "TOF_count", "4"), (0.0, "TOF_ratio", "92")).tof_in_words(10.0) == (
        "TOF_ratio 92 %, TOF_count 4"
    )
    assert log((0.0, "TOF_count", "4")).tof_in_words(1000.0) == ""


def test_the_current_that_was_told_is_at_hand() -> None:
    assert log().current_ma is None
    assert log((0.0, "current", "8.5 mA")).current_ma == 8.5
