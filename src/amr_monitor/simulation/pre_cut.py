"""Sweeps as a device cuts them that samples in step with its stimulator."""

from pathlib import Path

import numpy as np

from amr_monitor.model.errors import StorageError
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.files import truth_json
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.timeline import TimedMark
from amr_monitor.simulation.truth import truth_of

BEFORE_MS, LENGTH_MS = 20.0, 100.0
HALF_KERNEL = 16
KERNEL_BETA = 8.0

NERVE_CLASSES = (StimulusClass.AMR, StimulusClass.TETANUS)
"""Of the stimulator that starts the sweeps; other tests have groups of their own."""


def nerve_pulses(surgery: Surgery) -> list[int]:
    """Return the numbers of the pulses that start a sweep, as far as all of it is recorded."""
    pulses = surgery.pulses
    margin_s = (HALF_KERNEL + 1) / surgery.rate_hz
    first_s = BEFORE_MS / 1000.0 + margin_s
    # A device stores whole divisions: some more than the length that was asked for.
    last_s = surgery.duration_s - 2.0 * LENGTH_MS / 1000.0 - margin_s
    is_whole = (pulses.time_s >= first_s) & (pulses.time_s <= last_s)
    starts = pulses.are(*NERVE_CLASSES) & pulses.marked & is_whole
    numbers: list[int] = np.flatnonzero(starts).tolist()
    return numbers


def write_truth(surgery: Surgery, path: Path, marks: tuple[TimedMark, ...]) -> None:
    """Write the truth beside a recording that holds these marks.

    Raises
    ------
    StorageError
        The disk does not take it.
    """
    text = truth_json(surgery, truth_of(surgery, marks=marks), marks)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise StorageError(f"{path}: the truth cannot be written: {fault.strerror}") from fault


def shifted(samples: Array, fraction: float) -> Array:
    """Return samples as they stand a fraction of a sample later.

    Parameters
    ----------
    samples : ndarray of float64, shape (n_channels, n_samples + 2 * HALF_KERNEL)
        Band-limited, as behind an amplifier.
    fraction : float
        0 to 1.

    Returns
    -------
    ndarray of float64, shape (n_channels, n_samples)
    """
    at = np.arange(-HALF_KERNEL, HALF_KERNEL + 1)
    kernel = np.sinc(at - fraction) * np.kaiser(at.size, KERNEL_BETA)
    kernel /= kernel.sum()
    rows = [np.convolve(row, kernel[::-1], mode="valid") for row in samples]
    out: Array = np.stack(rows)
    return out


def locked_samples_uv(surgery: Surgery, time_s: float, n_samples: int) -> Array:
    """Return so many samples from a time on: the device samples in step with its stimuli.

    Returns
    -------
    ndarray of float64, shape (n_muscles, n_samples)
    """
    position = time_s * surgery.rate_hz
    first = int(np.floor(position))
    around = surgery.samples_uv(first - HALF_KERNEL, first + n_samples + HALF_KERNEL)
    out: Array = np.clip(shifted(around, position - first), -surgery.rail_uv, surgery.rail_uv)
    return out
