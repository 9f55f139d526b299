"""What is known of a sweep beside its samples."""

from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.model.case import MarkName, Reason
from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.monitor.baseline import Reference
from amr_monitor.monitor.context import ContextLog, read_context
from amr_monitor.monitor.current import CurrentWatch
from amr_monitor.monitor.evidence import SweepCircumstances
from amr_monitor.monitor.gate import SweepGate
from amr_monitor.monitor.marks import MarkLog
from amr_monitor.monitor.muscle import MuscleTracker
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.monitor.stimuli import StimulusWatch
from tests.dsp.calibrated import Calibrated, calibrated
from tests.monitor.evidence import analysed
from tests.sweeps import OCULI, Recording

SETTINGS = MonitorSettings()
REFERENCE = Reference(
    epoch=1, current_ma=10.0, polarity=1, m_wave_uv=1000.0, calibrations={}, n_sweeps=60
)


@pytest.fixture(scope="module")
def patient() -> Calibrated:
    """Return a calibrated patient for the tracker."""
    return calibrated(Recording(80, seed=120))


class Gate:
    """A gate with its watches at hand."""

    def __init__(self) -> None:
        self.stimuli = StimulusWatch(settings=SETTINGS.stimulus)
        self.marks = MarkLog()
        self.context = ContextLog(settings=SETTINGS.context)
        self.gate = SweepGate(
            settings=SETTINGS,
            stimuli=self.stimuli,
            current=CurrentWatch(settings=SETTINGS.stimulus),
            marks=self.marks,
            context=self.context,
        )

    def outside(
        self, number: int, *, current_ma: float = 10.0, reasons: tuple[Reason, ...] = ()
    ) -> tuple[Reason, ...]:
        sweep = analysed(number, current_ma=current_ma, reasons=reasons)
        return self.gate.outside(sweep, REFERENCE)


def test_a_plain_sweep_has_nothing_against_it() -> None:
    assert Gate().outside(0) == ()


@pytest.mark.parametrize("reason", [Reason.SATURATED, Reason.NOISY])
def test_interference_on_all_channels_is_held_for_a_second_and_a_half(reason: Reason) -> None:
    gate = Gate()
    assert gate.outside(0, reasons=(reason,)) == (Reason.INTERFERENCE,)
    assert gate.outside(1) == (Reason.RECOVERY,)
    assert gate.outside(2) == ()


def test_one_disturbed_channel_of_two_is_no_interference() -> None:
    gate = Gate()
    one = analysed(0, reasons=(Reason.SATURATED,))
    both = replace(one, evidence={}, figures=(one.figures[0], analysed(0).figures[0]))
    assert gate.gate.outside(both, None) == ()


def test_a_channel_that_is_noisy_without_its_artifact_floats_and_is_no_interference() -> None:
    floats = (Reason.NOISY, Reason.ARTIFACT_MISSING)
    assert Gate().outside(0, reasons=floats) == ()


def test_a_current_below_the_reference_is_told() -> None:
    assert Gate().outside(0, current_ma=8.0) == (Reason.BELOW_REFERENCE,)


def test_a_stimulus_near_by_and_a_tetanus_before_are_told() -> None:
    gate = Gate()
    for time_s, told in ((10.0, None), (10.04, StimulusClass.ZLR)):
        stimulus = Stimulus(sample_index=round(1000.0 * time_s), stimulus_class=told)
        gate.stimuli.push(stimulus, time_s)
    assert gate.outside(0) == (Reason.OTHER_STIMULUS,)
    for number in range(100):
        time_s = 11.0 + 0.02 * number
        gate.stimuli.push(Stimulus(sample_index=round(1000.0 * time_s)), time_s)
    assert Reason.AFTER_TETANUS in gate.outside(30)
    assert Reason.AFTER_TETANUS not in gate.outside(34)


def circumstances(gate: Gate, tracker: MuscleTracker, *, lead: bool = True) -> SweepCircumstances:
    return gate.gate.circumstances(
        analysed(0, current_ma=13.0), (), REFERENCE, tracker, is_lead=lead
    )


def test_a_raised_current_is_a_challenge_only_after_a_loss(patient: Calibrated) -> None:
    tracker = MuscleTracker(
        muscle=OCULI, calibration=patient.calibration, settings=SETTINGS, time_s=0.0
    )
    tracker.begin()
    gate = Gate()
    before = circumstances(gate, tracker)
    assert before.challenge_ma is None
    assert before.relative_current == pytest.approx(1.3)
    tracker.state = tracker.state.DISAPPEARED
    assert circumstances(gate, tracker).challenge_ma == 13.0


def test_a_relaxant_acts_for_forty_minutes_from_its_mark(patient: Calibrated) -> None:
    tracker = MuscleTracker(
        muscle=OCULI, calibration=patient.calibration, settings=SETTINGS, time_s=0.0
    )
    for marked_s, acts in ((9.0, True), (11.0, False), (-2500.0, False)):
        gate = Gate()
        gate.marks.add(
            name=MarkName.RELAXANT_GIVEN,
            vessel=None,
            text="",
            sample_index=0,
            effective_time_s=marked_s,
        )
        assert circumstances(gate, tracker).relaxant is acts


def test_a_tof_that_fell_says_that_a_relaxant_acts(patient: Calibrated) -> None:
    tracker = MuscleTracker(
        muscle=OCULI, calibration=patient.calibration, settings=SETTINGS, time_s=0.0
    )
    for count, acts in (("4", False), ("2", True)):
        gate = Gate()
        gate.context.take(read_context("TOF_count", count), time_s=9.0, by="Kim")
        assert circumstances(gate, tracker).relaxant is acts


def test_only_a_lead_channel_must_prove_that_it_lives(patient: Calibrated) -> None:
    unproven = replace(patient.calibration, artifact_uv=5.0, own_m_uv=None)
    tracker = MuscleTracker(muscle=OCULI, calibration=unproven, settings=SETTINGS, time_s=0.0)
    assert not circumstances(Gate(), tracker).alive_proven
    assert circumstances(Gate(), tracker, lead=False).alive_proven
    assert np.isfinite(unproven.snr)
