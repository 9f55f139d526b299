"""The dashboard's server as `demo`, `replay --serve` and `run` bring it up."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import httpx
import websockets

from tests.system.program import Home, Running, compared, events_in


async def events_from_the_first_on(address: str) -> list[dict[str, object]]:
    """Return every event, from a client that comes late with since=0."""
    url = address.replace("http", "ws", 1) + "/api/v1/live?since=0&topics=events,sweeps"
    events: list[dict[str, object]] = []
    async with websockets.connect(url) as connection:
        async for message in connection:
            if isinstance(message, str):
                event = json.loads(message)
                if "seq" in event and "scope" in event:
                    events.append(event)
                    if event["type"] == "case_closed":
                        break
    return events


def test_the_demo_serves_the_bundled_surgery_and_ends_with_ctrl_c(home: Home) -> None:
    with home.serving("demo", "--port", "0") as running:
        assert running.address.startswith("http://127.0.0.1:")
        page = httpx.get(running.address, timeout=60)
        assert page.status_code == 200
        assert "text/html" in page.headers["content-type"]
        case = httpx.get(f"{running.address}/api/v1/case", timeout=60).json()
        assert case["origin"] == "simulated"
        ended = running.end(signal.SIGINT)
    assert ended.status == 0
    assert ended.stderr == ""
    assert not home.journal.exists()


def test_the_demo_at_many_times_real_time_ends_as_the_surgery_does(home: Home) -> None:
    ended = home.run("demo", "--port", "0", "--speed", "100", "--exit-at-end")
    assert ended.status == 0
    assert "disappeared  (" in ended.stdout


def test_a_taken_port_is_one_line_that_names_the_option(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = home.run("demo", "--port", port)
    assert ended.status == 2
    assert str(port) in ended.line
    assert "--port" in ended.line


def test_a_late_client_gets_every_event_without_hole_or_double(home: Home, surgery: Path) -> None:
    with home.serving("replay", surgery, "--serve", "--speed", "40", "--port", "0") as running:
        address = running.address
        wait_for_events(address, at_least=5)
        events = asyncio.run(asyncio.wait_for(events_from_the_first_on(address), 100))
        ended = running.end(signal.SIGINT)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert ended.status == 0
    assert "disappeared  (" in ended.stdout
    at_full_speed = home.run("replay", surgery, "--events", "-")
    assert compared(events) == compared(events_in(at_full_speed.stdout))


def wait_for_events(address: str, *, at_least: int) -> None:
    """Ask until the case has so many events; the time limit of the test bounds it."""
    with httpx.Client(base_url=address, timeout=60) as client:
        while client.get("/api/v1/case").json()["newest_seq"] < at_least:
            pass


def test_a_served_replay_ended_early_is_not_kept(home: Home, surgery: Path) -> None:
    with home.serving("replay", surgery, "--serve", "--port", "0") as running:
        assert running.address
        ended = running.end(signal.SIGINT)
    assert ended.status == 130
    assert "is not kept" in ended.line
    assert home.run("cases").stdout == ""


def test_a_run_is_journalled_and_stays_open_when_ended(home: Home) -> None:
    (home.path / "or.toml").write_text(
        "[source]\naddress = 'sim:abrupt_loss?seed=2&minutes=4'\n[api]\nport = 0\n",
        encoding="utf-8",
    )
    with home.serving("run", "--config", "or.toml") as running:
        marked = mark(running, "dura_opened")
        ended = running.end(signal.SIGTERM)
    assert ended.status == 0
    assert f"stays open in {home.journal}" in ended.line
    (listed,) = home.run("cases").stdout.splitlines()[1:]
    case_id = listed.split()[0]
    assert " open " in listed
    assert case_id == marked["case_id"]
    lines = home.run("show", case_id, "--json").stdout
    told = [event for event in events_in(lines) if event["scope"] == "core"]
    assert [event["type"] for event in told] == ["case_opened", "phase_marked"]
    assert "stand as recorded" in home.run("verify", case_id).stdout
    recording = home.journal.parent / "recordings" / case_id
    again = home.run("replay", recording, "--events", "-", "--no-keep")
    assert compared(events_in(again.stdout))[:2] == compared(told)


def test_a_run_that_is_killed_keeps_what_it_told(home: Home) -> None:
    (home.path / "or.toml").write_text(
        "[source]\naddress = 'sim:abrupt_loss?seed=2&minutes=4'\n[api]\nport = 0\n",
        encoding="utf-8",
    )
    with home.serving("run", "--config", "or.toml") as running:
        marked = mark(running, "incision")
        running.end(signal.SIGKILL)
    case_id = str(marked["case_id"])
    assert marked in events_in(home.run("show", case_id, "--json").stdout)
    assert home.run("verify", case_id).status == 0


def mark(running: Running, name: str) -> dict[str, object]:
    """Mark something over HTTP and return the event."""
    answer = httpx.post(f"{running.address}/api/v1/marks", json={"mark": name}, timeout=60)
    assert answer.status_code == 200, answer.text
    events: list[dict[str, object]] = answer.json()["events"]
    return events[0]


def test_a_run_of_a_recording_closes_its_case_at_the_end(home: Home, surgery: Path) -> None:
    (home.path / "or.toml").write_text(
        f"[source]\naddress = '{surgery}'\n[api]\nport = 0\n[monitor.baseline]\nauto_accept = true",
        encoding="utf-8",
    )
    with home.serving("run", "--config", "or.toml") as running:
        answer = httpx.post(f"{running.address}/api/v1/case/close", timeout=60)
        assert answer.status_code == 200
        running.wait_for("indeterminate  ")
        ended = running.end(signal.SIGINT)
    assert ended.status == 0
    assert " indeterminate " in home.run("cases").stdout
