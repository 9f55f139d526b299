"""The sample counter of a device: the one witness of lost samples that cannot jitter."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

GOOD_SHARE = 0.9
"""Of the differences that must be 1, or the channel counts something else."""

FEWEST = 16
MODULI = (2**8, 2**15, 2**16, 2**24, 2**31, 2**32)
"""Where counters of devices begin again."""


class SampleCounter:
    """Follow a counter that goes up by 1 with each sample and begins again at 0 or 1.

    Where it begins again is found by seeing it: near the end of 8, 15, 16, 24,
    31 or 32 bits it does so; elsewhere it was set anew.
    """

    def __init__(self) -> None:
        self.is_good = False
        self._last: float | None = None

    def learn(self, counts: Floats) -> None:
        """Judge by some samples whether it counts them."""
        ups = np.diff(counts)
        self.is_good = len(counts) >= FEWEST and bool(np.mean(ups == 1.0) >= GOOD_SHARE)

    def push(self, counts: Floats) -> npt.NDArray[np.int64]:
        """Take the next values.

        Returns
        -------
        ndarray of int64, shape (n_samples,)
            Samples lost before each; -1 where that cannot be told.
        """
        if not len(counts):
            return np.empty(0, dtype=np.int64)
        before = counts[0] - 1.0 if self._last is None else self._last
        self._last = float(counts[-1])
        ups = np.diff(counts, prepend=before)
        lost = np.zeros(len(counts), dtype=np.int64)
        for k in np.flatnonzero(ups != 1.0).tolist():
            previous = float(before if k == 0 else counts[k - 1])
            lost[k] = _lost(previous, float(counts[k]))
        return lost


def _lost(previous: float, now: float) -> int:
    """Return the samples between two values; -1 where they do not tell."""
    if not (np.isfinite(previous) and np.isfinite(now)):
        return -1
    if now > previous:
        return max(round(now - previous) - 1, 0)
    modulus = next((each for each in MODULI if each > previous), MODULI[-1])
    if not 0.75 * modulus <= previous < modulus or now > 0.25 * modulus:
        return -1
    # From 255 to 0 or, where it never shows 0, to 1.
    passed = round(modulus - previous + now)
    return 0 if passed == 2 and now == 1.0 and previous == modulus - 1 else max(passed - 1, 0)
