import json
import sys
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.errors import SourceFormatError, StorageError
from amr_monitor.qa.exports import bids
from amr_monitor.qa.exports.bids import write_bids
from tests.qa.exports.cases import Home, run_tool

VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")

HOMES = ["disappeared", "with_a_hole", "of_24_bits", "recorded", "troubled"]


def complaints(dataset: Path) -> list[dict[str, object]]:
    """Return the errors that the validator finds; its schema comes with it."""
    said = json.loads(run_tool(VALIDATOR, dataset, "--format", "json"))
    return [issue for issue in said["issues"]["issues"] if issue["severity"] == "error"]


def signal_files(dataset: Path) -> list[Path]:
    return sorted(path for path in dataset.rglob("*_emg.*") if path.suffix in (".edf", ".bdf"))


@pytest.mark.parametrize("home", HOMES)
def test_the_validator_finds_no_error(
    home: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case_home: Home = request.getfixturevalue(home)
    with case_home.opened() as case:
        n_runs = write_bids(case, tmp_path / "dataset")
        assert n_runs == len(case.stretches)
    assert len(signal_files(tmp_path / "dataset")) == n_runs
    assert complaints(tmp_path / "dataset") == []


@pytest.mark.parametrize("home", HOMES)
def test_the_digital_values_are_those_that_were_recorded(
    home: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case_home: Home = request.getfixturevalue(home)
    with case_home.opened() as case:
        write_bids(case, tmp_path / "dataset")
        for stretch, path in zip(case.stretches, signal_files(tmp_path / "dataset"), strict=True):
            kept = EdfFile(path)
            channels = [*stretch.emg, *([stretch.trigger] if stretch.trigger else [])]
            assert [s.label for s in kept.signals] == [c.signal.label for c in channels]
            for channel, signal in zip(channels, kept.signals, strict=True):
                n_samples = stretch.n_held(channel)
                assert kept.n_samples(signal) == n_samples
                assert signal.calibration == channel.signal.calibration
                assert np.array_equal(
                    kept.read_digital(signal, 0, n_samples), stretch.digital(channel, 0, n_samples)
                )
            kept.close()


def test_nothing_of_day_or_patient_is_in_a_file(troubled: Home, tmp_path: Path) -> None:
    with troubled.opened() as case:
        write_bids(case, tmp_path / "dataset")
    for path in (tmp_path / "dataset").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for word in (b"2026", b"MAR", b"Smith", b"without samples", b"segment:"):
                assert word not in content, f"{word!r} in {path.name}"
    for path in signal_files(tmp_path / "dataset"):
        assert path.parent.parent.name == "sub-P017"
        kept = EdfFile(path)
        assert kept.header.start is None
        assert not kept.header.names_people
        assert kept.annotations == ()
        kept.close()


def test_an_exported_simulation_never_passes_for_a_patient(
    disappeared: Home, tmp_path: Path
) -> None:
    with disappeared.opened() as case:
        write_bids(case, tmp_path / "dataset")
    kept = EdfFile(signal_files(tmp_path / "dataset")[0])
    assert kept.header.is_simulated
    kept.close()


def test_nothing_is_written_over(disappeared: Home, tmp_path: Path) -> None:
    with (
        disappeared.opened() as case,
        pytest.raises(StorageError, match="exists already"),
    ):
        write_bids(case, tmp_path)


def test_a_folder_that_cannot_be_made_is_told(disappeared: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with disappeared.opened() as case, pytest.raises(StorageError, match="cannot be written"):
        write_bids(case, tmp_path / "file" / "dataset")


def test_a_header_that_cannot_be_said_again_is_told(
    disappeared: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritable(**_: object) -> None:
        raise ValueError("'1.23456789' does not fit the 8 characters of the header")

    monkeypatch.setattr(bids, "SignalToWrite", unwritable)
    with (
        disappeared.opened() as case,
        pytest.raises(SourceFormatError, match=r"disappeared\.edf: cannot be written again"),
    ):
        write_bids(case, tmp_path / "dataset")
    assert list(tmp_path.iterdir()) == []
