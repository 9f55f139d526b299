from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation import Surgery, load_scenario, simulate
from amr_monitor.simulation.confounders import CurrentChanged, Fault, ForeignStimuli, StimulusLost
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.patient import PatientRanges
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.scenario import Scenario

LEAD, DIRECT = 0, 1


def surgery(*faults: Fault, name: str = "persistent", seed: int = 6, **ranges: float) -> Surgery:
    scenario = load_scenario(name)
    patient = replace(PatientRanges(), **{key: fixed(value) for key, value in ranges.items()})
    changed: Scenario = replace(scenario, faults=faults or scenario.faults, patient=patient)
    return simulate(changed, seed=seed, minutes=4.0, rate_hz=2000)


def test_m_waves_vary_by_a_few_percent() -> None:
    m_uv = surgery(m_variation=0.05).responses[DIRECT].m_amplitude_uv
    assert np.std(m_uv) / np.mean(m_uv) == pytest.approx(0.05, rel=0.15)


def test_the_far_field_in_the_lead_goes_with_the_m_wave_of_the_direct_muscle() -> None:
    made = surgery()
    lead, direct = (responses.m_amplitude_uv for responses in made.responses)
    assert np.corrcoef(lead, direct)[0, 1] == pytest.approx(1.0)
    assert lead.max() < 0.1 * direct.max()


def test_the_amr_varies_and_begins_at_about_ten_milliseconds() -> None:
    responses = surgery(
        amr_firing_probability=1.0, amr_variation=0.3, excitability_drift=0.0
    ).responses[LEAD]
    seen = responses.amr_amplitude_uv > 0.0
    assert seen.all()
    spread = np.std(responses.amr_amplitude_uv) / np.mean(responses.amr_amplitude_uv)
    assert spread == pytest.approx(0.3, rel=0.3)
    assert 7.5 <= np.median(responses.amr_onset_ms) <= 13.0
    assert np.std(responses.amr_onset_ms) < 0.6


def test_units_fire_as_often_as_their_patient_lets_them() -> None:
    often = surgery(amr_firing_probability=0.9).responses[LEAD].amr_amplitude_uv > 0.0
    seldom = surgery(amr_firing_probability=0.3, amr_polyphasic_probability=0.0, seed=8).responses[
        LEAD
    ]
    assert np.mean(often) > 0.85
    assert 0.2 < np.mean(seldom.amr_amplitude_uv > 0.0) < 0.8


def test_a_lost_amr_leaves_m_wave_and_artifact() -> None:
    lost = surgery(name="abrupt_loss")
    late = lost.pulses.time_s > lost.timeline.starts_s[PhaseName.VESSEL_MOVED] + 4.0
    for responses in lost.responses:
        assert not responses.amr_amplitude_uv[late].any()
        assert (responses.m_amplitude_uv[late] > 0.0).all()
        assert (np.abs(responses.artifact_uv[late]) > 0.0).all()


def test_a_lost_stimulus_takes_everything_with_it() -> None:
    made = surgery(StimulusLost(after=PhaseName.VESSEL_MOVED, lasting_s=fixed(20.0)))
    start_s = made.timeline.starts_s[PhaseName.VESSEL_MOVED]
    lost = (made.pulses.time_s >= start_s) & (made.pulses.time_s < start_s + 20.0)
    for responses in made.responses:
        assert not responses.m_amplitude_uv[lost].any()
        assert not responses.artifact_uv[lost].any()
        assert not responses.amr_amplitude_uv[lost].any()
        assert not responses.has_f_wave[lost].any()
        assert (responses.amr_gain[lost] == 1.0).all()


def test_a_lower_current_recruits_less() -> None:
    made = surgery(
        CurrentChanged(after=PhaseName.VESSEL_MOVED, factor=fixed(0.6)), amr_half_current=0.75
    )
    low = made.pulses.current_factor < 1.0
    responses = made.responses[LEAD]
    assert responses.amr_amplitude_uv[low].mean() < 0.5 * responses.amr_amplitude_uv[~low].mean()
    artifact = np.abs(responses.artifact_uv)
    assert artifact[low].mean() == pytest.approx(0.6 * artifact[~low].mean(), rel=0.2)


def test_afterdischarge_goes_with_the_amr() -> None:
    responses = surgery(
        name="abrupt_loss",
        afterdischarge_patient_probability=1.0,
        afterdischarge_probability=0.3,
    ).responses[LEAD]
    seen = responses.amr_amplitude_uv > 0.0
    assert not responses.afterdischarges[~seen].any()
    assert np.mean(responses.afterdischarges[seen]) == pytest.approx(0.3, abs=0.1)


def test_f_waves_stay_when_the_amr_is_lost() -> None:
    made = surgery(name="abrupt_loss", f_persistence=0.8)
    late = made.pulses.time_s > made.timeline.starts_s[PhaseName.VESSEL_MOVED] + 4.0
    assert np.mean(made.responses[DIRECT].has_f_wave[late]) == pytest.approx(0.8, abs=0.12)


def test_f_waves_have_the_size_that_a_neurophysiologist_expects() -> None:
    made = surgery(name="not_elicited", f_persistence=1.0, f_fraction_of_m=0.05)
    train = made.responses[DIRECT].potentials
    samples = train.rendered(first_index=0, n_samples=made.n_samples, rate_hz=made.rate_hz)
    onsets = np.round(made.pulses.time_s * made.rate_hz).astype(int)[:-1]
    sizes = [np.ptp(samples[onset : onset + 60]) for onset in onsets]
    share = np.median(sizes) / made.patient.muscles[DIRECT].m_amplitude_uv
    assert 0.03 <= share <= 0.09


@pytest.mark.parametrize("kind", [StimulusClass.ZLR, StimulusClass.MEP])
def test_foreign_stimuli_have_responses_of_their_own(kind: StimulusClass) -> None:
    made = surgery(
        ForeignStimuli(
            after=PhaseName.DURA_OPENED,
            lasting_s=fixed(6.0),
            stimulus_class=kind,
            rate_hz=fixed(1.0),
        ),
        name="not_elicited",
    )
    lead = made.scenario.muscles.index(Muscle.ORBICULARIS_OCULI)
    foreign = np.flatnonzero(made.pulses.are(kind) & made.pulses.marked)
    train = made.responses[lead].potentials
    for k in foreign:
        delay_ms = 1000.0 * (train.time_s - made.pulses.time_s[k])
        near = (delay_ms > 3.0) & (delay_ms < 20.0)
        assert np.abs(train.amplitude_uv[near]).max() > 20.0
