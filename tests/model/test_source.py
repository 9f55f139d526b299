from collections.abc import Sequence

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel, Montage, SampleBlock
from amr_monitor.model.source import Origin, SampleSource, SourceInfo, SourceItem
from amr_monitor.model.stimulation import TriggerQuality

INFO = SourceInfo(
    name="three samples",
    origin=Origin.SIMULATED,
    montage=Montage(channels=(Channel(label="oculi", muscle=Muscle.ORBICULARIS_OCULI),)),
    sampling_rate_hz=5000.0,
    trigger_quality=TriggerQuality.SAMPLE_LOCKED,
)


class ThreeSamples:
    """The smallest source there is."""

    def __init__(self) -> None:
        self._left = True

    @property
    def info(self) -> SourceInfo:
        return INFO

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        if not self._left or timeout_s < 0.0:
            return None
        self._left = False
        return [SampleBlock(first_index=0, samples_uv=np.zeros((1, 3), dtype=np.float32))]

    def close(self) -> None:
        self._left = False


def test_a_class_with_info_read_and_close_is_a_source() -> None:
    source: SampleSource = ThreeSamples()
    assert isinstance(source, SampleSource)
    assert source.read(timeout_s=0.0) is not None
    assert source.read(timeout_s=0.0) is None


def test_something_that_cannot_be_closed_is_no_source() -> None:
    class Endless:
        info = INFO

        def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
            return [] if timeout_s else None

    assert not isinstance(Endless(), SampleSource)


def test_a_source_claims_nothing_that_it_was_not_told() -> None:
    assert INFO.start_utc is None
    assert INFO.side is None
    assert INFO.duration_s is None
    assert not INFO.baseline_is_marked
    assert INFO.warnings == ()


def test_a_full_sweep_reaches_from_500_ms_before_to_100_ms_after_the_stimulus() -> None:
    assert (INFO.sweep_start_ms, INFO.sweep_end_ms) == (-500.0, 100.0)


def test_where_samples_come_from_is_one_of_three_words() -> None:
    assert {origin.value for origin in Origin} == {"device", "replay", "simulated"}
