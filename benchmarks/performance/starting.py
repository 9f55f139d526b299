"""How long the program takes to begin."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from benchmarks.performance.rows import Row, interleaved, spread

PROGRAM = [sys.executable, "-m", "amr_monitor"]
MOST_HELP_S, MOST_READY_S = 0.3, 2.0
LOOK_EVERY_S = 0.01
GIVE_UP_S = 60.0
CONFIG = """\
[source]
address = "sim:abrupt_loss"
[storage]
folder = "{folder}"
[api]
port = {port}
"""


def starting_rows(folder: Path, *, port: int, runs: int, tell: Callable[[str], None]) -> list[Row]:
    """Time `--help`, and the daemon from its start until a sample has come through."""
    config = folder / "starting.toml"
    config.write_text(CONFIG.format(folder=folder / "kept", port=port), encoding="utf-8")

    def help_s() -> float:
        begun = time.perf_counter()
        subprocess.run(  # noqa: S603 - our own
            [*PROGRAM, "--help"], check=True, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - begun

    def ready_s() -> float:
        begun = time.perf_counter()
        with subprocess.Popen(  # noqa: S603 - our own
            [*PROGRAM, "run", "--config", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as daemon:
            try:
                while not _has_samples(port):
                    if time.perf_counter() - begun > GIVE_UP_S or daemon.poll() is not None:
                        raise RuntimeError("the daemon did not begin")
                    time.sleep(LOOK_EVERY_S)
                return time.perf_counter() - begun
            finally:
                daemon.terminate()
                daemon.wait(timeout=GIVE_UP_S)

    taken = interleaved(runs, {"help": help_s, "daemon": ready_s}, tell)
    return [
        Row(
            key="start_help",
            work="amr-monitor --help",
            bound=f"below {MOST_HELP_S:g} s",
            found=spread(taken["help"], "s"),
            holds=statistics.median(taken["help"]) < MOST_HELP_S,
            figures={"s": taken["help"]},
        ),
        Row(
            key="start_daemon",
            work="the daemon, from its start to its first sample told over HTTP",
            bound=f"below {MOST_READY_S:g} s",
            found=spread(taken["daemon"], "s"),
            holds=statistics.median(taken["daemon"]) < MOST_READY_S,
            figures={"s": taken["daemon"]},
        ),
    ]


def _has_samples(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=1.0)
    except httpx.TransportError:
        return False
    return answer.is_success and answer.json().get("last_sample_age_s") is not None


def free_environment() -> None:
    """Leave out what a user's environment would change."""
    for name in [name for name in os.environ if name.startswith("AMR_MONITOR_")]:
        del os.environ[name]
