import json
from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.api.settings import ApiSettings
from amr_monitor.config import Settings, SourceSettings
from amr_monitor.qa import doctor
from amr_monitor.qa.checks import Health, bad, doubtful
from amr_monitor.qa.doctor import Report, examined
from amr_monitor.qa.timing import MachineTiming
from amr_monitor.storage.settings import StorageSettings

QUICK = MachineTiming(
    delivery_ms=(0.2,) * 10, jitter_ms=(0.1,) * 10, flush_ms=(3.0,) * 10, sweep_ms=(2.0,) * 10
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        source=SourceSettings(address="sim:abrupt_loss?minutes=4"),
        storage=StorageSettings(folder=tmp_path / "data"),
        api=ApiSettings(port=0),
    )


@pytest.fixture
def report(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.setattr(doctor, "measured_timing", lambda **_: QUICK)
    return examined(settings, seconds=1.0)


def test_everything_that_a_case_needs_is_looked_at(report: Report) -> None:
    assert [check.name for check in report.checks] == [
        "versions",
        "source",
        "trigger",
        "disk",
        "journal",
        "clock",
        "time zone",
        "certificate",
        "port",
        "LSL delivery",
        "scheduling",
        "disk flush",
        "detector, a sweep",
        "clock steps",
    ]
    assert report.is_fit
    assert "FIT for a case" in report.as_text()


def test_what_is_wrong_is_named_with_what_to_mend(report: Report) -> None:
    wrong = replace(report, checks=(*report.checks, bad("disk", "it is full", "move cases away")))
    text = wrong.as_text()
    assert not wrong.is_fit
    assert "NOT FIT: mend disk" in text
    assert "-> move cases away" in text


def test_what_is_doubtful_is_told_and_does_not_stop_a_case(report: Report) -> None:
    odd = replace(report, checks=(doubtful("clock", "nobody sets it", "start NTP"),))
    assert odd.is_fit
    assert "look at: clock" in odd.as_text()


def test_a_report_certifies_the_machine_and_nothing_else(report: Report) -> None:
    text = report.as_text()
    assert "This machine has measured itself" in text
    assert "no certificate of a medical device" in text
    assert report.machine in text


def test_json_holds_everything(report: Report) -> None:
    document = json.loads(json.dumps(report.as_json()))
    assert document["fit"] is True
    assert document["timing_ms"]["detector_sweep"]["p99"] == 2.0
    assert {check["health"] for check in document["checks"]} <= {each.value for each in Health}
    assert document["versions"]["numpy"]


def test_a_source_that_is_not_there_makes_it_unfit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "measured_timing", lambda **_: QUICK)
    nowhere = replace(settings, source=SourceSettings(address="/no/such/file.edf"))
    report = examined(nowhere, seconds=1.0)
    assert not report.is_fit
    assert "mend source" in report.as_text()
