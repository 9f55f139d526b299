"""Certificates of a moment, made by openssl."""

import subprocess
from pathlib import Path


def make_certificate(folder: Path, *, days: int) -> tuple[Path, Path]:
    """Return a new certificate that signs itself, and its key."""
    certificate, key = folder / f"{days}.pem", folder / f"{days}.key.pem"
    subprocess.run(  # noqa: S603 - words of our own
        [  # noqa: S607
            "openssl",
            "req",
            "-x509",
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            "-nodes",
            *("-keyout", str(key)),
            *("-out", str(certificate)),
            *("-days", str(days)),
            *("-subj", "/CN=amr-monitor.test"),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return certificate, key
