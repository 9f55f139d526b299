"""Time the review of a four-hour case in a browser: how soon it is there, how it moves.

::

    python -m benchmarks.review [--hours 4]

A made-up case of one stimulus a second is put in a journal as a run leaves it and served as
the daemon serves it. Timed in Chromium, from the outside: opening its page until verdict,
trends and events are painted; the first raster of the whole case; frames while the trends and
the raster are dragged to and fro. Ends with status 1 where opening takes 2 s or more, or one
frame in twenty while dragging takes longer than 50 ms.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from amr_monitor.api.app import create_app
from amr_monitor.api.dependencies import ApiDependencies
from amr_monitor.api.live import LiveHub
from amr_monitor.api.server import ApiServer
from amr_monitor.api.settings import ApiSettings
from amr_monitor.daemon.documents import Documents
from amr_monitor.storage.journal import Journal
from benchmarks.review_case import enter_long_case
from benchmarks.sweeping import machine

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MOST_OPENING_S = 2.0
MOST_FRAME_MS = 50.0
OPENINGS = 5

FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const step = (now) => {
    window.frames_ms.push(now - last);
    last = now;
    window.stepping = requestAnimationFrame(step);
  };
  window.stepping = requestAnimationFrame(step);
}"""
STOPPED = "() => { cancelAnimationFrame(window.stepping); return window.frames_ms; }"


class NoCase:
    """Stands where a running case would be."""

    source = None
    last_sample_age_s = None
    delivery = None
    recording = None
    replay = None

    def submit(self, _make: object) -> Future[Any]:
        """Answer never: nobody asks."""
        return Future()


@contextmanager
def served(journal: Journal, folder: Path) -> Iterator[str]:
    """Serve a journal and give the address."""
    settings = ApiSettings(port=0)
    dependencies = ApiDependencies.compose(
        store=journal,
        control=NoCase(),
        hub=LiveHub(),
        settings=settings,
        review=journal,
        documents=Documents(journal, recordings=folder),
    )
    with ApiServer(create_app(dependencies), settings) as server:
        yield server.url


def opening_s(browser: Browser, address: str) -> float:
    """Return how long a page of a new browser context takes to be there."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(address)
    page.locator('body[data-ready="true"]').wait_for()
    took = time.perf_counter() - start
    context.close()
    return took


def dragged_ms(page: Page, selector: str) -> list[float]:
    """Return how long each frame took while a picture was dragged to and fro."""
    box = page.locator(selector).bounding_box()
    if box is None:
        raise RuntimeError(f"{selector} is not to be seen")
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    for _ in range(6):
        page.mouse.wheel(0, -120)
    page.wait_for_timeout(1_000)
    page.mouse.down()
    page.evaluate(FRAMES)
    for step in range(120):
        page.mouse.move(
            middle[0] + 300 * (1 if step % 40 < 20 else -1) * (step % 20) / 20, middle[1]
        )
    frames: list[float] = page.evaluate(STOPPED)
    page.mouse.up()
    page.mouse.dblclick(*middle)
    return sorted(frames[1:])


def main() -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=4.0)
    chosen = parser.parse_args()
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        print("Chromium is needed: make chromium", file=sys.stderr)
        return 2
    print(machine())
    is_good = True
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        file = Path(name) / "journal.sqlite"
        with Journal.at(file) as journal:
            case_id = enter_long_case(journal, hours=chosen.hours)
            n_sweeps = len(journal.trend(case_id))
            print(f"{n_sweeps} sweeps of 2 muscles: {file.stat().st_size / 1e6:.0f} MB of journal")
            with served(journal, Path(name)) as url:
                browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
                address = f"{url}/cases/{case_id}"
                openings = sorted(opening_s(browser, address) for _ in range(OPENINGS))
                median_s = openings[len(openings) // 2]
                print(
                    f"opening: {median_s:.2f} s median of {OPENINGS}, {openings[-1]:.2f} s at most"
                )
                is_good &= median_s < MOST_OPENING_S
                page = browser.new_page(viewport={"width": 1920, "height": 1080})
                page.goto(address)
                page.locator('body[data-ready="true"]').wait_for()
                is_good &= told("trends", dragged_ms(page, ".trend-stack"))
                start = time.perf_counter()
                with page.expect_response(lambda response: "/raster" in response.url):
                    page.click("#tab-raster")
                print(f"raster of the whole case: {time.perf_counter() - start:.2f} s")
                is_good &= told("raster", dragged_ms(page, ".raster canvas"))
                browser.close()
    return 0 if is_good else 1


def told(what: str, frames_ms: list[float]) -> bool:
    """Print the frames of a drag and return whether it was fluid."""
    median = frames_ms[len(frames_ms) // 2]
    most = frames_ms[int(0.95 * (len(frames_ms) - 1))]
    print(
        f"dragging the {what}: {len(frames_ms)} frames, {median:.0f} ms median,"
        f" {most:.0f} ms for 95 in 100"
    )
    return most <= MOST_FRAME_MS


if __name__ == "__main__":
    sys.exit(main())
