"""The first form is where journals come from, not where they are made."""

from importlib import util

import pytest

from amr_monitor.storage.evolution import MIGRATIONS


def test_no_journal_is_made_in_the_first_form() -> None:
    spec = util.spec_from_file_location("first", MIGRATIONS / "versions" / "r0001_first.py")
    assert spec is not None
    assert spec.loader is not None
    first = util.module_from_spec(spec)
    spec.loader.exec_module(first)
    with pytest.raises(RuntimeError, match="newest form"):
        first.upgrade()
