from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.drivers.epworks_blocks import StoredBlock, stored_blocks, survey
from amr_monitor.drivers.epworks_selection import (
    LONGEST_STUDY,
    StimulusGrouper,
    kind_of,
    select,
    without_doubles,
    without_outliers,
)
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.formats.epworks_history import FILETIME_PER_S, find_recs
from amr_monitor.formats.epworks_study import read_study
from amr_monitor.formats.epworks_writer import GroupToWrite
from tests.drivers.epworks_studies import group, write

MS = FILETIME_PER_S // 1000


def blocks_in(folder: Path, *groups: GroupToWrite) -> list[StoredBlock]:
    writer, _ = write(folder, *groups)
    study = read_study("x.iom", writer.iom())
    found = survey(find_recs(folder).recs, study, MontageSettings())
    return [block for track in found.tracks for block in stored_blocks(found, track, study)]


@pytest.fixture
def block(tmp_path: Path) -> StoredBlock:
    return blocks_in(tmp_path)[0]


def at(block: StoredBlock, time_ms: float, *, guid: int = 0, set_number: int = 0) -> StoredBlock:
    filetime = block.filetime + round(time_ms * MS)
    return replace(block, filetime=filetime, guid=bytes([guid] * 16), set_number=set_number)


def test_rows_follow_the_muscles_and_not_the_files(tmp_path: Path) -> None:
    blocks = blocks_in(tmp_path, group("L Mentalis-Ref", "L OOc-Ref"))
    selection = select(blocks, MontageSettings(), name="x")
    assert [channel.label for channel in selection.montage.channels] == [
        "L OOc-Ref",
        "L Mentalis-Ref",
    ]
    assert {(b.track.label, selection.row_of(b)) for b in blocks} == {
        ("L OOc", 0),
        ("L Mentalis", 1),
    }


def test_blocks_of_another_kind_have_no_row(tmp_path: Path) -> None:
    blocks = blocks_in(tmp_path)
    selection = select(blocks, MontageSettings(), name="x")
    assert selection.row_of(replace(blocks[0], rate_hz=6000.0)) is None
    assert selection.row_of(replace(blocks[0], delay_ms=-5.0)) is None


def test_the_name_of_a_group_counts_before_its_size(tmp_path: Path) -> None:
    names = {"AMR": True, "Lateral spread": True, "LSR right": True, "Hammer": False, "": False}
    kind = kind_of(blocks_in(tmp_path)[0])
    assert {name: replace(kind, group_name=name).is_amr for name in names} == names


def test_channels_are_one_stimulus_within_2_ms_or_by_their_set(block: StoredBlock) -> None:
    grouper = StimulusGrouper()
    grouper.push(at(block, 0.0), 0)
    grouper.push(at(block, 1.9), 1)
    grouper.push(at(block, 1000.0, set_number=2), 0)
    grouper.push(at(block, 1060.0, set_number=2), 1)
    grouper.push(at(block, 2000.0, set_number=3), 0)
    grouper.push(at(block, 2060.0, set_number=4), 1)
    assert [len(stimulus.blocks) for stimulus in grouper.waiting] == [2, 2, 1, 1]
    assert grouper.n_contested == 0


def test_the_order_of_arrival_does_not_matter(block: StoredBlock) -> None:
    times = [(0.0, 0), (1.0, 1), (100.5, 0), (101.0, 1), (203.0, 1), (202.0, 0)]
    wanted = [0.0, 100.5, 202.0]
    for order in (times, times[::-1], [times[i] for i in (3, 0, 5, 1, 4, 2)]):
        grouper = StimulusGrouper()
        for time_ms, row in order:
            grouper.push(at(block, time_ms), row)
        assert [len(stimulus.blocks) for stimulus in grouper.waiting] == [2, 2, 2]
        assert [s.filetime for s in grouper.waiting] == [
            block.filetime + round(t * MS) for t in wanted
        ]


def test_a_channel_that_comes_twice_at_one_time_is_contested(block: StoredBlock) -> None:
    grouper = StimulusGrouper()
    grouper.push(at(block, 0.0, guid=1), 0)
    grouper.push(at(block, 0.5, guid=2), 0)
    assert len(grouper.waiting) == 1
    assert grouper.n_contested == 1


def test_a_set_number_that_never_changes_joins_no_two_stimuli(block: StoredBlock) -> None:
    grouper = StimulusGrouper()
    for k in range(5):
        for row in (0, 1):
            grouper.push(at(block, 20.0 * k, set_number=1), row)
    assert [len(stimulus.blocks) for stimulus in grouper.waiting] == [2] * 5


def test_doubles_and_outliers_are_left_out_and_counted(block: StoredBlock) -> None:
    blocks = [at(block, 1000.0 * k, guid=k % 4) for k in range(8)]
    seen: set[bytes] = set()
    fresh, n_doubles = without_doubles(blocks, seen)
    assert (len(fresh), n_doubles, len(seen)) == (4, 4, 4)
    far = replace(block, filetime=block.filetime + 2 * LONGEST_STUDY)
    near, n_far = without_outliers([*fresh, far])
    assert (near, n_far) == (fresh, 1)
    assert without_outliers([]) == ([], 0)
