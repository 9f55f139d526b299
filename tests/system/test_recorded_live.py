"""What comes over LSL is recorded, and the recording tells what the live monitor told."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.system.program import Home, compared, events_in

CONFIG = """\
[source]
address = 'lsl:recorded-live'
[api]
port = 0
"""


@contextmanager
def simulator(home: Home) -> Iterator["subprocess.Popen[bytes]"]:
    """Send a surgery over LSL in real time, stimulated three times a second."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [
            *(sys.executable, "-m", "amr_monitor", "simulate", "abrupt_loss", "--lsl"),
            *("--name", "recorded-live", "--rate", "4000", "--stimulus-rate", "3"),
            *("--minutes", "3", "--wait-consumer", "60"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=home.environment,
        cwd=home.path,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(client: httpx.Client, kind: str, *, at_least: int) -> None:
    """Ask until so many events of a type are there; the time limit of the test bounds it."""
    found: list[object] = []
    pause = threading.Event()
    while len(found) < at_least:
        pause.wait(0.1)
        events = client.get("/api/v1/events").json()["events"]
        found = [event for event in events if event["type"] == kind]


@pytest.mark.slow
def test_live_over_lsl_and_the_replay_of_its_recording_tell_the_same(home: Home) -> None:
    (home.path / "or.toml").write_text(CONFIG, encoding="utf-8")
    with simulator(home) as sending, home.serving("run", "--config", "or.toml") as running:
        with httpx.Client(base_url=running.address, timeout=60) as client:
            wait_for(client, "baseline_progress", at_least=2)
            for body in (
                {"mark": "vessel_moved", "vessel": "AICA", "seconds_ago": 2.5, "text": 'a "b" ü'},
                {"mark": "note", "text": "x" * 150},
            ):
                assert client.post("/api/v1/marks", json=body).status_code == 200
            amended = {"effective_time_s": 1.25, "reason": "seen on the video"}
            assert client.post("/api/v1/marks/1/amend", json=amended).status_code == 200
            reading = {"muscle": "mentalis", "reading": "cannot_tell", "text": 'an "F wave"?'}
            assert client.post("/api/v1/readings", json=reading).status_code == 200
            wait_for(client, "baseline_progress", at_least=3)
            sending.kill()
            wait_for(client, "source_lost", at_least=1)
            assert client.post("/api/v1/marks", json={"mark": "irrigation"}).status_code == 200
        running.end(signal.SIGTERM)
    (case_id,) = [path.name for path in (home.journal.parent / "recordings").iterdir()]
    live = compared(events_in(home.run("show", case_id, "--json").stdout))
    recording = home.journal.parent / "recordings" / case_id
    replayed = home.run("replay", recording, "--config", "or.toml", "--events", "-", "--no-keep")
    again = compared(events_in(replayed.stdout))
    told = {"case_opened", "baseline_progress", "phase_marked", "mark_amended", "reading_entered"}
    assert told <= {event["type"] for event in live}
    assert again[: len(live)] == live
    assert [event["type"] for event in again[len(live) :]] == ["case_closed"]
    assert home.run("verify", case_id).status == 0
