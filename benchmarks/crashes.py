"""Kill, stop or choke the daemon in the middle of simulated surgeries, and see what is lost.

A simulator sends a surgery over LSL; a client follows it over the websocket,
through every restart. The answer is no (exit status 1) where more than a second of
samples is lost at a kill, an event that the client had is missing, `seq` has a
hole, `verify` or the replay of the recording does not hold, or the outcome is
another.

::

    python -m benchmarks.crashes [--kills 20] [--stops 2] [--rooms 1] [--seed 1]
"""

import argparse
import asyncio
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amr_monitor.client import connect
from amr_monitor.codec import entry_to_json
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.events import CaseClosed, JournalEntry
from amr_monitor.qa.operator import Operator
from amr_monitor.qa.processes import PROGRAM, Child, Children

SCENARIO = "abrupt_loss"
OUTCOME = "disappeared"
STIMULUS_HZ = 3
LONGEST_S = 120.0
LOOK_EVERY_S = 0.1
LATEST = 0.85
"""Of the surgery: the last fault comes before that."""

NOT_COMPARED = ("seq", "case_id", "utc", "origin")
TMPFS_MB = 200

Event = dict[str, Any]


@dataclass
class Verdict:
    """What is found wrong, and figures.

    Attributes
    ----------
    wrong : list of str
    lost_s : list of float
        Samples that each kill took, by what the monitor had said that it had.
    away_s : list of float
        Time without samples of each kill.
    n_events, n_seen : int
        In the journal, and at the client.
    outcome : str
    """

    wrong: list[str] = field(default_factory=list)
    lost_s: list[float] = field(default_factory=list)
    away_s: list[float] = field(default_factory=list)
    n_events: int = 0
    n_seen: int = 0
    outcome: str = ""

    def words(self) -> str:
        """Return it in a few lines."""
        lines = [f"{self.n_events} events, {self.n_seen} at the client; outcome {self.outcome}"]
        if self.lost_s:
            lines.append(
                f"{len(self.lost_s)} kills: at most {max(self.lost_s):.2f} s of samples lost, "
                f"away {min(self.away_s):.1f} to {max(self.away_s):.1f} s each"
            )
        return "; ".join([*lines, *(f"WRONG: {told}" for told in self.wrong)])


class Theatre:
    """Simulator, daemon and client of one surgery; leaving the block ends them all.

    Parameters
    ----------
    folder : Path
        For everything.
    minutes : float
        Length of the surgery.
    rate_hz : int
    data_folder : Path or None
        None: in the folder.
    """

    def __init__(
        self, folder: Path, *, minutes: float, rate_hz: int, data_folder: Path | None = None
    ) -> None:
        self.folder = folder
        self.minutes = minutes
        self.rate_hz = rate_hz
        self.data = data_folder or folder / "data"
        self.name = f"crash-{os.getpid()}-{folder.name}"
        self.port = _free_port()
        self.operator = Operator(f"http://127.0.0.1:{self.port}")
        self.seen: list[str] = []
        self.fault = ""
        self._children = Children(folder)
        self._is_over = threading.Event()
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AMR_MONITOR_")}
        self.environment = kept | {"XDG_DATA_HOME": str(folder / "home")}
        self.config = folder / "or.toml"
        self.config.write_text(
            f'[source]\naddress = "lsl:{self.name}"\n'
            f'[lsl]\nmarkers = "{self.name}-markers"\nresolve_timeout_s = 60.0\n'
            f"[storage]\nfolder = {json.dumps(str(self.data))}\n[api]\nport = {self.port}\n",
            encoding="utf-8",
        )

    def __enter__(self) -> "Theatre":
        self._children.__enter__()
        words = ["simulate", SCENARIO, "--lsl", "--name", self.name]
        words += ["--stimulus-rate", str(STIMULUS_HZ), "--rate", str(self.rate_hz)]
        words += ["--minutes", str(self.minutes), "--wait-consumer", str(LONGEST_S)]
        words += ["--truth", str(self.folder / "truth.json")]
        self.simulator = self._children.start(*words, environment=self.environment)
        try:
            self.daemon = self.start_daemon()
        except ProtocolError:
            self._children.__exit__()
            raise
        self._watching = threading.Thread(target=self._watch, name="client", daemon=True)
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._children.__exit__()

    # ------------------------------------------------ the daemon

    def start_daemon(self) -> Child:
        """Start it and wait until it answers."""
        daemon = self._children.start("run", "--config", self.config, environment=self.environment)
        if not daemon.wait_for("http://", timeout_s=LONGEST_S):
            raise ProtocolError(f"the daemon does not start: {daemon.complaint}")
        return daemon

    def kill(self) -> "Had":
        """Kill it, start it again; return what it had said before."""
        told = self.operator.events(str(self.operator.get("/case")["case_id"]))
        had = Had(seq=told[-1]["seq"] if told else 0, n_samples=self._received())
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon = self.start_daemon()
        return had

    def pause(self, seconds: float) -> None:
        """Stop it for a while, as a computer that hangs."""
        os.kill(self.daemon.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self.daemon.pid, signal.SIGCONT)

    @contextmanager
    def no_room(self) -> Iterator[None]:
        """Let no file of the daemon grow, as on a disk that is full."""
        pid = self.daemon.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    def _received(self) -> int:
        status = self.operator.get("/case")["status"]
        return 0 if status is None else int(status["sample_index"])

    # ------------------------------------------------ the surgery

    @property
    def is_sent(self) -> bool:
        """Whether the simulator has come to its end."""
        return self.simulator.status is not None

    def wait(self, seconds: float) -> None:
        """Let the surgery go on, unless it is over."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s and not self.is_sent:
            time.sleep(LOOK_EVERY_S)

    def wait_for_first_sweeps(self) -> None:
        """Return once the first sweeps are judged: the surgery has begun."""
        self._until(lambda: self._received() > 3 * self.rate_hz, "the surgery does not begin")

    def finish(self) -> list[Event]:
        """Wait for the end of the surgery, close the case, and return what the journal holds."""
        self._until(lambda: self.is_sent, "the surgery does not end", self.minutes * 60 + LONGEST_S)
        self._until(lambda: self.operator.get("/case")["status"] is not None, "no status")
        self.operator.close_case()
        self._until(self._is_closed, "the case does not close")
        self._until(self._has_seen_all, "the client does not get everything")
        self.daemon.end()
        (case_id,) = {json.loads(line)["case_id"] for line in self.seen}
        told = self.program("show", case_id, "--json", "--config", self.config).stdout
        return [json.loads(line) for line in told.splitlines()]

    def program(self, *words: object) -> "subprocess.CompletedProcess[str]":
        """Run another verb on what is left."""
        return subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, *map(str, words)],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=self.folder,
            check=False,
        )

    def _is_closed(self) -> bool:
        return any('"case_closed"' in line for line in self.seen)

    def _has_seen_all(self) -> bool:
        newest = self.operator.get("/case").get("newest_seq", 0)
        return len(self.seen) >= int(newest or 0)

    def _until(self, is_so: Callable[[], bool], otherwise: str, most_s: float = LONGEST_S) -> None:
        until_s = time.monotonic() + most_s
        while True:
            with suppress(ProtocolError):
                if is_so():
                    return
            if time.monotonic() > until_s or self.fault:
                raise ProtocolError(f"{otherwise}: {self.fault or self.daemon.complaint}")
            time.sleep(LOOK_EVERY_S)

    # ------------------------------------------------ the client

    def _watch(self) -> None:
        try:
            asyncio.run(self._follow())
        except Exception as fault:  # told by who waits for it
            self.fault = f"the client failed: {fault}"

    async def _follow(self) -> None:
        async with aclosing(connect(f"http://127.0.0.1:{self.port}")) as entries:
            async for entry in entries:
                self.seen.append(entry_to_json(entry))
                await asyncio.to_thread(self._act, entry)
                if isinstance(entry.event, CaseClosed) or self._is_over.is_set():
                    return

    def _act(self, entry: JournalEntry) -> None:
        """Accept a baseline that can be, as a person at the screen."""
        if self.operator.wants_to_accept(entry.event):
            with suppress(ProtocolError):
                self.operator.accept_baseline()


@dataclass(frozen=True)
class Had:
    """What a monitor had said before it was killed: its newest event, and its samples."""

    seq: int
    n_samples: int


def judged(theatre: Theatre, had: list[Had]) -> Verdict:
    """Finish a surgery and say what is wrong with what is left of it.

    Parameters
    ----------
    theatre : Theatre
    had : list of Had
        Before each kill.
    """
    told = theatre.finish()
    case_id = told[0]["case_id"]
    verdict = Verdict(n_events=len(told), n_seen=len(theatre.seen))
    wrong = verdict.wrong
    if [event["seq"] for event in told] != list(range(1, len(told) + 1)):
        wrong.append("seq has holes")
    seen = [json.loads(line) for line in theatre.seen]
    if [event["seq"] for event in seen] != list(range(1, len(seen) + 1)):
        wrong.append("the client has a hole, or something twice")
    missing = [event for event in seen if event not in told]
    if missing:
        wrong.append(f"{len(missing)} events of the client are not in the journal")
    resumed = [event for event in told if event.get("code") == "resumed"]
    for was in had:
        # One that is killed while it is still at it has not told that the case goes on.
        event = next((e for e in resumed if e["seq"] > was.seq), None)
        if event is None:
            wrong.append(f"after event {was.seq} the case did not go on")
            continue
        lost = max(was.n_samples - event["sample_index"], 0)
        verdict.lost_s.append(lost / theatre.rate_hz)
    for event in resumed:
        gap = next((e for e in told if e["type"] == "gap" and e["seq"] > event["seq"]), None)
        verdict.away_s.append(0.0 if gap is None else gap["missing_s"])
        if "do not fit" in event["message"]:
            wrong.append(event["message"])
    if verdict.lost_s and max(verdict.lost_s) > 1.0:
        wrong.append("more than one record lost")
    verdict.outcome = next(e["outcome"] for e in told if e["type"] == "case_closed")
    if verdict.outcome != OUTCOME:
        wrong.append(f"the outcome is not {OUTCOME}")
    verified = theatre.program("verify", case_id, "--config", theatre.config)
    if verified.returncode or "no hash" in verified.stdout:
        wrong.append(f"verify: {verified.stdout.strip()} {verified.stderr.strip()}")
    replayed = theatre.program(
        *("replay", theatre.data / "recordings" / case_id, "--config", theatre.config),
        *("--events", "-", "--no-keep"),
    )
    again = compared([json.loads(line) for line in replayed.stdout.splitlines()])
    if again != compared(told):
        wrong.append("the replay of the recording tells something else")
    return verdict


def compared(events: list[Event]) -> list[Event]:
    """Return the core events without what differs between live and replay."""
    return [
        {key: value for key, value in event.items() if key not in NOT_COMPARED}
        for event in events
        if event["scope"] == "core"
    ]


def gone_through(
    folder: Path,
    faults: Sequence[str],
    *,
    minutes: float,
    seed: int,
    lasts_s: float = 5.0,
    rate_hz: int = 5000,
    disk: Path | None = None,
) -> Verdict:
    """Let faults come at moments drawn by a seed, and judge what is left.

    Parameters
    ----------
    folder : Path
        Empty.
    faults : sequence of str
        `kill` (and started again at once); `stop` (as a computer that hangs), `no_room` (no
        file can grow) and `full` (the disk is filled), which last `lasts_s`.
    minutes : float
        Length of the surgery.
    seed : int
    lasts_s : float
    rate_hz : int
    disk : Path or None
        A small disk that holds nothing else, for `full`.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    moments_s = sorted(draw.uniform(0.0, LATEST * minutes * 60.0) for _ in faults)
    had = []
    data = None if disk is None else disk / "data"
    with Theatre(folder, minutes=minutes, rate_hz=rate_hz, data_folder=data) as theatre:
        theatre.wait_for_first_sweeps()
        began_s = time.monotonic()
        for moment_s, fault in zip(moments_s, faults, strict=True):
            theatre.wait(began_s + moment_s - time.monotonic())
            if fault == "kill":
                had.append(theatre.kill())
            elif fault == "stop":
                theatre.pause(lasts_s)
            elif fault == "no_room":
                with theatre.no_room():
                    theatre.wait(lasts_s)
            elif disk is not None:
                fill(disk / "filler", lasts_s)
        return judged(theatre, had)


def fill(filler: Path, seconds: float) -> None:
    """Take all room on a disk for a while."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        # What was made free meanwhile is taken, too.
        with suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        time.sleep(LOOK_EVERY_S)
    filler.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """Mount a small disk; None where that is not allowed."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MB}m", "tmpfs", str(folder)]
    mounted = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - as root alone
    if mounted.returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)  # noqa: S603, S607


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def main() -> int:
    """Go through all of it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--stops", type=int, default=2)
    parser.add_argument("--rooms", type=int, default=1, help="times without room on the disk")
    parser.add_argument("--lasts-s", type=float, default=20.0, help="a stop, or no room")
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)

        def go(name: str, faults: Sequence[str], lasts_s: float, disk: Path | None = None) -> None:
            here = place / name.replace(" ", "-")
            here.mkdir()
            verdict = gone_through(
                here,
                faults,
                minutes=options.minutes,
                seed=options.seed,
                lasts_s=lasts_s,
                disk=disk,
            )
            verdicts.append(verdict)
            print(f"{name}: {verdict.words()}", flush=True)

        if options.kills:
            go("kill -9", ["kill"] * options.kills, 0.0)
        if options.stops:
            go("kill -STOP", ["stop"] * options.stops, options.lasts_s)
        if options.rooms:
            go("no file can grow", ["no_room"] * options.rooms, options.lasts_s)
            with small_disk(place / "disk") as disk:
                if disk is not None:
                    go("disk full", ["full"] * options.rooms, options.lasts_s, disk)
    return 1 if any(verdict.wrong for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
