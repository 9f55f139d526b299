"""A file that grows by records holds them whatever happens, and other programs read it."""

from datetime import UTC, datetime
from pathlib import Path

import edfio
import numpy as np
import pyedflib
import pytest

from amr_monitor.formats.bdf_recorder import MOST_TEXT_BYTES, NOT_A_NUMBER, GrowingBdf, packed
from amr_monitor.formats.calibration import live_calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_annotations import padding_text
from amr_monitor.formats.edf_writer import SignalToWrite
from amr_monitor.formats.long_texts import parts_of
from amr_monitor.formats.trigger_code import DIMENSION, LABEL, LINE, TRANSDUCER
from amr_monitor.model.errors import StorageError

START = datetime(2026, 3, 1, 8, 30, 15, 123_456, tzinfo=UTC)
N = 1000
Rows = list[np.ndarray]


def growing(path: Path, *, n_text_signals: int = 2) -> GrowingBdf:
    signals = [
        SignalToWrite(
            label="OOc L", dimension="uV", rate_hz=N, calibration=live_calibration(5000.0)
        ),
        SignalToWrite(
            label=LABEL, dimension=DIMENSION, rate_hz=N, calibration=LINE, transducer=TRANSDUCER
        ),
    ]
    return GrowingBdf(path, signals=signals, start=START, n_text_signals=n_text_signals)


def record(number: int) -> Rows:
    rng = np.random.default_rng(number)
    return [rng.integers(-(2**23) + 1, 2**23, N), rng.integers(0, 9, N)]


def write(path: Path, n_records: int) -> tuple[GrowingBdf, list[Rows]]:
    file = growing(path)
    rows = [record(n) for n in range(n_records)]
    for n, each in enumerate(rows):
        assert file.append(each, [(n + 0.0001234, f"text {n}")]) == []
    return file, rows


def test_pyedflib_edfio_and_our_reader_give_what_was_written(tmp_path: Path) -> None:
    file, rows = write(tmp_path / "a.bdf", 4)
    file.close()
    wanted = np.concatenate([row[0] for row in rows])
    with pyedflib.EdfReader(str(file.path)) as other:
        assert other.readSignal(0, digital=True).tolist() == wanted.tolist()
        assert other.getStartdatetime().replace(tzinfo=UTC) >= START.replace(microsecond=0)
        assert list(other.readAnnotations()[2]) == [f"text {n}" for n in range(4)]
    assert edfio.read_bdf(file.path).signals[0].digital.tolist() == wanted.tolist()
    ours = EdfFile(file.path)
    assert ours.warnings == ()
    assert ours.read_digital(ours.signals[0], 0, 4 * N).tolist() == wanted.tolist()
    assert [a.text for a in ours.annotations] == [f"text {n}" for n in range(4)]
    assert ours.segments[0].onset_s == pytest.approx(0.1234)
    for n, annotation in enumerate(ours.annotations):
        assert annotation.onset_s - ours.segments[0].onset_s == pytest.approx(
            n + 0.0001234, abs=1e-7
        )
    ours.close()


def test_while_it_grows_the_header_says_so_and_every_record_is_there(tmp_path: Path) -> None:
    file, rows = write(tmp_path / "a.bdf", 3)
    head = file.path.read_bytes()
    assert head[236:244] == b"-1      "
    reader = EdfFile(file.path)
    assert [w.code for w in reader.warnings] == ["record_count_unknown"]
    assert reader.read_digital(reader.signals[0], 2 * N, N).tolist() == rows[2][0].tolist()
    reader.close()
    file.close()


def test_a_record_that_failed_is_written_again_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, rows = write(tmp_path / "a.bdf", 2)

    def full(descriptor: int, raw: object, offset: int) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.pwrite", full)
        with pytest.raises(StorageError, match="No space left"):
            file.append(record(2))
    with file.path.open("ab") as half:
        half.write(b"half a record")
    file.append(record(2))
    file.close()
    reader = EdfFile(file.path)
    assert reader.warnings == ()
    assert reader.n_samples(reader.signals[0]) == 3 * N
    assert reader.read_digital(reader.signals[0], 0, N).tolist() == rows[0][0].tolist()
    reader.close()


def test_samples_can_be_put_into_records_that_are_there(tmp_path: Path) -> None:
    file, _ = write(tmp_path / "a.bdf", 3)
    file.replace_samples(1, N - 2, np.array([11, 12, 13, 14]))
    file.replace_samples(1, 3 * N - 1, np.array([21, 22]))
    file.close()
    reader = EdfFile(file.path)
    trigger = reader.signals[1]
    assert reader.read_digital(trigger, N - 2, 4).tolist() == [11, 12, 13, 14]
    assert reader.read_digital(trigger, 3 * N - 1, 1).tolist() == [21]
    reader.close()


def test_texts_without_room_are_given_back_and_fit_elsewhere(tmp_path: Path) -> None:
    file = growing(tmp_path / "a.bdf")
    file.append(record(0))
    long_text = "cmd: mark mark=note text=" + "x" * 250
    parts = [(1.2, part) for part in parts_of(long_text, most_bytes=MOST_TEXT_BYTES)]
    left = file.append(record(1), [(1.0, "first"), *parts])
    assert left == parts[-2:]
    # Not before what was said at the same moment.
    assert file.add_texts(left) == left
    assert file.append(record(2), left) == []
    assert file.add_texts([(0.5, "z" * 75)] * 9) != []
    file.close()
    reader = EdfFile(file.path)
    found = [a.text for a in reader.annotations]
    assert {"first", long_text} <= set(found)
    reader.close()


def test_a_sample_that_is_no_number_has_a_value_of_its_own(tmp_path: Path) -> None:
    file = growing(tmp_path / "a.bdf")
    values = np.zeros(N, dtype=np.int64)
    values[7] = NOT_A_NUMBER
    file.append([values, np.zeros(N, dtype=np.int64)])
    file.close()
    reader = EdfFile(file.path)
    assert reader.read_digital(reader.signals[0], 6, 3).tolist() == [0, NOT_A_NUMBER, 0]
    reader.close()


def test_nothing_is_written_over_another_recording(tmp_path: Path) -> None:
    file, _ = write(tmp_path / "a.bdf", 1)
    file.close()
    file.close()
    with pytest.raises(StorageError, match="is there already"):
        growing(file.path)


def test_a_value_beyond_24_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="24 bits"):
        packed(np.array([2**23]))


def test_texts_of_one_moment_keep_their_order_whatever_room_there_is(tmp_path: Path) -> None:
    texts = [(0.5, f"{n} {'x' * size}") for n, size in enumerate([60, 60, 60, 9, 60, 3, 70, 1, 1])]
    file = growing(tmp_path / "a.bdf", n_text_signals=3)
    left = file.append(record(0), texts)
    left = file.append(record(1), left)
    while left:
        left = file.append_padding(file.add_texts(left))
    file.close()
    recording = EdfFile(tmp_path / "a.bdf")
    numbers = [int(a.text.split()[0]) for a in recording.annotations]
    recording.close()
    assert numbers == list(range(9))


def test_a_draft_stands_there_until_the_record_takes_its_place(tmp_path: Path) -> None:
    file, rows = write(tmp_path / "a.bdf", 1)
    draft, full = record(8), record(9)
    padding = padding_text(real=400, samples_per_record=N)
    assert file.append(draft, [(1.4, padding), (1.2, "early")], is_draft=True) == []
    assert file.n_records == 1
    after_a_crash = EdfFile(file.path)
    assert after_a_crash.n_samples(after_a_crash.signals[0]) == N + 400
    assert [a.text for a in after_a_crash.annotations] == ["text 0", "early"]
    after_a_crash.close()
    file.append(full, [(1.2, "early")])
    file.close()
    whole = EdfFile(file.path)
    wanted = np.concatenate([rows[0][0], full[0]])
    assert whole.read_digital(whole.signals[0], 0, 2 * N).tolist() == wanted.tolist()
    assert [a.text for a in whole.annotations] == ["text 0", "early"]
