"""The stretches of a surgery."""

from amr_monitor.simulation.phases import DEFAULT_PHASES, PhaseName, Timed


def test_every_phase_has_a_usual_length_and_a_least_one() -> None:
    assert set(DEFAULT_PHASES) == set(PhaseName)
    assert all(span.least_s > 0.0 for span in DEFAULT_PHASES.values())


def test_a_moment_is_the_beginning_unless_it_says_otherwise() -> None:
    assert Timed().after is PhaseName.BEFORE_DURA
