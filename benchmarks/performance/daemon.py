"""The whole daemon over LSL: delay at a websocket client, processor, memory, many clients.

Delays are those of `amr-monitor hil`: from the last sample of a sweep, as it was sent, to the
event that it caused, its JSON parsed, at a client on the websocket.
"""

import asyncio
import json
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import websockets

from benchmarks.performance.rows import Row
from benchmarks.performance.starting import CONFIG

PROGRAM = [sys.executable, "-m", "amr_monitor"]
MOST_P95_MS, MOST_P99_MS = 3.0, 6.0
MOST_PROCESSOR = 15.0
MOST_CLIENT_P99_MS = 20.0
N_CLIENTS, N_STALLED = 50, 5
NOTE_EVERY_S = 0.2
STALLED_BYTES = 4096
BEGIN_S = 30.0
Tell = Callable[[str], None]


def daemon_rows(folder: Path, *, port: int, seconds: float, tell: Tell) -> Sequence[Row]:
    """Measure the daemon with one client, then with many."""
    tell("simulator, daemon and one client")
    result = folder / "hil.json"
    words = ["hil", "abrupt_loss", "--minutes", f"{max(seconds / 60.0, 2.2):g}"]
    words += ["--rate", "20000", "--stimulus-rate", "3", "--json", str(result)]
    subprocess.run(  # noqa: S603 - our own
        [*PROGRAM, *words], check=False, stdout=subprocess.DEVNULL, timeout=seconds + 300.0
    )
    found = json.loads(result.read_text(encoding="utf-8"))
    delay, daemon = found["delay_ms"]["whole_sweep_to_event"], found["daemon"]
    p95 = delay.get("p95", delay.get("p90", delay["p99"]))
    taken = daemon["processor_percent_of_a_core"]
    tell(f"{N_CLIENTS} clients, {N_STALLED} of them stalled")
    alone = asyncio.run(_with_clients(folder, port, 1, 0, seconds))
    many = asyncio.run(_with_clients(folder, port, N_CLIENTS, N_STALLED, seconds))
    return [
        Row(
            key="daemon_event",
            work="live LSL at 20 kHz: last needed sample sent to event at a websocket client",
            bound=f"p95 at most {MOST_P95_MS:g} ms, p99 at most {MOST_P99_MS:g} ms",
            found=", ".join(f"{name} {value:g} ms" for name, value in delay.items()),
            holds=p95 <= MOST_P95_MS and delay["p99"] <= MOST_P99_MS,
            figures=delay,
        ),
        Row(
            key="daemon_processor",
            work="processor of the whole daemon there (recorder, detection, journal, one client)",
            bound=f"below {MOST_PROCESSOR:g} % of a core",
            found=f"{taken:g} % of a core, {daemon['memory_mib']:g} MiB",
            holds=taken < MOST_PROCESSOR,
            figures=daemon,
        ),
        Row(
            key="daemon_clients",
            work=f"{N_CLIENTS} websocket clients, {N_STALLED} of them stalled:"
            " from a mark posted to the event at each healthy one",
            bound=f"every event, p99 below {MOST_CLIENT_P99_MS:g} ms",
            found=f"p99 {many['p99_ms']:.1f} ms (one client alone: {alone['p99_ms']:.1f} ms),"
            f" {many['missing']:.0f} of {many['events']:.0f} events missing",
            holds=many["p99_ms"] < MOST_CLIENT_P99_MS and not many["missing"],
            figures={"many": many, "alone": alone},
        ),
    ]


async def _with_clients(
    folder: Path, port: int, n_clients: int, n_stalled: int, seconds: float
) -> dict[str, float]:
    """Post marks to a daemon with clients; return what the healthy ones saw."""
    config = folder / "clients.toml"
    # A case of its own: an open one that is still there would go on.
    own = secrets.token_hex(4)
    config.write_text(CONFIG.format(folder=folder / "kept" / own, port=port), encoding="utf-8")
    daemon = await asyncio.create_subprocess_exec(
        *PROGRAM,
        "run",
        "--config",
        str(config),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/api/v1"
    live = f"ws://127.0.0.1:{port}/api/v1/live"
    seen: list[dict[str, float]] = [{} for _ in range(n_clients - n_stalled)]
    try:
        async with httpx.AsyncClient(timeout=10.0) as post:
            until = time.monotonic() + BEGIN_S
            while not await _answers(post, address):
                if time.monotonic() > until:
                    raise RuntimeError("the daemon did not begin")
                await asyncio.sleep(0.1)
            stalled = [
                await websockets.connect(live, max_queue=1, write_limit=STALLED_BYTES)
                for _ in range(n_stalled)
            ]
            listening = [asyncio.create_task(_listen(live, each)) for each in seen]
            await asyncio.sleep(1.0)
            posted: dict[str, float] = {}
            while len(posted) < seconds / NOTE_EVERY_S / 2:
                text = f"bench {own} {len(posted)}"
                posted[text] = time.perf_counter()
                body = {"mark": "note", "text": text}
                (await post.post(f"{address}/marks", json=body)).raise_for_status()
                await asyncio.sleep(NOTE_EVERY_S)
            await asyncio.sleep(1.0)
            for task in listening:
                task.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
            for connection in stalled:
                connection.transport.abort()
    finally:
        daemon.terminate()
        await daemon.wait()
        shutil.rmtree(folder / "kept" / own, ignore_errors=True)
    delays = [1000.0 * (each[t] - posted[t]) for each in seen for t in posted if t in each]
    return {
        "p50_ms": statistics.median(delays),
        "p99_ms": statistics.quantiles(delays, n=100)[98],
        "events": float(len(posted) * len(seen)),
        "missing": float(len(posted) * len(seen) - len(delays)),
    }


async def _answers(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(f"{address}/health")).is_success
    except httpx.TransportError:
        return False


async def _listen(address: str, seen: dict[str, float]) -> None:
    async with websockets.connect(f"{address}?topics=events") as connection:
        async for frame in connection:
            now_s = time.perf_counter()
            if isinstance(frame, str) and "bench " in frame:
                text = json.loads(frame).get("text")
                if isinstance(text, str):
                    seen.setdefault(text, now_s)
