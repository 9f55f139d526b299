from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import Muscle, Outcome
from amr_monitor.simulation import Surgery, load_scenario, simulate, truth_of
from amr_monitor.simulation.confounders import Fault, Tetanus
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.patient import PatientRanges
from amr_monitor.simulation.phases import PhaseName
from amr_monitor.simulation.scenario import ScheduledMark
from amr_monitor.simulation.truth import CONFOUNDERS, NO_EVIDENCE


@pytest.mark.parametrize(
    ("name", "outcome", "tags"),
    [
        ("abrupt_loss", Outcome.DISAPPEARED, ()),
        ("gradual_loss", Outcome.DISAPPEARED, ()),
        ("transient_return", Outcome.DISAPPEARED, ()),
        ("returned", Outcome.PERSISTENT, ("returned",)),
        ("early_loss", Outcome.DISAPPEARED_BEFORE_DECOMPRESSION, ("dura",)),
        ("early_loss_csf", Outcome.DISAPPEARED_BEFORE_DECOMPRESSION, ("csf",)),
        ("early_loss_returned", Outcome.DISAPPEARED, ("early_loss_returned",)),
        ("attenuated", Outcome.PERSISTENT, ("attenuated",)),
        ("persistent", Outcome.PERSISTENT, ()),
        ("not_elicited", Outcome.NOT_ELICITED, ()),
        ("stimulus_lost", Outcome.PERSISTENT, ()),
        ("lead_electrode_off", Outcome.INDETERMINATE, ()),
        ("cautery", Outcome.PERSISTENT, ()),
        ("drill", Outcome.PERSISTENT, ()),
        ("neurotonic", Outcome.DISAPPEARED, ()),
        ("mains", Outcome.DISAPPEARED, ()),
        ("afterdischarge", Outcome.DISAPPEARED, ()),
        ("f_wave", Outcome.DISAPPEARED, ()),
        ("foreign_stimuli", Outcome.DISAPPEARED, ()),
        ("current_changed", Outcome.PERSISTENT, ()),
    ],
)
def test_a_scenario_ends_as_its_name_says(
    name: str, outcome: Outcome, tags: tuple[str, ...]
) -> None:
    truth = truth_of(simulate(name, seed=3, minutes=4.0, rate_hz=1000))
    assert (truth.outcome, truth.tags) == (outcome, tags)
    assert truth.phase_known
    assert truth.lead is Muscle.ORBICULARIS_OCULI


@pytest.mark.parametrize(
    ("name", "confounder"),
    [
        ("stimulus_lost", "stimulus_lost"),
        ("lead_electrode_off", "lead_electrode_off"),
        ("cautery", "cautery"),
        ("drill", "drill"),
        ("neurotonic", "neurotonic"),
        ("relaxant", "relaxant"),
        ("slow_anaesthesia", "slow_anaesthesia"),
        ("mains", "mains"),
        ("afterdischarge", "afterdischarge"),
        ("foreign_stimuli", "foreign_stimulus"),
        ("current_changed", "below_reference"),
    ],
)
def test_each_confounder_is_named_in_the_sweeps_it_disturbs(name: str, confounder: str) -> None:
    surgery = simulate(name, seed=3, minutes=4.0, rate_hz=1000)
    lead = truth_of(surgery).muscles[0]
    disturbed = np.array([confounder in names for names in lead.confounders])
    assert 1 <= disturbed.sum() < disturbed.size
    if confounder in NO_EVIDENCE:
        assert not lead.usable[disturbed].any()


def test_f_waves_are_named_in_the_muscle_that_shows_them() -> None:
    truth = truth_of(simulate("f_wave", seed=3, minutes=4.0, rate_hz=1000))
    named = [names.count("f_wave") for names in truth.of(Muscle.MENTALIS).confounders]
    assert np.mean(named) > 0.6


def test_the_electrode_of_one_muscle_leaves_the_other_usable() -> None:
    truth = truth_of(simulate("lead_electrode_off", seed=3, minutes=4.0, rate_hz=1000))
    assert truth.of(Muscle.MENTALIS).usable.all()
    assert not truth.of(Muscle.ORBICULARIS_OCULI).usable[-60:].any()


def test_what_disturbs_is_told_in_a_fixed_order() -> None:
    truth = truth_of(simulate("cautery", seed=3, minutes=4.0, rate_hz=1000))
    for names in truth.muscles[0].confounders:
        assert list(names) == sorted(names, key=CONFOUNDERS.index)


def test_half_a_minute_after_a_tetanus_is_no_evidence() -> None:
    fault: Fault = Tetanus(after=PhaseName.VESSEL_MOVED, lasting_s=fixed(2.0))
    scenario = replace(load_scenario("persistent"), faults=(fault,))
    surgery = simulate(scenario, seed=3, minutes=4.0, rate_hz=1000)
    truth = truth_of(surgery)
    end_s = surgery.timeline.starts_s[PhaseName.VESSEL_MOVED] + 2.0
    after = (truth.time_s > end_s) & (truth.time_s < end_s + 29.0)
    assert not truth.muscles[0].usable[after].any()


def judged(
    name: str, *marks: ScheduledMark, holes_s: tuple[tuple[float, float], ...] = ()
) -> Surgery:
    scenario = replace(load_scenario(name), marks=marks)
    return simulate(scenario, seed=3, minutes=4.0, rate_hz=1000)


def test_a_re_exploration_voids_the_decompression_before_it() -> None:
    again = ScheduledMark(
        text="re exploration", after=PhaseName.DECOMPRESSION_COMPLETE, seconds=fixed(20.0)
    )
    assert truth_of(judged("abrupt_loss", again)).outcome is Outcome.INDETERMINATE


def test_without_a_mark_the_end_of_the_recording_is_judged() -> None:
    truth = truth_of(judged("abrupt_loss"), marks=())
    assert truth.outcome is Outcome.DISAPPEARED
    assert not truth.phase_known


def test_a_hole_takes_its_sweeps_out_of_the_verdict() -> None:
    surgery = judged("abrupt_loss")
    complete_s = surgery.timeline.starts_s[PhaseName.DECOMPRESSION_COMPLETE]
    truth = truth_of(surgery, holes_s=((complete_s, complete_s + 30.0),))
    assert truth.outcome is Outcome.INDETERMINATE


def test_an_early_loss_that_comes_back_and_goes_again_is_tagged() -> None:
    scenario = load_scenario("early_loss")
    (steps,) = [trajectory.steps for trajectory in scenario.trajectories]
    more = (
        replace(steps[0], after=PhaseName.VESSEL_MOVED, seconds=fixed(0.0), gain=fixed(1.0)),
        replace(steps[0], after=PhaseName.VESSEL_MOVED, seconds=fixed(10.0), gain=fixed(0.0)),
    )
    trajectory = replace(scenario.trajectories[0], steps=(*steps, *more))
    surgery = simulate(
        replace(scenario, trajectories=(trajectory,)), seed=3, minutes=4.0, rate_hz=1000
    )
    truth = truth_of(surgery)
    assert (truth.outcome, truth.tags) == (Outcome.DISAPPEARED, ("early_loss_returned",))


def test_amplitudes_of_the_truth_are_those_of_the_signal() -> None:
    quiet = PatientRanges(
        noise_uv=fixed(1e-6),
        mains_uv=fixed(0.0),
        artifact_uv=fixed(1e-3),
        far_field_uv=fixed(1e-3),
        f_conducted=fixed(0.0),
        gain_drift_per_hour=fixed(0.0),
        afterdischarge_patient_probability=fixed(0.0),
    )
    scenario = replace(load_scenario("abrupt_loss"), patient=quiet)
    surgery = simulate(scenario, seed=3, minutes=3.2, rate_hz=10_000)
    truth = truth_of(surgery)
    lead = truth.of(truth.lead)
    window = (round(0.002 * 10_000), round(0.045 * 10_000))
    seen_uv = np.array(
        [
            np.ptp(surgery.samples_uv(first + window[0], first + window[1])[0])
            for first in (truth.time_s * 10_000).astype(int).tolist()
        ]
    )
    there = lead.present
    assert there.any()
    assert not there.all()
    assert seen_uv[there] == pytest.approx(lead.amplitude_uv[there], rel=0.1, abs=1.0)
    assert seen_uv[~there].max() < 3.1


def test_a_sweep_is_touched_by_a_hole_from_500_ms_before_to_100_ms_after(lost: Surgery) -> None:
    truth = truth_of(lost, holes_s=((100.0, 101.0),))
    touched = np.array(["gap" in names for names in truth.of(truth.lead).confounders])
    inside = (truth.time_s + 0.1 > 100.0) & (truth.time_s - 0.5 < 101.0)
    assert np.array_equal(touched, inside)
    assert not truth.of(truth.lead).usable[touched].any()


def test_what_a_stream_loses_is_a_gap_in_the_truth_without_being_asked() -> None:
    surgery = simulate("lost_samples", seed=2, minutes=3.6, rate_hz=1000)
    names = truth_of(surgery).of(surgery.scenario.muscles[0]).confounders
    assert 3 < sum("gap" in of_sweep for of_sweep in names) < 60
