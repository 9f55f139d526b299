from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from amr_monitor.api.app import create_app
from amr_monitor.api.settings import ApiSettings
from tests.api.fakes import OPERATOR, VIEWER, FakeHouse


@pytest.fixture
def house() -> FakeHouse:
    return FakeHouse()


@pytest_asyncio.fixture
async def browser(house: FakeHouse) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a server without tokens."""
    async with client_of(house, ApiSettings()) as client:
        yield client


@pytest_asyncio.fixture
async def guarded(house: FakeHouse) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client, without a token, of a server that wants one."""
    async with client_of(house, ApiSettings(tokens=(OPERATOR, VIEWER))) as client:
        yield client


def client_of(house: FakeHouse, settings: ApiSettings) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(house.dependencies(settings)))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
