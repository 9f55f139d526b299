from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Branch, Muscle
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.patient import Patient, PatientRanges, draw_patient
from amr_monitor.simulation.potentials import motor_unit_potential
from amr_monitor.simulation.streams import RandomStreams

MUSCLES = (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)


def patient(seed: int, ranges: PatientRanges | None = None) -> Patient:
    return draw_patient(
        ranges or PatientRanges(), RandomStreams(seed=seed), MUSCLES, Branch.MARGINAL_MANDIBULAR
    )


def test_the_same_seed_is_the_same_patient() -> None:
    assert patient(1) == patient(1)
    assert patient(1) != patient(2)


@pytest.mark.parametrize("seed", range(40))
def test_every_trait_lies_in_the_range_that_is_documented(seed: int) -> None:
    drawn = patient(seed)
    lead, direct = drawn.muscles
    assert not lead.is_direct
    assert direct.is_direct
    assert 500.0 <= direct.m_amplitude_uv <= 5000.0
    assert 5.0 <= lead.m_amplitude_uv <= 30.0
    for muscle in drawn.muscles:
        assert 1 <= len(muscle.amr_units) <= 12
        assert all(20.0 <= abs(unit.amplitude_uv) <= 150.0 for unit in muscle.amr_units)
        assert all(0.3 <= unit.firing_probability <= 1.0 for unit in muscle.amr_units)
        assert 100.0 <= abs(muscle.artifact.amplitude_uv) <= 5000.0
        assert 1.0 <= muscle.noise_uv <= 5.0
        assert 0.0 <= muscle.mains_uv <= 30.0
    first = lead.amr_units[0]
    assert 8.0 <= first.latency_ms - 2.3 * first.width_ms <= 12.5


def test_setting_one_trait_leaves_the_others() -> None:
    usual, quiet = patient(3), patient(3, replace(PatientRanges(), noise_uv=fixed(1.5)))
    assert [m.noise_uv for m in quiet.muscles] == [1.5, 1.5]
    assert [replace(m, noise_uv=0.0) for m in quiet.muscles] == [
        replace(m, noise_uv=0.0) for m in usual.muscles
    ]


def test_a_muscle_is_the_same_whatever_else_is_recorded() -> None:
    alone = draw_patient(
        PatientRanges(), RandomStreams(seed=4), MUSCLES[1:], Branch.MARGINAL_MANDIBULAR
    )
    assert alone.muscles[0] == patient(4).muscles[1]


def test_an_amplitude_that_is_asked_for_is_that_of_all_units_together() -> None:
    drawn = patient(6, replace(PatientRanges(), amr_amplitude_uv=fixed(80.0)))
    time_ms = np.arange(0.0, 50.0, 0.02)
    total = np.zeros_like(time_ms)
    for unit in drawn.muscles[0].amr_units:
        x = (time_ms - unit.latency_ms) / unit.width_ms
        total += unit.amplitude_uv * motor_unit_potential(x, unit.triphasic)
    assert np.ptp(total) == pytest.approx(80.0, rel=0.02)


def test_the_direct_muscle_is_that_of_the_stimulated_branch() -> None:
    drawn = draw_patient(PatientRanges(), RandomStreams(seed=1), MUSCLES, Branch.ZYGOMATIC)
    assert [muscle.is_direct for muscle in drawn.muscles] == [True, False]
