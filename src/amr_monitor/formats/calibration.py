"""From the digital values of a recording to physical ones, and back."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from amr_monitor.model.signal import FloatArray

MICROVOLTS_PER_UNIT: dict[str, float] = {"nv": 1e-3, "uv": 1.0, "mv": 1e3, "v": 1e6}
"""Physical dimensions that an EMG channel may have, in lower case."""

_WORDS = {"nanovolt": "nv", "microvolt": "uv", "millivolt": "mv", "volt": "v"}
"""As the metadata of XDF have them, one or many."""

_MICRO_SIGNS = ("\u00c2\u00b5", "\u00ce\u00bc", "\u00b5", "\u03bc")
"""What micro sign and Greek mu become when UTF-8 is read as Latin-1, and both themselves."""


def microvolts_per_unit(dimension: str) -> float | None:
    """Return how many microvolts one unit of `dimension` is.

    Parameters
    ----------
    dimension : str
        As the header has it: `uV`, `\u00b5V`, `mV`, `V` or `nV`, in any case of the
        letters but for the first: `MV` is no millivolt. `microvolts` and the like, too.

    Returns
    -------
    float or None
        None where the dimension is empty or is no voltage. A wrong unit would
        scale every amplitude, so nothing is guessed.
    """
    plain = dimension.strip()
    for sign in _MICRO_SIGNS:
        plain = plain.replace(sign, "u")
    word = _WORDS.get(plain.lower().removesuffix("s"))
    if word is not None:
        return MICROVOLTS_PER_UNIT[word]
    if plain[:1] == "M":
        return None
    return MICROVOLTS_PER_UNIT.get(plain.lower())


LIVE_DIGITAL_MAX = 2**23 - 1
"""BDF has 24 bits; the range is symmetric, so that zero is a digital value."""

UNTOLD_RAIL_UV = 500_000.0
"""Where no source says where its amplifier clips: wider than the offset of any electrode,
and one step is still 0.06 uV, a twentieth of the quietest amplifier's noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The line through (digital minimum, physical minimum) and the two maxima.

    Attributes
    ----------
    digital_min, digital_max : int
    physical_min, physical_max : float
        `physical_min` may be the larger one: an inverted channel.
    """

    digital_min: int
    digital_max: int
    physical_min: float
    physical_max: float

    def __post_init__(self) -> None:
        if self.digital_min >= self.digital_max:
            raise ValueError(
                f"digital minimum {self.digital_min} is not below maximum {self.digital_max}"
            )
        if self.physical_min == self.physical_max:
            raise ValueError(f"physical minimum and maximum are both {self.physical_min:g}")
        if not (math.isfinite(self.gain) and math.isfinite(self.offset) and self.gain):
            raise ValueError("physical range is out of bounds")

    @property
    def gain(self) -> float:
        """Physical units of one digital step."""
        return (self.physical_max - self.physical_min) / (self.digital_max - self.digital_min)

    @property
    def offset(self) -> float:
        """Physical value of digital zero."""
        return self.physical_min - self.gain * self.digital_min

    @property
    def rail(self) -> float | None:
        """Largest absolute value that both signs can reach; None where zero is outside."""
        low, high = sorted((self.physical_min, self.physical_max))
        return min(-low, high) if low < 0.0 < high else None

    def scaled(self, factor: float) -> Self:
        """Return the same line in other physical units."""
        return type(self)(
            digital_min=self.digital_min,
            digital_max=self.digital_max,
            physical_min=self.physical_min * factor,
            physical_max=self.physical_max * factor,
        )

    def physical(self, digital: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        """Return physical values, float64, of the same shape."""
        values = digital.astype(np.float64)
        values *= self.gain
        values += self.offset
        return values

    def physical_float32(self, digital: npt.NDArray[np.integer]) -> FloatArray:
        """Return what the monitor gets: computed in float64, rounded once to float32."""
        return self.physical(digital).astype(np.float32)

    def digital(self, physical: npt.NDArray[np.floating]) -> npt.NDArray[np.int32]:
        """Return the nearest digital values, clipped to the digital range.

        Raises
        ------
        ValueError
            A value is not a number: no digital value stands for that, and a
            zero would pass for silence.
        """
        values = physical.astype(np.float64)
        if np.isnan(values).any():
            raise ValueError("not a number has no digital value")
        values -= self.offset
        values /= self.gain
        np.rint(values, out=values)
        return np.clip(values, self.digital_min, self.digital_max).astype(np.int32)

    def quantised(self, physical: npt.NDArray[np.floating]) -> FloatArray:
        """Return the values as they come back from a recording of them.

        A live block goes through here once, before recorder and monitor, so
        that the replay of the recording is fed the same float32 values.
        """
        return self.physical_float32(self.digital(physical))


def live_calibration(rail_uv: float | None) -> Calibration:
    """Return the line by which a live channel is recorded, and quantised before that.

    Parameters
    ----------
    rail_uv : float or None
        Where the amplifier clips; None where nobody says.

    Returns
    -------
    Calibration
        In microvolts, 24 bits, both signs alike. Its limit is a whole number,
        which any header holds.
    """
    told = rail_uv is not None and math.isfinite(rail_uv) and 0.0 < rail_uv < UNTOLD_RAIL_UV
    limit = float(math.ceil(rail_uv)) if told and rail_uv is not None else UNTOLD_RAIL_UV
    return Calibration(
        digital_min=-LIVE_DIGITAL_MAX,
        digital_max=LIVE_DIGITAL_MAX,
        physical_min=-limit,
        physical_max=limit,
    )
