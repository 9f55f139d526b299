import numpy as np
import pytest

from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import SourceError, SourceFormatError, StorageError
from tests.qa.exports.cases import FIXTURES, Home
from tests.qa.exports.conftest import RATE_HZ
from tests.storage.recordings import samples
from tests.storage.tampering import alter


def test_a_replayed_case_is_read_from_its_file(disappeared: Home) -> None:
    with disappeared.opened() as case:
        (stretch,) = case.stretches
        assert (stretch.rate_hz, stretch.onset_s, stretch.first_index) == (5000.0, 0.0, 0)
        assert [channel.muscle for channel in stretch.emg] == [
            Muscle.ORBICULARIS_OCULI,
            Muscle.MENTALIS,
        ]
        assert {channel.side for channel in stretch.emg} == {Side.LEFT}
        assert stretch.trigger is not None
        assert stretch.trigger.rate_hz == 1000.0
        assert len(case.stimuli) == 167
        assert case.is_simulated


def test_a_hole_parts_the_recording(with_a_hole: Home) -> None:
    with with_a_hole.opened() as case:
        first, second = case.stretches
        assert second.first_index == first.n_samples
        missing_s = second.onset_s - first.onset_s - first.duration_s
        assert missing_s == pytest.approx(12.4, abs=0.05)


def test_a_run_is_read_from_its_own_recording(recorded: Home) -> None:
    with recorded.opened() as case:
        (stretch,) = case.stretches
        assert stretch.n_samples == 2500
        lead = stretch.emg[0]
        assert lead.line_uv is not None
        assert lead.padding_value == -(2**23)
        read_uv = lead.line_uv.physical(stretch.digital(lead, 0, 2500))
        assert read_uv == pytest.approx(samples(0, 2500)[0], abs=0.001)
        assert np.issubdtype(stretch.digital(lead, 0, 1).dtype, np.integer)


def test_a_run_that_went_badly_is_read_as_it_was(troubled: Home) -> None:
    with troubled.opened() as case:
        first, second = case.stretches
        assert (first.n_samples, second.first_index, second.n_samples) == (1500, 1500, 1200)
        assert first.rate_hz == second.rate_hz == RATE_HZ
        assert second.onset_s == pytest.approx(8.125)
        lead = first.emg[0]
        assert (first.digital(lead, 300, 100) == lead.padding_value).all()
        assert [s.position for s in case.stimuli] == [200.25, 1200.25, 2000.25]


def test_a_replay_without_its_file_says_which(disappeared: Home) -> None:
    with (
        pytest.raises(SourceError, match=r"no recording of its own.*--recording disappeared\.edf"),
        disappeared.opened(files=[]),
    ):
        pass


def test_another_recording_is_refused(disappeared: Home) -> None:
    with (
        pytest.raises(SourceError, match="is not the recording that case"),
        disappeared.opened(files=[FIXTURES / "persistent.edf"]),
    ):
        pass


def test_another_format_is_told_how_to_convert(disappeared: Home) -> None:
    with (
        pytest.raises(SourceFormatError, match=r"convert lab_recorder\.xdf OUT\.bdf"),
        disappeared.opened(files=[FIXTURES / "lab_recorder.xdf"]),
    ):
        pass


def test_a_file_that_is_not_there_is_told(disappeared: Home) -> None:
    with (
        pytest.raises(SourceError, match="cannot be read"),
        disappeared.opened(files=[FIXTURES / "nothing.edf"]),
    ):
        pass


def test_a_case_that_was_altered_is_not_exported(recorded: Home) -> None:
    alter(
        f"sqlite:///{recorded.folder / 'journal.sqlite'}",
        "UPDATE events SET reason = 'other' WHERE seq = 1",
    )
    with pytest.raises(StorageError, match="altered"), recorded.opened():
        pass
