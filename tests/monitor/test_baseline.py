"""Which sweeps make a baseline, and what it says of each muscle."""

from dataclasses import replace

import pytest

from amr_monitor.dsp.analysis import channel_figures
from amr_monitor.dsp.conditioning import condition, sweep_geometry
from amr_monitor.model.case import Branch
from amr_monitor.monitor.baseline import (
    BaselineCollector,
    BaselineSweep,
    Reference,
    is_monitorable,
    is_same_current,
    muscle_baseline,
    proof_of_life,
)
from amr_monitor.monitor.settings import MonitorSettings
from tests.sweeps import MENTALIS, OCULI, SWEEP_MS, Patient, Recording

SETTINGS = MonitorSettings()


def baseline_sweeps(recording: Recording) -> list[BaselineSweep]:
    """Return every sweep of a recording as the collector takes them."""
    detector = SETTINGS.detector
    geometry = sweep_geometry(recording.rate_hz, *SWEEP_MS, detector)
    conditioned = condition(recording.sweeps(), geometry, detector)
    figures = [
        channel_figures(conditioned, row, muscle, None, geometry, detector)
        for row, muscle in enumerate(recording.muscles)
    ]
    told = list(zip(*(channel.sweeps() for channel in figures), strict=True))
    return [
        BaselineSweep(
            time_s=float(time_s),
            sweep=conditioned.rows(slice(row, row + 1)),
            figures=told[row],
        )
        for row, time_s in enumerate(recording.times_s)
    ]


def collector(recording: Recording) -> BaselineCollector:
    return BaselineCollector(
        montage=recording.info.montage,
        branch=Branch.MARGINAL_MANDIBULAR,
        geometry=sweep_geometry(recording.rate_hz, *SWEEP_MS, SETTINGS.detector),
        settings=SETTINGS,
    )


def filled(recording: Recording) -> BaselineCollector:
    """Return a collector that was given every sweep at one current."""
    gathering = collector(recording)
    for sweep in baseline_sweeps(recording):
        gathering.push(sweep, current_ma=10.0, polarity=1)
    return gathering


def learnt(recording: Recording) -> Reference:
    return filled(recording).reference(epoch=1)


def test_clean_sweeps_at_one_current_and_polarity_are_kept() -> None:
    recording = Recording(40, rate_hz=2000.0)
    gathering = collector(recording)
    sweeps = baseline_sweeps(recording)
    for sweep in sweeps[:20]:
        assert gathering.push(sweep, current_ma=10.0, polarity=1)
    assert gathering.n_valid == 20
    gathering.push(sweeps[20], current_ma=10.2, polarity=1)
    assert gathering.n_valid == 21
    gathering.push(sweeps[21], current_ma=12.0, polarity=1)
    assert (gathering.n_valid, gathering.current_ma) == (1, 12.0)
    gathering.push(sweeps[22], current_ma=12.0, polarity=-1)
    assert gathering.n_valid == 1


def test_sweeps_without_a_usable_lead_channel_are_not_kept() -> None:
    recording = Recording(30, rate_hz=2000.0)
    recording.flat.append((OCULI, 10.2, 20.2))
    assert filled(recording).n_valid == 20
    recording = Recording(30, rate_hz=2000.0)
    recording.flat.append((MENTALIS, 10.2, 20.2))
    assert filled(recording).n_valid == 30


def test_enough_is_sixty_and_thirty_once_the_dura_is_open() -> None:
    gathering = filled(Recording(59, rate_hz=2000.0))
    assert not gathering.is_acceptable(dura_open=False)
    assert gathering.is_acceptable(dura_open=True)
    assert filled(Recording(60, rate_hz=2000.0)).is_acceptable(dura_open=False)


def test_a_reference_holds_current_polarity_m_wave_and_every_muscle() -> None:
    reference = learnt(Recording(60, rate_hz=2000.0))
    assert (reference.epoch, reference.current_ma, reference.polarity) == (1, 10.0, 1)
    assert reference.n_sweeps == 60
    assert set(reference.calibrations) == {OCULI, MENTALIS}
    assert reference.m_wave_uv is not None
    assert reference.m_wave_uv > 500.0


def test_sweeps_without_delivery_are_left_out_before_anything_is_learnt() -> None:
    recording = Recording(80, seed=110)
    recording.delivered[::5] = False
    reference = learnt(recording)
    assert reference.n_sweeps == 64
    spared = reference.calibrations[OCULI]
    assert spared.artifact_uv == pytest.approx(1100.0, rel=0.2)
    assert spared.elicited


def test_a_channel_with_too_few_clean_sweeps_is_not_learnt() -> None:
    recording = Recording(60, rate_hz=2000.0)
    recording.flat.append((MENTALIS, 15.2, 70.0))
    assert set(learnt(recording).calibrations) == {OCULI}


def test_an_m_wave_that_proves_nothing_is_none() -> None:
    assert learnt(Recording(60, patient=Patient(m_wave_uv=20.0))).m_wave_uv is None


def test_hints_say_what_is_missing() -> None:
    assert filled(Recording(60, rate_hz=2000.0)).hints == ()
    alone = filled(Recording(60, rate_hz=2000.0, muscles=(OCULI,))).hints
    assert any("no channel of the stimulated branch" in hint for hint in alone)
    weak = Recording(60, patient=Patient(m_wave_uv=20.0, artifact_uv=10.0))
    hints = filled(weak).hints
    assert any("no M wave" in hint for hint in hints)
    assert any("no stimulus artifact" in hint for hint in hints)
    unknown = collector(weak)
    unknown.push(baseline_sweeps(weak)[0], current_ma=None, polarity=0)
    assert "current unknown" in unknown.hints
    assert collector(weak).hints == ()


@pytest.mark.parametrize(
    ("current_ma", "other_ma", "same"),
    [(10.0, 10.4, 1), (10.0, 10.6, 0), (None, None, 1), (None, 10.0, 0), (10.0, None, 0)],
)
def test_measured_currents_scatter_around_one_setting(
    current_ma: float | None, other_ma: float | None, same: int
) -> None:
    assert is_same_current(current_ma, other_ma, 0.05) == bool(same)


def test_an_intermittent_response_in_noise_is_not_monitorable() -> None:
    good = learnt(Recording(80, seed=111)).calibrations[OCULI]
    poor = learnt(
        Recording(80, patient=Patient(amplitude_uv={OCULI: 22.0}, skip=0.5), seed=112)
    ).calibrations[OCULI]
    assert is_monitorable(good, SETTINGS)
    assert poor.snr < 6.0
    assert not is_monitorable(poor, SETTINGS)
    assert not is_monitorable(replace(good, elicited=False), SETTINGS)
    assert not is_monitorable(replace(good, expected_sweeps=None), SETTINGS)


def test_proofs_of_life_are_named() -> None:
    good = learnt(Recording(60, seed=113)).calibrations[OCULI]
    assert proof_of_life(good, SETTINGS) == "artifact and M wave"
    assert proof_of_life(replace(good, own_m_uv=None), SETTINGS) == "artifact"
    assert proof_of_life(replace(good, artifact_uv=5.0), SETTINGS) == "M wave"
    assert proof_of_life(replace(good, artifact_uv=5.0, own_m_uv=None), SETTINGS) == "none"


def test_what_is_told_at_acceptance_is_rounded_and_warns() -> None:
    good = learnt(Recording(60, seed=114)).calibrations[OCULI]
    unproven = replace(good, artifact_uv=5.0, own_m_uv=None, use_late=False)
    lead, other = (
        muscle_baseline(
            unproven,
            m_wave_uv=1234.5678,
            expected_sweeps=9,
            sweeps_to_sustain=60,
            is_lead=lead,
            settings=SETTINGS,
        )
        for lead in (True, False)
    )
    assert lead.m_wave_uv == 1234.6
    assert lead.expected_sweeps_to_decision == 9
    assert lead.onset_latency_sd_ms is not None
    assert lead.amplitude_uv == round(good.amplitude_uv, 1)
    assert any("no proof of life" in hint for hint in lead.hints)
    assert not any("no proof of life" in hint for hint in other.hints)
    assert any("afterdischarge" in hint for hint in other.hints)
