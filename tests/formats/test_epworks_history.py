from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amr_monitor.formats.epworks_history import (
    filetime_of,
    find_iom,
    find_recs,
    is_plausible,
    session_folder_name,
    utc_of,
)
from amr_monitor.model.errors import SourceFormatError
from tests.drivers.epworks_studies import START, write


def test_a_filetime_counts_100_ns_since_1601() -> None:
    assert filetime_of(datetime(1601, 1, 1, 0, 0, 1, tzinfo=UTC)) == 10_000_000
    moment = START + timedelta(microseconds=123457)
    assert utc_of(filetime_of(moment)) == moment
    assert is_plausible(filetime_of(START))
    assert not is_plausible(0)
    assert not is_plausible(2**64 - 1)


def test_the_folder_of_a_session_carries_its_filetime() -> None:
    name = session_folder_name(filetime_of(START))
    assert name == f"01,05,2026_08'00'00.{filetime_of(START):016x}"


def test_the_files_of_a_study_are_found(tmp_path: Path) -> None:
    writer, _ = write(tmp_path / "study")
    assert find_iom(tmp_path / "study") == writer.iom_path
    assert find_iom(writer.iom_path) == writer.iom_path
    found = find_recs(tmp_path / "study")
    assert [rec.path.name for rec in found.recs] == ["0000.REC", "0001.REC"]
    assert {rec.session for rec in found.recs} == {filetime_of(START)}
    assert all(rec.name.startswith("History/01,05,2026") for rec in found.recs)
    assert found.foreign == ()


def test_other_files_are_not_taken_and_foreign_recs_are_named(tmp_path: Path) -> None:
    writer, _ = write(tmp_path / "study")
    folder = writer.begin_session()
    (folder / "settings.TST").write_bytes(b"settings of a test")
    (folder / "probe.rec").write_bytes(b"<Configuration> of another system")
    (folder / "empty.REC").write_bytes(b"")
    (folder.parent / "History.dat").write_bytes(b"x" * 100)
    (tmp_path / "study" / "notes.txt").write_text("a note", encoding="utf-8")
    found = find_recs(tmp_path / "study")
    assert len(found.recs) == 2
    assert [name.rpartition("/")[2] for name in found.foreign] == ["probe.rec"]


def test_no_study_is_none_and_two_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "x.iom").write_bytes(b"not one of EPWorks")
    assert find_iom(tmp_path) is None
    assert find_iom(tmp_path / "x.iom") is None
    write(tmp_path)
    first = tmp_path / "study.iom"
    (tmp_path / "again.iom").write_bytes(first.read_bytes())
    with pytest.raises(SourceFormatError, match=r"holds 2 studies \(again\.iom, study\.iom\)"):
        find_iom(tmp_path)


def test_a_folder_whose_name_tells_no_time_is_read_all_the_same(tmp_path: Path) -> None:
    writer, _ = write(tmp_path / "study")
    folder = writer.begin_session()
    folder.rename(folder.with_name("copied"))
    assert {rec.session for rec in find_recs(tmp_path / "study").recs} == {None}
