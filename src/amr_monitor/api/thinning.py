"""Which sweeps of a long trend are told: every so many, and the extremes of each stretch.

Thinned so, a trend drawn from afar has the outline and the density of the whole:
no single high response among low ones is lost, the bulk lies where it lay, and
every point is a sweep that was there.
"""

import math
from collections.abc import Sequence

from amr_monitor.model.trend import Trend

EXTREMES_SHARE = 4
"""One in so many points is the lowest or the highest of its stretch."""


def thinned(trend: Trend, limit: int) -> Trend:
    """Return at most `limit` sweeps of a trend, the first and the newest among them."""
    if len(trend) <= limit:
        return trend
    return trend.at(thinned_rows([each.peak_to_peak_uv for each in trend.muscles], limit))


def thinned_rows(columns: Sequence[Sequence[float | None]], limit: int) -> list[int]:
    """Return the rows that are left where there are more than `limit`.

    Parameters
    ----------
    columns : sequence of sequences of float or None
        Of equal length; of each stretch of rows the lowest and the highest of
        every column are left. These are a quarter of all that is left.
    limit : int
    """
    n_rows = len(columns[0]) if columns else 0
    if n_rows <= limit:
        return list(range(n_rows))
    n_stretches = limit // (EXTREMES_SHARE * 2 * len(columns))
    n_even = limit - 2 * len(columns) * n_stretches
    left = {n_rows - 1 - round(i * (n_rows - 1) / max(1, n_even - 1)) for i in range(n_even)}
    for i in range(n_stretches):
        stretch = range(i * n_rows // n_stretches, (i + 1) * n_rows // n_stretches)
        for column in columns:
            known = [row for row in stretch if _is_known(column[row])]
            if known:
                left.add(min(known, key=lambda row: _value(column[row])))
                left.add(max(known, key=lambda row: _value(column[row])))
    return sorted(left)


def _is_known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _value(value: float | None) -> float:
    return 0.0 if value is None else value
