"""Each hazard of the operating room, from samples to events: what is not true is not told.

Every surgery is simulated, so the truth is known at each stimulus. A loss may
be told late, or not at all; it may not be told while the response is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from amr_monitor.model.case import (
    AmrState,
    CaseInfo,
    Certainty,
    IndeterminateClass,
    Outcome,
    Reason,
)
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
    Event,
    IndeterminateStarted,
    MonitorFailed,
)
from amr_monitor.model.source import Annotation, ReceivedUpTo, SourceWarning
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import CloseCase, OpenCase
from amr_monitor.monitor.engine import Monitor
from amr_monitor.monitor.settings import BaselineSettings, MonitorSettings
from amr_monitor.simulation import SimulatedSource, simulate
from amr_monitor.simulation.truth import Truth, truth_of
from tests.feeding import run, surgery
from tests.sweeps import OCULI, Patient, Recording

pytestmark = pytest.mark.slow

MINUTES = 5.0
RATE_HZ = 5000.0
BLOCK_S = 5.0
RECENT_SWEEPS = 10
seeds = pytest.mark.parametrize("seed", [1, 2, 3])


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was said of a surgery, and what was true of it."""

    events: tuple[Event, ...]
    truth: Truth

    @property
    def closed(self) -> CaseClosed:
        last = self.events[-1]
        assert isinstance(last, CaseClosed)
        return last

    def changes(self, state: AmrState) -> Iterator[AmrStateChanged]:
        """Yield the changes of the lead muscle to a state that somebody is told of."""
        for event in self.events:
            if (
                isinstance(event, AmrStateChanged)
                and event.muscle is self.truth.lead
                and event.to_state is state
                and event.certainty is not Certainty.PROVISIONAL
            ):
                yield event

    def gains_until(self, event: Event) -> list[float]:
        """Return what the response was capable of in the sweeps up to an event, 0 for nothing."""
        end = int(np.searchsorted(self.truth.time_s, event.time_s + 0.5))
        gains = self.truth.of(self.truth.lead).gain
        return [float(gain) for gain in gains[max(0, end - RECENT_SWEEPS) : end]]

    def reasons(self, kind: IndeterminateClass) -> set[Reason]:
        """Return why the lead was indeterminate in this way."""
        return {
            reason
            for event in self.events
            if isinstance(event, IndeterminateStarted)
            and event.muscle is self.truth.lead
            and event.indeterminate_class is kind
            for reason in event.reasons
        }

    def false_losses(self) -> list[AmrStateChanged]:
        """Return the losses that were told while the response was there."""
        return [e for e in self.changes(AmrState.DISAPPEARED) if self.gains_until(e)[-1] > 0.0]

    def false_presences(self) -> list[AmrStateChanged]:
        """Return the returns and persistences that were told without a response."""
        told = [*self.changes(AmrState.REAPPEARED), *self.changes(AmrState.PERSISTENT)]
        return [e for e in told if not any(self.gains_until(e))]


@cache
def told_of(scenario: str, seed: int) -> Told:
    """Send a simulated surgery through the monitor, with the baseline accepted by itself."""
    simulated = simulate(scenario, seed=seed, minutes=MINUTES, rate_hz=RATE_HZ)
    source = SimulatedSource(simulated, block_samples=round(BLOCK_S * RATE_HZ))
    monitor = Monitor(
        info=source.info, settings=MonitorSettings(baseline=BaselineSettings(auto_accept=True))
    )
    events = list(monitor.receive(OpenCase(sample_index=0, case=CaseInfo(side=source.info.side))))
    while (items := source.read(timeout_s=0.0)) is not None:
        for item in items:
            if isinstance(item, Annotation):
                events += monitor.receive(command_from_annotation(item))
            elif not isinstance(item, SourceWarning):
                events += monitor.receive(item)
    events += monitor.receive(ReceivedUpTo(sample_index=simulated.n_samples))
    events += monitor.receive(CloseCase(sample_index=simulated.n_samples))
    events += monitor.flush()
    assert not any(isinstance(event, MonitorFailed) for event in events)
    return Told(events=tuple(events), truth=truth_of(simulated))


# ------------------------------------------------ what makes a response seem lost


@seeds
def test_a_stimulator_that_fails_is_technical_and_never_a_loss(seed: int) -> None:
    told = told_of("stimulus_lost", seed)
    assert told.false_losses() == []
    assert Reason.M_WAVE_MISSING in told.reasons(IndeterminateClass.TECHNICAL)
    assert told.closed.outcome is not Outcome.DISAPPEARED


@seeds
def test_a_lead_electrode_that_comes_off_is_technical_and_never_a_loss(seed: int) -> None:
    told = told_of("lead_electrode_off", seed)
    assert told.false_losses() == []
    assert told.reasons(IndeterminateClass.TECHNICAL)
    assert told.closed.outcome is Outcome.INDETERMINATE


@seeds
def test_a_relaxant_is_physiological_and_never_a_loss(seed: int) -> None:
    told = told_of("relaxant", seed)
    assert told.false_losses() == []
    assert Reason.M_WAVE_LOW in told.reasons(IndeterminateClass.PHYSIOLOGICAL)
    assert told.closed.outcome is not Outcome.DISAPPEARED


@seeds
def test_deepening_anaesthesia_is_never_a_loss(seed: int) -> None:
    told = told_of("slow_anaesthesia", seed)
    assert told.false_losses() == []
    assert told.closed.outcome is not Outcome.DISAPPEARED


@seeds
@pytest.mark.parametrize("scenario", ["cautery", "drill"])
def test_interference_of_the_surgeon_is_never_a_loss(scenario: str, seed: int) -> None:
    told = told_of(scenario, seed)
    assert told.false_losses() == []
    assert told.closed.outcome is Outcome.PERSISTENT


@seeds
def test_a_lowered_current_is_never_a_loss(seed: int) -> None:
    told = told_of("current_changed", seed)
    assert told.false_losses() == []
    assert told.closed.outcome is Outcome.PERSISTENT


@seeds
def test_a_response_that_only_shrinks_is_never_a_loss(seed: int) -> None:
    told = told_of("attenuated", seed)
    assert told.false_losses() == []
    assert told.closed.outcome is Outcome.PERSISTENT


@seeds
def test_a_loss_before_any_vessel_is_moved_is_no_success(seed: int) -> None:
    told = told_of("early_loss", seed)
    assert told.closed.outcome is Outcome.DISAPPEARED_BEFORE_DECOMPRESSION


# ------------------------------------------------ what makes a response seem to be there


@seeds
@pytest.mark.parametrize("scenario", ["neurotonic", "mains", "f_wave", "afterdischarge"])
def test_what_is_not_locked_to_the_stimulus_or_not_amr_is_never_a_return(
    scenario: str, seed: int
) -> None:
    told = told_of(scenario, seed)
    assert told.false_presences() == []
    assert told.false_losses() == []
    assert told.closed.outcome is Outcome.DISAPPEARED


@seeds
def test_an_m_wave_and_an_artifact_that_stay_are_no_response(seed: int) -> None:
    told = told_of("abrupt_loss", seed)
    assert told.false_presences() == []
    assert told.closed.outcome is Outcome.DISAPPEARED


@seeds
def test_stimuli_of_other_tests_bring_no_verdict_on_the_response(seed: int) -> None:
    told = told_of("foreign_stimuli", seed)
    assert told.false_presences() == []
    assert told.false_losses() == []


@seeds
def test_a_true_return_is_told(seed: int) -> None:
    told = told_of("transient_return", seed)
    assert list(told.changes(AmrState.REAPPEARED))
    assert told.false_presences() == []
    assert told.false_losses() == []


# ------------------------------------------------ what no verdict can be had of


def test_a_patient_who_cannot_be_monitored_is_told_at_the_baseline_and_gets_no_verdict() -> None:
    small_and_rare = Patient(amplitude_uv={OCULI: 20.0}, skip=0.4)
    recording = Recording(200, patient=small_and_rare)
    told = run(
        recording, surgery(recording, dura=70, started=80, moved=85, complete=110, closed=190)
    )
    (lead,) = [m for m in told.one(BaselineAccepted).muscles if m.muscle is OCULI]
    assert lead.elicited
    assert not lead.monitorable
    assert any(hint.startswith("not monitorable") for hint in lead.hints)
    assert told.outcome is Outcome.INDETERMINATE
