"""What the room tells of anaesthesia, relaxant and current, and what follows from it.

All rules are ours. A value counts as known for a quarter of an hour
(`ContextSettings.fresh_s`): what was told an hour ago says nothing of now.
"""

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import isfinite

from amr_monitor.model.case import Reason
from amr_monitor.model.context import CONTEXT, ContextKind, ContextQuantity, ContextValue
from amr_monitor.model.errors import CommandRefused
from amr_monitor.monitor.evidence import AnalysedSweep
from amr_monitor.monitor.settings import ContextSettings

ANAESTHESIA = frozenset({ContextKind.DEPTH, ContextKind.ANAESTHETIC})
PERCENT_FROM = 1.5
"""A ratio without a unit is a share up to here, and percent above."""

_JUNK = re.compile(r"[\s_-]+")
_NUMBER = re.compile(r"\s*([-+]?\d{1,9}(?:[.,]\d{1,9})?)\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextReading:
    """A value as it was understood: name and unit of the table."""

    name: str
    value: str
    number: float | None
    unit: str


def plain_name(name: str) -> str:
    """Return a name without what only its typing tells."""
    return _JUNK.sub("", name).casefold()


_BY_NAME: dict[str, ContextQuantity] = {
    plain_name(name): quantity
    for quantity in CONTEXT
    for name in (quantity.name, *quantity.aliases)
}


def quantity_of(name: str) -> ContextQuantity | None:
    """Return the quantity of a name or alias; None for one that is not known."""
    return _BY_NAME.get(plain_name(name))


def read_context(name: str, value: str, unit: str = "") -> ContextReading:
    """Read a value that somebody tells.

    Parameters
    ----------
    name : str
        Of the table in `model.context`, or an alias.
    value : str
        A number, perhaps with its unit behind it.
    unit : str
        "" where it is the one of the table, or stands behind the value.

    Raises
    ------
    CommandRefused
        One line: the name is not known (and the nearest that is), or the value
        is no number, in another unit, or outside of what can be.
    """
    told = f"context {name} {value}{' ' if unit else ''}{unit}"
    quantity = quantity_of(name)
    if plain_name(name) == "tof":
        quantity = _tof(value, unit, told)
    if quantity is None:
        raise CommandRefused(f"{told}: {name!r} is not known{_nearest(name)}")
    if quantity.in_words:
        return ContextReading(name=quantity.name, value=value.strip(), number=None, unit=unit)
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise CommandRefused(f"{told}: {quantity.name} is a number{_in(quantity)}")
    unit = unit.strip() or match[2].strip()
    factor, offset = _conversion(quantity, unit, told)
    number = float(match[1].replace(",", "."))
    if not unit and quantity.name == "TOF_ratio" and number <= PERCENT_FROM:
        factor = 100.0
    number = round(number * factor + offset, 3)
    if not (isfinite(number) and quantity.lowest <= number <= quantity.highest):
        raise CommandRefused(
            f"{told}: {quantity.name} is {quantity.lowest:g} to {quantity.highest:g}"
            f"{_in(quantity, ' ')}"
        )
    if quantity.whole and number != int(number):
        raise CommandRefused(f"{told}: {quantity.name} is a whole number")
    return ContextReading(
        name=quantity.name, value=f"{number:g}", number=number, unit=quantity.unit
    )


def _tof(value: str, unit: str, told: str) -> ContextQuantity:
    """Return which of the two TOF values is meant; never guessed."""
    match = _NUMBER.fullmatch(value)
    told_unit = (unit.strip() or (match[2].strip() if match else "")).casefold()
    if told_unit in ("%", "ratio"):
        return _BY_NAME["tofratio"]
    if told_unit in ("/4", "count"):
        return _BY_NAME["tofcount"]
    raise CommandRefused(f"{told}: which one? TOF_count (0 to 4) or TOF_ratio (in %)")


def _conversion(quantity: ContextQuantity, unit: str, told: str) -> tuple[float, float]:
    # The micro sign and the Greek letter are both written as u.
    wanted = unit.casefold().replace("\u00b5", "u").replace("\u03bc", "u")
    if wanted in ("", quantity.unit.casefold()):
        return 1.0, 0.0
    if wanted in quantity.units:
        return quantity.units[wanted]
    in_what = f"in {quantity.unit}" if quantity.unit else "without a unit"
    raise CommandRefused(f"{told}: {quantity.name} is told {in_what}, not in {unit!r}")


def _in(quantity: ContextQuantity, before: str = " in ") -> str:
    return f"{before}{quantity.unit}" if quantity.unit else ""


def _nearest(name: str) -> str:
    near = get_close_matches(plain_name(name), list(_BY_NAME), n=1, cutoff=0.5)
    if near:
        return f"; did you mean {_BY_NAME[near[0]].name}?"
    return f"; known: {', '.join(quantity.name for quantity in CONTEXT)}"


class ContextLog:
    """The values of a case as they stand, and as they stood at the baseline.

    All that were ever told are events of the journal.

    Parameters
    ----------
    settings : ContextSettings
    """

    def __init__(self, *, settings: ContextSettings) -> None:
        self._settings = settings
        self._latest: dict[str, ContextValue] = {}
        self._at_baseline: dict[str, ContextValue] = {}

    @property
    def values(self) -> tuple[ContextValue, ...]:
        """The newest of each name, in the order of the table."""
        return tuple(self._latest[q.name] for q in CONTEXT if q.name in self._latest)

    @property
    def current_ma(self) -> float | None:
        """The stimulator's current as somebody told it; None where nobody did."""
        value = self._latest.get("current")
        return None if value is None else value.number

    def named(self, sweep: AnalysedSweep) -> AnalysedSweep:
        """Return a sweep with the current that somebody told, where it carries none."""
        if sweep.stimulus.current_ma is not None or self.current_ma is None:
            return sweep
        return replace(sweep, stimulus=replace(sweep.stimulus, current_ma=self.current_ma))

    def take(self, reading: ContextReading, *, time_s: float, by: str) -> ContextValue:
        """Keep a value."""
        value = ContextValue(
            name=reading.name,
            value=reading.value,
            number=reading.number,
            unit=reading.unit,
            time_s=time_s,
            by=by,
        )
        self._latest[value.name] = value
        return value

    def baseline_taken(self, time_s: float) -> None:
        """Remember what was known when a baseline was accepted."""
        self._at_baseline = {
            name: value for name, value in self._latest.items() if self._is_fresh(value, time_s)
        }

    def fresh(self, name: str, time_s: float) -> ContextValue | None:
        """Return the newest value of a name, unless it is too old to count."""
        value = self._latest.get(name)
        return value if value is not None and self._is_fresh(value, time_s) else None

    def _is_fresh(self, value: ContextValue, time_s: float) -> bool:
        return time_s - value.time_s <= self._settings.fresh_s

    # --------------------------------------------------------- anaesthesia

    def anaesthesia_is_known(self, time_s: float, *, marked_s: float | None) -> bool:
        """Whether a person who accepts a slow fall can know what anaesthesia does.

        Parameters
        ----------
        time_s : float
        marked_s : float or None
            When `anaesthesia_changed` was last marked.
        """
        if marked_s is not None and time_s - marked_s <= self._settings.fresh_s:
            return True
        return bool(self._anaesthesia(time_s))

    def _anaesthesia(self, time_s: float) -> list[tuple[ContextQuantity, ContextValue]]:
        found = [(q, self.fresh(q.name, time_s)) for q in CONTEXT if q.kind in ANAESTHESIA]
        return [(quantity, value) for quantity, value in found if value is not None]

    def note(self, reasons: tuple[Reason, ...], time_s: float) -> str:
        """Return what the room knows that may explain why nothing can be told; "" for nothing.

        It explains, it does not decide.
        """
        if Reason.SLOW_FALL in reasons:
            return self._anaesthesia_note(time_s)
        if Reason.M_WAVE_LOW in reasons or Reason.RELAXANT in reasons:
            return self._relaxant_note(time_s)
        return ""

    def _anaesthesia_note(self, time_s: float) -> str:
        known = self._anaesthesia(time_s)
        deeper = [self._compared(v) for q, v in known if self._is_deeper(q, v)]
        if deeper:
            return f"deeper since the baseline: {', '.join(deeper)}"
        if known:
            return ", ".join(self._compared(value) for _, value in known)
        return "enter MAC or propofol, then accept"

    def _is_deeper(self, quantity: ContextQuantity, value: ContextValue) -> bool:
        before = self._at_baseline.get(quantity.name)
        if quantity.deeper_by is None or before is None:
            return False
        if value.number is None or before.number is None:
            return False
        step = value.number - before.number
        # Tenths as told: 0.9 - 0.7 is 0.2.
        return round(step / quantity.deeper_by, 6) >= 1.0

    def _compared(self, value: ContextValue) -> str:
        before = self._at_baseline.get(value.name)
        if before is None or value.number is None:
            return value.words
        if before.value == value.value:
            return f"{value.words} as at the baseline"
        unit = f" {value.unit}" if value.unit else ""
        return f"{value.name} {before.value} -> {value.value}{unit}"

    # ------------------------------------------------------------ relaxant

    def relaxant_acts(self, time_s: float, *, marked_s: float | None) -> bool:
        """Whether a muscle relaxant may act now.

        Given lately, by mark or dose, unless a TOF ratio since says that it
        has worn off; or TOF fell since the baseline.

        Parameters
        ----------
        time_s : float
        marked_s : float or None
            When `relaxant_given` was last marked.
        """
        rules = self._settings
        given_s = marked_s if marked_s is not None and marked_s <= time_s else None
        dose = self._latest.get("relaxant")
        if dose is not None and (given_s is None or dose.time_s > given_s):
            given_s = dose.time_s if dose.number else None
        ratio = self.fresh("TOF_ratio", time_s)
        recovered = ratio is not None and (ratio.number or 0.0) >= rules.recovered_tof_percent
        if given_s is not None and time_s - given_s < rules.relaxant_acts_s:
            return not (recovered and ratio is not None and ratio.time_s > given_s)
        return self._tof_fell(time_s)

    def _tof_fell(self, time_s: float) -> bool:
        rules = self._settings
        ratio, count = self.fresh("TOF_ratio", time_s), self.fresh("TOF_count", time_s)
        if ratio is not None and ratio.number is not None:
            before = self._at_baseline.get("TOF_ratio")
            usual = 100.0 if before is None or before.number is None else before.number
            if ratio.number <= usual - rules.tof_fall_percent:
                return True
        if count is not None and count.number is not None:
            before = self._at_baseline.get("TOF_count")
            return count.number < (
                4.0 if before is None or before.number is None else before.number
            )
        return False

    def _relaxant_note(self, time_s: float) -> str:
        known = [self.fresh(name, time_s) for name in ("TOF_ratio", "TOF_count", "relaxant")]
        return ", ".join(self._compared(value) for value in known if value is not None)

    def tof_in_words(self, time_s: float) -> str:
        """Return what is known of the train of four; "" for nothing."""
        known = [self.fresh(name, time_s) for name in ("TOF_ratio", "TOF_count")]
        return ", ".join(value.words for value in known if value is not None)
