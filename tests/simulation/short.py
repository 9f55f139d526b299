"""Surgeries of a few seconds: for tests that run in real time."""

from amr_monitor.simulation.confounders import Fault
from amr_monitor.simulation.distributions import fixed
from amr_monitor.simulation.phases import PhaseName, PhaseSpan
from amr_monitor.simulation.scenario import Scenario, Stimulation
from amr_monitor.simulation.stream import StreamSettings
from amr_monitor.simulation.surgery import Surgery


def short_surgery(
    *faults: Fault,
    phase_s: float = 0.4,
    rate_hz: float = 2000.0,
    stream: StreamSettings | None = None,
) -> Surgery:
    """Return a surgery whose seven phases take `phase_s` each."""
    span = PhaseSpan(minutes=fixed(phase_s / 60.0), least_s=0.0)
    scenario = Scenario(
        name="short",
        description="A few seconds.",
        phases=dict.fromkeys(PhaseName, span),
        faults=faults,
        stimulation=Stimulation(burst_every_minutes=0.0),
        stream=StreamSettings() if stream is None else stream,
    )
    # Whole seconds are recorded.
    return Surgery(scenario, seed=3, minutes=None, rate_hz=rate_hz)
