"""Samples of a live source, made what a recording of them will give back.

Once, before recorder and monitor: so the monitor that reads the recording is
fed what the live one was, to the last bit.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import Calibration, live_calibration
from amr_monitor.model.signal import Channel, FloatArray


class BlockQuantiser:
    """Put the rows of a block on the steps of the recording.

    Parameters
    ----------
    channels : sequence of Channel
        In row order; each with the rail that the source tells.
    """

    def __init__(self, channels: Sequence[Channel]) -> None:
        self.calibrations: tuple[Calibration, ...] = tuple(
            live_calibration(channel.rail_uv) for channel in channels
        )

    def quantised(self, samples_uv: npt.NDArray[np.floating]) -> FloatArray:
        """Return a block as it comes back from its recording.

        Parameters
        ----------
        samples_uv : ndarray, shape (n_channels, n_samples)
            Finite.

        Returns
        -------
        ndarray of float32, of the same shape
            Values beyond the limits of a row are those limits.
        """
        rows = [
            calibration.quantised(row)
            for calibration, row in zip(self.calibrations, samples_uv, strict=True)
        ]
        return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)
