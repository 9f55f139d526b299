"""Who is calling: bearer tokens, the browser's session cookie, roles.

Without configured tokens everyone is operator; `ApiSettings` allows that on
the loopback address alone. There no token names the person: a header with
initials does (`X-Operator`). A session is a signed cookie and no state of the
server, so that a browser is still signed in after a restart.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from fastapi import HTTPException, Request
from fastapi.requests import HTTPConnection

from amr_monitor.api.settings import AccessToken, ApiSettings, Role

LOCAL_USER = "local"
"""The name in the journal where neither a token nor a header tells one."""

NAME_HEADER = "X-Operator"
"""Who gives a command, in percent encoding; heard only where no tokens are configured."""

_NAME = re.compile(r"[\w.'-]{1,30}")
_PROGRAMS_OWN = frozenset({"amr-monitor", "recording", "monitor", "stream"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever is calling.

    Attributes
    ----------
    name : str
        Goes into the journal beside each command.
    role : Role
    by_cookie : bool
        Signed in by the browser's cookie, which a browser sends by itself.
    """

    name: str
    role: Role
    by_cookie: bool = False


class Gatekeeper:
    """Tell who is calling and refuse whoever may not.

    Parameters
    ----------
    settings : ApiSettings
    clock : callable
        Seconds since the epoch, for the age of sessions.
    """

    def __init__(self, settings: ApiSettings, *, clock: Callable[[], float] = time.time) -> None:
        self._tokens = settings.tokens
        self._session_s = settings.session_hours * 3600.0
        self._clock = clock
        self.has_tls = settings.has_tls

    @property
    def needs_token(self) -> bool:
        """Whether a caller has to identify itself."""
        return bool(self._tokens)

    def principal(self, connection: HTTPConnection) -> Principal | None:
        """Return who is calling, or None where a token is needed and none fits."""
        if not self._tokens:
            return Principal(name=LOCAL_USER, role=Role.OPERATOR)
        scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
        if scheme:
            known = self.token_of(secret.strip()) if scheme.lower() == "bearer" else None
            return Principal(name=known.name, role=known.role) if known else None
        cookie = connection.cookies.get(self.cookie_name(connection), "")
        return self._session_holder(cookie)

    def viewer(self, request: Request) -> Principal:
        """Let anyone in who is known (a FastAPI dependency)."""
        principal = self.principal(request)
        if principal is None:
            raise HTTPException(
                401, "a bearer token or a session is needed", {"WWW-Authenticate": "Bearer"}
            )
        return principal

    def operator(self, request: Request) -> Principal:
        """Let operators in alone (a FastAPI dependency).

        A write that is signed by the cookie must say where it comes from: a
        browser sends the cookie by itself, a page of ours sends its origin.
        """
        principal = self.viewer(request)
        if not self._tokens:
            return self._named(request)
        if principal.role is not Role.OPERATOR:
            raise HTTPException(403, "this needs the role operator")
        if principal.by_cookie and "origin" not in request.headers:
            raise HTTPException(403, "a write by cookie needs an Origin header; use a bearer token")
        return principal

    def _named(self, request: Request) -> Principal:
        name = unquote(request.headers.get(NAME_HEADER, "")) or LOCAL_USER
        if _NAME.fullmatch(name) is None or name.casefold() in _PROGRAMS_OWN:
            raise HTTPException(
                422,
                f"{NAME_HEADER}: initials or a name for the journal, letters and digits, at most"
                " 30 and without spaces; not one that the program uses itself",
            )
        return Principal(name=name, role=Role.OPERATOR)

    def token_of(self, secret: str) -> AccessToken | None:
        """Return the token with this secret; its time tells nothing about the secrets."""
        found = None
        for token in self._tokens:
            if hmac.compare_digest(_digest(secret), _digest(token.token)):
                found = token
        return found

    def new_session(self, token: AccessToken) -> tuple[str, int]:
        """Return a cookie that stands for `token`, and its seconds to live."""
        expires = int(self._clock() + self._session_s)
        return f"{token.name}.{expires}.{_seal(token, expires)}", int(self._session_s)

    def cookie_name(self, connection: HTTPConnection) -> str:
        """Return the name of the session cookie.

        Cookies do not know ports: two monitors on one machine must not sign
        each other's users out.
        """
        return f"amr_monitor_session_{connection.url.port or 'default'}"

    def _session_holder(self, cookie: str) -> Principal | None:
        name, _, rest = cookie.partition(".")
        expires, _, seal = rest.partition(".")
        token = next((token for token in self._tokens if token.name == name), None)
        if token is None or len(expires) > 12 or not (expires.isascii() and expires.isdigit()):
            return None
        fits = hmac.compare_digest(seal.encode(), _seal(token, int(expires)).encode())
        if not fits or int(expires) <= self._clock():
            return None
        return Principal(name=token.name, role=token.role, by_cookie=True)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _seal(token: AccessToken, expires: int) -> str:
    message = f"amr-monitor session {token.name} {token.role.value} {expires}"
    return hmac.new(token.token.encode(), message.encode(), hashlib.sha256).hexdigest()
