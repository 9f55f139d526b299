"""Responses of one muscle as rows of samples, many sweeps at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.simulation.patient import MotorUnit, MuscleTraits
from amr_monitor.simulation.potentials import REACH_SIGMA, Array, motor_unit_potential

BoolArray = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.float32] | npt.NDArray[np.float64]

UNIT_VARIATION = 0.07
"""Of each unit by itself, beside what they all share."""

SIZED_SWEEPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeChange:
    """How a response differs from that of the baseline.

    Attributes
    ----------
    latency_ms : float
        Later by so much.
    stretch : float
        Times the distances between its units.
    width : float
        Times the width of each unit.
    reweighted : float
        Log standard deviation of a new weight for each unit.
    firing : float
        Times the chance of each unit to fire.
    seed : int
        Of the new weights.
    """

    latency_ms: float = 0.0
    stretch: float = 1.0
    width: float = 1.0
    reweighted: float = 0.0
    firing: float = 1.0
    seed: int = 0


UNCHANGED = ShapeChange()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitDraws:
    """Every unit in every sweep, shape (n_sweeps, n_units).

    Attributes
    ----------
    middle_ms : ndarray of float64
    amplitude_uv : ndarray of float64
        0 where a unit does not fire.
    width_ms, triphasic : ndarray of float64, shape (n_units,)
    """

    middle_ms: Array
    amplitude_uv: Array
    width_ms: Array
    triphasic: Array


def draw_units(
    traits: MuscleTraits,
    size: Array,
    generator: np.random.Generator,
    change: ShapeChange = UNCHANGED,
) -> UnitDraws:
    """Return what the units do in sweeps in which the response has a given size.

    Parameters
    ----------
    traits : MuscleTraits
    size : ndarray of float64, shape (n_sweeps,)
        Over the baseline; 0 where nothing fires.
    generator : numpy Generator
    change : ShapeChange

    Returns
    -------
    UnitDraws
    """
    units = traits.amr_units
    shape = (size.size, len(units))
    chance = np.array([unit.firing_probability for unit in units]) * change.firing
    fires = (generator.random(shape) < chance) & (size > 0.0)[:, None]
    sigma = np.sqrt(np.log1p(traits.amr_variation**2))
    together = np.exp(sigma * generator.standard_normal(size.size))
    alone = generator.normal(1.0, UNIT_VARIATION, size=shape)
    jitter = traits.amr_jitter_ms * generator.standard_normal((size.size, 1))
    jitter = jitter + traits.amr_unit_jitter_ms * generator.standard_normal(shape)
    weights = np.array([unit.amplitude_uv for unit in units]) * _new_weights(units, change)
    middles = np.array([unit.latency_ms for unit in units])
    first = float(middles.min())
    middles = first + change.latency_ms + change.stretch * (middles - first)
    return UnitDraws(
        middle_ms=middles + jitter,
        amplitude_uv=np.where(fires, weights * alone * (together * size)[:, None], 0.0),
        width_ms=np.array([unit.width_ms for unit in units]) * change.width,
        triphasic=np.array([unit.triphasic for unit in units]),
    )


def _new_weights(units: tuple[MotorUnit, ...], change: ShapeChange) -> Array:
    """Return a factor for each unit that keeps their energy together."""
    if not change.reweighted:
        return np.ones(len(units))
    generator = np.random.default_rng(change.seed)
    factors = np.exp(change.reweighted * generator.standard_normal(len(units)))
    sizes = np.array([unit.amplitude_uv for unit in units])
    energy = float((sizes**2).sum() / ((sizes * factors) ** 2).sum())
    return np.asarray(factors * np.sqrt(energy))


def add_potentials(
    rows: Rows,
    middle_ms: Array,
    amplitude_uv: Array,
    width_ms: Array,
    triphasic: Array,
    *,
    first_ms: float,
    rate_hz: float,
) -> None:
    """Add potentials to rows of samples, in place.

    Parameters
    ----------
    rows : ndarray, shape (n_sweeps, n_times)
    middle_ms, amplitude_uv : ndarray of float64, shape (n_sweeps, n_units)
        Those of amplitude 0 are left out.
    width_ms, triphasic : ndarray of float64, shape (n_units,)
    first_ms : float
        Time of the first column.
    rate_hz : float
    """
    step_ms = 1000.0 / rate_hz
    for unit in range(width_ms.size):
        fired = np.flatnonzero(amplitude_uv[:, unit])
        if not fired.size:
            continue
        half = int(np.ceil(REACH_SIGMA * width_ms[unit] / step_ms)) + 1
        middle = (middle_ms[fired, unit] - first_ms) / step_ms
        columns = np.round(middle).astype(np.int64)[:, None] + np.arange(-half, half + 1)
        x = (columns - middle[:, None]) * step_ms / width_ms[unit]
        values = amplitude_uv[fired, unit, None] * motor_unit_potential(x, triphasic[unit])
        inside = (columns >= 0) & (columns < rows.shape[1])
        if inside.all():
            rows[fired[:, None], columns] += values
        else:
            row, column = np.nonzero(inside)
            rows[fired[row], columns[row, column]] += values[row, column]


def median_peak_to_peak_uv(traits: MuscleTraits, generator: np.random.Generator) -> float:
    """Return the median size of the response without noise, where it fires."""
    return float(np.median(np.ptp(clean_responses(traits, SIZED_SWEEPS, generator), axis=1)))


def clean_responses(
    traits: MuscleTraits,
    n_sweeps: int,
    generator: np.random.Generator,
    *,
    first_ms: float = 0.0,
    last_ms: float = 60.0,
    rate_hz: float = 10_000.0,
    change: ShapeChange = UNCHANGED,
) -> Array:
    """Return responses without noise, all firing, shape (n_sweeps, n_times)."""
    drawn = draw_units(traits, np.ones(n_sweeps), generator, change)
    rows = np.zeros((n_sweeps, round((last_ms - first_ms) * rate_hz / 1000.0)))
    add_potentials(
        rows,
        drawn.middle_ms,
        drawn.amplitude_uv,
        drawn.width_ms,
        drawn.triphasic,
        first_ms=first_ms,
        rate_hz=rate_hz,
    )
    return rows
