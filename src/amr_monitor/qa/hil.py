"""Hardware in the loop: simulator -> LSL -> daemon -> websocket, judged.

The simulator, or a real amplifier that a signal generator feeds, and the
daemon are processes of their own. This one is the client, the person who
accepts the baseline, and the judge.
"""

import asyncio
import json
import math
import os
import secrets
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from amr_monitor.codec import entry_to_json
from amr_monitor.model.errors import AmrMonitorError, ConfigError, ProtocolError
from amr_monitor.model.events import CaseClosed, Event, PhaseMarked
from amr_monitor.qa.hil_figures import (
    HilBounds,
    HilResult,
    SentTimes,
    delays,
)
from amr_monitor.qa.judgement import Fault, FaultKind
from amr_monitor.qa.judging import judge
from amr_monitor.qa.listening import Heard, listen_to_events, listen_to_sweeps
from amr_monitor.qa.operator import Operator
from amr_monitor.qa.processes import Child, Children
from amr_monitor.qa.time_map import map_by_arrivals, map_by_marks, map_by_stimuli
from amr_monitor.qa.truth import CaseTruth, read_truth
from amr_monitor.qa.watching import Resources, watch_resources

CONNECT_WITHIN_S = 90.0
CLOSED_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05
MARK_WAITS_S = 2.0
"""So long a mark of a real room may take over its own stream before it is set by hand."""

OVERDUE_S = 60.0
"""So much longer than the surgery a run may take before it is given up."""

LSL_CONFIG = """\
[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
AddressesOverride = {{127.0.0.1}}
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = {session}
[log]
level = -2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HilPlan:
    """What is to be run.

    Attributes
    ----------
    scenario : str
        Name or TOML file.
    seed : int
    minutes : float or None
    stimulus_rate_hz : float or None
        None: the scenario's.
    rate_hz : int
        Samples a second.
    duration_s : float
        Of the surgery.
    bounds : HilBounds
    simulator_options : tuple of str
        Further options of `simulate`.
    """

    scenario: str
    seed: int = 1
    minutes: float | None = None
    stimulus_rate_hz: float | None = None
    rate_hz: int = 10_000
    duration_s: float
    bounds: HilBounds = field(default_factory=HilBounds)
    simulator_options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPlan:
    """A real amplifier, fed by a signal generator from the truth's scenario.

    Attributes
    ----------
    truth : CaseTruth
    stream : str
        Name of the amplifier's EMG stream.
    config : Path or None
        Settings of the site, as its montage.
    bounds : HilBounds
    """

    truth: CaseTruth
    stream: str
    config: Path | None = None
    bounds: HilBounds = field(default_factory=HilBounds)


Progress = Callable[[float], None]
Say = Callable[[str], None]


def run_hil(plan: HilPlan, *, on_progress: Progress = lambda seconds: None) -> HilResult:
    """Run one scenario through the whole chain and judge it.

    Every process ends with the call, however it ends.

    Raises
    ------
    ConfigError
        The simulator or the daemon refuses what it was given.
    """
    with tempfile.TemporaryDirectory(prefix="amr-monitor-hil-") as name:
        folder = Path(name)
        session = f"amr-monitor-hil-{secrets.token_hex(6)}"
        lsl_config = folder / "lsl_api.cfg"
        lsl_config.write_text(LSL_CONFIG.format(session=session), encoding="utf-8")
        environment = _environment() | {"LSLAPICFG": str(lsl_config)}
        stream = f"hil-{secrets.token_hex(3)}"
        config = folder / "or.toml"
        config.write_text(_config(stream, folder), encoding="utf-8")
        with Children(folder) as children:
            simulator = children.start(*_simulate(plan, stream, folder), environment=environment)
            daemon = children.start("run", "--config", config, environment=environment)
            run = _Run(
                daemon,
                simulator=simulator,
                duration_s=plan.duration_s,
                on_progress=on_progress,
                truth_path=folder / "surgery.truth.json",
            )
            try:
                asyncio.run(run.go())
            except ConnectionAbortedError as broken:
                _tell_refusals(simulator, daemon, broken)
            simulator.end(signal.SIGINT)
        sent = SentTimes.read(folder / "timing.json")
        truth = read_truth(folder / "surgery.truth.json")
    return _result(plan.scenario, plan.bounds, truth, run, sent)


def run_external(
    plan: ExternalPlan,
    *,
    on_progress: Progress = lambda seconds: None,
    say: Say = lambda text: None,
) -> HilResult:
    """Judge an amplifier that is fed from the truth's scenario; times from its first stimulus.

    Raises
    ------
    ConfigError
        The daemon refuses the stream or the settings.
    """
    with tempfile.TemporaryDirectory(prefix="amr-monitor-hil-") as name:
        folder = Path(name)
        environment = _environment() | {
            "AMR_MONITOR_STORAGE_FOLDER": str(folder / "data"),
            "AMR_MONITOR_SOURCE_ADDRESS": f"lsl:{plan.stream}",
            "AMR_MONITOR_API_PORT": "0",
        }
        config = folder / "or.toml"
        if plan.config is None:
            config.write_text("", encoding="utf-8")
        else:
            config = plan.config.resolve()
        with Children(folder) as children:
            daemon = children.start("run", "--config", config, environment=environment)
            run = _Run(
                daemon,
                duration_s=plan.truth.duration_s,
                on_progress=on_progress,
                truth=plan.truth,
                say=say,
            )
            try:
                asyncio.run(run.go())
            except ConnectionAbortedError as broken:
                _tell_refusals(None, daemon, broken)
    return _result(plan.truth.scenario, plan.bounds, plan.truth, run, None)


class _Run:
    """One case from its opening to its end, as a client sees it.

    Either a simulator sends it, with marks of its own, or `truth` is given
    and the marks are set by hand at its times, counted from the first stimulus.
    """

    def __init__(
        self,
        daemon: Child,
        *,
        duration_s: float,
        on_progress: Progress,
        simulator: Child | None = None,
        truth_path: Path | None = None,
        truth: CaseTruth | None = None,
        say: Say = lambda text: None,
    ) -> None:
        self._daemon = daemon
        self._simulator = simulator
        self._truth_path = truth_path
        self._truth = truth
        self._duration_s = duration_s
        self._on_progress = on_progress
        self._say = say
        self.heard = Heard()
        self.resources = Resources()
        self.sweep_times_s: list[float] = []
        self.kept: list[dict[str, object]] = []
        self.faults: list[Fault] = []
        self.simulator_status: int | None = None

    async def go(self) -> None:
        """Go through it, and fetch what only the daemon knows at its end.

        Raises
        ------
        ConnectionAbortedError
            A process ended before it should.
        """
        url = await self._address()
        operator = Operator(url)
        wishes: asyncio.Queue[Callable[[], object]] = asyncio.Queue()

        def take(event: Event) -> None:
            if operator.wants_to_accept(event):
                wishes.put_nowait(operator.accept_baseline)

        listening = asyncio.create_task(listen_to_events(url, self.heard, take))
        beside = [
            asyncio.create_task(listen_to_sweeps(url, self.heard)),
            asyncio.create_task(watch_resources(self._daemon.pid, self.resources)),
            asyncio.create_task(_carry_out(wishes)),
        ]
        try:
            await self._until_the_end(operator, wishes)
            await asyncio.to_thread(operator.close_case)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(listening), CLOSED_WITHIN_S)
            await asyncio.to_thread(self._fetch, operator)
        except ProtocolError as fault:
            self._broke(str(fault))
        finally:
            for task in (listening, *beside):
                task.cancel()
            ended = await asyncio.gather(listening, *beside, return_exceptions=True)
        for end in ended:
            if isinstance(end, AmrMonitorError):
                self._broke(str(end))
            elif isinstance(end, Exception):
                raise end

    async def _address(self) -> str:
        """Return the daemon's address once it tells it."""
        until_s = time.monotonic() + CONNECT_WITHIN_S
        while True:
            found = next((w for w in self._daemon.said.split() if w.startswith("http")), None)
            if found is not None:
                return found
            if self._daemon.status is not None:
                raise ConnectionAbortedError("daemon")
            if self._simulator is not None and self._simulator.status is not None:
                raise ConnectionAbortedError("simulator")
            if time.monotonic() > until_s:
                raise ConnectionAbortedError("nothing")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _until_the_end(
        self, operator: Operator, wishes: "asyncio.Queue[Callable[[], object]]"
    ) -> None:
        """Wait for the simulator's end, or for as long as the truth lasts."""
        marks = [] if self._truth is None else list(self._truth.marks)
        if self._truth is not None:
            self._say("ready: start the signal generator now")
        begun_s = time.monotonic()
        first_s = math.inf
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_s = time.monotonic()
            if self._daemon.status is not None:
                self._broke(f"the daemon ended: {self._daemon.complaint}")
                return
            if self._simulator is not None:
                since_s = now_s - begun_s
                if self._simulator.status is not None:
                    self.simulator_status = self._simulator.status
                    return
            else:
                if first_s == math.inf and self.heard.sweeps and self._truth is not None:
                    # A sweep is there about 0.1 s after its stimulus.
                    first_s = now_s - 0.1 - float(self._truth.time_s[0])
                since_s = now_s - first_s if first_s < math.inf else 0.0
                while marks and marks[0][1] + MARK_WAITS_S <= since_s:
                    name, _ = marks.pop(0)
                    # Where the room's own marks come over a stream, nobody doubles them.
                    if not any(
                        isinstance(event, PhaseMarked) and event.mark is name
                        for event in self.heard.events
                    ):
                        wishes.put_nowait(
                            partial(operator.mark, name.value, seconds_ago=MARK_WAITS_S)
                        )
                if since_s >= self._duration_s:
                    return
            self._on_progress(min(since_s, self._duration_s))
            if now_s - begun_s > self._duration_s + OVERDUE_S + (
                CONNECT_WITHIN_S if self._simulator is None else 0.0
            ):
                self._broke(f"not over after {now_s - begun_s:.0f} s")
                return

    def _fetch(self, operator: Operator) -> None:
        self.sweep_times_s = operator.sweep_times_s()
        if self.heard.case_id:
            self.kept = list(operator.events(self.heard.case_id))

    def _broke(self, words: str) -> None:
        self.faults.append(Fault(kind=FaultKind.CHAIN_BROKE, time_s=None, words=words))


async def _carry_out(wishes: "asyncio.Queue[Callable[[], object]]") -> None:
    """Do what the operator wants, one thing after the other, beside the loop."""
    while True:
        await asyncio.to_thread(await wishes.get())


def _result(
    scenario: str, bounds: HilBounds, truth: CaseTruth, run: _Run, sent: SentTimes | None
) -> HilResult:
    heard = run.heard
    if sent is not None:
        arrivals = [(time_s, at - sent.zero_lsl_s) for at, time_s in heard.sweeps]
        time_map = map_by_arrivals(truth, heard.events, arrivals)
    else:
        by_stimuli = map_by_stimuli(truth, run.sweep_times_s)
        time_map = map_by_marks(truth, heard.events) if by_stimuli is None else by_stimuli
    judgement = judge(truth, heard.events, time_map=time_map, sweep_times_s=run.sweep_times_s)
    taken = delays(truth, heard, time_map, sent)
    faults = [*judgement.faults, *run.faults, *_lost_events(heard, run.kept)]
    faults += bounds.broken(taken, run.resources)
    if run.simulator_status not in (None, 0):
        words = f"the simulator ended with status {run.simulator_status}"
        faults.append(Fault(kind=FaultKind.CHAIN_BROKE, time_s=None, words=words))
    return HilResult(
        scenario=scenario,
        judgement=replace(judgement, faults=tuple(faults)),
        delays=taken,
        resources=run.resources,
        n_events=len(heard.entries),
        n_events_kept=len(run.kept),
        n_sweeps_seen=len(heard.sweeps),
        duration_s=truth.duration_s,
        simulator_late_ms={} if sent is None else sent.late_ms,
        entries=tuple(entry for _, entry in heard.entries),
    )


def _lost_events(heard: Heard, kept: list[dict[str, object]]) -> list[Fault]:
    """Compare what the client got with what the journal holds; `seq` has no holes."""
    got = [json.loads(entry_to_json(entry)) for _, entry in heard.entries]
    numbers = [event["seq"] for event in got]
    faults = []
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append("the numbers of the events at the client have holes")
    if not any(isinstance(entry.event, CaseClosed) for _, entry in heard.entries):
        faults.append("the end of the case never reached the client")
    # What the shell says after the end does not belong to the case any more.
    if got != kept[: len(got)]:
        first = next((n for n, (a, b) in enumerate(zip(got, kept, strict=False)) if a != b), None)
        where = "" if first is None else f", first at event {first + 1} ({got[first]['type']})"
        faults.append(
            f"{len(got)} events at the client, {len(kept)} in the journal, not the same{where}"
        )
    return [Fault(kind=FaultKind.EVENT_LOST, time_s=None, words=words) for words in faults]


def _environment() -> dict[str, str]:
    """Return the environment without settings of the program: the config alone counts."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith("AMR_MONITOR_")
    }


def _config(stream: str, folder: Path) -> str:
    return f"""\
[source]
address = "lsl:{stream}"
[case]
pseudonym = "hil"
[lsl]
markers = "{stream}-markers"
resolve_timeout_s = 60.0
[storage]
folder = {json.dumps(str(folder / "data"))}
[api]
port = 0
"""


def _simulate(plan: HilPlan, stream: str, folder: Path) -> list[object]:
    scenario = Path(plan.scenario)
    words: list[object] = [
        "simulate",
        scenario.resolve() if scenario.suffix == ".toml" else plan.scenario,
        "--lsl",
        *("--seed", plan.seed),
        *("--rate", plan.rate_hz),
        *("--name", stream),
        *("--wait-consumer", f"{CONNECT_WITHIN_S:g}"),
        *("--truth", folder / "surgery.truth.json"),
        *("--timing", folder / "timing.json"),
        *plan.simulator_options,
    ]
    if plan.minutes is not None:
        words += ["--minutes", f"{plan.minutes:g}"]
    if plan.stimulus_rate_hz is not None:
        words += ["--stimulus-rate", f"{plan.stimulus_rate_hz:g}"]
    return words


def _tell_refusals(simulator: Child | None, daemon: Child, broken: ConnectionAbortedError) -> None:
    for name, child in (("the simulator", simulator), ("the daemon", daemon)):
        if child is not None and child.status is not None:
            raise ConfigError(f"{name} ended: {child.complaint}") from broken
    raise ConfigError(
        f"the daemon did not find its stream within {CONNECT_WITHIN_S:g} s:"
        " see `amr-monitor streams`"
    ) from broken
