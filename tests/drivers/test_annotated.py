"""Texts laid beside a source come where their time does, however it is read."""

from pathlib import Path

import pytest

from amr_monitor.drivers.annotated import AnnotatedSource
from amr_monitor.drivers.registry import open_source
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, SourceItem, SourceWarning
from amr_monitor.model.sweep import Sweep
from tests.drivers.surgeries import Surgery

TEXTS = [(0.0, "first"), (2.0, "second"), (4.9999, "third"), (20.0, "in the hole"), (31.5, "late")]
HOLE = Surgery(hole=(4.0, 30.0), stimuli_s=[1.0, 2.0, 3.0, 30.9, 31.5, 32.5])


def read(path: Path, block_samples: int | None) -> list[SourceItem]:
    source = AnnotatedSource(open_source([path], block_samples=block_samples), TEXTS)
    items: list[SourceItem] = []
    while (given := source.read(timeout_s=0.0)) is not None:
        items += given
    source.close()
    source.close()
    return items


@pytest.mark.parametrize("block_samples", [None, 37, 1000, 50_000])
def test_a_text_has_the_index_of_its_time(tmp_path: Path, block_samples: int | None) -> None:
    path = HOLE.write(tmp_path / "x.edf")
    items = read(path, block_samples)
    told = [(item.text, item.sample_index) for item in items if isinstance(item, Annotation)]
    assert told == [
        ("first", 0),
        ("second", 10_000),
        ("third", 20_000),
        ("in the hole", 20_000),
        ("late", 27_500),
    ]


@pytest.mark.parametrize("block_samples", [None, 37, 1000])
def test_a_text_comes_before_what_ends_after_it(tmp_path: Path, block_samples: int | None) -> None:
    items = read(HOLE.write(tmp_path / "x.edf"), block_samples)
    ended = 0
    for item in items:
        if isinstance(item, SampleBlock | Sweep):
            ended = max(ended, item.end_index)
        elif isinstance(item, Annotation):
            assert item.sample_index >= ended
    assert any(isinstance(item, Gap) for item in items)


def test_texts_after_the_end_are_left_out(tmp_path: Path) -> None:
    path = Surgery().write(tmp_path / "x.edf")
    source = AnnotatedSource(open_source([path]), [(1e6, "much later")])
    items: list[SourceItem] = []
    while (given := source.read(timeout_s=0.0)) is not None:
        items += given
    assert not any(isinstance(item, Annotation) for item in items)


def test_with_texts_it_is_another_recording(tmp_path: Path) -> None:
    path = Surgery().write(tmp_path / "x.edf")
    warning = SourceWarning(sample_index=0, code="context_file", message="cut short")
    plain = open_source([path]).info
    one = AnnotatedSource(open_source([path]), (), content_hash="1", warnings=[warning]).info
    other = AnnotatedSource(open_source([path]), (), content_hash="2").info
    assert len({plain.content_hash, one.content_hash, other.content_hash}) == 3
    assert one.warnings == (*plain.warnings, warning)
