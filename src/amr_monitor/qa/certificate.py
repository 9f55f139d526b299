"""Until when a certificate is valid, without a library for it.

Only the few bytes of X.509 (RFC 5280, 4.1) that lead to the dates are read.
"""

import ssl
from datetime import UTC, datetime
from pathlib import Path

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


def valid_from_to(path: Path) -> tuple[datetime, datetime]:
    """Return from when and until when the first certificate of a PEM file is valid.

    Raises
    ------
    ValueError
        The file holds no certificate.
    OSError
        It cannot be read.
    """
    text = path.read_text(encoding="ascii", errors="replace")
    begin = text.find(ssl.PEM_HEADER)
    end = text.find(ssl.PEM_FOOTER, begin)
    if begin < 0 or end < 0:
        raise ValueError("no certificate in PEM form")
    der = ssl.PEM_cert_to_DER_cert(text[begin : end + len(ssl.PEM_FOOTER)])
    certificate, _ = _element(der, _SEQUENCE)
    signed, _ = _element(certificate, _SEQUENCE)
    if signed[:1] == bytes([_VERSION]):
        _, signed = _element(signed, _VERSION)
    for _ in range(3):  # serial number, algorithm, issuer
        _, signed = _element(signed, None)
    validity, _ = _element(signed, _SEQUENCE)
    first, rest = _moment(validity)
    last, _ = _moment(rest)
    return first, last


def _element(data: bytes, tag: int | None) -> tuple[bytes, bytes]:
    """Return the content of the first element, and what follows it."""
    if len(data) < 2 or (tag is not None and data[0] != tag):
        raise ValueError("no certificate that can be read")
    n, start = data[1], 2
    if n & 0x80:
        start = 2 + (n & 0x7F)
        n = int.from_bytes(data[2:start], "big")
    if start + n > len(data):
        raise ValueError("a certificate that is cut short")
    return data[start : start + n], data[start + n :]


def _moment(data: bytes) -> tuple[datetime, bytes]:
    if data[:1] == bytes([_UTC_TIME]):
        content, rest = _element(data, _UTC_TIME)
        text = content.decode("ascii", errors="replace")
        # Years from 50 on are of the last century.
        text = ("19" if text[:2] >= "50" else "20") + text
    else:
        content, rest = _element(data, _GENERALIZED_TIME)
        text = content.decode("ascii", errors="replace")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC), rest
