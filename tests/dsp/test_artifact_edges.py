from typing import Any

import numpy as np
import pytest

from amr_monitor.dsp.artifact_edges import (
    LOST_AFTER,
    ArtifactAligner,
    artifact_edges,
    artifact_onset,
    window_offsets,
)

RATES_HZ = [5000.0, 10_000.0, 20_000.0, 30_000.0]
FINE = 120_000.0
"""Rate at which signals are drawn before the amplifier samples them."""


def low_pass(signal: np.ndarray, cutoff_hz: float) -> np.ndarray:
    n_taps = round(0.44 * FINE / cutoff_hz)
    kernel = np.hanning(2 * n_taps + 3)[1:-1]
    return np.convolve(signal, kernel / kernel.sum())[: signal.size]


def window(
    rng: np.random.Generator,
    *,
    rate_hz: float,
    late_ms: float,
    artifact_uv: tuple[float, float] = (800.0, -3000.0),
    m_wave_uv: tuple[float, float] = (60.0, 3000.0),
    n_spikes: int = 0,
    cautery: bool = False,
    noise_uv: float = 5.0,
) -> np.ndarray:
    """Return two channels around a marker that comes `late_ms` after the stimulus."""
    up = round(FINE / rate_hz)
    before, after = window_offsets(rate_hz)
    since_ms = (np.arange((before + after) * up) - before * up) / FINE * 1000.0 + late_ms
    rows = []
    for artifact, m_wave in zip(artifact_uv, m_wave_uv, strict=True):
        row = artifact * ((since_ms >= 0) & (since_ms < 0.2))
        tail = 0.4 * np.exp(-(since_ms - 0.2) / 0.3) + 0.08 * np.exp(-(since_ms - 0.2) / 3.0)
        row = row - artifact * np.where(since_ms >= 0.2, tail, 0.0)
        phase = np.where((since_ms > 2.8) & (since_ms < 8.3), since_ms - 2.8, 0.0) / 5.5
        row = row + 0.5 * m_wave * np.sin(2 * np.pi * phase) * np.sin(np.pi * phase) * 1.3
        for _ in range(n_spikes):
            turns = (since_ms - rng.uniform(since_ms[0], since_ms[-1])) / rng.uniform(0.15, 0.4)
            row = row - rng.uniform(50, 300) * turns * np.exp(-(turns**2))
        rows.append(low_pass(row, min(3000.0, 0.4 * rate_hz))[::up])
    samples = np.array(rows) + rng.normal(0, noise_uv, (2, before + after))
    if cautery:
        samples += rng.normal(0, 1500, samples.shape)
    return np.clip(samples, -5000, 5000).astype(np.float32)


def errors_ms(rate_hz: float, **options: Any) -> tuple[np.ndarray, ArtifactAligner]:
    rng = np.random.default_rng(7)
    aligner = ArtifactAligner(rate_hz=rate_hz)
    errors = []
    for _ in range(60):
        late_ms = rng.uniform(-3.0, 20.0)
        found = aligner.align(
            window(rng, rate_hz=rate_hz, late_ms=late_ms, **options),
            fraction=0.0,
            current_ma=None,
        )
        if found.by_artifact:
            errors.append(found.shift_samples * 1000.0 / rate_hz + late_ms)
    return np.array(errors), aligner


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"m_wave_uv": (60.0, 5000.0), "artifact_uv": (300.0, 300.0)},
        {"m_wave_uv": (0.0, 0.0)},
        {"artifact_uv": (100.0, -4000.0)},
    ],
    ids=["usual", "large_m", "no_m", "small_in_one"],
)
def test_late_markers_are_moved_onto_the_artifact_and_not_onto_the_m_wave(
    rate_hz: float, options: dict[str, Any]
) -> None:
    errors, aligner = errors_ms(rate_hz, **options)
    assert aligner.n_accepted == len(errors) >= 57
    assert np.abs(errors - np.median(errors)).max() < max(0.03, 0.5e3 / rate_hz)
    assert 0.0 < np.median(errors) < 0.5


def test_bursts_of_emg_do_not_pull_it() -> None:
    errors, _ = errors_ms(20_000.0, n_spikes=6)
    assert len(errors) >= 50
    assert np.abs(errors - np.median(errors)).max() < 0.05


def test_where_nothing_stands_out_nothing_is_found() -> None:
    rng = np.random.default_rng(8)
    before, _ = window_offsets(10_000.0)
    lacking: list[dict[str, Any]] = [
        {"artifact_uv": (0.0, 0.0), "m_wave_uv": (0.0, 0.0)},
        {"artifact_uv": (0.0, 0.0)},
        {"cautery": True},
    ]
    for options in lacking:
        noise = window(rng, rate_hz=10_000.0, late_ms=5.0, **options)
        found = artifact_onset(
            noise, rate_hz=10_000.0, expected=float(before), gate_ms=(-25.0, 5.0)
        )
        assert found is None
    flat = np.zeros((2, 900), dtype=np.float32)
    assert artifact_onset(flat, rate_hz=10_000.0, expected=700.0, gate_ms=(-25.0, 5.0)) is None
    assert artifact_edges(flat[:, :20], rate_hz=10_000.0, first=0, last=20) == []


def test_the_onset_near_an_expected_position_is_found() -> None:
    rng = np.random.default_rng(9)
    before, _ = window_offsets(20_000.0)
    signal = window(rng, rate_hz=20_000.0, late_ms=8.0)
    found = artifact_onset(signal, rate_hz=20_000.0, expected=float(before), gate_ms=(-25.0, 5.0))
    assert found is not None
    assert (found - before) / 20.0 == pytest.approx(-8.0, abs=0.3)


def test_a_marker_without_artifact_is_shifted_like_the_others() -> None:
    rng = np.random.default_rng(10)
    aligner = ArtifactAligner(rate_hz=10_000.0)
    for _ in range(8):
        aligner.align(window(rng, rate_hz=10_000.0, late_ms=6.0), fraction=0.0, current_ma=8.0)
    failed = window(
        rng, rate_hz=10_000.0, late_ms=6.0, artifact_uv=(0.0, 0.0), m_wave_uv=(0.0, 0.0)
    )
    found = aligner.align(failed, fraction=0.0, current_ma=8.0)
    assert not found.by_artifact
    assert found.shift_samples == pytest.approx(-60.0, abs=2.0)


def test_a_first_marker_without_artifact_stays() -> None:
    rng = np.random.default_rng(11)
    failed = window(rng, rate_hz=5000.0, late_ms=6.0, artifact_uv=(0.0, 0.0), m_wave_uv=(0.0, 0.0))
    found = ArtifactAligner(rate_hz=5000.0).align(failed, fraction=0.4, current_ma=None)
    assert (found.shift_samples, found.by_artifact) == (0.0, False)


def test_the_fraction_of_the_marker_counts() -> None:
    signal = window(np.random.default_rng(12), rate_hz=10_000.0, late_ms=3.0)
    first = ArtifactAligner(rate_hz=10_000.0).align(signal, fraction=0.0, current_ma=None)
    second = ArtifactAligner(rate_hz=10_000.0).align(signal, fraction=0.25, current_ma=None)
    assert first.shift_samples - second.shift_samples == pytest.approx(0.25)


def test_the_artifact_grows_with_the_current() -> None:
    rng = np.random.default_rng(13)
    aligner = ArtifactAligner(rate_hz=10_000.0)
    for current_ma in (2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 20.0, 2.0):
        signal = window(
            rng,
            rate_hz=10_000.0,
            late_ms=4.0,
            artifact_uv=(40.0 * current_ma, -150.0 * current_ma),
        )
        assert aligner.align(signal, fraction=0.0, current_ma=current_ma).by_artifact


def test_an_artifact_that_has_changed_for_good_is_learnt_anew() -> None:
    rng = np.random.default_rng(14)
    aligner = ArtifactAligner(rate_hz=10_000.0)
    for _ in range(12):
        aligner.align(window(rng, rate_hz=10_000.0, late_ms=4.0), fraction=0.0, current_ma=None)
    found = []
    for _ in range(LOST_AFTER + 1):
        moved = window(rng, rate_hz=10_000.0, late_ms=4.0, artifact_uv=(4000.0, -100.0))
        found.append(aligner.align(moved, fraction=0.0, current_ma=None).by_artifact)
    assert found == [False] * LOST_AFTER + [True]
