from pathlib import Path

import pytest

from amr_monitor.drivers.epworks_blocks import (
    is_known,
    muscle_label,
    side_of,
    stored_blocks,
    survey,
)
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.formats.epworks_history import find_recs
from amr_monitor.formats.epworks_study import EpStudy, read_study
from amr_monitor.model.case import Side
from tests.drivers.epworks_studies import group, write

MONTAGE = MontageSettings()


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (("L OOc-Ref", "L OOc"), "L OOc"),
        (("orbicularis-oculi",), "orbicularis-oculi"),
        (("R Ment", "OOc"), "R Ment"),
        (("Trapezius-Ref", "Trapezius"), None),
        (("TRIG",), None),
        ((), None),
    ],
)
def test_the_first_label_that_is_a_muscle_counts(
    labels: tuple[str, ...], wanted: str | None
) -> None:
    assert muscle_label(labels, MONTAGE) == wanted


def test_a_label_of_the_other_side_hides_no_label_without_a_side() -> None:
    # Else a channel on the right would pass for the left through its electrode's name.
    montage = MontageSettings(side=Side.LEFT)
    assert muscle_label(("R OOc", "OOc"), montage) == "R OOc"
    assert side_of("R OOc", montage) is Side.RIGHT
    assert side_of("OOc", montage) is None


def test_blocks_carry_what_both_files_say(tmp_path: Path) -> None:
    writer, _ = write(tmp_path, group(timebase_ms=10), rejected=[1], current_ma=6.5)
    study = read_study("x.iom", writer.iom())
    found = survey(find_recs(tmp_path).recs, study, MONTAGE)
    assert [track.label for track in found.tracks] == ["L OOc", "L Mentalis"]
    assert {track.group_key for track in found.tracks} == {"amr"}
    blocks = stored_blocks(found, found.tracks[0], study)
    assert [block.set_number for block in blocks] == [1, 2, 3, 4, 5, 6]
    assert {block.current_ma for block in blocks} == {6.5}
    assert {block.rate_hz for block in blocks} == {6000.0}
    assert [block.is_rejected for block in blocks] == [False, True, False, False, False, False]
    assert not any(block.is_orphan for block in blocks)
    assert [b.number for b in stored_blocks(found, found.tracks[0], study, first=4)] == [4, 5]
    assert stored_blocks(found, found.tracks[0], study, first=6) == []
    found.close()


def test_without_a_description_nothing_is_known(tmp_path: Path) -> None:
    write(tmp_path)
    paths = find_recs(tmp_path).recs
    found = survey(paths, EpStudy(), MONTAGE)
    assert found.tracks == []
    assert sum(found.told.values()) == 12


def test_a_rec_is_known_by_its_trace_or_channel(tmp_path: Path) -> None:
    writer, _ = write(tmp_path)
    study = read_study("x.iom", writer.iom())
    found = survey(find_recs(tmp_path).recs, study, MONTAGE)
    rec = found.tracks[0].rec
    assert is_known(rec, study)
    assert not is_known(rec, EpStudy())
    study.traces.clear()
    assert is_known(rec, study)
    found.close()
