"""A replay gives the same bytes each time and however it is read, and is kept once."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from amr_monitor.model.case import Outcome
from tests.system.program import Home, compared, events_in


@pytest.fixture(scope="module")
def reference(surgery: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The events of a replay at full speed."""
    home = Home(tmp_path_factory.mktemp("reference"))
    ended = home.run("replay", surgery, "--speed", "max", "--events", "out.jsonl")
    assert ended.status == 0, ended
    return (home.path / "out.jsonl").read_bytes()


def test_a_replay_tells_the_outcome_in_words(home: Home, surgery: Path) -> None:
    ended = home.run("replay", surgery)
    assert ended.status == 0
    first, *rest = ended.stdout.splitlines()
    assert first.startswith("disappeared  (surgery.edf, simulated, ")
    assert any("vessel moved AICA" in line for line in rest)
    assert ended.stderr == ""


def test_the_outcome_is_the_truth(surgery: Path, reference: bytes) -> None:
    truth = json.loads(surgery.with_suffix(".truth.json").read_text(encoding="utf-8"))
    closing = events_in(reference.decode())[-1]
    assert closing["type"] == "case_closed"
    assert closing["outcome"] == truth["outcome"] == Outcome.DISAPPEARED


def test_events_are_numbered_without_holes(reference: bytes) -> None:
    events = events_in(reference.decode())
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert len({event["case_id"] for event in events}) == 1


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--block-samples", "37"],
        ["--block-samples", "1000"],
        ["--block-samples", "20000"],
        ["--batch", "1"],
        ["--batch", "7"],
    ],
)
def test_the_bytes_do_not_depend_on_how_it_is_read(
    home: Home, surgery: Path, reference: bytes, options: list[str]
) -> None:
    ended = home.run("replay", surgery, "--events", "out.jsonl", *options)
    assert ended.status == 0
    assert (home.path / "out.jsonl").read_bytes() == reference


@pytest.mark.slow
def test_blocks_of_one_sample_give_the_same_bytes(
    home: Home, surgery: Path, reference: bytes
) -> None:
    ended = home.run("replay", surgery, "--events", "out.jsonl", "--block-samples", "1")
    assert ended.status == 0
    assert (home.path / "out.jsonl").read_bytes() == reference


def test_a_paced_replay_gives_the_same_core_events(
    home: Home, surgery: Path, reference: bytes
) -> None:
    ended = home.run("replay", surgery, "--events", "-", "--speed", "60")
    assert ended.status == 0
    assert compared(events_in(ended.stdout)) == compared(events_in(reference.decode()))


def test_events_on_stdout_leave_it_to_programs(home: Home, surgery: Path, reference: bytes) -> None:
    ended = home.run("replay", surgery, "--events", "-")
    assert ended.stdout.encode() == reference
    assert "disappeared  (" in ended.stderr


def test_a_replay_is_kept_once_and_can_be_shown_and_verified(
    home: Home, surgery: Path, reference: bytes
) -> None:
    for _ in range(2):
        assert home.run("replay", surgery).status == 0
    listed = home.run("cases").stdout.splitlines()
    assert len(listed) == 2
    case_id = listed[1].split()[0]

    shown = home.run("show", case_id[:6])
    assert "case closed: disappeared" in shown.stdout
    assert home.run("show", case_id, "--json").stdout.encode() == reference

    verified = home.run("verify", case_id)
    assert verified.status == 0
    assert f"{len(reference.splitlines())} events stand as written" in verified.stdout


def test_replays_at_the_same_time_do_not_disturb_each_other(home: Home, surgery: Path) -> None:
    with home.serving("replay", surgery) as one, home.serving("replay", surgery) as two:
        ended = [one.wait(), two.wait()]
    assert [(each.status, each.stderr) for each in ended] == [(0, ""), (0, "")]
    assert len(home.run("cases").stdout.splitlines()) == 2


def test_another_setting_is_another_case(home: Home, surgery: Path) -> None:
    home.run("replay", surgery)
    home.run("replay", surgery, AMR_MONITOR_CASE_PSEUDONYM="P-17")
    assert len(home.run("cases").stdout.splitlines()) == 3


def test_a_replay_that_is_not_kept_leaves_no_journal(home: Home, surgery: Path) -> None:
    assert home.run("replay", surgery, "--no-keep").status == 0
    assert not home.journal.exists()


def test_looking_for_cases_makes_no_journal(home: Home) -> None:
    ended = home.run("cases")
    assert ended.status == 0
    assert "no case is in the journal yet" in ended.stderr
    assert not home.journal.exists()


def test_an_unknown_case_is_one_line_and_status_2(home: Home, surgery: Path) -> None:
    home.run("replay", surgery)
    for verb in ("show", "verify"):
        ended = home.run(verb, "zzz")
        assert ended.status == 2
        assert "case zzz: not in the journal" in ended.line


def test_an_altered_case_does_not_verify(home: Home, surgery: Path) -> None:
    home.run("replay", surgery)
    case_id = home.run("cases").stdout.splitlines()[1].split()[0]
    content = home.journal.read_bytes()
    assert b"vessel_moved" in content
    home.journal.write_bytes(content.replace(b'"AICA"', b'"PICA"'))
    ended = home.run("verify", case_id)
    assert ended.status == 1
    assert "ALTERED: event" in ended.stdout


def test_ctrl_c_ends_a_replay_with_one_line_and_nothing_kept(home: Home, surgery: Path) -> None:
    with home.serving("replay", surgery, "--speed", "1", "--events", "-") as running:
        running.wait_for("case_opened")
        ended = running.end(signal.SIGINT)
    assert ended.status == 130
    assert ended.line == "amr-monitor: interrupted"
    assert len(home.run("cases").stdout.splitlines()) == 0


def test_a_reader_that_goes_away_ends_a_replay_in_silence(home: Home, surgery: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "amr_monitor", "replay", str(surgery), "--events", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home.environment,
        cwd=home.path,
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise LookupError("pipes were asked for")
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(timeout=60) == 141
    assert told == b""


def test_a_full_disk_is_one_line_and_status_2(home: Home, surgery: Path) -> None:
    ended = home.run("replay", surgery, "--events", "/dev/full")
    assert ended.status == 2
    assert "--events /dev/full: cannot be written: No space left on device" in ended.line


def test_a_simulated_surgery_is_written_with_its_truth(home: Home) -> None:
    for name in ("a.edf", "b.edf"):
        ended = home.run(
            *("simulate", "abrupt_loss", "--seed", "7", "--minutes", "4", "--edf", name)
        )
        assert ended.status == 0
        assert ended.stderr == ""
    assert (home.path / "a.truth.json").exists()
    assert (home.path / "a.edf").read_bytes() == (home.path / "b.edf").read_bytes()


def test_an_unknown_scenario_is_answered_with_their_names(home: Home) -> None:
    ended = home.run("simulate", "abrupt_los", "--edf", "a.edf")
    assert ended.status == 2
    assert "abrupt_loss" in ended.line
