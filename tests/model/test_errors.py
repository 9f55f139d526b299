import inspect
import re

import pytest

from amr_monitor.model import errors
from amr_monitor.model.errors import AmrMonitorError

CLASSES = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if kind.__module__ == errors.__name__
}


def drawn_tree() -> dict[str, str]:
    """Return the parent of each error, as the drawing in the docstring has it."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in inspect.getdoc(errors).split("::")[1].splitlines():  # type: ignore[union-attr]
        match = re.match(r"( {4}[ |]*(?:\+-- )?)(\w+)  ", line)
        if match:
            depth = (len(match.group(1)) - 4) // 4
            path[depth:] = [match.group(2)]
            parents[match.group(2)] = path[depth - 1] if depth else "Exception"
    return parents


def test_the_drawing_shows_every_error_under_its_parent() -> None:
    assert drawn_tree() == {name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()}


@pytest.mark.parametrize("name", CLASSES)
def test_one_except_catches_all_that_is_meant_for_the_user(name: str) -> None:
    assert issubclass(CLASSES[name], AmrMonitorError)
    assert CLASSES[name].__doc__
