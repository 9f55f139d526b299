"""Take the pictures of the dashboard that stand in the documents.

Plays the bundled surgery and looks at its pages in Chromium: live, for the
surgeon, on a tablet, handed over, while nothing can be told, stale, and in
review::

    .venv/bin/python docs/make_images.py [FOLDER]

A maker's program, run by hand: needs the development environment and Debian's
`chromium`.
"""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

IMAGES = Path(__file__).parent / "images"
SPEED = "6"
SPEED_OF_REVIEW = "60"
WAIT_MS = 120_000
WIDE: ViewportSize = {"width": 1920, "height": 1080}
TABLET: ViewportSize = {"width": 1024, "height": 768}
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Demo:
    """The bundled surgery, being played."""

    process: subprocess.Popen[str]
    url: str
    case_id: str

    def end(self) -> None:
        """Stop it as a person does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=20)


def main() -> int:
    """Play the surgery twice and take each picture when its moment comes."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    folder.mkdir(exist_ok=True)
    program = shutil.which("amr-monitor", path=str(Path(sys.executable).parent))
    chromium = shutil.which("chromium")
    if program is None or chromium is None:
        print("make_images: amr-monitor and chromium are needed", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        with played(program, SPEED) as demo:
            take_live(browser, demo, folder)
        with played(program, SPEED_OF_REVIEW) as demo:
            take_review(browser, demo, folder)
        browser.close()
    return 0


def take_live(browser: Browser, demo: Demo, folder: Path) -> None:
    """Take the pictures of the operation while it goes on, and of its end without a word."""
    page = opened(browser, demo.url)
    surgeon = opened(browser, f"{demo.url}/surgeon")
    tablet = opened(browser, f"{demo.url}/remote", TABLET)
    handover = opened(browser, f"{demo.url}/handover")
    take(page, folder / "dashboard.png", "DISAPPEARED")
    pace(page, demo, 1.0)
    take(surgeon, folder / "surgeon.png", "DISAPPEARED", settle_ms=50)
    take(tablet, folder / "tablet.png", "DISAPPEARED", settle_ms=50)
    handover.reload()
    take(handover, folder / "handover.png", "DISAPPEARED", settle_ms=50)
    pace(page, demo, float(SPEED))
    take(page, folder / "dashboard-cannot-tell.png", "CANNOT TELL", settle_ms=50)
    demo.end()
    take(page, folder / "dashboard-stale.png", "STALE")


def take_review(browser: Browser, demo: Demo, folder: Path) -> None:
    """Take the picture of the finished case."""
    live = opened(browser, demo.url)
    expect(live.get_by_text("Case closed")).to_be_visible(timeout=WAIT_MS)
    review = opened(browser, f"{demo.url}/cases/{demo.case_id}")
    take(review, folder / "review.png", "disappeared", settle_ms=3000)


@contextmanager
def played(program: str, speed: str) -> Iterator[Demo]:
    """Play the bundled surgery on a free port."""
    process = subprocess.Popen(  # noqa: S603 - our own program
        [program, "demo", "--port", "0", "--speed", speed],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        found = re.search(r"(http://\S+)\s+\(case (\w+);", line)
        if found is None:
            raise SystemExit(f"make_images: the demo printed {line!r}")
        yield Demo(process=process, url=found[1].rstrip("/"), case_id=found[2])
    finally:
        process.kill()
        process.wait()


def opened(browser: Browser, url: str, size: ViewportSize = WIDE) -> Page:
    """Return a page of its own at an address."""
    page = browser.new_page(viewport=size)
    page.goto(url)
    return page


def pace(page: Page, demo: Demo, speed: float) -> None:
    """Let the surgery go on as fast as this."""
    body = {"action": "speed", "value": speed}
    answer = page.request.post(f"{demo.url}/api/v1/replay", data=body)
    if not answer.ok:
        raise SystemExit(f"make_images: the demo answered {answer.status} to a change of speed")


def take(page: Page, path: Path, words: str, *, settle_ms: float = 700) -> None:
    """Wait until the page says something, letter by letter, and take its picture."""
    told = page.get_by_text(re.compile(re.escape(words))).first
    expect(told).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(settle_ms)
    page.screenshot(path=path)


if __name__ == "__main__":
    sys.exit(main())
