import httpx
import pytest
from starlette.requests import Request

from amr_monitor.api.security import Gatekeeper
from amr_monitor.api.settings import ApiSettings, Role
from tests.api.fakes import OPERATOR, VIEWER

SETTINGS = ApiSettings(tokens=(OPERATOR, VIEWER), session_hours=1.0)


def request(*, authorization: str = "", cookie: str = "") -> Request:
    headers = [(b"host", b"127.0.0.1:8000")]
    if authorization:
        headers.append((b"authorization", authorization.encode("latin-1")))
    if cookie:
        headers.append((b"cookie", f"amr_monitor_session_8000={cookie}".encode("latin-1")))
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": "/",
            "query_string": b"",
            "headers": headers,
        }
    )


def test_without_tokens_everyone_is_operator() -> None:
    principal = Gatekeeper(ApiSettings()).principal(request())
    assert principal is not None
    assert (principal.name, principal.role) == ("local", Role.OPERATOR)


@pytest.mark.parametrize("token", [OPERATOR, VIEWER])
def test_a_bearer_token_tells_user_and_role(token: object) -> None:
    for known in (OPERATOR, VIEWER):
        principal = Gatekeeper(SETTINGS).principal(request(authorization=f"Bearer {known.token}"))
        assert principal is not None
        assert (principal.name, principal.role) == (known.name, known.role)
        assert not principal.by_cookie


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {OPERATOR.token}",
        f"Bearer {OPERATOR.token}x",
        f"Bearer {OPERATOR.token[:-1]}",
        "Bearer \xff\xfe",
    ],
)
def test_anything_else_is_nobody(authorization: str) -> None:
    assert Gatekeeper(SETTINGS).principal(request(authorization=authorization)) is None


def test_a_session_is_good_after_a_restart_and_until_it_is_over() -> None:
    now = [1000.0]
    cookie, seconds = Gatekeeper(SETTINGS, clock=lambda: now[0]).new_session(VIEWER)
    assert seconds == 3600
    restarted = Gatekeeper(SETTINGS, clock=lambda: now[0])
    principal = restarted.principal(request(cookie=cookie))
    assert principal is not None
    assert (principal.name, principal.role, principal.by_cookie) == ("viktor", Role.VIEWER, True)
    now[0] += 3600
    assert restarted.principal(request(cookie=cookie)) is None


def test_a_session_cannot_be_changed_and_ends_with_its_token() -> None:
    gatekeeper = Gatekeeper(SETTINGS)
    cookie, _ = gatekeeper.new_session(VIEWER)
    name, expires, seal = cookie.split(".")
    forged = [
        f"anna.{expires}.{seal}",
        f"{name}.{int(expires) + 1}.{seal}",
        f"{name}.{expires}.{seal[:-1]}0",
        f"{name}.{expires}.",
        f"{name}.{'9' * 5000}.{seal}",
        f"{name}..{seal}",
        "..",
        "viktor",
        "\xff.\xb2.\xff",
    ]
    for wrong in forged:
        if wrong != cookie:
            assert gatekeeper.principal(request(cookie=wrong)) is None
    assert Gatekeeper(ApiSettings(tokens=(OPERATOR,))).principal(request(cookie=cookie)) is None


@pytest.mark.asyncio
async def test_a_browser_signs_in_and_out_with_a_cookie_it_cannot_read(
    guarded: httpx.AsyncClient,
) -> None:
    own = {"Origin": "http://127.0.0.1:8000"}
    signed_in = await guarded.post("/api/v1/session", json={"token": OPERATOR.token}, headers=own)
    assert signed_in.status_code == 204
    cookie = signed_in.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert OPERATOR.token not in cookie
    session = (await guarded.get("/api/v1/session")).json()
    assert session == {"user": "anna", "role": "operator", "needs_token": True}
    marked = await guarded.post("/api/v1/marks", json={"mark": "note"}, headers=own)
    assert marked.status_code == 200
    no_origin = await guarded.post("/api/v1/marks", json={"mark": "note"})
    assert no_origin.status_code == 403
    assert (await guarded.delete("/api/v1/session", headers=own)).status_code == 204
    assert (await guarded.get("/api/v1/session")).status_code == 401


@pytest.mark.asyncio
@pytest.mark.parametrize("body", [None, {}, {"token": "wrong"}, {"token": ""}])
async def test_no_session_for_a_token_that_is_not_known(
    guarded: httpx.AsyncClient, body: dict[str, str] | None
) -> None:
    answer = await guarded.post("/api/v1/session", json=body)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
