"""Run a long surgery through the daemon: tell whether events get lost or memory grows.

Beside a client that reads, one looks that never does. The answer is no (exit
status 1) where the reading client missed or doubled an event, or where memory
still grows when the case has long settled.

::

    python -m benchmarks.soak [--minutes 120] [--speed 60]
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import aclosing
from pathlib import Path

from websockets.asyncio.client import connect as open_websocket

from amr_monitor.client import connect
from amr_monitor.codec import entry_to_json
from amr_monitor.model.events import CaseClosed
from benchmarks.child import measured, resident_mib

PROGRAM = [sys.executable, "-m", "amr_monitor"]
GROWTH_ALLOWED_MIB = 24.0
LOOK_EVERY_S = 1.0
FEWEST_LOOKS = 60


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def read_all(port: int) -> list[str]:
    """Return every event as it came, up to the end of the case."""
    lines = []
    async with aclosing(connect(f"http://127.0.0.1:{port}")) as entries:
        async for entry in entries:
            lines.append(entry_to_json(entry))
            if isinstance(entry.event, CaseClosed):
                break
    return lines


async def never_read(port: int) -> None:
    """Connect, ask for everything, and read nothing."""
    while True:
        try:
            async with open_websocket(f"ws://127.0.0.1:{port}/api/v1/live?since=0", max_queue=1):
                await asyncio.sleep(3600.0)
        except OSError:
            await asyncio.sleep(0.2)


async def look_at_memory(pid: int, seen_mib: list[float]) -> None:
    """Note the resident memory once a second."""
    while True:
        seen_mib.append(resident_mib(pid, peak=False))
        await asyncio.sleep(LOOK_EVERY_S)


async def watch(pid: int, port: int, limit_s: float) -> tuple[list[str], list[float]]:
    """Return the events that a client got and the memory over time, in MiB."""
    seen_mib: list[float] = []
    beside = [
        asyncio.create_task(never_read(port)),
        asyncio.create_task(look_at_memory(pid, seen_mib)),
    ]
    try:
        async with asyncio.timeout(limit_s):
            return await read_all(port), seen_mib
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


def growth_mib(seen_mib: list[float]) -> float:
    """Return how much more the last tenth takes than the tenth after the first third."""
    tenth = max(len(seen_mib) // 10, 1)
    third = len(seen_mib) // 3
    early = seen_mib[third : third + tenth] or seen_mib
    return max(seen_mib[-tenth:]) - max(early)


def main() -> int:
    """Simulate, replay, watch, judge; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--speed", type=float, default=60.0, help="times real time")
    parser.add_argument("--scenario", default="transient_return")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recording, written = Path(folder) / "surgery.edf", Path(folder) / "events.jsonl"
        told = ["simulate", options.scenario, "--minutes", str(options.minutes)]
        made = measured([*PROGRAM, *told, "--edf", str(recording)])
        if made.status:
            return made.status
        port = free_port()
        replay = ["replay", str(recording), "--serve", "--speed", str(options.speed)]
        replay += ["--port", str(port), "--events", str(written)]
        environment = os.environ | {"AMR_MONITOR_STORAGE_FOLDER": folder}
        with subprocess.Popen(  # noqa: S603 - our own program
            [*PROGRAM, *replay], env=environment, stdout=subprocess.DEVNULL
        ) as daemon:
            try:
                limit_s = options.minutes * 60.0 / options.speed * 2.0 + 60.0
                got, seen_mib = asyncio.run(watch(daemon.pid, port, limit_s))
            finally:
                daemon.terminate()
        kept = written.read_text(encoding="utf-8").splitlines()
    grown_mib = growth_mib(seen_mib)
    is_whole = got == kept
    is_long = len(seen_mib) >= FEWEST_LOOKS
    stays = grown_mib <= GROWTH_ALLOWED_MIB or not is_long
    print(
        f"{options.minutes:g} min at {options.speed:g} x: {len(kept)} events, "
        f"{len(got)} at the client{'' if is_whole else ', NOT THE SAME'}; "
        f"memory {max(seen_mib):.0f} MiB at most, {grown_mib:+.1f} MiB after the first third"
        f"{'' if stays else ', TOO MUCH'}{'' if is_long else ' (too short a run to judge that)'}"
    )
    return 0 if is_whole and stays else 1


if __name__ == "__main__":
    sys.exit(main())
