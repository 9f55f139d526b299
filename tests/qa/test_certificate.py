from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amr_monitor.qa.certificate import valid_from_to
from tests.qa.certificates import make_certificate


def test_the_dates_are_those_that_were_asked_for(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path, days=30)
    first, last = valid_from_to(certificate)
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=10)
    assert last - first == timedelta(days=30)


def test_dates_after_2049_are_read_too(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path, days=20_000)
    _, last = valid_from_to(certificate)
    assert last.year > 2049


def test_the_key_before_it_in_the_file_does_not_matter(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, days=30)
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    assert valid_from_to(both) == valid_from_to(certificate)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_certificate_is_a_value_error_or_has_dates(tmp_path: Path, seed: int) -> None:
    certificate, _ = make_certificate(tmp_path, days=30)
    lines = certificate.read_text(encoding="ascii").splitlines()
    row, column = 1 + seed % (len(lines) - 3), seed % 60
    line = lines[row]
    lines[row] = f"{line[:column]}{'A' if line[column] != 'A' else 'B'}{line[column + 1 :]}"
    damaged = tmp_path / "damaged.pem"
    damaged.write_text("\n".join(lines), encoding="ascii")
    try:
        first, last = valid_from_to(damaged)
    except ValueError:
        return
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n",
    ],
)
def test_what_is_no_certificate_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "none.pem"
    path.write_text(text, encoding="ascii")
    with pytest.raises(ValueError):  # noqa: PT011 - any words do
        valid_from_to(path)
