"""The rules of the case are the numbers of the documents."""

from amr_monitor.monitor.settings import MonitorSettings

SETTINGS = MonitorSettings()


def test_a_baseline_needs_sixty_sweeps_and_thirty_at_the_dura() -> None:
    rules = SETTINGS.baseline
    assert (rules.needed_sweeps, rules.needed_sweeps_at_dura) == (60, 30)
    assert not rules.auto_accept
    assert rules.monitorable_snr == 6.0


def test_states_change_by_the_rules_that_are_told() -> None:
    states = SETTINGS.states
    assert (states.attenuated_below, states.present_above) == (0.40, 0.60)
    assert states.window_sweeps == 20
    assert states.fresh_sweeps == 20
    assert states.longest_pause_s == 60.0
    assert (states.sustained_sweeps, states.sustained_s) == (60, 60.0)
    assert (states.sustained_silent_runs, states.sustained_chance) == (3.0, 1e-6)
    assert (states.persistent_sweeps, states.persistent_s) == (60, 180.0)
    assert states.held_sweeps == 60
    assert (states.rejected_of_recent, states.recent_sweeps) == (3, 5)
    assert (states.slow_fall_s, states.slow_fall_vessel_s) == (300.0, 600.0)


def test_marks_and_alarms_are_as_told() -> None:
    assert SETTINGS.marks.tolerance_s == 30.0
    assert SETTINGS.alarm_delay_s == 10.0
    assert SETTINGS.stimulus.paused_s == 180.0
    assert SETTINGS.stimulus.artifact_step == 0.20
    protocol = SETTINGS.stimulus.protocol
    assert (protocol.lowest_tetanus_rate_hz, protocol.tetanus_recovery_s) == (20.0, 30.0)
