from pathlib import Path

import pytest

from amr_monitor.api.settings import AccessToken, ApiSettings, Role
from amr_monitor.model.errors import ConfigError
from tests.api.fakes import OPERATOR


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1"])
def test_this_machine_needs_neither_tls_nor_tokens(host: str) -> None:
    assert ApiSettings(host=host).is_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "theatre-3", ""])  # noqa: S104
@pytest.mark.parametrize("has_tokens", [False, True])
@pytest.mark.parametrize("has_tls", [False, True])
def test_beyond_this_machine_both_are_needed(host: str, *, has_tokens: bool, has_tls: bool) -> None:
    certificate = Path("c.pem") if has_tls else None
    tokens = (OPERATOR,) if has_tokens else ()

    def settings() -> ApiSettings:
        return ApiSettings(
            host=host, certificate=certificate, private_key=certificate, tokens=tokens
        )

    if has_tokens and has_tls:
        assert not settings().is_loopback
    else:
        with pytest.raises(ConfigError, match=r"needs api.certificate, api.private_key and"):
            settings()


def test_half_a_certificate_is_refused() -> None:
    with pytest.raises(ConfigError, match="both or not at all"):
        ApiSettings(certificate=Path("c.pem"))


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(ConfigError, match=r"api\.port"):
        ApiSettings(port=port)


def test_a_session_without_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="session_hours"):
        ApiSettings(session_hours=0.0)


def test_a_short_token_and_a_strange_name_are_refused_without_telling_the_token() -> None:
    with pytest.raises(ConfigError, match="at least 16") as caught:
        AccessToken(name="anna", role=Role.VIEWER, token="hunter" + "2")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigError, match="letters, digits"):
        AccessToken(name="Anna Example", role=Role.VIEWER, token="x" * 20)


def test_a_name_stands_once() -> None:
    with pytest.raises(ConfigError, match="once"):
        ApiSettings(tokens=(OPERATOR, OPERATOR))


def test_the_secret_does_not_show_in_a_log() -> None:
    assert OPERATOR.token not in repr(ApiSettings(tokens=(OPERATOR,)))
