"""How a surgery stands in a recording: digital values, trigger channel, texts.

Shared by the files that are written and by the simulated source, so that both
give a monitor the same numbers.
"""

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import Calibration
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.stimulator import CLASSES
from amr_monitor.simulation.surgery import Surgery

LABELS = {
    Muscle.ORBICULARIS_OCULI: "OOc",
    Muscle.FRONTALIS: "Frontalis",
    Muscle.MENTALIS: "Mentalis",
}

TRIGGER_LABEL = "TRIG"
TRIGGER_HIGH_V = 5.0
TRIGGER_CALIBRATION = Calibration(
    digital_min=-32767, digital_max=32767, physical_min=-10.0, physical_max=10.0
)
TRIGGER_WIDTH_S = 0.004
EDGE_SAMPLES = 2.0
"""A trigger input is band-limited like any other: its edge takes two samples,
and where it crosses half tells the onset to a fraction of a sample."""

UNSAID_CLASSES = (StimulusClass.AMR, StimulusClass.TETANUS)
"""Classes that no marker names: the rate tells them."""

SAID_OF_CLASS = {StimulusClass.BAEP_CLICK: "baep"}
"""Short words for classes in annotations; others are said by their name."""


def channel_label(muscle: Muscle, side: Side) -> str:
    """Return a usual label, for instance `L Mentalis`."""
    return f"{side[0].upper()} {LABELS[muscle]}"


def emg_calibration(rail_uv: float, *, is_bdf: bool, units_uv: float = 1.0) -> Calibration:
    """Return the line from digital values to the unit of the recording.

    Parameters
    ----------
    rail_uv : float
        The amplifier's, and so the end of the digital range.
    is_bdf : bool
        24 bit instead of 16.
    units_uv : float
        Microvolts of one unit: 1000 for a recording in mV.
    """
    most = 2**23 - 1 if is_bdf else 2**15 - 1
    limit = round(rail_uv / units_uv, 6)
    return Calibration(digital_min=-most, digital_max=most, physical_min=-limit, physical_max=limit)


def trigger_v(
    time_s: Array, *, first_index: int, n_samples: int, rate_hz: float, sharp: bool
) -> Array:
    """Return the samples of a trigger channel.

    Parameters
    ----------
    time_s : ndarray of float64, shape (n_stimuli,)
        Onsets of the stimuli that have a trigger.
    first_index, n_samples : int
        Of the samples asked for.
    rate_hz : float
        Of the trigger channel.
    sharp : bool
        A digital input: high from the first sample at or after the onset. The
        fraction of a sample is lost.

    Returns
    -------
    ndarray of float64, shape (n_samples,), volts
    """
    level = np.zeros(n_samples)
    onset = time_s * rate_hz - first_index
    # Short trains close up: the pulse is never longer than half of the shortest interval.
    width = max(2.0 * EDGE_SAMPLES, TRIGGER_WIDTH_S * rate_hz)
    reach = int(np.ceil(width + 2.0 * EDGE_SAMPLES)) + 1
    low, high = np.searchsorted(onset, [-reach, n_samples + reach])
    for at in onset[low:high]:
        columns = np.arange(int(np.floor(at)) - 2, int(np.floor(at)) + reach)
        columns = columns[(columns >= 0) & (columns < n_samples)]
        since = columns - at
        if sharp:
            pulse = ((since >= 0.0) & (since < width)).astype(np.float64)
        else:
            rise = np.clip(since / EDGE_SAMPLES + 0.5, 0.0, 1.0)
            pulse = rise - np.clip((since - width) / EDGE_SAMPLES + 0.5, 0.0, 1.0)
        level[columns] = np.maximum(level[columns], pulse)
    return TRIGGER_HIGH_V * level


def stimulus_text(class_number: int, current_ma: float) -> str:
    """Return the annotation of a stimulus: `Stim 8.0 mA`, `Stim zlr 2.0 mA`, `Stim baep`."""
    kind = CLASSES[class_number]
    words = ["Stim"]
    if kind not in UNSAID_CLASSES:
        words.append(SAID_OF_CLASS.get(kind, kind.value))
    if np.isfinite(current_ma):
        words.append(f"{current_ma:.1f} mA")
    return " ".join(words)


def marked_pulses(surgery: Surgery) -> npt.NDArray[np.int64]:
    """Return the numbers of the pulses that have a trigger and an annotation."""
    return np.flatnonzero(surgery.pulses.marked)
