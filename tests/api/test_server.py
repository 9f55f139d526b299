import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from amr_monitor.api.settings import ApiSettings
from amr_monitor.model.errors import ConfigError
from tests.api.fakes import OPERATOR, FakeHouse


def test_a_free_port_is_taken_and_told() -> None:
    house = FakeHouse()
    with house.server() as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert httpx.get(f"{server.url}/api/v1/health").json()["status"] == "ok"


def test_stopping_twice_is_harmless_and_frees_the_port() -> None:
    house = FakeHouse()
    server = house.server().start()
    port = server.port
    server.stop()
    server.stop()
    with house.server(ApiSettings(port=port)) as again:
        assert again.port == port


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"api.port {port}: cannot listen") as caught:
            FakeHouse().server(ApiSettings(port=port))
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(  # noqa: S603  # fixed arguments
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return cert, key


def test_tls_is_spoken_and_the_cookie_is_secure(certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    settings = ApiSettings(port=0, certificate=cert, private_key=key, tokens=(OPERATOR,))
    trust = ssl.create_default_context(cafile=str(cert))
    with FakeHouse().server(settings) as server, httpx.Client(verify=trust) as client:
        assert server.url.startswith("https://")
        answer = client.post(
            f"{server.url}/api/v1/session",
            json={"token": OPERATOR.token},
            headers={"Origin": server.url},
        )
        assert answer.status_code == 204
        assert "Secure" in answer.headers["set-cookie"]
        assert "max-age" in answer.headers["strict-transport-security"]
        assert client.get(f"{server.url}/api/v1/session").json()["user"] == "anna"


def test_a_certificate_that_cannot_be_used_is_told(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, key = certificate
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("no certificate")
    for wrong_cert, wrong_key in ((cert, garbage), (garbage, key), (cert, tmp_path / "none.pem")):
        settings = ApiSettings(port=0, certificate=wrong_cert, private_key=wrong_key)
        with pytest.raises(ConfigError, match="cannot be used"):
            FakeHouse().server(settings)
