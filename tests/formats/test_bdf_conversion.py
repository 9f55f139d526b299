"""A recording of any program keeps its digital values and texts as BDF+."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.bdf_conversion import convert_edf
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import EdfVariant
from amr_monitor.model.errors import SourceFormatError, StorageError
from tests.drivers.surgeries import Surgery

TEXTS = [(0.5, "dura opened"), (2.25, "a long text " * 12), (6.0, "vessel moved: AICA")]
SURGERY = Surgery(texts=TEXTS, others=("ECG", "ECG"))
SURGERIES = {
    "plain": SURGERY,
    "hole": replace(SURGERY, hole=(4.0, 30.0)),
    "part of a record": replace(SURGERY, seconds=7.3),
    "rates": replace(SURGERY, rates_hz=[5000.0, 2000.0], trigger_rate_hz=10_000.0),
    "no date, mV": replace(SURGERY, start=None, dimension="mV"),
    "many texts": replace(SURGERY, texts=[(0.1 + n / 100, f"text {n}") for n in range(400)]),
    "simulated": replace(SURGERY, equipment="Simulated", record_duration_s=0.5),
}


@pytest.mark.parametrize("name", SURGERIES)
def test_values_texts_and_times_are_the_same(tmp_path: Path, name: str) -> None:
    before = EdfFile(SURGERIES[name].write(tmp_path / "a.edf"))
    shares: list[float] = []
    convert_edf(tmp_path / "a.edf", tmp_path / "b.bdf", progress=shares.append)
    after = EdfFile(tmp_path / "b.bdf")
    assert after.header.bytes_per_sample == 3
    assert after.warnings == ()
    assert [s.label for s in after.signals] == [s.label for s in before.signals]
    for one, other in zip(before.signals, after.signals, strict=True):
        n_samples = before.n_samples(one)
        assert after.n_samples(other) == n_samples
        assert (one.dimension, one.calibration) == (other.dimension, other.calibration)
        assert np.array_equal(
            before.read_digital(one, 0, n_samples), after.read_digital(other, 0, n_samples)
        )
    assert [a.text for a in after.annotations] == [a.text for a in before.annotations]
    times = [[a.onset_s for a in file.annotations] for file in (before, after)]
    np.testing.assert_allclose(times[0], times[1], atol=1e-6)
    onsets = [[s.onset_s for s in file.segments] for file in (before, after)]
    np.testing.assert_allclose(onsets[0], onsets[1], atol=1e-6)
    assert after.header.start == before.header.start
    assert after.header.is_simulated == before.header.is_simulated
    is_holed = after.header.variant is EdfVariant.BDF_DISCONTINUOUS
    assert is_holed == (len(before.segments) > 1)
    assert shares[-1] == 1.0
    before.close()
    after.close()


def test_nothing_is_written_over_another_file(tmp_path: Path) -> None:
    path = SURGERY.write(tmp_path / "a.edf")
    with pytest.raises(StorageError, match="is there already"):
        convert_edf(path, path)


def test_what_is_no_recording_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.edf").write_bytes(b"nothing")
    with pytest.raises(SourceFormatError):
        convert_edf(tmp_path / "a.edf", tmp_path / "b.bdf")
    assert not (tmp_path / "b.bdf").exists()
