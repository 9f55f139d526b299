import json
from pathlib import Path

import pytest

from amr_monitor.model.errors import SourceFormatError
from amr_monitor.qa.batch.recordings import RESULTS_MARK
from amr_monitor.qa.batch.results import read_results
from tests.qa.batch.surgeries import BROKEN, FILES, copied


def test_results_are_read_as_they_were_written(results: Path) -> None:
    told = read_results(results)
    assert tuple(told.cases) == FILES
    assert tuple(told.errors) == BROKEN
    lost = told.cases["a.edf"]
    assert lost["outcome"] == "disappeared"
    assert isinstance(lost["t_disappeared_s"], float)
    assert (lost["phase_known"], lost["n_epochs"], lost["after_mark"]) == (True, 1, "vessel_moved")
    assert told.changes["a.edf"][0]["file"] == "a.edf"


def test_a_table_that_was_altered_is_refused(results: Path, tmp_path: Path) -> None:
    mine = copied(results, tmp_path / "mine")
    table = mine / "cases.csv"
    table.write_text(table.read_text().replace("persistent", "disappeared"))
    with pytest.raises(SourceFormatError, match=r"cases\.csv: was altered since"):
        read_results(mine)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"form": 99}, "newer version"),
        ({"tables": {}}, "not come to its end"),
        ({"format": "something"}, "is not of a batch"),
        ({"tables": 3}, "is damaged"),
    ],
)
def test_what_is_no_result_is_one_line(
    results: Path, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    mine = copied(results, tmp_path / "mine")
    mark = mine / RESULTS_MARK
    mark.write_text(json.dumps(json.loads(mark.read_text()) | changes))
    with pytest.raises(SourceFormatError, match=said):
        read_results(mine)


def test_a_folder_without_results_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="no results of a batch there; name the folder"):
        read_results(tmp_path)
    (tmp_path / RESULTS_MARK).write_text("not JSON")
    with pytest.raises(SourceFormatError, match="is damaged"):
        read_results(tmp_path)
