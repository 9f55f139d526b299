"""A daemon on a live stream, and a simulator that may be ended, stopped and started again."""

import json
import os
import secrets
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from amr_monitor.qa.operator import Operator
from amr_monitor.qa.processes import Child, Children
from amr_monitor.qa.truth import FloatArray, read_truth
from tests.system.program import Home

LONGEST_S = 150.0
LOOK_EVERY_S = 0.2
STIMULUS_HZ = 3
RATE_HZ = 2000
MINUTES = 4
REACH_S = (-0.5, 0.1)
EDGE_S = 0.001

Event = dict[str, Any]


@dataclass
class LiveChain:
    """Everything that runs in one test; leaving the block ends it all.

    Attributes
    ----------
    folder : Path
    stream : str
        Its name on the network, which no other test has.
    """

    folder: Path
    stream: str = field(default_factory=lambda: f"live-{secrets.token_hex(4)}")

    def __post_init__(self) -> None:
        self._children = Children(self.folder)
        self.environment = Home(self.folder).environment
        self._accepts = True

    def __enter__(self) -> Self:
        self._children.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._children.__exit__()

    # ------------------------------------------------ processes

    def simulator(self, scenario: str, number: int, *, source_id: str, **options: object) -> Child:
        """Start a simulator; `number` names its truth."""
        words = ["simulate", scenario, "--lsl", "--name", self.stream, "--source-id", source_id]
        words += ["--stimulus-rate", str(STIMULUS_HZ), "--rate", str(RATE_HZ)]
        words += ["--minutes", str(MINUTES), "--wait-consumer", str(LONGEST_S)]
        words += ["--truth", str(self.truth_path(number))]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", str(value)]
        return self._children.start(*words, environment=self.environment)

    def truth_path(self, number: int) -> Path:
        return self.folder / f"{number}.truth.json"

    def stimuli_s(self, number: int) -> FloatArray:
        """Return when a simulator stimulated, counted from its first sample."""
        return read_truth(self.truth_path(number)).time_s

    def start_daemon(self, *, port: int = 0) -> None:
        """Start the daemon and wait until it answers."""
        config = self.folder / "or.toml"
        config.write_text(
            f'[source]\naddress = "lsl:{self.stream}"\n'
            f'[lsl]\nmarkers = "{self.stream}-markers"\nresolve_timeout_s = {LONGEST_S}\n'
            f"[storage]\nfolder = {json.dumps(str(self.folder / 'data'))}\n[api]\nport = {port}\n",
            encoding="utf-8",
        )
        self.daemon = self._children.start("run", "--config", config, environment=self.environment)
        assert self.daemon.wait_for("http://", timeout_s=LONGEST_S), self.daemon.complaint
        address = next(word for word in self.daemon.said.split() if word.startswith("http"))
        self.operator = Operator(address)

    # ------------------------------------------------ what is told

    @property
    def case_id(self) -> str:
        return str(self.operator.get("/case")["case_id"])

    def events(self) -> list[Event]:
        """Return everything that was told, and accept a baseline that can be."""
        told = self.operator.events(self.case_id)
        ready = [e for e in told if e["type"] == "baseline_progress" and e["acceptable"]]
        if ready and self._accepts:
            self._accepts = False
            self.operator.accept_baseline()
        return told

    def wait_for(self, found: Callable[[list[Event]], bool]) -> list[Event]:
        """Return the events once they are as wanted; the processes must live on."""
        until_s = time.monotonic() + LONGEST_S
        while True:
            told = self.events()
            if found(told):
                return told
            assert self.daemon.status is None, self.daemon.complaint
            assert time.monotonic() < until_s, [event["type"] for event in told]
            time.sleep(LOOK_EVERY_S)

    def wait_for_event(self, name: str, *, after_seq: int = 0, **fields: object) -> Event:
        """Return the first event of this type and these fields after another one."""

        def fitting(told: list[Event]) -> list[Event]:
            return [
                event
                for event in told
                if event["seq"] > after_seq
                and event["type"] == name
                and all(event[key] == value for key, value in fields.items())
            ]

        return fitting(self.wait_for(lambda told: bool(fitting(told))))[0]

    def wait_for_judged(self, *, since_s: float, n_sweeps: int) -> list[float]:
        """Return the times of the sweeps once so many were judged since a moment."""

        def judged() -> list[float]:
            return [at for at in self.operator.sweep_times_s() if at >= since_s]

        self.wait_for(lambda _: len(judged()) >= n_sweeps)
        return judged()

    def lead(self) -> dict[str, Any]:
        """Return how the lead muscle stands."""
        status = self.operator.get("/case")["status"]
        return next(muscle for muscle in status["muscles"] if muscle["is_lead"])

    def close(self) -> list[Event]:
        """Close the case, end the daemon, and return what was told."""
        case_id = self.case_id
        assert self.operator.close_case()
        self.wait_for_event("case_closed")
        told = self.operator.events(case_id)
        self.daemon.end(signal.SIGTERM)
        return told

    def case_folder(self) -> Path:
        """Return the folder in which the only case was recorded."""
        (folder,) = (self.folder / "data" / "recordings").iterdir()
        return folder

    def pause(self, child: Child, seconds: float) -> None:
        """Stop a process for a while, as a computer that hangs."""
        os.kill(child.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGCONT)


def gaps_of(told: list[Event]) -> list[tuple[float, float]]:
    """Return the stretches without samples, on the axis of the events."""
    return [
        (event["time_s"] - (event["missing_s"] or 0.0), event["time_s"])
        for event in told
        if event["type"] == "gap"
    ]


def sweeps_across(gaps: list[tuple[float, float]], sweeps_s: list[float]) -> list[float]:
    """Return the sweeps that reach into a gap, or over one."""
    return [
        at
        for at in sweeps_s
        if any(
            at + REACH_S[0] < end - 1e-3 and start + 1e-3 < at + REACH_S[1] for start, end in gaps
        )
    ]


def off_the_stimuli_ms(sweeps_s: list[float], stimuli_s: FloatArray) -> float:
    """Return by how much sweeps lie off true stimuli, the worst of them, shift aside.

    `sweeps_s` are counted from the simulator's first sample.
    """
    distances = np.array(sweeps_s)[:, None] - stimuli_s[None, :]
    nearest = distances[np.arange(len(sweeps_s)), np.abs(distances).argmin(axis=1)]
    return float(1000.0 * np.abs(nearest).max())
