"""A recording cut by a crash is made whole by one command."""

from pathlib import Path

import pytest

from amr_monitor.cli import main
from amr_monitor.cli.recordings import in_words
from amr_monitor.storage.recorder import Recorder
from amr_monitor.storage.recovery import Recovery
from tests.storage.recordings import block, info

RECORDS = slice(236, 244)


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    taken = Recorder(folder=tmp_path, info=info())
    taken.take_block(block(0, 3000))
    taken.close()
    path = tmp_path / "segment-0001.bdf"
    raw = bytearray(path.read_bytes()[:-10])
    raw[RECORDS] = b"-1      "
    path.write_bytes(raw)
    return path


def test_recover_makes_a_file_whole_and_leaves_a_whole_one_alone(
    cut: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recover", str(cut)]) == 0
    assert "is whole again, 2.0 s" in capsys.readouterr().out
    assert cut.read_bytes()[RECORDS] == b"2       "
    assert main(["recover", str(cut)]) == 0
    assert "nothing was done" in capsys.readouterr().out


def test_recover_takes_a_folder(cut: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recover", str(cut.parent)]) == 0
    assert "is whole again" in capsys.readouterr().out
    assert main(["recover", str(cut.parent)]) == 0
    assert "every recording there is whole" in capsys.readouterr().out


@pytest.mark.parametrize("raw", [None, b"", b"no recording at all"])
def test_what_cannot_be_recovered_is_one_line(
    tmp_path: Path, raw: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.bdf"
    if raw is not None:
        path.write_bytes(raw)
    assert main(["recover", str(path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_run_recovers_what_an_earlier_run_left(
    tmp_path: Path,
    cut: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = tmp_path / "data" / "recordings" / "case"
    case.mkdir(parents=True)
    cut.replace(case / cut.name)
    config = tmp_path / "or.toml"
    config.write_text("[source]\naddress = 'nowhere.edf'\n")
    monkeypatch.setenv("AMR_MONITOR_STORAGE_FOLDER", str(tmp_path / "data"))
    assert main(["run", "--config", str(config)]) == 2
    assert "is whole again" in capsys.readouterr().err
    assert (case / cut.name).read_bytes()[RECORDS] == b"2       "


def test_a_file_that_held_nothing_is_told() -> None:
    done = Recovery(path=Path("a.bdf"), was_whole=False, n_records=0, duration_s=0.0)
    assert "it held nothing" in in_words(done)


def test_convert_writes_the_file_and_names_it(
    tmp_path: Path, cut: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(cut), str(tmp_path / "b.bdf")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'b.bdf'}\n"
    assert main(["convert", str(cut), str(tmp_path / "b.bdf")]) == 2
    assert "is there already" in capsys.readouterr().err
