"""What has to be right before a case, one check for each, with what to mend."""

import importlib.metadata
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import amr_monitor
from amr_monitor.config import FitnessSettings
from amr_monitor.model.errors import StorageError
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.qa.certificate import valid_from_to
from amr_monitor.qa.clock import StepWatch, Synchrony
from amr_monitor.qa.quantiles import quantiles
from amr_monitor.qa.source_check import TRIGGER_WORDS, SourceFound
from amr_monitor.qa.timing import MachineTiming
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.settings import StorageSettings

LIBRARIES = (
    "numpy",
    "scipy",
    "pylsl",
    "pyedflib",
    "sqlalchemy",
    "fastapi",
    "uvicorn",
    "websockets",
)
BYTES_PER_SAMPLE = 3
JOURNAL_BYTES = 500 * 1024 * 1024
"""Events, sweeps and figures of a long case, generously."""

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
GIB = 1024.0**3


class Health(StrEnum):
    """How a check came out."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    name : str
    health : Health
    found : str
    mend : str
        What to do; "" where nothing is to be done.
    """

    name: str
    health: Health
    found: str
    mend: str = ""


def good(name: str, found: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name=name, health=Health.GOOD, found=found)


def doubtful(name: str, found: str, mend: str) -> Check:
    """Return a check that a person should look at; a case would run."""
    return Check(name=name, health=Health.DOUBTFUL, found=found, mend=mend)


def bad(name: str, found: str, mend: str) -> Check:
    """Return a check for which no case should be begun."""
    return Check(name=name, health=Health.BAD, found=found, mend=mend)


# ------------------------------------------------ the source


def source_checks(found: SourceFound) -> Iterator[Check]:
    """Tell what the source is, and whether it brings its stimuli."""
    if found.fault:
        yield bad("source", found.fault, "see `amr-monitor streams` and docs/connecting.md")
        return
    yield good("source", found.words)
    if found.trigger is TriggerQuality.SOFTWARE:
        yield doubtful(
            "trigger",
            TRIGGER_WORDS[found.trigger],
            "connect the stimulator's TTL to the amplifier's trigger input (docs/connecting.md)",
        )
    elif found.trigger is not None:
        yield good("trigger", TRIGGER_WORDS[found.trigger])
    for warning in found.warnings:
        yield doubtful("source", warning, "see docs/connecting.md")


# ------------------------------------------------ what is kept


def disk_check(folder: Path, *, n_channels: int, rate_hz: float, hours: float) -> Check:
    """Tell whether a case fits on the disk."""
    needed = n_channels * rate_hz * BYTES_PER_SAMPLE * hours * 3600.0 + JOURNAL_BYTES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        return bad(
            "disk",
            f"{folder} cannot be used: {fault.strerror}",
            "give this user the right to write there, or name another [storage] folder",
        )
    what = f"{n_channels} channels at {rate_hz:g} Hz for {hours:g} h"
    said = f"{free / GIB:.1f} GiB free in {folder}; {what} take {needed / GIB:.1f}"
    if free < needed:
        return bad("disk", said, "move old cases away, or name another [storage] folder")
    return good("disk", said)


def journal_check(storage: StorageSettings) -> Check:
    """Tell whether events can be kept."""
    try:
        with Journal.of(storage) as journal:
            journal.try_writing()
            place = journal.place
    except StorageError as fault:
        return bad(
            "journal",
            str(fault),
            "see that this user may write there and that no other daemon holds it",
        )
    return good("journal", f"{place} can be written")


# ------------------------------------------------ the clock


def clock_checks(told: Synchrony, *, now: datetime, zone: str) -> Iterator[Check]:
    """Tell whether the time of day can be trusted; verdicts do not hang on it."""
    if now < EARLIEST:
        yield bad("clock", f"the year is {now.year}", "set the clock of this machine")
        return
    at = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if told.is_synchronised is None:
        yield doubtful("clock", f"{at}; the system does not tell", "see whether NTP sets it")
    elif not told.is_synchronised:
        yield doubtful(
            "clock",
            f"{at}; no time server sets it",
            "start NTP (timedatectl set-ntp true), or compare it with the room's clock",
        )
    else:
        error_ms = 1000.0 * (told.largest_error_s or 0.0)
        yield good("clock", f"{at}, set by a time server to within {error_ms:.0f} ms")
    yield good("time zone", f"{zone}; events are kept in UTC")


def local_zone() -> str:
    """Return the time zone of this machine and its distance from UTC."""
    here = datetime.now(UTC).astimezone()
    offset = here.utcoffset() or timedelta()
    hours = offset.total_seconds() / 3600.0
    return f"{here.tzname()} (UTC{hours:+g} h)"


def step_check(watch: StepWatch, *, bound_s: float) -> Check:
    """Tell whether the time of day was set meanwhile."""
    step_s = watch.step_s
    if abs(step_s) > bound_s:
        return doubtful(
            "clock steps",
            f"the time of day moved by {step_s:+.3f} s while it was measured",
            "let NTP slew instead of step, or wait until it has set the clock",
        )
    return good("clock steps", f"none: {1000.0 * step_s:+.1f} ms against the steady clock")


# ------------------------------------------------ who looks


def certificate_check(certificate: Path, private_key: Path, *, now: datetime, days: float) -> Check:
    """Tell whether the server can speak TLS, and for how long."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            certificate, private_key
        )
        first, last = valid_from_to(certificate)
    except (OSError, ValueError) as fault:  # ssl.SSLError is an OSError
        return bad(
            "certificate",
            f"{certificate} and {private_key} cannot be used: {fault}",
            "name a certificate and its key in PEM form in [api]",
        )
    if not first <= now < last:
        return bad(
            "certificate",
            f"valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, not now",
            "have it issued anew, or set the clock",
        )
    left = last - now
    if left < timedelta(days=days):
        return doubtful(
            "certificate",
            f"valid until {last:%Y-%m-%d}, {left.days} more days",
            "have it issued anew in time",
        )
    return good("certificate", f"valid until {last:%Y-%m-%d}")


def port_check(host: str, port: int) -> Check:
    """Tell whether the dashboard can be served."""
    if port == 0:
        return good("port", "a free one is taken")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((host, port))
    except OSError as fault:
        return bad(
            "port",
            f"{host}:{port} cannot be taken: {fault.strerror}",
            "end what uses it (another daemon?), or choose another [api] port",
        )
    return good("port", f"{host}:{port} is free")


def versions() -> dict[str, str]:
    """Return program, Python and libraries with their versions."""
    found = {"amr-monitor": amr_monitor.__version__, "python": sys.version.split()[0]}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    return found


def version_check(found: dict[str, str]) -> Check:
    """Tell what the program runs on."""
    said = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    missing = [name for name, version in found.items() if not version]
    if missing:
        return bad("versions", f"{said}; missing: {', '.join(missing)}", "install amr-monitor anew")
    return good("versions", said)


# ------------------------------------------------ timing


def timing_checks(timing: MachineTiming, bounds: FitnessSettings) -> Iterator[Check]:
    """Hold the measured timing to the bounds."""
    busy = "end other programs on this machine, or take a quicker one"
    if timing.delivery_fault:
        yield bad(
            "LSL delivery",
            timing.delivery_fault,
            "let UDP and TCP ports 16571-16604 through the firewall, and see [lsl] config_file",
        )
    else:
        yield _held("LSL delivery", timing.delivery_ms, bounds.delivery_p99_ms, None, busy)
    yield _held("scheduling", timing.jitter_ms, bounds.jitter_p99_ms, None, busy)
    yield _held(
        "disk flush",
        timing.flush_ms,
        bounds.flush_p99_ms,
        bounds.flush_most_ms,
        "use a local SSD for [storage] folder, no network folder",
    )
    yield _held("detector, a sweep", timing.sweep_ms, bounds.sweep_p99_ms, None, busy)


def _held(
    name: str, taken_ms: tuple[float, ...], p99_ms: float, most_ms: float | None, mend: str
) -> Check:
    if not taken_ms:
        return bad(name, "could not be measured", mend)
    found = quantiles(taken_ms)
    said = (
        f"{found['p50']:g} ms (median), {found['p99']:g} ms (99 %), {found['max']:g} ms (most);"
        f" at most {p99_ms:g} ms (99 %)"
    )
    if most_ms is not None:
        said += f" and {most_ms:g} ms (most)"
    if found["p99"] > p99_ms or (most_ms is not None and found["max"] > most_ms):
        return bad(name, said, mend)
    return good(name, said)
