"""One file holds its stretch, whatever comes late, and says where it stands."""

from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.bdf_recorder import NOT_A_NUMBER
from amr_monitor.formats.calibration import live_calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.segment_text import SegmentPlace, segment_place
from amr_monitor.formats.trigger_code import coded_stimuli
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import StorageError
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.recorder_file import (
    RecordedChannels,
    RecorderFile,
    digital_rows,
    kept_labels,
    physical_rows,
)
from tests.storage.recordings import START, info, samples

CHANNELS = RecordedChannels(montage=info().montage, rate_hz=1000.0, start_utc=START)
PLACE = SegmentPlace(first_index=10_000, onset_s=12.5, rate_hz=1000.0, reason="cable")


def file_in(folder: Path, *, stimuli: tuple[Stimulus, ...] = ()) -> RecorderFile:
    return RecorderFile(folder / "a.bdf", channels=CHANNELS, place=PLACE, stimuli=stimuli)


def digital(n_samples: int, *, seed: int = 0) -> np.ndarray:
    return digital_rows(samples(seed, n_samples), CHANNELS.lines)


def positions_in(path: Path) -> list[float]:
    recording = EdfFile(path)
    trigger = recording.signals[-1]
    read = coded_stimuli(recording.read_digital(trigger, 0, recording.n_samples(trigger)))
    recording.close()
    return [] if read is None else read.positions.tolist()


def test_it_says_where_it_stands_and_when_it_began(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.push(digital(1500))
    assert file.close() == 1500
    file.verify()
    recording = EdfFile(file.path)
    assert [segment_place(a.text) for a in recording.annotations] == [PLACE]
    start = recording.header.start
    assert start is not None
    began_s = (START - start).total_seconds() + PLACE.onset_s
    assert recording.segments[0].onset_s == pytest.approx(began_s, abs=1e-4)
    recording.close()


def test_late_stimuli_are_put_where_they_were(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.push(digital(3000))
    file.write()
    for index, fraction in [(10_500, 0.5), (11_999, 0.25), (10_000, 0.0), (12_999, 0.75)]:
        file.add_stimulus(Stimulus(sample_index=index, fraction=fraction))
    file.add_stimulus(Stimulus(sample_index=10_500, fraction=0.9))
    file.close()
    file.verify()
    assert positions_in(file.path) == [0.0, 500.5, 1999.25, 2999.75]


def test_what_the_next_file_must_know_is_handed_on(tmp_path: Path) -> None:
    known = (Stimulus(sample_index=9_999, fraction=0.5), Stimulus(sample_index=10_300))
    file = file_in(tmp_path, stimuli=known)
    file.push(digital(1000))
    file.add_stimulus(Stimulus(sample_index=10_999, fraction=0.5))
    file.add_stimulus(Stimulus(sample_index=11_400))
    file.close()
    file.verify()
    assert positions_in(file.path) == [300.0, 999.5]
    assert [s.sample_index for s in file.stimuli_for_next()] == [10_999, 11_400]


def test_texts_without_room_get_records_of_padding(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.push(digital(700))
    for number in range(40):
        file.add_text(0.1, f"note {number} " + "x" * 60)
    file.close()
    file.verify()
    recording = EdfFile(file.path)
    assert recording.n_samples(recording.signals[0]) == 700
    assert recording.n_records > 5
    recording.close()


def test_an_endless_text_is_cut(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.push(digital(1000))
    file.add_text(0.5, "ö" * 100_000)
    file.close()
    file.verify()


def test_an_abandoned_file_keeps_what_was_written(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.push(digital(2400))
    file.write()
    assert (file.kept_end_index, file.end_index) == (12_000, 12_400)
    file.abandon()
    recording = EdfFile(file.path)
    assert recording.n_records == 2
    recording.close()


def test_a_file_that_was_changed_does_not_verify(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.push(digital(2000))
    file.add_stimulus(Stimulus(sample_index=10_500))
    file.add_text(1.5, "dura opened")
    file.close()
    raw = file.path.read_bytes()
    file.path.write_bytes(raw.replace(b"dura opened", b"dura closed"))
    with pytest.raises(StorageError, match="1 texts not read back"):
        file.verify()


def test_rows_together_are_as_the_calibration_gives_each() -> None:
    lines = [live_calibration(rail) for rail in (300.5, None)]
    values = samples(0, 2000) * np.float32(12.3)
    rows = digital_rows(values, lines)
    assert rows.tolist() == [
        line.digital(row).tolist() for line, row in zip(lines, values, strict=True)
    ]
    wanted = [line.physical_float32(row) for line, row in zip(lines, rows, strict=True)]
    assert physical_rows(rows, lines).tobytes() == np.stack(wanted).tobytes()


def test_no_number_survives_the_way_through_digital_values() -> None:
    values = samples(0, 50)
    values[1, 3:7] = np.nan
    rows = digital_rows(values, CHANNELS.lines)
    assert rows[1, 3:7].tolist() == [NOT_A_NUMBER] * 4
    back = physical_rows(rows, CHANNELS.lines)
    assert np.isnan(back[1, 3:7]).all()
    again = physical_rows(digital_rows(back, CHANNELS.lines), CHANNELS.lines)
    assert again.tobytes() == back.tobytes()
    line = live_calibration(5000.0)
    assert CHANNELS.lines == (line, line)


def test_a_label_that_no_header_holds_becomes_a_usual_one() -> None:
    montage = Montage(
        channels=(
            Channel(label="R OOc", muscle=Muscle.ORBICULARIS_OCULI, side=Side.RIGHT),
            Channel(label="Müsculus mentalis", muscle=Muscle.MENTALIS, side=Side.RIGHT),
            Channel(label=" frontalis of the right side ", muscle=Muscle.FRONTALIS),
        )
    )
    assert kept_labels(montage) == ["R OOc", "R mentalis", "frontalis"]


def test_what_a_second_takes_is_known_beforehand(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    before = file.n_bytes
    file.push(digital(1000))
    file.write()
    assert file.n_bytes - before == CHANNELS.bytes_per_s
    file.abandon()


def test_what_is_written_ahead_is_there_after_a_crash_and_gone_when_the_record_is_full(
    tmp_path: Path,
) -> None:
    file = file_in(tmp_path, stimuli=(Stimulus(sample_index=11_300, fraction=0.25),))
    given = digital(2000)
    file.push(given[:, :1400])
    file.add_text(1.35, "dura opened")
    file.write_ahead()
    after_a_crash = EdfFile(file.path)
    rows = [after_a_crash.read_digital(s, 0, 1400) for s in after_a_crash.signals[:-1]]
    assert after_a_crash.n_samples(after_a_crash.signals[0]) == 1400
    assert np.array_equal(np.array(rows), given[:, :1400])
    assert "dura opened" in {a.text for a in after_a_crash.annotations}
    after_a_crash.close()
    assert positions_in(file.path) == [1300.25]
    file.push(given[:, 1400:])
    file.close()
    file.verify()
    whole = EdfFile(file.path)
    assert whole.header.n_records_stated == 2
    assert [a.text for a in whole.annotations].count("dura opened") == 1
    assert np.array_equal(whole.read_digital(whole.signals[0], 0, 2000), given[0])
    whole.close()


def test_what_comes_late_is_written_ahead_once_more(tmp_path: Path) -> None:
    file = file_in(tmp_path)
    file.push(digital(400))
    file.write_ahead()
    file.add_stimulus(Stimulus(sample_index=10_200, fraction=0.5))
    file.write_ahead()
    assert positions_in(file.path) == [200.5]
    file.close()
