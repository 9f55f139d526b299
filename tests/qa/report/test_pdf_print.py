"""The same document as PDF: bookmarks, text that is found, nothing obeyed."""

import io
import re

from pypdf import PdfReader
from pypdf.generic import Destination

from amr_monitor.qa.report.document import Table
from amr_monitor.qa.report.maker import report_document
from amr_monitor.qa.report.pdf_print import breakable, column_widths, pdf_of
from tests.qa.report import hostile
from tests.qa.report.prose import of_document
from tests.reports import replayed

A4_PT = (595, 842)


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


def words_of(pdf: PdfReader) -> str:
    """Return the text of all pages, without what stands at the foot of each."""
    pages = [page.extract_text() for page in pdf.pages]
    return squeezed("".join(re.sub(r"\S+ · case .*\n?page \d+ of \d+", "", page) for page in pages))


def test_everything_that_the_document_says_can_be_searched() -> None:
    document = report_document(replayed("returned.edf").history)
    pdf = read(pdf_of(document))
    shown = words_of(pdf)
    texts = [*of_document(document)]
    missing = [text for text in texts if squeezed(text) not in shown]
    # A text that goes over the end of a page, or a cell of several lines beside another,
    # is not found in one piece: its words are.
    words = {word for text in missing for word in text.split()}
    assert [word for word in words if squeezed(word) not in shown] == []
    assert len(missing) < 0.02 * len(texts)


def test_every_section_has_its_bookmark() -> None:
    document = report_document(replayed("disappeared.edf").history)
    outline = read(pdf_of(document)).outline
    top = [str(entry["/Title"]) for entry in outline if isinstance(entry, Destination)]
    assert [re.sub(r"^\d+\s*", "", title) for title in top] == [
        section.title for section in document.sections
    ]
    inner = [entry for entry in outline if isinstance(entry, list)]
    assert len(inner[0]) == 3


def test_it_is_a4_tagged_and_has_its_fonts() -> None:
    pdf = read(pdf_of(report_document(replayed("disappeared.edf").history)))
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in pdf.pages}
    assert sizes == {A4_PT}
    root = pdf.root_object
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]) == "en"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "AMR monitoring, case aa511ae418fdaa93"


def test_what_was_typed_is_shown_and_not_obeyed() -> None:
    pdf = read(pdf_of(report_document(hostile.store().history)))
    shown = words_of(pdf)
    assert squeezed('#panic("x") *bold* $sum_(k=1)^n k$ @ref <label> `raw` // gone') in shown
    assert squeezed('<script>alert("x")</script>') in shown


def test_a_word_longer_than_a_line_may_break() -> None:
    assert breakable("short words") == "short words"
    assert breakable("x" * 100).split("\u200b") == ["x" * 70, "x" * 30]
    assert breakable("ab" * 32) == "ab" * 32
    assert breakable("x" * 25, 10).split("\u200b") == ["x" * 10, "x" * 10, "x" * 5]


def test_columns_are_as_wide_as_what_they_hold() -> None:
    table = Table(
        caption="t", heads=("At", "What it was"), rows=(("0:01", "w" * 200), ("0:02", "w"))
    )
    assert column_widths(table) == [6, 60]
