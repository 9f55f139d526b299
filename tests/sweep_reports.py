"""Sweeps as the monitor tells them, made up."""

import numpy as np

from amr_monitor.model.case import AmrState, Certainty, Muscle, Reason
from amr_monitor.model.finding import Finding, Measurement, MuscleStatus, Quality, SweepReport

MUSCLES = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)


def a_report(*, sample_index: int, sweep_number: int = 1, rate_hz: float = 1000.0) -> SweepReport:
    """Return a sweep whose samples tell its index."""
    raw = np.full((len(MUSCLES), 100), sample_index, dtype=np.float32)
    return SweepReport(
        sweep_number=sweep_number,
        sample_index=sample_index,
        time_s=sample_index / rate_hz,
        current_ma=8.0,
        start_ms=-20.0,
        step_ms=2.0,
        cleaned_uv=raw[:, ::2] / 2.0,
        findings=tuple(_finding(muscle) for muscle in MUSCLES),
        statuses=tuple(_status(muscle) for muscle in MUSCLES),
        raw_uv=raw,
        raw_start_ms=-20.0,
        raw_step_ms=1.0,
    )


def _finding(muscle: Muscle) -> Finding:
    return Finding(
        muscle=muscle,
        quality=Quality(accepted=False, reasons=(Reason.NOISY,)),
        measurement=Measurement(
            peak_to_peak_uv=84.5,
            onset_latency_ms=None,
            noise_rms_uv=4.0,
            mains_uv=float("nan"),
            artifact_uv=900.0,
            m_wave_uv=1500.0,
        ),
        log_likelihood=np.zeros(0),
    )


def _status(muscle: Muscle) -> MuscleStatus:
    return MuscleStatus(
        muscle=muscle,
        is_lead=muscle is Muscle.ORBICULARIS_OCULI,
        state=AmrState.PRESENT,
        certainty=Certainty.CONFIRMED,
        since_time_s=0.0,
        indeterminate=None,
        reasons=(),
        probability_present=None,
        log_odds_absent=None,
        amplitude_uv=None,
        amplitude_upper_bound_uv=None,
        amplitude_percent_of_baseline=None,
        onset_latency_ms=None,
        m_wave_percent_of_baseline=None,
        valid_sweeps=0,
        accepted_of_last_10=0,
        silent_s=0.0,
        silent_sweeps=0,
        returned_count=0,
        words="",
    )
