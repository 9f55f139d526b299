import json
from pathlib import Path

import pytest

from amr_monitor.cli import main
from amr_monitor.qa import doctor
from amr_monitor.qa.timing import MachineTiming

QUICK = MachineTiming(
    delivery_ms=(0.2,) * 10, jitter_ms=(0.1,) * 10, flush_ms=(3.0,) * 10, sweep_ms=(2.0,) * 10
)


@pytest.fixture(autouse=True)
def quick_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "measured_timing", lambda **_: QUICK)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "or.toml"
    path.write_text(
        f"[source]\naddress = 'sim:persistent?minutes=4'\n[storage]\nfolder = '{tmp_path}/data'\n"
        "[api]\nport = 0\n",
        encoding="utf-8",
    )
    return path


def test_a_machine_that_is_fit_ends_with_0(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--config", str(config), "--seconds", "1"]) == 0
    assert "FIT for a case" in capsys.readouterr().out


def test_one_that_is_not_ends_with_1_and_says_what_to_mend(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = config.read_text(encoding="utf-8").replace("sim:persistent?minutes=4", "/none.edf")
    config.write_text(text, encoding="utf-8")
    assert main(["doctor", "--config", str(config), "--json", "-"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["fit"] is False
    assert "NOT FIT: mend source" in told.err


@pytest.mark.parametrize("text", ["[source]\nadress = 'x'\n", "not toml ["])
def test_a_config_that_cannot_be_used_is_one_line(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "or.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["doctor", "--config", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "or.toml" in line


def test_without_a_config_it_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 2
    assert "--config FILE" in capsys.readouterr().err
