import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from amr_monitor.config import load_settings
from amr_monitor.model.errors import StorageError
from amr_monitor.qa.batch.job import JobResult, Verdict
from amr_monitor.qa.batch.parts import (
    Basis,
    PartStore,
    locked,
    report_name,
    settings_hash,
    write_whole,
)
from tests.qa.batch.jobs import job_of

BASIS = Basis(settings_sha256="5e", version="1.0.0")
JOB = job_of(Path("loss.edf"))


@pytest.fixture
def store(tmp_path: Path) -> PartStore:
    return PartStore(tmp_path, BASIS)


def matching(judged: JobResult) -> JobResult:
    return replace(judged, sha256=JOB.sha256)


def the_part(tmp_path: Path) -> Path:
    (part,) = (tmp_path / "parts").glob("*.json.gz")
    return part


def test_what_is_kept_is_read_as_it_was(store: PartStore, judged: JobResult) -> None:
    store.keep(judged)
    assert store.read("loss.edf") == judged


def test_the_same_result_is_the_same_bytes(
    store: PartStore, judged: JobResult, tmp_path: Path
) -> None:
    store.keep(judged)
    before = the_part(tmp_path).read_bytes(), store.digest("loss.edf")
    store.keep(judged)
    assert (the_part(tmp_path).read_bytes(), store.digest("loss.edf")) == before


def test_a_recording_is_finished_until_it_the_settings_or_the_version_changes(
    store: PartStore, judged: JobResult, tmp_path: Path
) -> None:
    assert not store.is_finished(JOB)
    store.keep(matching(judged))
    assert store.is_finished(JOB)
    assert not store.is_finished(replace(JOB, sha256="cd" * 32))
    assert not PartStore(tmp_path, replace(BASIS, settings_sha256="5f")).is_finished(JOB)
    assert not PartStore(tmp_path, replace(BASIS, version="1.0.1")).is_finished(JOB)


def test_what_is_refused_is_finished_and_what_broke_is_not(store: PartStore) -> None:
    for verdict, finished in ((Verdict.REFUSED, True), (Verdict.BROKE, False)):
        store.keep(JobResult(file="loss.edf", sha256=JOB.sha256, verdict=verdict, why="it is so"))
        assert store.is_finished(JOB) is finished
    unreadable = replace(JOB, sha256="")
    store.keep(JobResult(file="loss.edf", sha256="", verdict=Verdict.REFUSED, why="it is so"))
    assert not store.is_finished(unreadable)


def test_a_report_that_is_wanted_and_missing_is_made(
    store: PartStore, judged: JobResult, tmp_path: Path
) -> None:
    store.keep(matching(judged))
    wanted = replace(JOB, reports=True)
    assert not store.is_finished(wanted)
    store.keep(replace(matching(judged), report=b"<html>"))
    assert store.is_finished(wanted)
    assert (tmp_path / report_name(str(judged.case["case_id"]))).read_bytes() == b"<html>"


@pytest.mark.parametrize("damage", [b"", b"no gzip", gzip.compress(b"{}\n"), None])
def test_a_part_that_is_damaged_does_not_count(
    store: PartStore, judged: JobResult, tmp_path: Path, damage: bytes | None
) -> None:
    store.keep(matching(judged))
    part = the_part(tmp_path)
    part.write_bytes(part.read_bytes()[:40] if damage is None else damage)
    assert not store.is_finished(JOB)
    with pytest.raises(StorageError, match=r"loss\.edf is damaged: remove this file"):
        store.read("loss.edf")


def test_a_file_stands_as_it_was_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    write_whole(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_a_folder_of_results_is_one_batch_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(StorageError, match="another batch is at work"):
        with locked(tmp_path):
            pass
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="name another folder with -o"):
        with locked(tmp_path / "file" / "results"):
            pass


def test_the_hash_of_the_settings_is_of_what_can_change_a_row() -> None:
    settings = load_settings(None)
    before = settings_hash(settings)
    assert settings_hash(replace(settings, api=replace(settings.api, port=9))) == before
    reader = replace(settings.foreign, reader="Spike2RawIO")
    assert settings_hash(replace(settings, foreign=reader)) != before
    pseudonym = replace(settings.case, pseudonym="p")
    assert settings_hash(replace(settings, case=pseudonym)) != before
