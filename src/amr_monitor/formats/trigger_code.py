"""How our own recordings keep a stimulus: on the trigger channel, to a millionth of a sample.

The channel rests at `LOW`. The sample at or before the onset holds `THRESHOLD`
less three digits a millionth of a sample, the next one `SWING` more, so that
the straight line between them crosses half of the height at the onset; then
the line stays `HIGH` for two milliseconds. Any program that reads a trigger
sees an edge there. Ours knows the channel by `TRANSDUCER` and reads the first
sample of a pulse alone, so neither a configured threshold nor a refractory time
nor a neighbour can move or lose a stimulus. What the three digits leave over
tells the polarity.

Class and current stand in texts (`stimulus_text`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import Calibration
from amr_monitor.model.stimulation import Stimulus

LABEL = "TRIG"
DIMENSION = "V"
TRANSDUCER = "stimuli of amr-monitor, code 1"
LINE = Calibration(
    digital_min=-8_388_607, digital_max=8_388_607, physical_min=-5.0, physical_max=5.0
)

FRACTION_STEPS = 1_000_000
DIGITS_A_STEP = 3
SWING = DIGITS_A_STEP * FRACTION_STEPS
LOW = 0
THRESHOLD = 4_000_000
HIGH = 2 * THRESHOLD + 1
"""Half of the height lies between two digits: no sample is neither below nor above."""

PULSE_S = 0.002
POLARITIES = (0, 1, -1)
"""By what is left over of the digits of a step."""

CURRENT_STEP_MA = 1e-6
MOST_CURRENT_MA = 999_999.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodedStimuli:
    """What a trigger channel of ours says.

    Attributes
    ----------
    positions : ndarray of float64, shape (n_stimuli,)
        Onsets in samples, sorted.
    polarities : ndarray of int64, shape (n_stimuli,)
    """

    positions: npt.NDArray[np.float64]
    polarities: npt.NDArray[np.int64]


def quantised(stimulus: Stimulus) -> Stimulus:
    """Return the stimulus as it comes back from a recording of it.

    A live stimulus goes through here once, before recorder and monitor.
    """
    current_ma = stimulus.current_ma
    if current_ma is not None:
        current_ma = kept_current_ma(current_ma)
    steps = _fraction_steps(stimulus)
    # Rounded as a reader rounds positions, so that the last bit is the same.
    position = (stimulus.sample_index * FRACTION_STEPS + steps) / FRACTION_STEPS
    return replace(stimulus, fraction=position - stimulus.sample_index, current_ma=current_ma)


def kept_current_ma(current_ma: float) -> float | None:
    """Return a current as a text keeps it; None where no text can say it."""
    if not 0.0 <= current_ma <= MOST_CURRENT_MA:
        return None
    return float(_current_text(current_ma))


def trigger_samples(
    stimuli: Sequence[Stimulus], *, first_index: int, n_samples: int, rate_hz: float
) -> npt.NDArray[np.int32]:
    """Return the trigger channel of some samples.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        Sorted: all that lie in these samples, those up to `PULSE_S` before
        them, and the next one after them where it is known. Of two within one
        sample the first is kept.
    first_index, n_samples : int
    rate_hz : float

    Returns
    -------
    ndarray of int32, shape (n_samples,)
        Digital values.
    """
    samples = np.full(n_samples, LOW, dtype=np.int32)
    n_high = pulse_samples(rate_hz)
    kept: list[Stimulus] = []
    for stimulus in stimuli:
        if not kept or stimulus.sample_index != kept[-1].sample_index:
            kept.append(stimulus)
    for number, stimulus in enumerate(kept, start=1):
        end_index = first_index + n_samples + n_high
        next_index = kept[number].sample_index if number < len(kept) else end_index
        first = _first_value(stimulus)
        # Low again before the next pulse, or a plain reader would see one long one.
        n_here = max(min(n_high, next_index - stimulus.sample_index - 1), 2)
        values = [first, first + SWING, *[HIGH] * (n_here - 2)]
        at = stimulus.sample_index - first_index
        low, high = max(at, 0), min(at + n_here, n_samples)
        if low < high:
            samples[low:high] = values[low - at : high - at]
    return samples


def pulse_samples(rate_hz: float) -> int:
    """Return for how many samples a stimulus shows, its edge included."""
    return 3 + round(PULSE_S * rate_hz)


def coded_stimuli(samples: npt.NDArray[np.integer]) -> CodedStimuli | None:
    """Return the stimuli of consecutive samples; None where another hand changed the channel.

    Parameters
    ----------
    samples : ndarray of integer, shape (n_samples,)
        Digital values. Any cut of a channel gives the same stimuli.
    """
    values = samples.astype(np.int64)
    below = THRESHOLD - values
    is_first = (below >= 0) & (below < SWING)
    is_second = (values > THRESHOLD) & (values <= THRESHOLD + SWING)
    if not np.all(is_first | is_second | (values == LOW) | (values == HIGH)):
        return None
    at = np.flatnonzero(is_first)
    inside = at[at + 1 < len(values)]
    if not np.all(is_first[inside + 1] | (values[inside + 1] == values[inside] + SWING)):
        return None
    steps, left_over = np.divmod(below[at], DIGITS_A_STEP)
    return CodedStimuli(
        positions=(at * FRACTION_STEPS + steps) / FRACTION_STEPS,
        polarities=np.array(POLARITIES)[left_over],
    )


def stimulus_text(stimulus: Stimulus) -> str:
    """Return the annotation of a stimulus: `Stim`, `Stim 8.0 mA`, `Stim zlr 3.0 mA`."""
    words = ["Stim"]
    if stimulus.stimulus_class is not None:
        words.append(stimulus.stimulus_class.value.replace("_", " "))
    if stimulus.current_ma is not None and kept_current_ma(stimulus.current_ma) is not None:
        words.append(f"{_current_text(stimulus.current_ma)} mA")
    return " ".join(words)


def _first_value(stimulus: Stimulus) -> int:
    left_over = POLARITIES.index(stimulus.polarity)
    return THRESHOLD - DIGITS_A_STEP * _fraction_steps(stimulus) - left_over


def _fraction_steps(stimulus: Stimulus) -> int:
    # The last millionth is no reason to move to the next sample, which may not be there.
    return min(round(stimulus.fraction * FRACTION_STEPS), FRACTION_STEPS - 1)


def _current_text(current_ma: float) -> str:
    whole, _, decimals = f"{current_ma:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"
