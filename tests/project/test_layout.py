"""The tree is as docs/architecture.md and CONTRIBUTING.md say."""

from pathlib import Path

import pytest

from tests.project.repository import ROOT, SOURCE, TESTS, files, name_of

MOST_LINES = 500


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path.name != "__init__.py")


def home_of_tests(module: Path) -> Path:
    """Return where the tests of a module stand: the same place under tests/."""
    inside = module.relative_to(SOURCE)
    return TESTS / inside.parent / f"test_{inside.stem.strip('_')}.py"


@pytest.mark.parametrize("module", modules(), ids=name_of)
def test_each_module_has_its_test_module(module: Path) -> None:
    assert home_of_tests(module).is_file(), f"write {name_of(home_of_tests(module))}"


@pytest.mark.parametrize("test_module", sorted(TESTS.rglob("test_*.py")), ids=name_of)
def test_each_test_module_holds_a_test(test_module: Path) -> None:
    assert "def test_" in test_module.read_text(encoding="utf-8")


def test_no_room_is_too_long() -> None:
    shipped = [
        path
        for path in files(".py", ".js", ".css", ".html")
        if path.is_relative_to(ROOT / "src") or path.is_relative_to(ROOT / "tests")
    ]
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in shipped
    }
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}
    assert [name_of(path) for path in files(".py") if path.name in drawers] == []


def test_the_package_says_that_it_is_typed() -> None:
    assert (SOURCE / "py.typed").is_file()
