"""The sweeps beside a verdict, as they are told: raw and cleaned, with their figures."""

import math
from dataclasses import dataclass

from amr_monitor.codec import ShownMeasurement, SweepRecord, json_schema
from amr_monitor.model.case import Muscle, Reason
from amr_monitor.model.signal import FloatArray

MOST_VERDICT_SWEEPS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSamples:
    """A row of samples, null where one is no number."""

    start_ms: float
    step_ms: float
    samples_uv: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictSweep:
    """One muscle in one sweep beside a verdict.

    Attributes
    ----------
    raw : ToldSamples
        As it was received.
    cleaned : ToldSamples
        Mains and slow tail taken off, as it was shown.
    """

    sweep_number: int
    sample_index: int
    time_s: float
    current_ma: float | None
    muscle: Muscle
    accepted: bool
    reasons: tuple[Reason, ...]
    measurement: ShownMeasurement
    raw: ToldSamples
    cleaned: ToldSamples


VERDICT_SWEEPS_SCHEMA = {
    "type": "object",
    "properties": {
        "case_id": {"type": "string"},
        "seq": {"type": ["integer", "null"]},
        "sweeps": {"type": "array", "items": json_schema(VerdictSweep)},
    },
    "required": ["case_id", "seq", "sweeps"],
}


def told_sweeps(record: SweepRecord, muscle: Muscle | None) -> list[VerdictSweep]:
    """Return a sweep muscle by muscle, or of one muscle alone."""
    header = record.header
    return [
        VerdictSweep(
            sweep_number=header.sweep_number,
            sample_index=header.sample_index,
            time_s=header.time_s,
            current_ma=header.current_ma,
            muscle=named,
            accepted=header.quality[row].accepted,
            reasons=header.quality[row].reasons,
            measurement=header.measurement[row],
            raw=_told(record.raw_uv[row], header.raw_start_ms, header.raw_step_ms),
            cleaned=_told(record.cleaned_uv[row], header.start_ms, header.step_ms),
        )
        for row, named in enumerate(header.muscles)
        if muscle in (None, named)
    ]


def _told(row: FloatArray, start_ms: float, step_ms: float) -> ToldSamples:
    # A float32 has seven digits: as many are told as it takes to give it back.
    values = row.astype(float).round(4).tolist()
    samples = tuple(value if math.isfinite(value) else None for value in values)
    return ToldSamples(start_ms=start_ms, step_ms=step_ms, samples_uv=samples)
