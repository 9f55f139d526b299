import numpy as np
import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel, Montage, SampleBlock, read_only

OCULI = Channel(label="EMG oculi", muscle=Muscle.ORBICULARIS_OCULI)
MENTALIS = Channel(label="EMG mentalis", muscle=Muscle.MENTALIS)


def test_a_read_only_array_cannot_be_written_to() -> None:
    frozen = read_only(np.zeros((2, 3), dtype=np.float32))
    with pytest.raises(ValueError, match="read-only"):
        frozen[0, 0] = 1.0


def test_the_array_of_the_caller_stays_his_own() -> None:
    own = np.zeros((2, 3), dtype=np.float32)
    read_only(own)
    own[0, 0] = 1.0
    assert own[0, 0] == 1.0


def test_a_read_only_array_is_contiguous_float32_whatever_came_in() -> None:
    frozen = read_only(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    assert frozen.dtype == np.float32
    assert frozen.flags.c_contiguous
    np.testing.assert_array_equal(frozen, [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]])


def test_the_samples_of_a_block_cannot_be_written_to() -> None:
    block = SampleBlock(first_index=10, samples_uv=np.zeros((2, 5), dtype=np.float32))
    assert not block.samples_uv.flags.writeable


def test_a_block_ends_one_past_its_last_sample() -> None:
    block = SampleBlock(first_index=10, samples_uv=np.zeros((2, 5), dtype=np.float32))
    assert block.end_index == 15


@pytest.mark.parametrize("shape", [(5,), (1, 2, 3)])
def test_a_block_has_channels_and_samples_and_nothing_else(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(channels, samples\)"):
        SampleBlock(first_index=0, samples_uv=np.zeros(shape, dtype=np.float32))


def test_a_montage_names_its_muscles_in_row_order() -> None:
    montage = Montage(channels=(MENTALIS, OCULI))
    assert montage.muscles == (Muscle.MENTALIS, Muscle.ORBICULARIS_OCULI)


def test_a_montage_refuses_a_muscle_that_stands_twice() -> None:
    with pytest.raises(ValueError, match="each muscle once"):
        Montage(channels=(OCULI, Channel(label="oculi 2", muscle=Muscle.ORBICULARIS_OCULI)))


def test_a_montage_refuses_to_be_empty() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Montage(channels=())
