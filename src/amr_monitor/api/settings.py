"""Where the server listens and who may come in."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from amr_monitor.model.errors import ConfigError

SHORTEST_TOKEN = 16
_TOKEN_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Role(StrEnum):
    """What a person may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A bearer token and whom it stands for.

    Attributes
    ----------
    name : str
        The user, as journalled beside each command: letters, digits, - and _.
    role : Role
    token : str
        The secret, at least 16 characters.
    """

    name: str
    role: Role
    token: str

    def __post_init__(self) -> None:
        if not _TOKEN_NAME.fullmatch(self.name):
            raise ConfigError(
                f"api.tokens: name {self.name!r} must be 1 to 32 letters, digits, - or _"
            )
        if len(self.token) < SHORTEST_TOKEN or not self.token.isascii() or " " in self.token:
            raise ConfigError(
                f"api.tokens: the token of {self.name!r} must be at least {SHORTEST_TOKEN} "
                "ASCII characters without a space"
            )

    def __repr__(self) -> str:
        """Leave the secret out: a settings object may end in a log."""
        return f"AccessToken(name={self.name!r}, role={self.role.value!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """The server's address, its certificate and its users.

    Attributes
    ----------
    host : str
        Address to listen on. Beyond this machine only with TLS and tokens.
    port : int
        0 takes a free one.
    certificate, private_key : Path or None
        PEM files; both or none.
    tokens : tuple of AccessToken
        None: everyone on this machine is operator.
    allowed_hosts : tuple of str
        Further names by which a browser may call this server. Names of this
        machine's loopback always may.
    allowed_origins : tuple of str
        Further origins (`https://name:port`) whose pages may talk to it.
    session_hours : float
        How long a browser stays signed in.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    certificate: Path | None = None
    private_key: Path | None = None
    tokens: tuple[AccessToken, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    session_hours: float = 12.0

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise ConfigError(f"api.port must be 0 to 65535, not {self.port}")
        if (self.certificate is None) != (self.private_key is None):
            raise ConfigError("api.certificate and api.private_key are given both or not at all")
        if not self.session_hours > 0:
            raise ConfigError(f"api.session_hours must be above 0, not {self.session_hours}")
        names = [token.name for token in self.tokens]
        if len(set(names)) != len(names):
            raise ConfigError("api.tokens: each name may stand once")
        if not self.is_loopback and not (self.has_tls and self.tokens):
            raise ConfigError(
                f"api.host {self.host}: listening beyond this machine needs api.certificate, "
                "api.private_key and api.tokens, or use 127.0.0.1"
            )

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def has_tls(self) -> bool:
        """Whether the server speaks TLS."""
        return self.certificate is not None
