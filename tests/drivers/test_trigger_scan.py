import numpy as np
import pytest

from amr_monitor.drivers import trigger_scan
from amr_monitor.drivers.trigger_scan import trigger_edges
from amr_monitor.dsp.triggers import EdgeDetector, TriggerLevels

RATE_HZ = 1000.0


def line(n_samples: int, onsets: list[int], *, high: int = 1000) -> np.ndarray:
    samples = np.random.default_rng(1).integers(-10, 11, n_samples).astype(np.int16)
    for onset in onsets:
        samples[onset : onset + 5] += high
    return samples


def scan(
    samples: np.ndarray,
    *,
    stretches: list[tuple[int, int]] | None = None,
    threshold: float | None = None,
) -> tuple[np.ndarray, bool] | None:
    return trigger_edges(
        lambda first, n: samples[first : first + n],
        stretches or [(0, len(samples))],
        rate_hz=RATE_HZ,
        threshold=threshold,
        refractory_ms=5.0,
    )


ONSETS = list(range(700, 60_000, 1000))


def test_edges_of_a_digital_input_are_found_as_steps() -> None:
    found = scan(line(60_000, ONSETS))
    assert found is not None
    np.testing.assert_array_equal(found[0], np.array(ONSETS) - 0.5)
    assert found[1]


@pytest.mark.parametrize("chunk", [1000, 1500, 7000, 2**20])
def test_the_size_of_a_chunk_changes_nothing(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trigger_scan, "CHUNK_SAMPLES", chunk)
    found = scan(line(60_500, [*ONSETS, 60_400]))
    assert found is not None
    np.testing.assert_array_equal(found[0], np.array([*ONSETS, 60_400]) - 0.5)


def test_an_edge_is_not_seen_across_a_hole() -> None:
    samples = line(60_000, ONSETS)
    samples[30_000:30_005] += 1000
    found = scan(samples, stretches=[(0, 30_000), (30_000, 30_000)])
    assert found is not None
    np.testing.assert_array_equal(found[0], np.array(ONSETS) - 0.5)


def test_a_line_that_never_rises_has_no_edges() -> None:
    assert scan(line(60_000, [])) is None
    assert scan(np.zeros(5000, dtype=np.int16)) is None
    assert scan(np.zeros(0, dtype=np.int16)) is None
    assert scan(np.zeros(3, dtype=np.int16)) is None


def test_a_threshold_that_a_person_sets_is_taken() -> None:
    samples = line(60_000, ONSETS[:5], high=100)
    samples += line(60_000, ONSETS[30:], high=1000)
    by_height, by_person = scan(samples), scan(samples, threshold=50.0)
    assert by_height is not None
    assert by_person is not None
    assert len(by_height[0]) == 30
    assert len(by_person[0]) == 35
    assert scan(samples, threshold=5000.0) is None
    assert scan(samples, threshold=-500.0) is None


@pytest.mark.parametrize("rate_hz", [1000.0, 4999.0, 20_000.0])
@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_edges_are_those_of_the_whole_line_though_little_of_it_is_read_twice(
    rate_hz: float, kind: type[np.generic]
) -> None:
    generator = np.random.default_rng(3)
    samples = generator.integers(-10, 11, 40 * round(rate_hz)).astype(kind)
    onsets = np.sort(generator.choice(len(samples) - 400, 60, replace=False))
    for onset in onsets.tolist():
        # Pulses of many lengths; some that follow close have no rest between them.
        samples[onset : onset + int(generator.integers(1, 300))] = 1000
    n_read: list[int] = []

    def read(first: int, n_samples: int) -> np.ndarray:
        n_read.append(n_samples)
        part: np.ndarray = samples[first : first + n_samples]
        return part

    stretches = [(0, 17_001), (17_001, len(samples) - 17_001)]
    found = trigger_edges(read, stretches, rate_hz=rate_hz, threshold=500.0, refractory_ms=5.0)
    detector = EdgeDetector(
        TriggerLevels(low=float(np.median(samples[:500])), high=1000.0),
        refractory_samples=0.005 * rate_hz,
    )
    whole = []
    for first, n_samples in stretches:
        detector.reset(sample_index=first)
        whole.append(detector.push(samples[first : first + n_samples]))
    assert found is not None
    np.testing.assert_array_equal(np.round(found[0]), np.round(np.concatenate(whole)))
    assert sum(n_read) < 1.5 * len(samples) or rate_hz < 5000.0
