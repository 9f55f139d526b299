"""Take the pictures of the dashboard and of a report that stand in the documents.

Plays the bundled surgery and looks at the page in Chromium; reports a fixture::

    .venv/bin/python docs/make_images.py

A maker's program, run by hand: needs the development environment and Debian's
`chromium`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

IMAGES = Path(__file__).parent / "images"
SPEED = "6"
WAIT_MS = 120_000
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main() -> int:
    """Play the surgery once and take each picture when its moment comes."""
    IMAGES.mkdir(exist_ok=True)
    program = shutil.which("amr-monitor", path=str(Path(sys.executable).parent))
    chromium = shutil.which("chromium")
    if program is None or chromium is None:
        print("make_images: amr-monitor and chromium are needed", file=sys.stderr)
        return 2
    demo = subprocess.Popen(  # noqa: S603 - our own program
        [program, "demo", "--port", "0", "--speed", SPEED],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = demo.stdout.readline() if demo.stdout else ""
        found = re.search(r"http://\S+", line)
        if found is None:
            print(f"make_images: the demo printed {line!r}", file=sys.stderr)
            return 1
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=list(CHROMIUM_FLAGS)
            )
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.goto(found[0])
            surgeon = browser.new_page(viewport={"width": 1920, "height": 1080})
            surgeon.goto(f"{found[0].rstrip('/')}/surgeon")
            take(page, "dashboard.png", "DISAPPEARED")
            take(surgeon, "surgeon.png", "DISAPPEARED", settle_ms=50)
            take(page, "dashboard-cannot-tell.png", "CANNOT TELL", settle_ms=50)
            demo.send_signal(signal.SIGINT)
            demo.wait(timeout=20)
            take(page, "dashboard-stale.png", "STALE")
            take_report(browser, program)
            browser.close()
    finally:
        demo.kill()
        demo.wait()
    return 0


def take_report(browser: Browser, program: str) -> None:
    """Replay a fixture into a journal of its own and take the report of it."""
    recording = Path(__file__).parents[1] / "fixtures" / "disappeared.edf"
    with tempfile.TemporaryDirectory() as folder:
        surroundings = os.environ | {"AMR_MONITOR_STORAGE_FOLDER": folder}
        target = Path(folder) / "report.html"
        for verb in (
            ["replay", str(recording)],
            # Of the only case the beginning of its id is nothing.
            ["report", "", "--output", str(target)],
        ):
            subprocess.run([program, *verb], env=surroundings, check=True)  # noqa: S603 - ours
        page = browser.new_page(viewport={"width": 760, "height": 1180}, device_scale_factor=1.5)
        page.goto(target.as_uri())
        page.locator("nav").evaluate("element => element.remove()")
        page.screenshot(path=IMAGES / "report.png")
        page.locator("figure").first.screenshot(path=IMAGES / "report-picture.png")


def take(page: Page, name: str, words: str, *, settle_ms: float = 700) -> None:
    """Wait until the page says something, letter by letter, and take its picture."""
    told = page.get_by_text(re.compile(re.escape(words))).first
    expect(told).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(settle_ms)
    page.screenshot(path=IMAGES / name)


if __name__ == "__main__":
    sys.exit(main())
