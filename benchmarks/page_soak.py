"""Leave the live page open for a surgery of four hours: tell whether its memory grows.

The surgery is simulated and replayed at 60 times real time through the daemon, with `/` open in
Chromium. Every ten seconds the page's garbage is collected and its heap, nodes and listeners are
counted, and the daemon's memory beside them; in the third quarter the raster is shown, before and
after it the trends. Then, with the four hours in the page, the replay goes on at three stimuli a
second, and the frames of each tab are timed: that is the pace of an operating room.

::

    python -m benchmarks.page_soak [--minutes 240] [--speed 60] [--json FILE]

Ends with status 1 where the page or the daemon grows, or where frames are dropped.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.child import measured, resident_mib
from benchmarks.review import BROWSERS, FLAGS, FRAMES, STOPPED
from benchmarks.soak import PROGRAM, free_port
from benchmarks.sweeping import machine

LOOK_EVERY_S = 10.0
LATER_MINUTES = 6.0
"""Of the recording, left for the frames at the pace of an operating room."""
PACE = 3.0
FRAMES_S = 12.0
SLOW_MS = 50.0
STARTED_IN_S = 60.0
MOST_SLOW_SHARE = 0.05
MOST_GROWTH = 1.2
MOST_HEAP_GROWN_MIB = 4.0
"""Two hours of figures for the trends are 2 MiB; the sweeps themselves would be 12 or more."""
MOST_DAEMON_MIB = 300.0
MOST_DAEMON_GROWN_MIB = 48.0
"""A replay is journalled in memory until it has ended: two hours of it are 35 MiB."""
MOST_NODES = 15_000
TABS = ("trends", "raster", "waterfall")

SCENARIO = """\
description = "A long surgery, a stimulus a second, cautery every three minutes."
muscles = ["orbicularis_oculi", "mentalis"]

[stimulation]
first_burst_minutes = 0
burst_every_minutes = 0.3

[[amr.orbicularis_oculi.step]]
after = "vessel_moved"
fraction = 0.2
gain = 0

[[fault]]
kind = "cautery"
after = "dura_opened"
seconds = 30
lasting_s = [3, 8]
times = {times}
every_s = 180

"""
PHASES = {
    "before_dura": 0.08,
    "dura_opened": 0.02,
    "csf_drained": 0.08,
    "decompression_started": 0.25,
    "vessel_moved": 0.25,
    "decompression_complete": 0.25,
    "dura_closed": 0.07,
}
"""As shares of the case."""

LINES = "() => document.querySelectorAll('#event-list li').length"
FRAMES_SO_FAR = "() => window.frames_ms.splice(0)"
NODES_A_LINE = 8
"""An event's line: itself, three parts, their texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the page and the daemon took at one moment, after its garbage was collected.

    Attributes
    ----------
    wall_s : float
        Since the page was opened.
    tab : str
        Which tab was shown.
    heap_mib : float
        With the array buffers that it holds.
    daemon_mib : float
    nodes, listeners, documents : int
        As Chromium counts them, detached nodes too.
    lines : int
        In the list of events, which is bounded by itself.
    slow_share : float
        Of the frames since the look before, those above 50 ms.
    """

    wall_s: float
    tab: str
    heap_mib: float
    nodes: int
    listeners: int
    documents: int
    lines: int
    slow_share: float
    daemon_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """How long the frames of a tab took at the pace of an operating room."""

    tab: str
    n: int
    median_ms: float
    most_ms: float
    slow_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One claim, and whether it holds."""

    what: str
    found: float
    most: float

    @property
    def holds(self) -> bool:
        """Whether the claim was met."""
        return self.found <= self.most


def scenario(minutes: float) -> str:
    """Return a scenario in which the phases take so many minutes in all."""
    phases = [f"[phase.{name}]\nminutes = {share * minutes:g}\n" for name, share in PHASES.items()]
    return SCENARIO.format(times=max(1, int(0.9 * minutes / 3.0))) + "\n".join(phases)


def quarters(values: Sequence[float]) -> tuple[float, float]:
    """Return the medians of the second quarter and of the last."""
    quarter = len(values) // 4
    if quarter < 1:
        raise ValueError("too few looks to tell whether it grows")
    return statistics.median(values[quarter : 2 * quarter]), statistics.median(values[-quarter:])


def growth(values: Sequence[float]) -> float:
    """Return the last quarter over the second."""
    second, last = quarters(values)
    return last / second


def grown(values: Sequence[float]) -> float:
    """Return how much more the last quarter is than the second."""
    second, last = quarters(values)
    return last - second


def slow_share(frames_ms: Sequence[float]) -> float:
    """Return the share of frames above the bound."""
    return sum(ms > SLOW_MS for ms in frames_ms) / max(1, len(frames_ms))


def judged(looks: Sequence[Look], frames: Sequence[Frames]) -> tuple[Held, ...]:
    """Return the claims, each with what was found."""
    bare = [look.nodes - NODES_A_LINE * look.lines for look in looks]
    claims = [
        Held(
            what="JS heap, MiB more in the last quarter than in the second",
            found=grown([look.heap_mib for look in looks]),
            most=MOST_HEAP_GROWN_MIB,
        ),
        Held(
            what="nodes outside the list of events, last quarter over second",
            found=growth(bare),
            most=MOST_GROWTH,
        ),
        Held(what="nodes at most", found=max(look.nodes for look in looks), most=MOST_NODES),
        Held(
            what="listeners, last quarter over second",
            found=growth([float(look.listeners) for look in looks]),
            most=MOST_GROWTH,
        ),
        Held(
            what="documents, last quarter over second",
            found=growth([float(look.documents) for look in looks]),
            most=MOST_GROWTH,
        ),
        Held(
            what="daemon, MiB at most",
            found=max(look.daemon_mib for look in looks),
            most=MOST_DAEMON_MIB,
        ),
        Held(
            what="daemon, MiB more in the last quarter than in the second",
            found=grown([look.daemon_mib for look in looks]),
            most=MOST_DAEMON_GROWN_MIB,
        ),
    ]
    return (
        *claims,
        *(
            Held(
                what=f"{PACE:g} stimuli a second, {each.tab}: share of frames above 50 ms",
                found=each.slow_share,
                most=MOST_SLOW_SHARE,
            )
            for each in frames
        ),
    )


def tab_at(share: float) -> str:
    """Return which tab is shown at a moment: the first, the others, the first again."""
    if share < 0.5:
        return TABS[0]
    return TABS[1] if share < 0.75 else TABS[0]


def look(page: Page, chrome: CDPSession, *, pid: int, wall_s: float, tab: str) -> Look:
    """Collect the garbage and count."""
    frames_ms: list[float] = page.evaluate(FRAMES_SO_FAR)
    chrome.send("HeapProfiler.collectGarbage")
    told = chrome.send("Performance.getMetrics")["metrics"]
    metrics = {each["name"]: each["value"] for each in told}
    # Samples lie in array buffers, which the heap's own figure leaves out.
    buffers = chrome.send("Runtime.getHeapUsage").get("backingStorageSize", 0.0)
    lines: int = page.evaluate(LINES)
    return Look(
        wall_s=wall_s,
        tab=tab,
        heap_mib=(metrics["JSHeapUsedSize"] + buffers) / 2.0**20,
        nodes=int(metrics["Nodes"]),
        listeners=int(metrics["JSEventListeners"]),
        documents=int(metrics["Documents"]),
        lines=lines,
        slow_share=slow_share(frames_ms),
        daemon_mib=resident_mib(pid, peak=False),
    )


def looked_at(page: Page, chrome: CDPSession, *, pid: int, lasting_s: float) -> list[Look]:
    """Look every ten seconds, and change the tabs."""
    start = time.perf_counter()
    page.evaluate(FRAMES)
    looks: list[Look] = []
    shown = TABS[0]
    while (wall_s := time.perf_counter() - start) < lasting_s:
        tab = tab_at(wall_s / lasting_s)
        if tab != shown:
            page.click(f"#tab-{tab}")
            shown = tab
        page.wait_for_timeout(LOOK_EVERY_S * 1000.0)
        one = look(page, chrome, pid=pid, wall_s=time.perf_counter() - start, tab=tab)
        print(row(one), flush=True)
        looks.append(one)
    page.evaluate(STOPPED)
    return looks


def framed(page: Page, tab: str) -> Frames:
    """Time the frames of a tab while the surgery goes on."""
    page.click(f"#tab-{tab}")
    page.wait_for_timeout(2_000)
    page.evaluate(FRAMES)
    page.wait_for_timeout(FRAMES_S * 1000.0)
    frames_ms: list[float] = sorted(page.evaluate(STOPPED)[1:])
    return Frames(
        tab=tab,
        n=len(frames_ms),
        median_ms=statistics.median(frames_ms),
        most_ms=frames_ms[-1],
        slow_share=slow_share(frames_ms),
    )


HEAD = "  wall s  tab        heap MiB   nodes  listeners  documents  lines  slow frames  daemon MiB"


def row(one: Look) -> str:
    """Return a look as a row of the table."""
    return (
        f"{one.wall_s:8.0f}  {one.tab:<9}  {one.heap_mib:8.1f}  {one.nodes:6d}  {one.listeners:9d}"
        f"  {one.documents:9d}  {one.lines:5d}  {one.slow_share:10.1%}  {one.daemon_mib:10.0f}"
    )


def await_answer(port: int) -> None:
    """Wait until the daemon listens."""
    until = time.monotonic() + STARTED_IN_S
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def watched(url: str, pid: int, *, lasting_s: float) -> tuple[list[Look], list[Frames]]:
    """Open the page and watch it; then slow the replay down and time the frames."""
    with sync_playwright() as playwright:
        path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.add_init_script("sessionStorage.setItem('amr-monitor-who', 'local')")
        chrome = page.context.new_cdp_session(page)
        chrome.send("Performance.enable")
        page.goto(url)
        page.locator('html[data-connected="true"]').wait_for(state="attached")
        print(HEAD)
        looks = looked_at(page, chrome, pid=pid, lasting_s=lasting_s)
        paced = page.request.post(f"{url}/api/v1/replay", data={"action": "speed", "value": PACE})
        if not paced.ok:
            raise RuntimeError(f"the replay cannot be slowed down: {paced.text()}")
        frames = [framed(page, tab) for tab in TABS]
        browser.close()
    return looks, frames


def main() -> int:
    """Simulate, replay, watch, judge; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=240.0)
    parser.add_argument("--speed", type=float, default=60.0, help="times real time")
    parser.add_argument("--recording", type=Path, help="this one instead of a simulated one")
    parser.add_argument("--json", type=Path, help="write what was found to this file")
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = chosen.recording or folder / "surgery.edf"
        if chosen.recording is None:
            course = folder / "long_surgery.toml"
            course.write_text(scenario(chosen.minutes + LATER_MINUTES), encoding="utf-8")
            told = ["simulate", str(course), "--rate", "2000", "--edf", str(recording)]
            made = measured([*PROGRAM, *told])
            if made.status:
                return made.status
        words = ["replay", str(recording), "--serve", "--speed", str(chosen.speed)]
        port = free_port()
        lasting_s = chosen.minutes * 60.0 / chosen.speed
        with subprocess.Popen(  # noqa: S603 - our own program
            [*PROGRAM, *words, "--port", str(port)],
            env=os.environ | {"AMR_MONITOR_STORAGE_FOLDER": name},
            stdout=subprocess.DEVNULL,
        ) as daemon:
            try:
                await_answer(port)
                url = f"http://127.0.0.1:{port}"
                looks, frames = watched(url, daemon.pid, lasting_s=lasting_s)
            finally:
                daemon.terminate()
    claims = judged(looks, frames)
    for each in frames:
        print(
            f"{each.tab} at {PACE:g} stimuli a second: {each.n} frames, median"
            f" {each.median_ms:.0f} ms, longest {each.most_ms:.0f} ms"
        )
    for claim in claims:
        verdict = "holds" if claim.holds else "does not hold"
        print(f"{claim.what}: {claim.found:.3g}, at most {claim.most:g}: {verdict}")
    if chosen.json:
        found = {
            "looks": [asdict(each) for each in looks],
            "frames": [asdict(each) for each in frames],
            "claims": [asdict(each) | {"holds": each.holds} for each in claims],
        }
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if all(claim.holds for claim in claims) else 1


if __name__ == "__main__":
    sys.exit(main())
