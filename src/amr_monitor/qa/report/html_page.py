"""The report as one HTML file: no script, nothing from outside, fit for print on A4."""

import base64
import re
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from amr_monitor.qa.report.document import (
    Bullets,
    Document,
    Facts,
    Figure,
    Notice,
    Paragraph,
    Table,
)

_KINDS = {
    "paragraph": Paragraph,
    "bullets": Bullets,
    "notice": Notice,
    "facts": Facts,
    "table": Table,
    "figure": Figure,
}
LONGEST_WORD = 24
_SIZE = re.compile(r'<svg[^>]*? height="([0-9.]+)pt"[^>]*? width="([0-9.]+)pt"')


def html_of(document: Document) -> bytes:
    """Return a document as an HTML file. Every text in it is escaped."""
    folder = files("amr_monitor.qa.report")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["picture"] = picture
    environment.filters["size"] = size
    environment.filters["css_string"] = css_string
    for name, kind in _KINDS.items():
        environment.tests[name] = lambda block, kind=kind: isinstance(block, kind)
    environment.tests["long"] = has_long_word
    template = environment.from_string(folder.joinpath("page.html.j2").read_text(encoding="utf-8"))
    style = folder.joinpath("page.css").read_text(encoding="utf-8")
    return template.render(document=document, style=style).encode()


def has_long_word(text: str) -> bool:
    """Whether a word is too long for a column, as a hash is; it may break anywhere then."""
    return any(len(word) > LONGEST_WORD for word in text.split())


def picture(figure: Figure) -> str:
    """Return a drawing as an address that holds it whole."""
    return f"data:image/svg+xml;base64,{base64.b64encode(figure.svg.encode()).decode()}"


def size(figure: Figure) -> tuple[int, int]:
    """Return width and height of a drawing in px, so that a page does not jump."""
    found = _SIZE.search(figure.svg)
    if found is None:
        return 658, 400
    height, width = (round(float(number) * 96.0 / 72.0) for number in found.groups())
    return width, height


def css_string(text: str) -> str:
    """Return text as a CSS string in which every sign but the plainest is a number."""
    signs = (
        sign if sign.isascii() and (sign.isalnum() or sign == " ") else f"\\{ord(sign):06x}"
        for sign in text
    )
    return f'"{"".join(signs)}"'
