"""One file, without scripts, in which every text is shown as it was typed."""

import re
from html import unescape

from amr_monitor.qa.report.html_page import css_string, has_long_word, html_of, size
from amr_monitor.qa.report.maker import report_document
from tests.qa.report import hostile
from tests.qa.report.prose import figures, of_document
from tests.reports import replayed


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_everything_that_the_document_says_stands_in_the_page() -> None:
    document = report_document(replayed("returned.edf").history)
    page = html_of(document).decode()
    shown = squeezed(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", page, flags=re.DOTALL)))
    missing = [text for text in of_document(document) if squeezed(text) not in shown]
    assert missing == []
    pictures = list(figures(document.sections))
    assert page.count('src="data:image/svg+xml;base64,') == len(pictures) > 5
    assert all(figure.alt for figure in pictures)


def test_what_was_typed_is_never_obeyed() -> None:
    page = html_of(report_document(hostile.store().history)).decode()
    assert "<script" not in page
    assert "onerror=alert(1)>" not in page
    assert page.count("</style>") == 1
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page


def test_nothing_comes_from_outside() -> None:
    page = html_of(report_document(replayed("disappeared.edf").history)).decode()
    assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', page) == []
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_a_footer_in_a_style_cannot_end_it() -> None:
    assert css_string('a"}</style>') == '"a\\000022\\00007d\\00003c\\00002fstyle\\00003e"'


def test_a_drawing_has_its_size() -> None:
    for figure in figures(report_document(replayed("disappeared.edf").history).sections):
        width, height = size(figure)
        assert 600 < width < 700
        assert 100 < height < 800


def test_a_hash_may_break_and_a_sentence_may_not() -> None:
    assert has_long_word("ab" * 32)
    assert not has_long_word("last response after vessel moved AICA")
