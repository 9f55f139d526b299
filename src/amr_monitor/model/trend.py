"""Figures of the sweeps of a stretch of the case, column by column."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from amr_monitor.model.case import AmrState, Certainty, IndeterminateClass, Muscle, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class MuscleTrend:
    """One muscle over the sweeps of a trend; null where a figure is not known.

    Attributes
    ----------
    muscle : Muscle
    accepted : tuple of bool
        Whether the sweep counted as evidence.
    reasons : tuple of tuple of Reason
        Why it did not; empty where it did.
    peak_to_peak_uv, noise_rms_uv, onset_latency_ms, m_wave_percent : tuple of float or None
        Measured in that sweep.
    amplitude_uv, amplitude_upper_bound_uv, amplitude_percent_of_baseline : tuple of float or None
        Held to be true after that sweep.
    probability_present, log_odds_absent : tuple of float or None
    state : tuple of AmrState or None
        The last determinate state after that sweep.
    certainty : tuple of Certainty or None
    indeterminate : tuple of IndeterminateClass or None
        What lay over the state.
    """

    muscle: Muscle
    accepted: tuple[bool, ...]
    reasons: tuple[tuple[Reason, ...], ...]
    peak_to_peak_uv: tuple[float | None, ...]
    noise_rms_uv: tuple[float | None, ...]
    onset_latency_ms: tuple[float | None, ...]
    m_wave_percent: tuple[float | None, ...]
    amplitude_uv: tuple[float | None, ...]
    amplitude_upper_bound_uv: tuple[float | None, ...]
    amplitude_percent_of_baseline: tuple[float | None, ...]
    probability_present: tuple[float | None, ...]
    log_odds_absent: tuple[float | None, ...]
    state: tuple[AmrState | None, ...]
    certainty: tuple[Certainty | None, ...]
    indeterminate: tuple[IndeterminateClass | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Figures of the sweeps in a stretch of the case, oldest first.

    Attributes
    ----------
    sweep_number : tuple of int
    sample_index : tuple of int
        Of the stimulus.
    time_s : tuple of float
        Of the stimulus.
    current_ma : tuple of float or None
    muscles : tuple of MuscleTrend
    """

    sweep_number: tuple[int, ...]
    sample_index: tuple[int, ...]
    time_s: tuple[float, ...]
    current_ma: tuple[float | None, ...]
    muscles: tuple[MuscleTrend, ...]

    def __len__(self) -> int:
        """Return the number of sweeps."""
        return len(self.time_s)

    def of(self, muscle: Muscle) -> MuscleTrend | None:
        """Return one muscle; None where it was not recorded."""
        return next((each for each in self.muscles if each.muscle is muscle), None)

    def at(self, rows: Sequence[int]) -> "Trend":
        """Return the sweeps of these rows alone."""
        return replace(
            self,
            muscles=tuple(
                replace(each, **_chosen(each, MUSCLE_COLUMNS, rows)) for each in self.muscles
            ),
            **_chosen(self, SWEEP_COLUMNS, rows),
        )

    def between(self, start_s: float, end_s: float) -> "Trend":
        """Return the sweeps with start_s <= time < end_s."""
        rows = [row for row, time_s in enumerate(self.time_s) if start_s <= time_s < end_s]
        return self if len(rows) == len(self) else self.at(rows)


SWEEP_COLUMNS = tuple(field.name for field in fields(Trend) if field.name != "muscles")
MUSCLE_COLUMNS = tuple(field.name for field in fields(MuscleTrend) if field.name != "muscle")

_OF_NO_SWEEP: dict[str, object] = {"accepted": False, "reasons": ()}
"""What stands where a muscle was not recorded; elsewhere null."""

NO_TREND = Trend(sweep_number=(), sample_index=(), time_s=(), current_ma=(), muscles=())


def joined(trends: Iterable[Trend]) -> Trend:
    """Return trends, each later than the one before, as one."""
    parts = [trend for trend in trends if len(trend)]
    if len(parts) == 1:
        return parts[0]
    muscles = dict.fromkeys(each.muscle for part in parts for each in part.muscles)
    columns: dict[str, Any] = {
        name: tuple(value for part in parts for value in getattr(part, name))
        for name in SWEEP_COLUMNS
    }
    return Trend(
        muscles=tuple(
            MuscleTrend(
                muscle=muscle,
                **{name: _joined_column(parts, muscle, name) for name in MUSCLE_COLUMNS},
            )
            for muscle in muscles
        ),
        **columns,
    )


def _joined_column(parts: Sequence[Trend], muscle: Muscle, name: str) -> tuple[Any, ...]:
    column: list[Any] = []
    for part in parts:
        found = part.of(muscle)
        column += [_OF_NO_SWEEP.get(name)] * len(part) if found is None else getattr(found, name)
    return tuple(column)


def _chosen(
    holder: Trend | MuscleTrend, names: Sequence[str], rows: Sequence[int]
) -> dict[str, Any]:
    return {name: tuple(getattr(holder, name)[row] for row in rows) for name in names}
