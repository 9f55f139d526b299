"""Names, birth dates and free text of a header never get into the journal, nor out of it."""

from pathlib import Path

import pytest

from amr_monitor.simulation import bundled_recording
from tests.system.program import Home

PATIENT = "MCH-0234567 F 02-MAY-1951 Haagse_Harriet"
RECORDING = "Startdate 05-JAN-2026 PSG-1951/88 Investigator_Jansen Simulated"
SECRETS = (b"0234567", b"02-MAY-1951", b"Haagse", b"Harriet", b"PSG-1951", b"Jansen")


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """Give a recording whose header is full of names."""
    raw = bytearray(bundled_recording().read_bytes())
    raw[8:88] = PATIENT.encode().ljust(80)
    raw[88:168] = RECORDING.encode().ljust(80)
    path = tmp_path / "surgery.edf"
    path.write_bytes(raw)
    return path


def test_no_name_of_a_header_enters_the_journal_and_that_is_said(home: Home, named: Path) -> None:
    ended = home.run("replay", named, "--events", "out.jsonl")
    assert ended.status == 0, ended
    assert "names, birth date and free text of its header were left out" in ended.stderr
    case_id = home.run("cases", "--json").stdout.split('"case_id":"')[1].split('"')[0]
    assert home.run("export", case_id, "-o", "case").status == 0
    written = [path for path in home.path.rglob("*") if path.is_file() and path != named]
    assert {"out.jsonl", "journal.sqlite", "events.csv"} <= {path.name for path in written}
    for path in written:
        content = path.read_bytes()
        assert [secret for secret in SECRETS if secret in content] == [], path
    told = ended.stdout + ended.stderr
    assert [secret for secret in SECRETS if secret.decode() in told] == []


def test_the_same_surgery_with_and_without_names_tells_the_same(home: Home, named: Path) -> None:
    for path, out in ((named, "named.jsonl"), (bundled_recording(), "demo.jsonl")):
        assert home.run("replay", path, "--events", out).status == 0
    lines = {
        out: [
            line.split('"type":')[1].split(",")[0]
            for line in (home.path / out).read_text(encoding="utf-8").splitlines()
            if '"scope":"core"' in line
        ]
        for out in ("named.jsonl", "demo.jsonl")
    }
    assert lines["named.jsonl"] == lines["demo.jsonl"]
