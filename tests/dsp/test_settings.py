"""The numbers of the design stand where they are settings."""

import pytest

from amr_monitor.dsp.settings import DetectorSettings, WindowSettings
from amr_monitor.model.case import Muscle


@pytest.mark.parametrize(
    ("muscle", "start_ms"),
    [
        (Muscle.ORBICULARIS_OCULI, 8.0),
        (Muscle.FRONTALIS, 8.0),
        (Muscle.MENTALIS, 11.0),
    ],
)
def test_the_window_of_a_muscle_begins_after_the_m_wave(muscle: Muscle, start_ms: float) -> None:
    window = WindowSettings().response(muscle)
    assert (window.start_ms, window.end_ms) == (start_ms, 28.0)


def test_windows_follow_each_other() -> None:
    windows = WindowSettings()
    edges = [
        windows.sweep_start_ms,
        windows.prestimulus_start_ms,
        windows.prestimulus_end_ms,
        windows.artifact_start_ms,
        windows.artifact_end_ms,
        windows.m_end_ms,
        windows.orbicularis_oculi_start_ms,
        windows.mentalis_start_ms,
        windows.response_end_ms,
        windows.detection_end_ms,
        windows.late_start_ms,
        windows.post_end_ms,
        windows.sweep_end_ms,
    ]
    assert edges == sorted(edges)


def test_decisions_are_graded() -> None:
    settings = DetectorSettings()
    assert (settings.provisional_log_odds, settings.confirmed_log_odds) == (4.6, 6.9)
    assert settings.present_log_odds == -2.2
    assert (settings.return_step, settings.return_threshold) == (6.0, 20.0)
    assert settings.return_uv >= settings.residual_uv


def test_the_sham_window_ends_before_the_stimulus() -> None:
    windows = WindowSettings()
    start_ms = windows.orbicularis_oculi_start_ms + windows.sham_shift_ms
    end_ms = windows.detection_end_ms + windows.sham_shift_ms
    assert start_ms == pytest.approx(-75.5)
    assert end_ms < -20.0


def test_gates_leave_room_between_rejecting_and_doubting() -> None:
    gates = DetectorSettings().gates
    assert (
        gates.lowest_m_fraction
        < gates.lowest_median_m_fraction
        < gates.clean_m_fraction
        < 1.0
        < gates.outdated_m_fraction
    )
    assert gates.alive_low < 1.0 < gates.alive_high
    assert gates.lowest_noise_ratio < gates.lowest_median_noise_ratio < gates.highest_noise_ratio
