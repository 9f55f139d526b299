from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.qa.exports import dicom
from amr_monitor.qa.exports.dicom import require_pydicom, write_dicom
from amr_monitor.qa.exports.dicom_modules import EMG_WAVEFORM_STORAGE
from tests.qa.exports.cases import Home, run_tool

pydicom: Any = import_module("pydicom")

GENERAL_ECG = "1.2.840.10008.5.1.4.1.1.9.1.2"
"""Has the same modules, and is known to a validator that is older than Supplement 217."""

OF_SUPPLEMENT_217 = (
    "Error - Unrecognized enumerated value <0x20> for value 1 of attribute"
    " <Waveform Bits Allocated>",
    "Error - Unrecognized enumerated value <SL> for value 1 of attribute"
    " <Waveform Sample Interpretation>",
)
"""32 bits came with it."""

HOMES = ["disappeared", "with_a_hole", "of_24_bits", "recorded", "troubled"]


def objects(folder: Path) -> list[Any]:
    return [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]


def said_by_dciodvfy(path: Path) -> list[str]:
    lines = run_tool("dciodvfy", path).splitlines()
    return [line.strip() for line in lines if line.startswith(("Error", "Warning"))]


@pytest.mark.parametrize("home", HOMES)
def test_every_module_passes_dciodvfy(
    home: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case_home: Home = request.getfixturevalue(home)
    with case_home.opened() as case:
        n_objects = write_dicom(case, tmp_path / "objects")
        allowed = OF_SUPPLEMENT_217 if case.stretches[0].is_bdf else ()
    paths = sorted((tmp_path / "objects").iterdir())
    assert len(paths) == n_objects
    for path in paths:
        # Debian's dciodvfy knows the SOP class by name alone: it looks at each attribute ...
        assert said_by_dciodvfy(path) == ["Error - Information Object Not found"]
        # ... and at the modules where the object passes for one that it knows.
        twin = pydicom.dcmread(path)
        twin.SOPClassUID = twin.file_meta.MediaStorageSOPClassUID = GENERAL_ECG
        twin.Modality = "ECG"
        twin.save_as(tmp_path / "twin.dcm")
        found = said_by_dciodvfy(tmp_path / "twin.dcm")
        assert [line for line in found if line not in allowed] == []


@pytest.mark.parametrize("home", HOMES)
def test_pydicom_reads_the_values_that_were_recorded(
    home: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case_home: Home = request.getfixturevalue(home)
    with case_home.opened() as case:
        write_dicom(case, tmp_path / "objects")
        for stretch, found in zip(case.stretches, objects(tmp_path / "objects"), strict=True):
            assert found.SOPClassUID == EMG_WAVEFORM_STORAGE
            (group,) = found.WaveformSequence
            kind = "<i4" if stretch.is_bdf else "<i2"
            digital = np.frombuffer(group.WaveformData, dtype=kind)
            digital = digital[: group.NumberOfWaveformSamples * len(stretch.emg)]
            digital = digital.reshape(-1, len(stretch.emg))
            read_uv = found.waveform_array(0)
            for column, channel in enumerate(stretch.emg):
                recorded = stretch.digital(channel, 0, stretch.n_held(channel))
                assert np.array_equal(digital[:, column], recorded)
                assert channel.line_uv is not None
                assert read_uv[:, column] == pytest.approx(
                    channel.line_uv.physical(recorded), abs=1e-6, rel=1e-9
                )


def test_a_long_stretch_is_split_and_nothing_is_lost(disappeared: Home, tmp_path: Path) -> None:
    with disappeared.opened() as case:
        (stretch,) = case.stretches
        n_objects = write_dicom(case, tmp_path / "objects", most_bytes=2**20)
        assert n_objects > 2
        found = objects(tmp_path / "objects")
        recorded = stretch.digital(stretch.emg[0], 0, stretch.n_samples)
        n_stimuli = len(case.stimuli)
    parts = [np.frombuffer(f.WaveformSequence[0].WaveformData, "<i2")[::2] for f in found]
    assert np.array_equal(np.concatenate(parts), recorded)
    assert len({f.SOPInstanceUID for f in found}) == n_objects
    assert len({f.SeriesInstanceUID for f in found}) == 1
    times = [float(f.AcquisitionDateTime[8:]) for f in found]
    assert times == sorted(times)
    points = [
        position
        for f in found
        for item in f.WaveformAnnotationSequence
        if item.UnformattedTextValue.startswith("stimulus")
        for position in np.atleast_1d(item.ReferencedSamplePositions)
    ]
    assert len(points) == n_stimuli


def test_marks_and_verdicts_are_annotations(disappeared: Home, tmp_path: Path) -> None:
    with disappeared.opened() as case:
        write_dicom(case, tmp_path / "objects")
    (found,) = objects(tmp_path / "objects")
    texts = {
        item.UnformattedTextValue: item.ReferencedSamplePositions
        for item in found.WaveformAnnotationSequence
    }
    assert texts["vessel moved: AICA"] == 420_001
    assert "AMR: orbicularis oculi disappeared, sustained" in texts


def test_a_sample_that_is_no_number_is_declared(recorded: Home, tmp_path: Path) -> None:
    with recorded.opened() as case:
        write_dicom(case, tmp_path / "objects")
    (found,) = objects(tmp_path / "objects")
    padding = found.WaveformSequence[0].WaveformPaddingValue
    assert int.from_bytes(padding, "little", signed=True) == -(2**23)


def test_the_same_case_gives_the_same_bytes(troubled: Home, tmp_path: Path) -> None:
    for name in ("one", "two"):
        with troubled.opened() as case:
            write_dicom(case, tmp_path / name)
    for path in sorted((tmp_path / "one").iterdir()):
        content = path.read_bytes()
        assert content == (tmp_path / "two" / path.name).read_bytes()
        for word in (b"2026", b"Smith", b"without samples"):
            assert word not in content


def test_nothing_is_written_over(disappeared: Home, tmp_path: Path) -> None:
    with disappeared.opened() as case, pytest.raises(StorageError, match="exists already"):
        write_dicom(case, tmp_path)


def test_a_missing_extra_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(dicom, "import_module", absent)
    with pytest.raises(ConfigError, match=r"pip install 'amr-monitor\[exports\]'"):
        require_pydicom()
