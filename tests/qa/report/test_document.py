"""A document holds content alone."""

import pytest

from amr_monitor.qa.report.document import Table


def test_a_table_whose_row_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="has not 2 cells"):
        Table(caption="t", heads=("a", "b"), rows=(("1",),))
