"""The command line names the config file and wins over it."""

from pathlib import Path

import pytest

from amr_monitor.cli.settings import chosen_settings, config_path
from amr_monitor.model.case import Side


def test_the_named_file_wins_over_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config_path(None) is None
    monkeypatch.setenv("AMR_MONITOR_CONFIG", "/etc/or.toml")
    assert config_path(None) == Path("/etc/or.toml")
    assert config_path(Path("mine.toml")) == Path("mine.toml")


def test_port_and_side_of_the_command_line_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "or.toml"
    path.write_text("[api]\nport = 9000\n[montage]\nside = 'right'\n", encoding="utf-8")
    assert chosen_settings(path).api.port == 9000
    chosen = chosen_settings(path, port=0, side="left")
    assert chosen.api.port == 0
    assert chosen.montage.side is Side.LEFT
