"""A trigger channel that is read twice from the disk only where it has to be.

Its levels are looked for in one pass, its edges in another. Where it rests at
one value, that value stands for its samples in between; a channel that rests
nowhere is read again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.triggers import IntOrFloatArray

PAGE_SAMPLES = 2**19
ROW_SAMPLES = 512
MOST_BYTES = 2**25
"""So much is kept of a channel, whatever its length."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Page:
    """Samples in rows; one value for each row that rests."""

    values: IntOrFloatArray
    is_busy: npt.NDArray[np.bool_]
    busy: IntOrFloatArray

    @property
    def n_bytes(self) -> int:
        return self.values.nbytes + self.is_busy.nbytes + self.busy.nbytes

    def samples(self) -> IntOrFloatArray:
        whole: npt.NDArray[Any] = np.empty((len(self.values), ROW_SAMPLES), dtype=self.values.dtype)
        whole[:] = self.values[:, np.newaxis]
        whole[self.is_busy] = self.busy
        return whole.reshape(-1)


class TriggerPages:
    """Reads a channel and remembers where it rests.

    Parameters
    ----------
    read : callable
        Returns samples (first, n_samples) of the channel.
    n_samples : int
        Of the whole channel.
    """

    def __init__(self, read: Callable[[int, int], IntOrFloatArray], n_samples: int) -> None:
        self._read = read
        self._n_samples = n_samples
        self._pages: dict[int, _Page] = {}
        self._n_bytes = 0
        self._last: tuple[int, IntOrFloatArray] | None = None

    def read(self, first: int, n_samples: int) -> IntOrFloatArray:
        """Return samples of the channel; they may be seen by others and are not to be changed."""
        number, start = divmod(first, PAGE_SAMPLES)
        part = self._page(number)[start : start + n_samples]
        if len(part) == n_samples:
            return part
        whole: npt.NDArray[Any] = np.empty(n_samples, dtype=part.dtype)
        done = 0
        while True:
            whole[done : done + len(part)] = part
            done += len(part)
            if done == n_samples:
                return whole
            number += 1
            part = self._page(number)[: n_samples - done]

    def _page(self, number: int) -> IntOrFloatArray:
        if self._last is not None and self._last[0] == number:
            return self._last[1]
        kept = self._pages.get(number)
        samples = self._fresh(number) if kept is None else kept.samples()
        self._last = (number, samples)
        return samples

    def _fresh(self, number: int) -> IntOrFloatArray:
        first = number * PAGE_SAMPLES
        samples = self._read(first, min(PAGE_SAMPLES, self._n_samples - first))
        if len(samples) == PAGE_SAMPLES and self._n_bytes < MOST_BYTES:
            rows = samples.reshape(-1, ROW_SAMPLES)
            is_busy = rows.min(axis=1) != rows.max(axis=1)
            if 2 * np.count_nonzero(is_busy) < len(rows):
                page = _Page(values=rows[:, 0].copy(), is_busy=is_busy, busy=rows[is_busy])
                self._pages[number] = page
                self._n_bytes += page.n_bytes
        return samples
