import pytest

from amr_monitor.qa.batch.columns import TABLES
from tests.project.repository import ROOT


@pytest.mark.parametrize("name", TABLES)
def test_a_column_has_one_name_and_says_what_it_means(name: str) -> None:
    names = [column.name for column in TABLES[name]]
    assert len(set(names)) == len(names)
    assert all(column.meaning for column in TABLES[name])


@pytest.mark.parametrize("name", TABLES)
def test_a_table_begins_with_the_recording(name: str) -> None:
    assert TABLES[name][0].name == "file"


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_explained_in_the_documents(name: str) -> None:
    text = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
    assert [c.name for c in TABLES[name] if f"`{c.name}`" not in text] == []
