"""Run the application on a socket: in a thread of its own, or in the caller's."""

import asyncio
import socket
import ssl
import threading
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.errors import ConfigError

GOODBYE_S = 2
"""What open connections get when the server stops."""

DEAD_PEER_MS = 15_000
"""After which the kernel gives up a peer that takes nothing: it cannot be
closed from above, since a close has to be sent too."""

LONGEST_CLIENT_MESSAGE = 4096


class ApiServer:
    """Serve an application until stopped.

    Parameters
    ----------
    app : FastAPI
    settings : ApiSettings

    Raises
    ------
    ConfigError
        The address cannot be bound, or the certificate not read.
    """

    def __init__(self, app: FastAPI, settings: ApiSettings) -> None:
        self._settings = settings
        self._check_certificate()
        self._socket = self._bound_socket()
        self._port = int(self._socket.getsockname()[1])
        self._thread: threading.Thread | None = None
        self._server = _ToldServer(
            uvicorn.Config(
                app,
                ws="websockets-sansio",
                ws_per_message_deflate=False,
                ws_max_size=LONGEST_CLIENT_MESSAGE,
                lifespan="on",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GOODBYE_S,
                ssl_certfile=settings.certificate,
                ssl_keyfile=settings.private_key,
            )
        )

    @property
    def port(self) -> int:
        """The port that is bound, also where 0 was asked for."""
        return self._port

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        scheme = "https" if self._settings.has_tls else "http"
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"{scheme}://{host}:{self.port}"

    def start(self) -> Self:
        """Serve in a thread; return once connections are answered."""
        self._thread = threading.Thread(target=self.run, name="api", daemon=True)
        self._thread.start()
        self._server.settled.wait()
        if not self._server.started:
            raise ConfigError(f"api: the server on {self.url} did not start; see the log")
        return self

    def run(self) -> None:
        """Serve in this thread until `stop` is called from another one."""
        try:
            with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
                runner.run(self._server.serve(sockets=[self._socket]))
        finally:
            self._socket.close()
            self._server.settled.set()

    def stop(self) -> None:
        """End it; may be called twice."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        """Serve in a thread."""
        return self.start()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()

    def _bound_socket(self) -> socket.socket:
        host, port = self._settings.host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MS)
        try:
            listening.bind((host, port))
        except OSError as error:
            listening.close()
            raise ConfigError(
                f"api.host {host}, api.port {port}: cannot listen there ({error.strerror}); "
                "choose another port, or 0 for a free one"
            ) from error
        return listening

    def _check_certificate(self) -> None:
        if self._settings.certificate is None or self._settings.private_key is None:
            return
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # With an empty password a locked key is an error and not a question.
            context.load_cert_chain(
                self._settings.certificate, self._settings.private_key, password=""
            )
        except OSError as error:
            raise ConfigError(
                f"api.certificate {self._settings.certificate}, "
                f"api.private_key {self._settings.private_key}: cannot be used ({error})"
            ) from error


class _ToldServer(uvicorn.Server):
    """uvicorn's server, which tells when it is up or has given up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.settled.set()
