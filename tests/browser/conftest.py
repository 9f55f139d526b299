import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.api.fakes import FakeHouse
from tests.browser.theatre import Theatre

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDE, LAPTOP = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}

pytestmark = pytest.mark.browser


# Playwright keeps an event loop running in the thread as long as it lives: no longer than
# its module, since the tests of asyncio run in the same thread.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("Chromium is needed: apt-get install chromium (make setup does it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Return what opens pages, each signed in by nobody; none of them may complain."""
    complaints: list[str] = []
    contexts = []

    def open_page() -> Page:
        context = chromium.new_context(viewport=WIDE)  # type: ignore[arg-type]  # it is one
        contexts.append(context)
        # Somebody has told the page who gives the commands.
        context.add_init_script("sessionStorage.setItem('amr-monitor-who', 'local')")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    # A server that is gone or refuses is not the page's fault, and the browser tells it itself.
    faults = [line for line in complaints if not line.startswith("Failed to load resource")]
    faults = [line for line in faults if "WebSocket connection" not in line]
    assert faults == []


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@pytest.fixture
def theatre(house: FakeHouse) -> Theatre:
    return Theatre(house)


def visit(page: Page, url: str) -> None:
    """Open the page and wait until it is connected."""
    page.goto(url)
    page.locator('html[data-connected="true"]').wait_for(state="attached")


def await_seq(page: Page, house: FakeHouse) -> None:
    """Wait until the page has painted what is the newest event now."""
    newest = house.hub.view(cursor=0, limit=0).newest_seq
    for _ in range(1000):
        if int(page.locator("html").get_attribute("data-seq") or -1) >= newest:
            return
        page.wait_for_timeout(20)
    pytest.fail(f"the page does not come to event {newest}")
