"""The recordings in the tree are those that their seeds make."""

from pathlib import Path

import numpy as np
import pytest

from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.xdf import XdfFile
from amr_monitor.simulation import truth_of, write_recording
from amr_monitor.simulation.transport import draw_transport
from amr_monitor.simulation.xdf import write_xdf
from fixtures.generate import FIXTURES, HERE, Fixture, checksums, files_in, main, recorded_checksums
from tests.golden.regenerate import truth_of as written_truth_of

MOST_BYTES = 60 * 2**20
MOST_STUDY_BYTES = 2**20


def test_recordings_are_those_of_the_checksums() -> None:
    assert checksums(FIXTURES) == recorded_checksums()
    assert len(recorded_checksums().splitlines()) == len(FIXTURES)
    assert main(["--check"]) == 0


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in files_in(HERE)) < MOST_BYTES
    assert sum(path.stat().st_size for path in files_in(HERE / "epworks")) < MOST_STUDY_BYTES


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
def test_the_truth_beside_a_recording_is_that_of_its_seed(fixture: Fixture) -> None:
    surgery = fixture.surgery()
    marks = None if fixture.annotations else ()
    is_stream = fixture.path.suffix == ".xdf"
    holes_s = draw_transport(surgery).breaks_s if is_stream else fixture.layout.holes_s
    truth = truth_of(surgery, marks=marks, holes_s=holes_s)
    written = written_truth_of(fixture.path)
    assert written["outcome"] == truth.outcome
    assert written["tags"] == list(truth.tags)
    assert written["seed"] == fixture.seed
    for muscle in truth.muscles:
        assert written["muscles"][muscle.muscle]["present"] == muscle.present.tolist()


@pytest.mark.parametrize("name", ["annotations_only.edf", "bdf_24_bit.bdf"])
def test_a_recording_can_be_made_again_from_its_seed(name: str, tmp_path: Path) -> None:
    fixture = next(item for item in FIXTURES if item.name == name)
    write_recording(
        fixture.surgery(),
        tmp_path / name,
        trigger=fixture.trigger,
        annotations=fixture.annotations,
        layout=fixture.layout,
    )
    again, kept = EdfFile(tmp_path / name), EdfFile(fixture.path)
    assert again.annotations == kept.annotations
    for one, other in zip(again.signals, kept.signals, strict=True):
        n_samples = kept.n_samples(other)
        digital = [
            recording.read_digital(signal, 0, n_samples).astype(np.int64)
            for recording, signal in ((again, one), (kept, other))
        ]
        # Another processor may round a sample the other way.
        assert np.abs(digital[0] - digital[1]).max() <= 1
    again.close()
    kept.close()


def test_streams_can_be_made_again_from_their_seed(tmp_path: Path) -> None:
    fixture = next(item for item in FIXTURES if item.name == "lab_recorder.xdf")
    write_xdf(fixture.surgery(), tmp_path / "again.xdf", layout=fixture.xdf)
    again, kept = XdfFile(tmp_path / "again.xdf"), XdfFile(fixture.path)
    for one, other in zip(again.streams, kept.streams, strict=True):
        assert one.header == other.header
        assert one.read_texts() == other.read_texts()
        np.testing.assert_array_equal(one.stamps_s(), other.stamps_s())
        if one.samples is not None and other.samples is not None:
            channels = np.arange(other.header.n_channels)
            samples = [
                table.read(0, other.samples.n_samples, channels).astype(np.int64)
                for table in (one.samples, other.samples)
            ]
            # Another processor may round a sample the other way.
            assert np.abs(samples[0] - samples[1]).max() <= 1
    again.close()
    kept.close()
