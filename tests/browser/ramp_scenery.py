"""The set-up of a case, before its baseline: the current is turned up, six sweeps a step."""

from dataclasses import replace

import numpy as np

from amr_monitor.model.case import AmrState, Muscle
from amr_monitor.model.finding import (
    Finding,
    Measurement,
    MuscleStatus,
    Quality,
    SweepReport,
)
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.status import CaseStatus
from tests.api.fakes import MUSCLES, FakeHouse, a_muscle_status, a_status, an_opening
from tests.browser.scenery import N_COLUMNS, ONE_BURST, ROOM, TIME_MS, wave

STEPS: tuple[tuple[float, float, float], ...] = (
    (2.0, 0.0, 300.0),
    (4.0, 0.0, 1100.0),
    (6.0, 30.0, 1750.0),
    (8.0, 55.0, 1980.0),
    (10.0, 58.0, 2010.0),
    (12.0, 57.0, 2000.0),
)
"""Current, peak of the response and of the M wave."""

SWEEPS_A_STEP = 6
NOISE_UV = 4.0


def play_ramp(house: FakeHouse, *, n_steps: int = len(STEPS)) -> None:
    """Play the first steps of the ramp into a house."""
    random = np.random.default_rng(3)
    house.tell(an_opening())
    number = 0
    for current_ma, response_uv, m_wave_uv in STEPS[:n_steps]:
        for _ in range(SWEEPS_A_STEP):
            number += 1
            samples = _waveforms(random, current_ma, response_uv, m_wave_uv)
            house.hub.publish_report(_report(number, current_ma, samples, m_wave_uv))
    house.hub.publish_status(status_of_ramp(number))


def status_of_ramp(n_sweeps: int) -> CaseStatus:
    status = a_status(
        time_s=float(n_sweeps),
        sample_index=5000 * n_sweeps,
        muscles=tuple(_learning(muscle, n_sweeps) for muscle in MUSCLES),
        context=tuple(value for value in ROOM if value.name == "MAC"),
    )
    baseline = replace(
        status.baseline,
        accepted=False,
        acceptable=False,
        valid_sweeps=SWEEPS_A_STEP,
        reference_current_ma=None,
        hints=("M wave not shown to be steady: no two bursts 4 min apart", "TOF not known"),
        conditions=ONE_BURST,
    )
    return replace(status, baseline=baseline)


def _learning(muscle: Muscle, n_sweeps: int) -> MuscleStatus:
    return a_muscle_status(
        muscle,
        state=AmrState.LEARNING,
        words=f"LEARNING BASELINE: {min(SWEEPS_A_STEP, n_sweeps)} of 60 valid sweeps",
        amplitude_uv=None,
        amplitude_percent_of_baseline=None,
        probability_present=None,
    )


def _waveforms(
    random: np.random.Generator, current_ma: float, response_uv: float, m_wave_uv: float
) -> FloatArray:
    samples = random.normal(0.0, NOISE_UV, (2, N_COLUMNS))
    after = np.clip(TIME_MS - 0.2, 0.0, None)
    artifact = np.where(TIME_MS > 0.2, 110.0 * current_ma * np.exp(-after / 0.35), 0.0)
    gain = random.normal(1.0, 0.15)
    samples[0] += artifact + wave(10.2, 5.0, response_uv * gain)
    samples[1] += 0.6 * artifact + wave(3.0, 6.0, 0.7 * m_wave_uv)
    return samples.astype(np.float32)


def _report(number: int, current_ma: float, samples: FloatArray, m_wave_uv: float) -> SweepReport:
    in_window = (TIME_MS >= 8.0) & (TIME_MS < 28.0)
    measurements = [
        Measurement(
            peak_to_peak_uv=round(float(np.ptp(samples[row][in_window])), 1),
            onset_latency_ms=None,
            noise_rms_uv=NOISE_UV,
            mains_uv=1.0,
            artifact_uv=110.0 * current_ma,
            m_wave_uv=m_wave_uv if row else 20.0,
        )
        for row in range(len(MUSCLES))
    ]
    return SweepReport(
        sweep_number=number,
        sample_index=5000 * number,
        time_s=float(number),
        current_ma=current_ma,
        start_ms=-20.0,
        step_ms=0.2,
        cleaned_uv=samples,
        findings=tuple(
            Finding(
                muscle=muscle,
                quality=Quality(accepted=True),
                measurement=measurement,
                log_likelihood=np.empty(0),
            )
            for muscle, measurement in zip(MUSCLES, measurements, strict=True)
        ),
        statuses=tuple(_learning(muscle, number) for muscle in MUSCLES),
        raw_uv=samples + 30.0,
        raw_start_ms=-20.0,
        raw_step_ms=0.2,
    )
