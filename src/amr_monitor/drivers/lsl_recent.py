"""The newest samples of a live stream, for what looks back at them."""

import numpy as np

from amr_monitor.model.signal import FloatArray


class RecentSamples:
    """Hold the last samples of the present segment.

    Parameters
    ----------
    n_channels, n_samples : int
        At least so many are held, once they have come.
    """

    def __init__(self, *, n_channels: int, n_samples: int) -> None:
        self._n_samples = n_samples
        self._buffer = np.empty((n_channels, 2 * n_samples), dtype=np.float32)
        self._n_held = 0
        self.end_index = 0
        self.segment_index = 0

    @property
    def first_index(self) -> int:
        """Of the oldest sample held."""
        return self.end_index - self._n_held

    def push(self, first_index: int, samples_uv: FloatArray) -> None:
        """Take samples that follow the last."""
        new = samples_uv[:, -self._n_samples :]
        n_new = new.shape[1]
        if self._n_held + n_new > self._buffer.shape[1]:
            n_kept = self._n_samples
            n_kept = min(n_kept, self._n_held)
            self._buffer[:, :n_kept] = self._buffer[:, self._n_held - n_kept : self._n_held].copy()
            self._n_held = n_kept
        if n_new < samples_uv.shape[1]:
            self._n_held = 0
        self._buffer[:, self._n_held : self._n_held + n_new] = new
        self._n_held += n_new
        self.end_index = first_index + samples_uv.shape[1]

    def gap(self, sample_index: int) -> None:
        """Forget all: what comes next does not follow."""
        self._n_held = 0
        self.end_index = self.segment_index = sample_index

    def window(self, first_index: int, n_samples: int) -> FloatArray | None:
        """Return samples, or None where not all of them are held."""
        low = first_index - self.first_index
        if low < 0 or first_index + n_samples > self.end_index:
            return None
        return self._buffer[:, low : low + n_samples]
