"""Quantiles as they are told of delays."""

from collections.abc import Sequence

import numpy as np

QUANTILES = (50, 95, 99)


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p95, p99 and max, to a tenth; empty where there are no values."""
    if not values:
        return {}
    found = {f"p{q}": float(np.percentile(values, q)) for q in QUANTILES}
    return {name: round(value, 1) for name, value in (found | {"max": max(values)}).items()}
