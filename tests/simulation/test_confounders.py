"""What each of the rarer confounders does to a surgery."""

import numpy as np
import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.simulation import Surgery, simulate, truth_of
from amr_monitor.simulation.confounders import (
    Bolus,
    CurrentChanged,
    ElectrodeDrift,
    Fault,
    Irrigation,
    PolarityChanged,
    RateChanged,
    ResidualRelaxant,
    ResponseChange,
    StimulationPaused,
)
from amr_monitor.simulation.distributions import fixed
from tests.simulation.short import short_surgery

LEAD = Muscle.ORBICULARIS_OCULI


def disturbed(*faults: Fault) -> Surgery:
    return short_surgery(*faults, phase_s=20.0)


def test_without_them_a_surgery_is_what_it_was() -> None:
    usual, later = disturbed(), disturbed(PolarityChanged(seconds=fixed(100.0)))
    assert np.array_equal(usual.samples_uv(0, 8000), later.samples_uv(0, 8000))


def test_polarity_turns_the_artifact_and_not_the_response() -> None:
    usual, turned = disturbed(), disturbed(PolarityChanged(seconds=fixed(10.0)))
    after = usual.pulses.time_s >= 10.0
    for before, now in zip(usual.responses, turned.responses, strict=True):
        assert np.array_equal(now.artifact_uv[after], -before.artifact_uv[after])
        assert np.array_equal(now.amr_amplitude_uv, before.amr_amplitude_uv)
        assert np.array_equal(now.m_amplitude_uv, before.m_amplitude_uv)


def test_the_stimulator_goes_at_another_rate() -> None:
    surgery = disturbed(RateChanged(seconds=fixed(10.0), lasting_s=fixed(20.0), rate_hz=fixed(2.5)))
    inside = surgery.pulses.time_s[(surgery.pulses.time_s > 10.2) & (surgery.pulses.time_s < 30.0)]
    assert np.diff(inside) == pytest.approx(0.4)


def test_while_the_stimulation_is_paused_there_is_no_stimulus() -> None:
    surgery = disturbed(StimulationPaused(seconds=fixed(10.0), lasting_s=fixed(15.0)))
    times_s = surgery.pulses.time_s
    assert not ((times_s >= 10.0) & (times_s < 25.0)).any()
    assert (times_s > 25.0).any()


def test_a_relaxant_that_wears_off_lets_m_and_amr_rise_together() -> None:
    surgery = disturbed(ResidualRelaxant(block=fixed(0.4), recovery_minutes=fixed(1.5)))
    unblocked = surgery.shared.unblocked
    assert unblocked[0] == pytest.approx(0.6, abs=0.01)
    assert unblocked[-1] == 1.0
    assert (np.diff(unblocked) >= 0.0).all()


def test_a_bolus_takes_the_response_down_for_a_while_and_leaves_m() -> None:
    fault = Bolus(
        seconds=fixed(10.0),
        depth=fixed(0.5),
        onset_minutes=fixed(0.25),
        recovery_minutes=fixed(1.0),
    )
    usual, surgery = disturbed(), disturbed(fault)
    share = surgery.shared.excitability / usual.shared.excitability
    assert share.min() == pytest.approx(0.5, abs=0.02)
    assert share[0] == share[-1] == 1.0
    assert np.array_equal(usual.shared.m_factor, surgery.shared.m_factor)
    assert any("bolus" in names for names in truth_of(surgery).of(LEAD).confounders)


def test_irrigation_moves_cables_and_cools() -> None:
    fault = Irrigation(
        seconds=fixed(10.0), lasting_s=fixed(10.0), amplitude_uv=fixed(40.0), depth=fixed(0.4)
    )
    usual, surgery = disturbed(), disturbed(fault)
    added = surgery.samples_uv(22000, 38000) - usual.samples_uv(22000, 38000)
    assert 20.0 < np.sqrt(np.median(added**2)) / 0.67 < 60.0
    share = surgery.shared.excitability / usual.shared.excitability
    assert share.min() == pytest.approx(0.6, abs=0.02)


def test_a_drying_electrode_gets_louder_and_shows_less() -> None:
    fault = ElectrodeDrift(
        noise_factor=fixed(2.0), mains_uv=fixed(0.0), gain=fixed(0.5), over_minutes=fixed(1.0)
    )
    surgery = disturbed(fault)
    share = surgery.faults.signal_share(LEAD, np.array([0.0, 139.0]), surgery.timeline)
    assert share.tolist() == [1.0, 0.5]
    assert (surgery.faults.signal_share(Muscle.MENTALIS, np.array([139.0]), surgery.timeline)) == 1
    loudness = surgery.interferences[0].noise_factor(np.array([0.0, 139.0]))
    assert loudness.tolist() == [1.0, 2.0]


def test_the_response_changes_its_size_and_latency_in_a_step() -> None:
    fault = ResponseChange(
        seconds=fixed(70.0), amplitude=fixed(1.5), latency_ms=fixed(0.6), shape=fixed(0.0)
    )
    usual, surgery = disturbed(), disturbed(fault)
    before, now = (s.responses[0] for s in (usual, surgery))
    fired = (before.amr_amplitude_uv > 5.0) & (now.amr_amplitude_uv > 5.0)
    after = fired & (usual.pulses.time_s >= 70.0)
    earlier = fired & (usual.pulses.time_s < 70.0)
    assert now.amr_amplitude_uv[after] == pytest.approx(
        1.5 * before.amr_amplitude_uv[after], rel=0.02
    )
    assert now.amr_onset_ms[after] - before.amr_onset_ms[after] == pytest.approx(0.6, abs=0.11)
    assert np.array_equal(now.amr_amplitude_uv[earlier], before.amr_amplitude_uv[earlier])


def test_over_hours_the_response_changes_slowly() -> None:
    fault = ResponseChange(amplitude=fixed(0.5), shape=fixed(0.0), over_minutes=fixed(2.0))
    factor, delay_ms = disturbed(fault).faults.changed_response(
        LEAD,
        np.arange(0.0, 130.0, 10.0),
        3,
        disturbed(fault).timeline,
        disturbed(fault).streams,
    )
    assert (np.diff(factor[:, 0]) <= 0.0).all()
    assert factor[0, 0] == 1.0
    assert factor[-1, 0] == pytest.approx(0.5)
    assert delay_ms.shape == (13, 1)


def test_a_current_that_sinks_untold_is_said_as_before() -> None:
    surgery = disturbed(CurrentChanged(seconds=fixed(10.0), factor=fixed(0.8), told=False))
    assert len(set(surgery.pulses.current_ma.tolist())) == 1
    assert surgery.pulses.current_factor[-1] == 0.8
    truth = truth_of(surgery).of(LEAD)
    assert "current_untold" in truth.confounders[-1]
    assert truth.usable.all()


@pytest.mark.parametrize("name", ["slow_change", "retraction", "residual_relaxant", "at_threshold"])
def test_the_response_of_a_confounder_alone_is_never_gone(name: str) -> None:
    truth = truth_of(simulate(name, seed=3, minutes=3.2, rate_hz=2000))
    assert truth.of(truth.lead).gain.min() == 1.0
    assert truth.of(truth.lead).present.mean() > 0.2
