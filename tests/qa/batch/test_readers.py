from pathlib import Path

import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.qa.batch.readers import read_readers


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "readers.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_marks_are_read_by_case_or_by_file(tmp_path: Path) -> None:
    first, second = read_readers(
        written(
            tmp_path,
            "\ufeffFile,Reader,Outcome,T_disappeared_s,remark\n"
            "a.edf,Kim,Disappeared,101.5,clear\n\n"
            "b.edf,adjudicated,disappeared before decompression,,\n",
        )
    )
    assert (first.case, first.reader, first.outcome) == ("a.edf", "Kim", Outcome.DISAPPEARED)
    assert (first.t_disappeared_s, first.is_adjudicated) == (101.5, False)
    assert second.outcome is Outcome.DISAPPEARED_BEFORE_DECOMPRESSION
    assert (second.t_disappeared_s, second.is_adjudicated, second.line) == (None, True, 4)


def test_a_spreadsheet_with_a_decimal_comma_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, "case_id;reader;outcome;t_disappeared_s\nx;a;disappeared;10,5\n")
    (mark,) = read_readers(path)
    assert mark.t_disappeared_s == 10.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must name the columns"),
        ("case,reader,outcome\n", "must name the columns"),
        ("file,reader,outcome\n", "holds no marks"),
        ("file,reader,outcome\na,k,gone\n", "line 2: outcome 'gone' is unknown; known: not_el"),
        ("file,reader,outcome\na,,persistent\n", "line 2: case and reader must be given"),
        ("file,reader,outcome\na\n", "line 2: case and reader must be given"),
        (
            "file,reader,outcome\na,k,persistent\na,K,persistent\n",
            "line 3: K has read a in line 2 already",
        ),
        (
            "file,reader,outcome,t_disappeared_s\na,k,disappeared,soon\n",
            "t_disappeared_s must be seconds, not 'soon'",
        ),
        (
            "file,reader,outcome,t_disappeared_s\na,k,disappeared,nan\n",
            "t_disappeared_s must be finite",
        ),
    ],
)
def test_what_cannot_be_counted_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SourceFormatError, match=said) as caught:
        read_readers(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="cannot be read"):
        read_readers(tmp_path / "none.csv")
    path = tmp_path / "readers.csv"
    path.write_bytes(b"file,reader,outcome\n\xff\xfe")
    with pytest.raises(SourceFormatError, match="save it as CSV UTF-8"):
        read_readers(path)
