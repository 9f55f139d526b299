import json
import sys
from pathlib import Path

import pytest

from amr_monitor.cli.figures import beside, write_figures
from amr_monitor.model.errors import StorageError


def test_figures_go_to_a_file_or_to_stdout_or_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_figures(None, {"a": 1})
    assert capsys.readouterr().out == ""
    write_figures("-", {"a": 1})
    assert json.loads(capsys.readouterr().out) == {"a": 1}
    write_figures(str(tmp_path / "figures.json"), {"a": 1})
    assert json.loads((tmp_path / "figures.json").read_text(encoding="utf-8")) == {"a": 1}


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"--json .*cannot be written"):
        write_figures(str(tmp_path / "none" / "figures.json"), {})


def test_people_read_where_figures_do_not_go() -> None:
    assert beside("-") is sys.stderr
    assert beside("x.json") is sys.stdout
    assert beside(None) is sys.stdout
