"""Would tonight's case run on this machine: every check, and what a person is told of it."""

import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from amr_monitor.config import Settings
from amr_monitor.qa.checks import (
    Check,
    Health,
    certificate_check,
    clock_checks,
    disk_check,
    good,
    journal_check,
    local_zone,
    port_check,
    source_checks,
    step_check,
    timing_checks,
    version_check,
    versions,
)
from amr_monitor.qa.clock import StepWatch, synchrony
from amr_monitor.qa.quantiles import quantiles
from amr_monitor.qa.source_check import SourceFound, found_source
from amr_monitor.qa.timing import N_CHANNELS, RATE_HZ, MachineTiming, measured_timing

SIGNS = {Health.GOOD: "ok", Health.DOUBTFUL: "LOOK", Health.BAD: "BAD"}
NAME_COLUMNS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found.

    Attributes
    ----------
    at : datetime
    machine : str
    checks : tuple of Check
    versions : dict of str to str
    timing : MachineTiming
    seconds : float
        How long the timing was measured.
    """

    at: datetime
    machine: str
    checks: tuple[Check, ...]
    versions: dict[str, str]
    timing: MachineTiming
    seconds: float

    @property
    def is_fit(self) -> bool:
        """Whether a case can be begun."""
        return not any(check.health is Health.BAD for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """Return everything as JSON can hold it."""
        return {
            "fit": self.is_fit,
            "utc": self.at.isoformat(),
            "machine": self.machine,
            "versions": self.versions,
            "checks": [
                {
                    "name": check.name,
                    "health": check.health.value,
                    "found": check.found,
                    "mend": check.mend,
                }
                for check in self.checks
            ],
            "timing_ms": {
                "seconds": self.seconds,
                "lsl_delivery": quantiles(self.timing.delivery_ms),
                "scheduling": quantiles(self.timing.jitter_ms),
                "disk_flush": quantiles(self.timing.flush_ms),
                "detector_sweep": quantiles(self.timing.sweep_ms),
            },
        }

    def as_text(self) -> str:
        """Return the report for a terminal, to be kept with the machine's papers."""
        lines = [
            f"{SIGNS[check.health]:<5}{check.name:<{NAME_COLUMNS}}{check.found}"
            + (f"\n{'':<{5 + NAME_COLUMNS}}-> {check.mend}" if check.mend else "")
            for check in self.checks
        ]
        wrong = [check.name for check in self.checks if check.health is Health.BAD]
        to_look_at = [check.name for check in self.checks if check.health is Health.DOUBTFUL]
        lines += [
            "",
            f"{self.machine}, {self.at:%Y-%m-%d %H:%M} UTC,"
            f" amr-monitor {self.versions['amr-monitor']}, timing measured for {self.seconds:g} s",
        ]
        if wrong:
            lines.append(f"NOT FIT: mend {', '.join(dict.fromkeys(wrong))}")
        else:
            lines.append("FIT for a case with these settings, as measured now")
        if to_look_at:
            lines.append(f"look at: {', '.join(dict.fromkeys(to_look_at))}")
        lines.append(
            "This machine has measured itself. It says nothing about amplifier, electrodes and"
            " patient,\nand is no certificate of a medical device."
        )
        return "\n".join(lines)


def examined(
    settings: Settings,
    *,
    seconds: float,
    on_progress: Callable[[float], None] = lambda seconds: None,
) -> Report:
    """Look at everything, then measure for `seconds`.

    Parameters
    ----------
    settings : Settings
    seconds : float
    on_progress : callable
        Called with the seconds of measuring that have passed.
    """
    now = datetime.now(UTC)
    watch = StepWatch()
    found = versions()
    source = found_source(settings)
    checks = [version_check(found), *source_checks(source)]
    kept = list(_kept(settings, source))
    checks += [*kept, *clock_checks(synchrony(), now=now, zone=local_zone())]
    checks += _server(settings, now)
    folder = settings.storage.journal_path().parent
    timing = measured_timing(
        seconds=seconds,
        folder=folder,
        lsl_config=settings.lsl.config_file,
        on_progress=on_progress,
    )
    checks += timing_checks(timing, settings.doctor)
    checks.append(step_check(watch, bound_s=settings.doctor.clock_step_s))
    return Report(
        at=now,
        machine=f"{platform.node()} ({platform.machine()}, {platform.system()})",
        checks=tuple(checks),
        versions=found,
        timing=timing,
        seconds=seconds,
    )


def _kept(settings: Settings, source: SourceFound) -> Iterator[Check]:
    path = settings.storage.journal_path()
    yield disk_check(
        path.parent,
        n_channels=source.n_channels or N_CHANNELS,
        rate_hz=source.rate_hz or RATE_HZ,
        hours=settings.doctor.hours,
    )
    yield journal_check(settings.storage)


def _server(settings: Settings, now: datetime) -> Iterator[Check]:
    api = settings.api
    if api.certificate is not None and api.private_key is not None:
        yield certificate_check(
            api.certificate, api.private_key, now=now, days=settings.doctor.certificate_days
        )
    else:
        yield good("certificate", "none is needed: it listens on this machine alone")
    yield port_check(api.host, api.port)
