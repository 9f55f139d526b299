"""A stimulus comes back from a recording as the live monitor had it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.dsp.triggers import EdgeDetector, levels_of
from amr_monitor.formats.trigger_code import (
    HIGH,
    LINE,
    LOW,
    coded_stimuli,
    quantised,
    stimulus_text,
    trigger_samples,
)
from amr_monitor.model.stimulation import Stimulus, StimulusClass
from amr_monitor.monitor.annotations import StimulusText, stimulus_from_text

RATE_HZ = 2000.0
FRACTIONS = st.floats(0.0, 1.0, exclude_max=True)
CURRENTS = st.none() | st.floats(0.0, 100.0)


def stimulus(index: int, fraction: float = 0.25, polarity: int = 0) -> Stimulus:
    return Stimulus(sample_index=index, fraction=fraction, polarity=polarity)


def channel(stimuli: list[Stimulus], n_samples: int) -> np.ndarray:
    return trigger_samples(stimuli, first_index=0, n_samples=n_samples, rate_hz=RATE_HZ)


@given(
    st.dictionaries(
        st.integers(0, 499), st.tuples(FRACTIONS, st.sampled_from([0, 1, -1])), max_size=60
    )
)
def test_what_is_written_is_read_however_close_the_stimuli(
    drawn: dict[int, tuple[float, int]],
) -> None:
    stimuli = [stimulus(i, f, p) for i, (f, p) in sorted(drawn.items())]
    read = coded_stimuli(channel(stimuli, 500))
    assert read is not None
    kept = [quantised(s) for s in stimuli]
    assert read.positions.tolist() == [s.position for s in kept]
    assert read.polarities.tolist() == [s.polarity for s in kept]


@given(st.integers(0, 10**9), FRACTIONS)
def test_far_into_a_surgery_the_last_bit_is_the_same(index: int, fraction: float) -> None:
    once = quantised(stimulus(index, fraction))
    assert quantised(once) == once
    samples = trigger_samples([once], first_index=index, n_samples=2, rate_hz=RATE_HZ)
    read = coded_stimuli(samples)
    assert read is not None
    # As a reader puts positions of a file on the grid of the recording.
    (position,) = np.round(index + read.positions, 6).tolist()
    assert position == once.position
    assert position - int(position) == once.fraction
    assert abs(once.fraction - fraction) <= 1.1e-6


@pytest.mark.parametrize("n_chunk", [1, 2, 3, 7, 100])
def test_records_written_one_by_one_make_the_same_channel(n_chunk: int) -> None:
    stimuli = [stimulus(i, 0.1 * n) for n, i in enumerate([0, 5, 7, 8, 40, 99, 150, 299])]
    whole = channel(stimuli, 300)
    parts = [
        trigger_samples(stimuli, first_index=at, n_samples=n_chunk, rate_hz=RATE_HZ)
        for at in range(0, 300, n_chunk)
    ]
    assert np.concatenate(parts)[:300].tolist() == whole.tolist()


def test_the_last_sample_of_a_segment_still_tells_its_stimulus() -> None:
    read = coded_stimuli(channel([stimulus(9, 0.5)], 10))
    assert read is not None
    assert read.positions.tolist() == [9.5]


def test_of_two_stimuli_within_one_sample_the_first_is_kept() -> None:
    read = coded_stimuli(channel([stimulus(4, 0.2), stimulus(4, 0.7)], 10))
    assert read is not None
    assert read.positions.tolist() == [4.2]


@pytest.mark.parametrize(
    "indices",
    [range(700, 20_000, 2000), range(700, 20_000, 40), [700, 710, 2700, 2710, 4700, 4710]],
    ids=["1 Hz", "tetanus at 50 Hz", "doubles 5 ms apart"],
)
def test_any_reader_of_a_trigger_sees_the_same_edges(indices: range | list[int]) -> None:
    stimuli = [quantised(stimulus(i, n % 10 / 10)) for n, i in enumerate(indices)]
    samples = channel(stimuli, 20_100)
    levels = levels_of(samples, rate_hz=RATE_HZ)
    assert levels is not None
    assert (levels.low, levels.high) == (LOW, HIGH)
    found = EdgeDetector(levels, refractory_samples=5.0).push(samples)
    np.testing.assert_allclose(found, [s.position for s in stimuli], atol=2e-6)


def test_a_channel_that_another_program_scaled_is_not_read_as_ours() -> None:
    samples = channel([stimulus(100)], 300)
    assert coded_stimuli(samples // 2) is None


def test_values_fit_the_line() -> None:
    samples = channel([stimulus(3, 0.999999, -1), stimulus(50, 0.0)], 100)
    assert samples.min() >= LINE.digital_min
    assert samples.max() <= LINE.digital_max


@pytest.mark.parametrize("kind", [None, *StimulusClass])
@given(current_ma=CURRENTS)
def test_class_and_current_come_back_from_the_text(
    kind: StimulusClass | None, current_ma: float | None
) -> None:
    kept = quantised(Stimulus(sample_index=0, stimulus_class=kind, current_ma=current_ma))
    assert stimulus_from_text(stimulus_text(kept)) == StimulusText(
        stimulus_class=kind, current_ma=kept.current_ma
    )
    if current_ma is not None and kept.current_ma is not None:
        assert abs(kept.current_ma - current_ma) <= 1e-6


def test_a_current_that_no_text_can_say_is_not_kept() -> None:
    assert quantised(Stimulus(sample_index=0, current_ma=-1.0)).current_ma is None
    assert stimulus_text(Stimulus(sample_index=0, current_ma=-1.0)) == "Stim"
