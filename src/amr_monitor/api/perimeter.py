"""What every request meets first: the names the server answers to, origins, headers.

Against DNS rebinding the Host header must name this server; against foreign
pages in the operator's browser an Origin header, where there is one, must be
this server's own. Both hold for the websocket too. A body is refused unread
where it is larger than any command, or does not say how large it is.
"""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amr_monitor.api.settings import ApiSettings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}

LARGEST_BODY = 65_536
"""Bytes; the longest command has a few hundred."""

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Perimeter:
    """ASGI middleware that refuses foreign hosts and origins and sets headers.

    Parameters
    ----------
    app : ASGI application
    settings : ApiSettings
    """

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._origins = {origin.lower().rstrip("/") for origin in settings.allowed_origins}
        self._hosts = {name.lower() for name in (*_LOOPBACK_NAMES, *settings.allowed_hosts)}
        # Beyond this machine a caller needs a token, which a rebound name cannot have.
        self._any_host = not settings.is_loopback and not settings.allowed_hosts
        self._headers = dict(HEADERS)
        if settings.has_tls:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if not self._any_host and _without_port(host) not in self._hosts:
            line = "this server does not go by that Host; see api.allowed_hosts"
            await self._refuse(scope, receive, send, 403, line)
        elif not self._is_own(headers.getlist("origin"), host, scope["scheme"]):
            line = "requests from a foreign Origin are refused"
            await self._refuse(scope, receive, send, 403, line)
        elif "transfer-encoding" in headers:
            line = "a body must say its Content-Length"
            await self._refuse(scope, receive, send, 411, line)
        elif _length(headers) > LARGEST_BODY:
            line = f"a body has at most {LARGEST_BODY} bytes"
            await self._refuse(scope, receive, send, 413, line)
        else:
            await self._app(scope, receive, self._with_headers(send))

    def _is_own(self, origins: Iterable[str], host: str, scheme: str) -> bool:
        web_scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
        own = f"{web_scheme}://{host}"
        return all(origin.lower() in (own, *self._origins) for origin in origins)

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return send_with_headers

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, status: int, line: str
    ) -> None:
        response = JSONResponse({"detail": line}, status, headers=self._headers)
        if scope["type"] == "http":
            await response(scope, receive, send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await send(
                {
                    "type": "websocket.http.response.start",
                    "status": status,
                    "headers": response.raw_headers,
                }
            )
            await send({"type": "websocket.http.response.body", "body": response.body})
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": line})


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _length(headers: Headers) -> int:
    told = headers.get("content-length", "0")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else LARGEST_BODY + 1
