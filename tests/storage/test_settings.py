"""Where the journal lives."""

from pathlib import Path

import pytest

from amr_monitor.model.errors import ConfigError
from amr_monitor.storage.settings import StorageSettings


def test_default_folder_follows_xdg_data_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert StorageSettings().journal_path() == tmp_path / "amr-monitor" / "journal.sqlite"


@pytest.mark.parametrize("base", ["", "relative/path"])
def test_default_folder_is_in_the_home_folder_without_a_usable_xdg_data_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", base)
    monkeypatch.setenv("HOME", str(tmp_path))
    expected = tmp_path / ".local" / "share" / "amr-monitor" / "journal.sqlite"
    assert StorageSettings().journal_path() == expected


def test_a_user_without_a_home_folder_is_told_which_setting_to_make(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(ConfigError, match="AMR_MONITOR_STORAGE_FOLDER"):
        StorageSettings().journal_path()


def test_a_chosen_folder_is_taken_with_its_tilde_expanded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = StorageSettings(folder=Path("~/cases"))
    assert settings.journal_path() == tmp_path / "cases" / "journal.sqlite"
