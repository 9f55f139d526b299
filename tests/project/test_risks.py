"""Every control in docs/risks.md is proven by a test that exists."""

import ast
import re

import pytest

from tests.project.repository import ROOT

HEADER = ["#", "Hazard", "Harm", "Severity", "Control", "Test"]
SEVERITIES = {"critical", "serious", "moderate", "minor"}
FEWEST_ROWS = 20
TEST_NAME = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)(?:\[[^`]*\])?`")


def rows() -> list[list[str]]:
    """Return the cells of the risk table, header first."""
    text = (ROOT / "docs" / "risks.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    start = table.index(HEADER)
    return [table[start], *(row for row in table[start + 2 :] if len(row) == len(HEADER))]


def functions_in(path: str) -> set[str]:
    """Return the tests that a file holds, read and not imported."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_the_table_has_its_columns_and_enough_rows() -> None:
    table = rows()
    assert table[0] == HEADER
    assert len(table) - 1 >= FEWEST_ROWS
    assert [row[0] for row in table[1:]] == [f"R{n}" for n in range(1, len(table))]


@pytest.mark.parametrize("row", rows()[1:], ids=lambda row: row[0])
def test_each_risk_is_whole(row: list[str]) -> None:
    assert all(row)
    assert row[3] in SEVERITIES


@pytest.mark.parametrize("row", rows()[1:], ids=lambda row: row[0])
def test_each_risk_names_a_test_that_exists(row: list[str]) -> None:
    named = TEST_NAME.findall(row[5])
    assert named, f"{row[0]} names no test"
    for path, function in named:
        assert (ROOT / path).is_file(), f"{row[0]}: {path} does not exist"
        assert function in functions_in(path), f"{row[0]}: no {function} in {path}"
