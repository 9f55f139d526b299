"""The chain of one channel: the same bits alone and in a batch, and right."""

from dataclasses import fields, replace

import numpy as np
import pytest

from amr_monitor.dsp.analysis import ChannelEvidence, channel_figures
from amr_monitor.dsp.conditioning import condition, sweep_geometry
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.case import Muscle, Reason
from tests.dsp.calibrated import Calibrated, calibrated
from tests.sweeps import MENTALIS, OCULI, SWEEP_MS, Patient, Recording

SETTINGS = DetectorSettings()


def numbers(evidence: ChannelEvidence) -> dict[str, np.ndarray]:
    """Return every array of a result by name."""
    out: dict[str, np.ndarray] = {
        f"figures.{field.name}": getattr(evidence.figures, field.name)
        for field in fields(evidence.figures)
        if field.name != "flags"
    }
    out |= {f"flag.{reason}": flag for reason, flag in evidence.figures.flags.items()}
    out |= {
        field.name: getattr(evidence, field.name)
        for field in fields(evidence)
        if field.name != "figures"
    }
    return out


@pytest.mark.parametrize("rate_hz", [2000.0, 5000.0, 10_000.0, 20_000.0, 30_000.0])
def test_a_sweep_gets_the_same_bits_alone_and_among_a_hundred(rate_hz: float) -> None:
    patient = calibrated(Recording(110, rate_hz=rate_hz, seed=6))
    whole = numbers(patient.evidence())
    for step in (1, 7, 64):
        for first in range(0, 110, step):
            part = slice(first, first + step)
            alone = condition(patient.sweeps[part], patient.geometry, patient.settings)
            assert np.array_equal(alone.values_uv, patient.conditioned.values_uv[part])
            for name, values in numbers(patient.evidence(part)).items():
                assert np.array_equal(
                    values, whole[name][part], equal_nan=values.dtype.kind == "f"
                ), f"{name} at {first}, {step} at a time"


def test_a_sweep_has_the_same_bits_whatever_comes_with_it(patient: Calibrated) -> None:
    forward = patient.evidence(slice(100, 164))
    backward = patient.evidence(slice(163, 99, -1))
    assert np.array_equal(forward.evidence, backward.evidence[::-1])
    assert np.array_equal(forward.noise_ratio, backward.noise_ratio[::-1])


def test_sweeps_with_a_response_stand_apart_from_those_without(patient: Calibrated) -> None:
    told = patient.evidence()
    fired = patient.recording.fired[OCULI]
    assert told.log_odds_present[fired].min() > told.log_odds_present[130:].max()
    assert np.median(told.gain[fired]) == pytest.approx(1.0, abs=0.2)
    assert np.median(told.gain[130:]) < 0.15
    assert np.all(told.evidence[:, 0] == 0.0)


def test_single_sweeps_of_30_uv_in_5_uv_are_told_apart_nearly_always() -> None:
    recording = Recording(
        500, rate_hz=10_000.0, patient=Patient(amplitude_uv={OCULI: 30.0}, skip=0.0), seed=7
    )
    recording.amr[OCULI][300:] = 0.0
    told = calibrated(recording).evidence(slice(100, 500)).log_odds_present
    there, absent = told[:200], told[200:]
    area = float((there[:, None] > absent[None, :]).mean())
    assert area > 0.93


def test_latency_follows_the_onset_of_the_response(patient: Calibrated) -> None:
    latency = patient.evidence().latency_ms
    assert np.all(np.isnan(latency[130:]) | (np.abs(latency[130:] - 10.0) < 2.5))
    assert np.nanmedian(latency[:130]) == pytest.approx(10.0, abs=1.0)


def test_artifact_and_own_m_wave_are_told_over_the_baseline() -> None:
    recording = Recording(120, seed=8)
    recording.artifact[OCULI][100:] = 0.5
    recording.m_wave[110:] = 0.3
    told = calibrated(recording).evidence()
    assert np.median(told.artifact_fraction[:100]) == pytest.approx(1.0, abs=0.02)
    assert np.median(told.artifact_fraction[100:]) == pytest.approx(0.5, abs=0.05)
    assert np.median(told.own_m_fraction[:110]) == pytest.approx(1.0, abs=0.1)
    assert np.median(told.own_m_fraction[110:]) == pytest.approx(0.3, abs=0.15)


def spoilt(reason: Reason) -> Recording:
    """Return 99 sweeps of which those from the 90th on are spoilt in the lead."""
    recording = Recording(99, seed=9)
    match reason:
        case Reason.NOISY:
            recording.noise[OCULI][90:] = 4.0
        case Reason.FLAT:
            recording.flat.append((OCULI, 90.0, 99.0))
        case Reason.ARTIFACT_MISSING:
            recording.delivered[90:] = False
        case Reason.MAINS:
            recording.mains_times[OCULI].append((90.0, 99.0, 200.0))
        case Reason.SATURATED:
            recording.burst[OCULI].append((90.0, 99.0, 3000.0))
        case Reason.NOT_A_NUMBER:
            recording.lost.append((OCULI, 90.0, 99.0))
    return recording


@pytest.mark.parametrize(
    "reason",
    [
        Reason.NOISY,
        Reason.FLAT,
        Reason.ARTIFACT_MISSING,
        Reason.MAINS,
        Reason.SATURATED,
        Reason.NOT_A_NUMBER,
    ],
)
def test_what_spoils_a_sweep_is_flagged_from_then_on(reason: Reason) -> None:
    flags = calibrated(spoilt(reason)).evidence().figures.flags
    assert flags[reason][91:97].all()
    assert not flags[reason][:88].any()


def test_a_response_where_no_stimulus_was_is_the_muscles_own_activity(
    patient: Calibrated,
) -> None:
    shift = round(83.5 * patient.recording.rate_hz / 1000.0)
    trace = patient.recording.samples_uv
    late = tuple(
        replace(
            sweep,
            first_index=sweep.first_index + shift,
            samples_uv=trace[:, sweep.first_index + shift : sweep.end_index + shift],
        )
        for sweep in patient.sweeps[:100]
    )
    shown = replace(patient, sweeps=late).evidence().figures.flags[Reason.EMG_ACTIVITY]
    fired = patient.recording.fired[OCULI][:100]
    assert shown[fired].mean() > 0.95
    calm = patient.evidence().figures.flags[Reason.EMG_ACTIVITY]
    assert calm.mean() < 0.06


def test_the_m_wave_of_the_direct_muscle_rejects_in_every_channel(patient: Calibrated) -> None:
    fraction = np.ones(220)
    fraction[200:] = 0.25
    flags = patient.evidence(m_fraction=fraction).figures.flags
    assert flags[Reason.M_WAVE_MISSING].tolist() == [False] * 200 + [True] * 20


@pytest.mark.parametrize(("muscle", "saturated"), [(OCULI, True), (MENTALIS, False)])
def test_a_large_m_wave_that_ends_late_is_no_saturation_in_mentalis(
    muscle: Muscle, *, saturated: bool
) -> None:
    r = Recording(3, seed=9)
    geometry = sweep_geometry(r.rate_hz, *SWEEP_MS, SETTINGS)
    conditioned = condition(r.sweeps(), geometry, SETTINGS)
    late = (geometry.times_ms > 7.0) & (geometry.times_ms < 9.5)
    conditioned.values_uv[:, 0, late] += 1800.0
    figures = channel_figures(conditioned, 0, muscle, None, geometry, SETTINGS)
    assert figures.flags[Reason.SATURATED].all() == saturated
    assert figures.m_wave_uv.size == 3
