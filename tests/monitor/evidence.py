"""Sweeps as the state machine takes them, made by hand."""

import numpy as np

from amr_monitor.dsp.analysis import SweepFigures, SweepWeight
from amr_monitor.dsp.conditioning import ConditionedSweeps
from amr_monitor.model.case import Reason
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.monitor.evidence import AnalysedSweep, SweepEvidence
from tests.sweeps import OCULI

RATE_HZ = 1000.0
N_GAINS = 15


def analysed(
    number: int,
    *,
    current_ma: float | None = 10.0,
    polarity: int = 1,
    artifact: float = 1.0,
    own_m: float = 1.0,
    m_fraction: float | None = 1.0,
    reasons: tuple[Reason, ...] = (),
    interval_s: float = 1.0,
) -> AnalysedSweep:
    """Return one analysed sweep of orbicularis oculi with what matters set."""
    figures = SweepFigures(
        reasons=reasons,
        peak_to_peak_uv=30.0,
        noise_uv=5.0,
        m_wave_uv=80.0,
        artifact_uv=900.0 * artifact,
        mains_uv=2.0,
    )
    channel = SweepWeight(
        figures=figures,
        log_likelihood=np.zeros(N_GAINS),
        fired=True,
        log_odds_present=8.0,
        log_odds_back=8.0,
        gain=1.0,
        noise_ratio=1.0,
        latency_ms=10.0,
        artifact_fraction=artifact,
        own_m_fraction=own_m,
    )
    conditioned = ConditionedSweeps(
        values_uv=np.zeros((1, 1, 10)),
        mains_uv=np.zeros((1, 1)),
        mains_hz=np.full(1, 50.0),
        artifact_uv=np.full((1, 1), 900.0),
        finite=np.ones((1, 1), dtype=bool),
    )
    time_s = 10.0 + interval_s * number
    return AnalysedSweep(
        stimulus=Stimulus(
            sample_index=round(time_s * RATE_HZ), current_ma=current_ma, polarity=polarity
        ),
        time_s=time_s,
        conditioned=conditioned,
        figures=(figures,),
        evidence={OCULI: channel},
        m_fraction=m_fraction,
    )


def judged(
    number: int = 0,
    *,
    reasons: tuple[Reason, ...] = (),
    doubts: tuple[Reason, ...] = (),
    m_fraction: float | None = 1.0,
    noise_ratio: float = 1.0,
) -> SweepEvidence:
    """Return one sweep with its reasons and doubts."""
    return SweepEvidence(
        sample_index=number,
        time_s=float(number),
        reasons=reasons,
        doubts=doubts,
        challenge_ma=None,
        log_likelihood=np.zeros(N_GAINS),
        fired=True,
        log_odds_present=8.0,
        log_odds_back=8.0,
        gain=1.0,
        latency_ms=10.0,
        m_fraction=m_fraction,
        noise_ratio=noise_ratio,
    )
