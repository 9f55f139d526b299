import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.config import load_settings
from amr_monitor.model.events import MonitorFailed
from amr_monitor.monitor.engine import Monitor
from amr_monitor.qa.batch import job as job_module
from amr_monitor.qa.batch.job import LONGEST_LINE, JobResult, Verdict, failure, judge
from amr_monitor.qa.batch.recordings import RecordingKind
from amr_monitor.storage.journal import Journal
from amr_monitor.storage.transfer import export_case
from tests.project.repository import ROOT
from tests.qa.batch.jobs import job_of
from tests.storage.exported import CASE_ID, enter_case


def test_a_recording_becomes_a_case_with_changes_and_sweeps(judged: JobResult) -> None:
    assert (judged.verdict, judged.why) == (Verdict.JUDGED, "")
    assert judged.case["outcome"] == "disappeared"
    assert set(judged.changes["file"]) == set(judged.sweeps["file"]) == {"loss.edf"}


def test_a_study_is_judged_like_a_file() -> None:
    path = ROOT / "fixtures" / "epworks"
    result = judge(job_of(path, kind=RecordingKind.STUDY))
    assert result.case["outcome"] == "disappeared"


def test_what_cannot_be_judged_says_why_in_one_line_without_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "broken.edf"
    path.write_text("no recording")
    result = judge(job_of(path))
    assert result.verdict is Verdict.REFUSED
    assert result.why.startswith("broken.edf: is no recording")
    assert "\n" not in result.why
    assert not result.case
    assert not result.sweeps


def exported(folder: Path, name: str) -> Path:
    """Export a case of three seconds."""
    with Journal.at(folder / "journal.sqlite") as journal:
        enter_case(journal, folder / "recordings")
        export_case(journal, CASE_ID, recordings=folder / "recordings", target=folder / name)
    return folder / name


@pytest.mark.parametrize("name", ["exported", "exported.zip"])
def test_an_exported_case_is_judged_from_its_recording(tmp_path: Path, name: str) -> None:
    whole = judge(job_of(exported(tmp_path, name), kind=RecordingKind.EXPORTED))
    # Three seconds are too short for more.
    assert (whole.verdict, whole.case["outcome"]) == (Verdict.JUDGED, "indeterminate")


def test_an_exported_case_is_proven_before_it_is_judged(tmp_path: Path) -> None:
    bundle = exported(tmp_path, "exported")
    segment = next((bundle / "recording").glob("*.bdf"))
    segment.write_bytes(segment.read_bytes()[:-1] + b"\1")
    altered = judge(job_of(bundle, kind=RecordingKind.EXPORTED))
    assert altered.verdict is Verdict.REFUSED
    assert "was altered" in altered.why


def test_an_exported_replay_says_that_it_has_no_recording(tmp_path: Path) -> None:
    bundle = exported(tmp_path, "exported")
    shutil.rmtree(bundle / "recording")
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"] = {k: v for k, v in manifest["files"].items() if "recording/" not in k}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    result = judge(job_of(bundle, kind=RecordingKind.EXPORTED))
    assert result.verdict is Verdict.REFUSED
    assert "an exported case without a recording" in result.why


def test_a_file_that_is_gone_and_a_fault_of_the_program_are_met_again_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of all things")

    result = judge(job_of(tmp_path / "a.edf"))
    assert result.verdict is Verdict.BROKE
    assert result.why == "a.edf: cannot be read from here; workers need it under the same path"
    (tmp_path / "a.edf").touch()
    monkeypatch.setattr(job_module, "open_recording", explode)
    result = judge(job_of(tmp_path / "a.edf"))
    assert result.verdict is Verdict.BROKE
    assert "ZeroDivisionError: of all things" in result.why


def test_what_could_not_even_be_looked_at_is_told_as_it_was_found(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    fault = "cannot be opened: Permission denied"
    result = judge(replace(job, recording=replace(job.recording, fault=fault)))
    assert (result.verdict, result.why) == (Verdict.BROKE, fault)


def test_a_monitor_that_failed_gives_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> tuple[MonitorFailed, ...]:
        return (MonitorFailed(sample_index=0, time_s=0.0, message="KeyError: 3"),)

    monkeypatch.setattr(Monitor, "flush", fail)
    result = judge(job_of(ROOT / "fixtures" / "not_elicited.edf"))
    assert result.verdict is Verdict.REFUSED
    assert result.why == "the monitor failed: KeyError: 3; please report it"


def test_a_worker_of_another_version_does_not_answer(tmp_path: Path) -> None:
    result = judge(job_of(tmp_path / "a.edf", version="0.0.7"))
    assert result.verdict is Verdict.BROKE
    assert "the batch 0.0.7; install the same" in result.why


def test_the_settings_decide_what_is_read() -> None:
    settings = load_settings(None)
    deaf = replace(settings, montage=replace(settings.montage, trigger=("NOTHING",)))
    path = ROOT / "fixtures" / "trigger_only.edf"
    assert judge(job_of(path)).verdict is Verdict.JUDGED
    assert judge(job_of(path, settings=deaf)).verdict is Verdict.REFUSED


def test_a_reason_is_short_and_one_line(tmp_path: Path) -> None:
    why = failure(
        job_of(tmp_path / "a.edf"), Verdict.BROKE, f"{tmp_path}/a.edf:\n {'x ' * 900}"
    ).why
    assert why.startswith("a.edf: x x")
    assert len(why) == LONGEST_LINE
    assert "\n" not in why
