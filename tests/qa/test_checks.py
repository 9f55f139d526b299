import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amr_monitor.config import FitnessSettings
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.qa.checks import (
    Check,
    Health,
    certificate_check,
    clock_checks,
    disk_check,
    journal_check,
    local_zone,
    port_check,
    source_checks,
    step_check,
    timing_checks,
    version_check,
    versions,
)
from amr_monitor.qa.clock import StepWatch, Synchrony
from amr_monitor.qa.source_check import SourceFound
from amr_monitor.qa.timing import MachineTiming
from amr_monitor.storage.settings import StorageSettings
from tests.qa.certificates import make_certificate

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
QUICK = (1.0, 2.0, 3.0)


def health_of(checks: Sequence[Check]) -> dict[str, Health]:
    return {check.name: check.health for check in checks}


def assert_tells_what_to_mend(check: Check, health: Health = Health.BAD) -> None:
    assert check.health is health
    assert check.found
    assert check.mend
    assert "\n" not in check.found + check.mend


# ------------------------------------------------ the source


def test_a_source_with_a_trigger_is_good() -> None:
    found = SourceFound(words="amp", trigger=TriggerQuality.SAMPLE_LOCKED)
    assert health_of(list(source_checks(found))) == {"source": Health.GOOD, "trigger": Health.GOOD}


def test_markers_alone_are_looked_at_and_no_source_is_bad() -> None:
    markers = list(source_checks(SourceFound(words="amp", trigger=TriggerQuality.SOFTWARE)))
    assert_tells_what_to_mend(markers[1], Health.DOUBTFUL)
    (none,) = source_checks(SourceFound(fault="no LSL stream is in reach"))
    assert_tells_what_to_mend(none)


def test_what_is_odd_about_a_source_is_told() -> None:
    found = SourceFound(
        words="amp", trigger=TriggerQuality.SAMPLE_LOCKED, warnings=("2 gaps in 4 s",)
    )
    assert_tells_what_to_mend(list(source_checks(found))[-1], Health.DOUBTFUL)


# ------------------------------------------------ what is kept


def test_a_case_that_does_not_fit_on_the_disk_is_bad(tmp_path: Path) -> None:
    fits = disk_check(tmp_path / "new", n_channels=2, rate_hz=1000.0, hours=0.1)
    assert fits.health is Health.GOOD
    assert_tells_what_to_mend(disk_check(tmp_path, n_channels=10**6, rate_hz=1e6, hours=6.0))


def test_a_folder_that_cannot_be_made_is_bad(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_tells_what_to_mend(
        disk_check(tmp_path / "file" / "data", n_channels=2, rate_hz=1000.0, hours=0.1)
    )


def test_a_journal_that_is_none_is_bad(tmp_path: Path) -> None:
    assert journal_check(StorageSettings(folder=tmp_path / "good")).health is Health.GOOD
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "journal.sqlite").write_bytes(b"no database at all" * 100)
    assert_tells_what_to_mend(journal_check(StorageSettings(folder=tmp_path / "other")))
    nobody = StorageSettings(journal="postgresql://amr@127.0.0.1:1/amr")
    assert_tells_what_to_mend(journal_check(nobody))


# ------------------------------------------------ the clock


@pytest.mark.parametrize(
    ("told", "health"),
    [
        (Synchrony(is_synchronised=True, largest_error_s=0.01), Health.GOOD),
        (Synchrony(is_synchronised=False, largest_error_s=16.0), Health.DOUBTFUL),
        (Synchrony(is_synchronised=None, largest_error_s=None), Health.DOUBTFUL),
    ],
)
def test_a_clock_that_nobody_sets_is_looked_at(told: Synchrony, health: Health) -> None:
    found = list(clock_checks(told, now=NOW, zone=local_zone()))
    assert health_of(found) == {"clock": health, "time zone": Health.GOOD}


def test_a_clock_of_another_decade_is_bad() -> None:
    told = Synchrony(is_synchronised=True, largest_error_s=0.0)
    (only,) = clock_checks(told, now=datetime(1970, 1, 1, tzinfo=UTC), zone="UTC")
    assert_tells_what_to_mend(only)


def test_a_step_of_the_clock_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = StepWatch()
    assert step_check(watch, bound_s=1.0).health is Health.GOOD
    monkeypatch.setattr(StepWatch, "step_s", 2.0)
    assert_tells_what_to_mend(step_check(watch, bound_s=1.0), Health.DOUBTFUL)


# ------------------------------------------------ who looks


def test_a_certificate_is_good_soon_over_or_over(tmp_path: Path) -> None:
    pair = make_certificate(tmp_path, days=30)
    now = datetime.now(UTC)
    assert certificate_check(*pair, now=now, days=14.0).health is Health.GOOD
    later = now + timedelta(days=20)
    assert_tells_what_to_mend(certificate_check(*pair, now=later, days=14.0), Health.DOUBTFUL)
    assert_tells_what_to_mend(certificate_check(*pair, now=now + timedelta(days=40), days=14.0))


def test_a_key_of_another_certificate_is_bad(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path, days=30)
    _, other_key = make_certificate(tmp_path, days=31)
    assert_tells_what_to_mend(
        certificate_check(certificate, other_key, now=datetime.now(UTC), days=14.0)
    )


def test_a_certificate_that_is_not_there_is_bad(tmp_path: Path) -> None:
    none = tmp_path / "none.pem"
    assert_tells_what_to_mend(certificate_check(none, none, now=NOW, days=14.0))


def test_a_port_that_is_taken_is_bad() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert_tells_what_to_mend(port_check("127.0.0.1", port))
    assert port_check("127.0.0.1", port).health is Health.GOOD
    assert port_check("127.0.0.1", 0).health is Health.GOOD


def test_an_address_that_is_not_ours_is_bad() -> None:
    assert_tells_what_to_mend(port_check("no such host.invalid", 8000))


def test_versions_are_told_and_a_missing_library_is_bad() -> None:
    assert version_check(versions()).health is Health.GOOD
    assert_tells_what_to_mend(version_check(versions() | {"numpy": ""}))


# ------------------------------------------------ timing


def timing(**changed: tuple[float, ...]) -> MachineTiming:
    return replace(
        MachineTiming(delivery_ms=QUICK, jitter_ms=QUICK, flush_ms=QUICK, sweep_ms=QUICK),
        **changed,  # type: ignore[arg-type]
    )


def test_a_quick_machine_is_good() -> None:
    found = health_of(list(timing_checks(timing(), FitnessSettings())))
    assert set(found.values()) == {Health.GOOD}
    assert len(found) == 4


@pytest.mark.parametrize(
    ("figure", "name"),
    [
        ("delivery_ms", "LSL delivery"),
        ("jitter_ms", "scheduling"),
        ("flush_ms", "disk flush"),
        ("sweep_ms", "detector, a sweep"),
    ],
)
def test_a_slow_figure_is_bad_and_so_is_one_that_is_missing(figure: str, name: str) -> None:
    for taken in ((5000.0,), ()):
        found = list(timing_checks(timing(**{figure: taken}), FitnessSettings()))
        (wrong,) = [check for check in found if check.health is Health.BAD]
        assert wrong.name == name
        assert_tells_what_to_mend(wrong)


def test_one_flush_of_more_than_a_second_is_bad() -> None:
    once = (1.0,) * 200 + (1500.0,)
    found = health_of(list(timing_checks(timing(flush_ms=once), FitnessSettings())))
    assert found["disk flush"] is Health.BAD


def test_lsl_that_finds_nothing_is_bad() -> None:
    unfound = MachineTiming(
        delivery_ms=(),
        jitter_ms=QUICK,
        flush_ms=QUICK,
        sweep_ms=QUICK,
        delivery_fault="not found",
    )
    (delivery, *_) = timing_checks(unfound, FitnessSettings())
    assert_tells_what_to_mend(delivery)
    assert "firewall" in delivery.mend
