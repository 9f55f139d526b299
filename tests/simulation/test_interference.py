from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.simulation import Surgery, load_scenario, simulate
from amr_monitor.simulation.confounders import (
    Cautery,
    Drill,
    ElectrodeForm,
    ElectrodePop,
    Fault,
    LeadElectrodeOff,
    MainsRise,
)
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.phases import PhaseName

RATE_HZ = 5000


def around(fault: Fault, seconds: float) -> tuple[Surgery, np.ndarray, np.ndarray]:
    """Return a surgery, and the samples before and after the fault begins."""
    scenario = replace(load_scenario("not_elicited"), faults=(fault,))
    surgery = simulate(scenario, seed=3, minutes=3.2, rate_hz=RATE_HZ)
    start = round(surgery.timeline.starts_s[PhaseName.DURA_OPENED] * RATE_HZ)
    n_samples = round(seconds * RATE_HZ)
    before = surgery.samples_uv(start - n_samples, start)
    return surgery, before, surgery.samples_uv(start, start + n_samples)


def quiet_spread(samples_uv: np.ndarray) -> np.ndarray:
    """Return a spread that a few stimuli do not change."""
    return np.asarray(np.percentile(np.abs(samples_uv), 60, axis=1))


def test_cautery_drives_every_channel_to_the_rail_and_recovers() -> None:
    surgery, before, during = around(
        Cautery(after=PhaseName.DURA_OPENED, lasting_s=fixed(3.0), recovery_s=fixed(1.0)), 5.0
    )
    at_rail = np.abs(during) >= surgery.rail_uv - 0.01
    assert (np.mean(at_rail[:, : 3 * RATE_HZ], axis=1) > 0.5).all()
    assert (quiet_spread(during[:, -RATE_HZ // 2 :]) < 3.0 * quiet_spread(before) + 10.0).all()
    recovering = during[:, 3 * RATE_HZ + RATE_HZ // 4]
    assert (np.abs(recovering) > 5.0 * quiet_spread(before)).all()


def test_a_drill_is_on_all_channels_and_within_the_band() -> None:
    _, before, during = around(
        Drill(
            after=PhaseName.DURA_OPENED,
            lasting_s=fixed(8.0),
            amplitude_uv=fixed(150.0),
            frequency_hz=fixed(400.0),
        ),
        4.0,
    )
    assert (quiet_spread(during) > 2.0 * quiet_spread(before)).all()
    hz = np.fft.rfftfreq(during.shape[1], 1.0 / RATE_HZ)
    spectrum = np.abs(np.fft.rfft(during[0]))
    peak_hz = hz[np.argmax(np.where(hz > 100.0, spectrum, 0.0))]
    assert 350.0 < peak_hz < 900.0


def test_the_hum_rises_by_what_it_is_told() -> None:
    _, before, during = around(
        MainsRise(after=PhaseName.DURA_OPENED, amplitude_uv=fixed(60.0)), 6.0
    )
    assert (quiet_spread(during[:, 2 * RATE_HZ :]) > quiet_spread(before)).all()


def test_a_pop_is_a_step_that_decays_in_one_channel() -> None:
    _, before, during = around(
        ElectrodePop(after=PhaseName.DURA_OPENED, amplitude_uv=fixed(2000.0), decay_ms=fixed(50.0)),
        1.0,
    )
    assert during[0, 5] > 1500.0
    assert abs(during[1, 5]) < 500.0
    assert quiet_spread(during[:, RATE_HZ // 2 :])[0] < 2.0 * quiet_spread(before)[0] + 5.0


@pytest.mark.parametrize("form", list(ElectrodeForm))
def test_an_electrode_that_is_off_looks_as_its_form_says(form: ElectrodeForm) -> None:
    surgery, before, during = around(LeadElectrodeOff(after=PhaseName.DURA_OPENED, form=form), 6.0)
    settled = during[:, 2 * RATE_HZ :]
    lead, other = settled
    ratio = quiet_spread(settled) / quiet_spread(before)
    assert surgery.scenario.muscles[0] is Muscle.ORBICULARIS_OCULI
    assert 0.3 < ratio[1] < 3.0
    assert np.abs(other).max() > 200.0
    if form is ElectrodeForm.FLAT:
        assert np.abs(lead).max() < 1.0
    elif form is ElectrodeForm.MAINS:
        assert ratio[0] > 4.0
    else:
        assert 0.2 < ratio[0] < 4.0
