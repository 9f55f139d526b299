"""What must not be read into a report."""

from amr_monitor.qa.report.limits import cannot_section, context_section
from tests.qa.report.prose import prose


def test_the_monitor_says_what_it_is_not() -> None:
    text = prose(cannot_section())
    for words in (
        "does not monitor hearing",
        "not a certified medical device",
        "no promise of cure",
        "F wave",
        "blink",
        "relaxants",
        "not validated on patients",
    ):
        assert words in text


def test_published_figures_are_context_with_their_source() -> None:
    text = prose(context_section())
    assert "no prediction for this patient" in text
    for words in ("88.9 %", "28.6 %", "98.4 %", "90.5 %", "39.8 against 23.4 months"):
        assert words in text
    assert "Scientific Reports 2020; 10: 18484" in text
