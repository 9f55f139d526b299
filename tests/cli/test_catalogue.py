"""The journal is looked into without being made, and a case is found by its beginning."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from amr_monitor.cli import main
from amr_monitor.codec import kept_sweep
from amr_monitor.model.events import GapReceived
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.recorder import Recorder
from tests.storage.recordings import block, info
from tests.storage.tampering import alter
from tests.sweep_reports import a_report

RECORD = CaseRecord(
    case_id="aa11",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="theatre 3",
    settings_hash="5e",
    software_version="0.1.0",
    opened_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AMR_MONITOR_STORAGE_FOLDER", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    with Journal.at(folder / "journal.sqlite") as opened:
        for case_id in ("aa11", "aa22", "bb33"):
            opened.open_case(replace(RECORD, case_id=case_id))
        gap = GapReceived(sample_index=1, time_s=0.5, missing_s=None, reason="cable")
        opened.append("bb33", [gap])
        yield opened


@pytest.mark.usefixtures("journal")
def test_cases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["CASE", "aa11", "aa22", "bb33"]


def test_looking_makes_no_journal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cases"]) == 0
    assert "no case is in the journal yet" in capsys.readouterr().err
    assert main(["show", "aa"]) == 2
    assert not folder.exists()


@pytest.mark.usefixtures("journal")
def test_a_case_is_shown_by_the_beginning_of_its_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "bb"]) == 0
    out = capsys.readouterr().out
    assert "theatre 3 (device)" in out
    assert "gap: cable" in out


def test_events_are_shown_as_they_were_committed(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", "bb33", "--json"]) == 0
    assert capsys.readouterr().out.splitlines() == journal.lines("bb33")


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("aa", "several begin so: aa11, aa22; give more of the id"),
        ("bb34", "not in the journal; did you mean bb33?"),
        ("zzzz", "not in the journal; see `amr-monitor cases`"),
    ],
)
@pytest.mark.parametrize("verb", ["show", "verify"])
def test_a_case_that_is_not_one_is_told(
    capsys: pytest.CaptureFixture[str], verb: str, wanted: str, told: str
) -> None:
    assert main([verb, wanted]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("journal")
def test_an_unaltered_case_verifies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "bb33"]) == 0
    assert "bb33: 1 events stand as written; head " in capsys.readouterr().out


@pytest.mark.usefixtures("journal")
def test_an_altered_case_is_answered_with_no(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal.at(folder / "journal.sqlite") as other:
        stored = other.stored("bb33")
    altered = {**stored.rows[0], "json": stored.rows[0]["json"].replace("cable", "other")}
    with Journal.at(folder / "other.sqlite") as forged:
        replay = replace(stored.record, kind=CaseKind.REPLAY)
        forged.replace_replay(replace(stored, record=replay, rows=(altered,)))
    (folder / "other.sqlite").replace(folder / "journal.sqlite")
    for leftover in folder.glob("*.sqlite-*"):
        leftover.unlink()
    assert main(["verify", "bb33"]) == 1
    assert "bb33: ALTERED: event 1 was altered" in capsys.readouterr().out


def test_verify_holds_the_recording_against_the_journal(
    folder: Path, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = Recorder(folder=folder / "recordings" / "aa11", info=info())
    taken.take_block(block(0, 2500))
    taken.close()
    journal.append("aa11", taken.take_events())
    assert main(["verify", "aa11"]) == 0
    assert "3 records in 1 files stand as recorded" in capsys.readouterr().out
    path = folder / "recordings" / "aa11" / "segment-0001.bdf"
    raw = bytearray(path.read_bytes())
    raw[-1000] ^= 4
    path.write_bytes(raw)
    assert main(["verify", "aa11"]) == 1
    told = capsys.readouterr().out
    assert "ALTERED: recording segment-0001.bdf: record 3 was altered" in told


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--since", "2026-03-01"], ["aa11", "aa22", "bb33"]),
        (["--since", "2026-03-02"], []),
        (["--until", "2026-03-01"], ["aa11", "aa22", "bb33"]),
        (["--until", "2026-02-28"], []),
        (["--outcome", "open"], ["aa11", "aa22", "bb33"]),
        (["--outcome", "persistent"], []),
        (["--origin", "simulated"], []),
        (["--origin", "device", "--limit", "1"], ["aa11"]),
    ],
)
@pytest.mark.usefixtures("journal")
def test_cases_are_searched_and_told_as_json(
    capsys: pytest.CaptureFixture[str], options: list[str], found: list[str]
) -> None:
    assert main(["cases", "--json", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["case_id"] for line in lines] == found


def test_the_head_hash_is_shown(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "bb33"]) == 0
    assert f"{journal.head('bb33')[1]} (of 1 events)" in capsys.readouterr().out


def test_one_byte_of_one_event_flipped_is_named(
    folder: Path, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    gaps = [
        GapReceived(sample_index=n, time_s=n / 10, missing_s=None, reason="cable")
        for n in range(2, 6)
    ]
    journal.append("bb33", gaps)
    alter(
        f"sqlite:///{folder / 'journal.sqlite'}",
        "UPDATE events SET json = replace(json, 'cable', 'cbble') WHERE seq = 3",
    )
    assert main(["verify", "bb33"]) == 1
    assert "bb33: ALTERED: event 3 was altered" in capsys.readouterr().out


def test_verify_tells_of_the_pages_for_review(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    journal.keep_page("bb33", [kept_sweep(a_report(sample_index=1), seq=1)])
    assert main(["verify", "bb33"]) == 0
    assert "bb33: 1 pages of sweeps for review stand as kept" in capsys.readouterr().out
