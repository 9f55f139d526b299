"""A hospital's own rates: what is counted, where, and what is left out."""

import json
import shutil
from pathlib import Path

import pytest

from amr_monitor.model.case import Certainty
from benchmarks.detection.hospital import main, read_stretches
from benchmarks.detection.hospital_counting import Counted, ToldLoss
from fixtures.generate import HERE

STEADY, LOST_EARLY, NEVER = "persistent.edf", "early_loss_dura.edf", "not_elicited.edf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with recordings, and what else lies beside them."""
    for name in (STEADY, LOST_EARLY, NEVER):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "notes.txt").write_text("nothing to replay", encoding="utf-8")
    return tmp_path


def counted(folder: Path, *options: str) -> dict[str, dict[str, object]]:
    out = folder.parent / f"{folder.name}.json"
    assert main([str(folder), "--json", str(out), *options]) == 0
    content = json.loads(out.read_text(encoding="utf-8"))
    return {one["name"]: one for one in content["recordings"]}


def test_a_stretch_ends_with_the_first_mark_of_decompression(folder: Path) -> None:
    found = counted(folder)
    assert found[STEADY]["losses"] == []
    assert found[NEVER]["why_not"] == "no response at any baseline"
    assert "notes.txt" not in found


def test_a_loss_within_the_stretch_is_counted_and_listed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = counted(folder)
    losses = found[LOST_EARLY]["losses"]
    assert isinstance(losses, list)
    assert [loss["certainty"] for loss in losses] == ["provisional", "confirmed"]
    assert f"- {LOST_EARLY}, " in capsys.readouterr().out


def test_the_operator_may_end_the_stretch_before_it(folder: Path) -> None:
    (folder / "present.csv").write_text(
        f"file,from_s,until_s\n{LOST_EARLY},,75\nmissing.edf,,100\n", encoding="utf-8"
    )
    found = counted(folder)
    assert found[LOST_EARLY]["losses"] == []
    stretches = found[LOST_EARLY]["stretches_s"]
    assert isinstance(stretches, list)
    assert stretches[0][1] == 75
    assert "no such recording" in str(found["missing.edf"]["why_not"])


def test_an_option_ends_all_stretches(folder: Path) -> None:
    before = counted(folder)
    after = counted(folder, "--until", "70")
    sweeps = before[LOST_EARLY]["sweeps"], after[LOST_EARLY]["sweeps"]
    assert isinstance(sweeps[0], int)
    assert isinstance(sweeps[1], int)
    assert sweeps[1] < sweeps[0]


def test_hours_are_those_with_stimulation(folder: Path) -> None:
    found = counted(folder)[STEADY]
    sweeps, hours = found["sweeps"], found["hours"]
    assert isinstance(sweeps, int)
    assert isinstance(hours, float)
    assert hours * 3600.0 == pytest.approx(sweeps - 1, rel=0.1)


def test_nothing_to_count_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(HERE / NEVER, tmp_path)
    assert main([str(tmp_path)]) == 2
    assert "nothing could be counted" in capsys.readouterr().err
    assert main([str(tmp_path / "absent")]) == 2


@pytest.mark.parametrize("line", ["case.edf,1", "case.edf,soon,2", "case.edf,1,"])
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "present.csv"
    path.write_text(f"file,from_s,until_s\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_stretches(path)


def test_a_loss_has_three_certainties() -> None:
    loss = ToldLoss(time_s=1.0, certainty=Certainty.PROVISIONAL, words="")
    one = Counted(name="case", losses=(loss,))
    assert [one.n_losses(certainty) for certainty in Certainty] == [1, 0, 0]
