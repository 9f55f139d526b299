"""Which values of a device that tells them all the time are worth telling the monitor."""

from math import isfinite

from amr_monitor.model.context import ContextQuantity
from amr_monitor.monitor.commands import SetContext


def plain_unit(unit: str) -> str:
    """Return a unit as the table writes it."""
    return unit.strip().casefold().replace("\u00b5", "u").replace("\u03bc", "u")


def unit_fits(quantity: ContextQuantity, unit: str) -> bool:
    """Tell whether values of a unit can be taken for this quantity.

    None told is the one of the table; of a quantity without a unit it says nothing.
    """
    plain = plain_unit(unit)
    return not quantity.unit or plain in ("", quantity.unit.casefold(), *quantity.units)


class ValueTeller:
    """Pick from the values of one quantity: changes by a step, and one now and then.

    Not each second, or the journal would hold little else. A TOF is told at
    once, however soon after the last.

    Parameters
    ----------
    quantity : ContextQuantity
    unit : str
        Of the values that will come; where it is one that the table knows they
        are converted.
    by : str
        Stands as the user.
    at_least_every_s, at_most_every_s : float
        Between two tellings.

    Attributes
    ----------
    n_refused : int
        Values that cannot be.
    """

    def __init__(
        self,
        quantity: ContextQuantity,
        *,
        unit: str,
        by: str,
        at_least_every_s: float,
        at_most_every_s: float,
    ) -> None:
        self.quantity = quantity
        self._by = by
        self._at_least_every_s = at_least_every_s
        self._at_most_every_s = 0.0 if quantity.name.startswith("TOF") else at_most_every_s
        self._factor, self._offset = quantity.units.get(plain_unit(unit), (1.0, 0.0))
        self._last_value = 0.0
        self._last_s = float("-inf")
        self.n_refused = 0

    def push(self, time_s: float, value: float) -> SetContext | None:
        """Take the next value; return what is to be told, at sample 0.

        Parameters
        ----------
        time_s : float
            On any axis of seconds; not before the last.
        value : float
            In the unit of the values; not a number is none.
        """
        quantity = self.quantity
        if not isfinite(value):
            return None
        number = round(value * self._factor + self._offset, 3)
        if not quantity.lowest <= number <= quantity.highest:
            self.n_refused += 1
            return None
        if quantity.whole:
            number = float(round(number))
        since_s = time_s - self._last_s
        changed = round(abs(number - self._last_value), 3) >= quantity.step
        is_due = since_s >= self._at_least_every_s or (changed and since_s >= self._at_most_every_s)
        if not is_due:
            return None
        self._last_value, self._last_s = number, time_s
        return SetContext(
            sample_index=0,
            by=self._by,
            name=quantity.name,
            value=f"{number:.4g}",
            unit=quantity.unit,
        )
