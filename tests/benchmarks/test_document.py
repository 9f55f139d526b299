"""The document of the error rates says what its figures say."""

from math import inf
from pathlib import Path

import pytest

from benchmarks.detection.document import document
from benchmarks.detection.measures import Estimate
from benchmarks.detection.plan import Line
from benchmarks.detection.report import as_json, from_json

DOCS = Path(__file__).parents[2] / "docs"


def line(what: str, value: float, *, required: float | None = None) -> Line:
    found = Estimate(value=value, low=value / 2.0, high=2.0 * value, n=40)
    return Line(what=what, unit="an hour", found=found, required=required, note="3 in 38 h; more")


def test_the_document_in_the_tree_is_what_its_figures_make() -> None:
    figures = (DOCS / "detector-rates.json").read_text(encoding="utf-8")
    written = (DOCS / "detector-rates.md").read_text(encoding="utf-8")
    assert document(figures) == written


def test_the_worst_stratum_stands_first_and_what_is_not_met_is_said() -> None:
    tables = {
        "False disappearances": [
            line("stable: confirmed", 0.01, required=0.02),
            line("intermittent: confirmed", 0.2, required=0.02),
        ]
    }
    text = document(as_json(tables, "root 1"))
    assert text.index("| intermittent | confirmed | 0.2 [0.1, 0.4] |") < text.index("| stable |")
    assert "1 of 2 met" in text
    assert "33 % [18, 55]" in text


def test_what_never_happened_survives_the_json() -> None:
    never = Line(
        what="loss", unit="sweeps", found=Estimate(value=inf, low=3.0, high=inf, n=5), required=7.0
    )
    tables, origin = from_json(as_json({"Waits": [never]}, "root 1"))
    assert tables == {"Waits": [never]}
    assert origin == "root 1"
    assert not never.is_met


@pytest.mark.parametrize(("value", "met"), [(0.99996, True), (0.9949, False)])
def test_figures_are_compared_to_three_digits(value: float, *, met: bool) -> None:
    found = Estimate(value=value, low=value, high=value, n=9)
    assert Line(what="", unit="", found=found, required=1.0, at_least=True).is_met is met
