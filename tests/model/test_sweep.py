import numpy as np
import pytest

from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import ResponseWindow, Sweep, sweep_offsets

STIMULUS = Stimulus(sample_index=1000)


def sweep(*, onset_sample: int = 4, shape: tuple[int, ...] = (2, 10)) -> Sweep:
    return Sweep(
        stimulus=STIMULUS,
        first_index=996,
        onset_sample=onset_sample,
        samples_uv=np.zeros(shape, dtype=np.float32),
    )


@pytest.mark.parametrize(("start_ms", "end_ms"), [(8.0, 8.0), (28.0, 8.0)])
def test_a_window_ends_after_it_starts(start_ms: float, end_ms: float) -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        ResponseWindow(start_ms=start_ms, end_ms=end_ms)


def test_the_samples_of_a_sweep_cannot_be_written_to() -> None:
    assert not sweep().samples_uv.flags.writeable


def test_a_sweep_ends_one_past_its_last_sample() -> None:
    assert sweep().end_index == 1006


@pytest.mark.parametrize("onset_sample", [-1, 10])
def test_a_sweep_holds_its_stimulus(onset_sample: int) -> None:
    with pytest.raises(ValueError, match="outside its sweep"):
        sweep(onset_sample=onset_sample)


def test_a_sweep_has_channels_and_samples_and_nothing_else() -> None:
    with pytest.raises(ValueError, match=r"\(channels, samples\)"):
        sweep(shape=(10,))


@pytest.mark.parametrize(
    ("rate_hz", "before", "after"),
    [(2000.0, 1000, 200), (5000.0, 2500, 500), (20_000.0, 10_000, 2000), (4999.9, 2500, 500)],
)
def test_a_full_sweep_is_the_window_in_whole_samples(
    rate_hz: float, before: int, after: int
) -> None:
    assert sweep_offsets(rate_hz, -500.0, 100.0) == (before, after)
