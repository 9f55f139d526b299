"""The report as PDF, set by typst: bookmarks, tags, text that can be searched, PDF/UA-1.

The template is fixed and everything of the case enters as data, so that no text
is ever read as markup.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import matplotlib as mpl
import typst

from amr_monitor.qa.report.document import (
    Block,
    Bullets,
    Document,
    Facts,
    Figure,
    Notice,
    Paragraph,
    Section,
    Table,
)

STANDARD = "ua-1"
"""For assistive technology; typst refuses a document that does not hold to it."""

WIDEST_CELL = 58
"""Signs; what is longer goes on the next line."""

LONGEST_WORD = 70
"""A hash is one; a longer word may break."""
WORD_OF_LINE = 98
"""So many wide signs are a line of a table."""


def pdf_of(document: Document) -> bytes:
    """Return a document as PDF, the same for the same document on one machine.

    Its own fonts are DejaVu Sans, which comes with matplotlib, and those of
    typst; signs that these lack come from the machine's.
    """
    folder = files("amr_monitor.qa.report")
    inputs = {
        "main.typ": folder.joinpath("report.typ").read_bytes(),
        "document.json": json.dumps(_told(document)).encode(),
    }
    for figure in _figures(document.sections):
        inputs[f"{figure.name}.svg"] = figure.svg.encode()
    # Files by their names are taken, though the type of `compile` does not say so.
    set_in_type: Callable[..., bytes] = typst.compile
    return set_in_type(
        inputs,
        format="pdf",
        font_paths=[str(Path(mpl.get_data_path()) / "fonts" / "ttf")],
        pdf_standards=[STANDARD],
        timestamp=int(document.dated.timestamp()),
    )


def _figures(sections: Sequence[Section]) -> Iterator[Figure]:
    for section in sections:
        yield from (block for block in section.blocks if isinstance(block, Figure))
        yield from _figures(section.sections)


def _told(document: Document) -> dict[str, Any]:
    return {
        "title": breakable(document.title),
        "subtitle": breakable(document.subtitle),
        "language": document.language,
        "footer": breakable(document.footer),
        "date": [getattr(document.dated, part) for part in ("year", "month", "day")],
        "opening": [_block(block) for block in document.opening],
        "sections": [_section(section) for section in document.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": breakable(section.title),
        "blocks": [_block(block) for block in section.blocks],
        "sections": [_section(inner) for inner in section.sections],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "text": breakable(block.text)}
        case Bullets():
            return {"kind": "bullets", "sentences": [breakable(each) for each in block.sentences]}
        case Notice():
            return {
                "kind": block.weight.value,
                "title": breakable(block.title),
                "lines": [breakable(line) for line in block.lines],
            }
        case Facts():
            return {
                "kind": "facts",
                "caption": breakable(block.caption),
                "rows": [[breakable(cell) for cell in row] for row in block.rows],
            }
        case Table():
            widths = column_widths(block)
            longest = [max(WORD_OF_LINE * share // sum(widths) - 2, 4) for share in widths]
            return {
                "kind": "table",
                "caption": breakable(block.caption),
                "heads": list(block.heads),
                "rows": [
                    [breakable(cell, most) for cell, most in zip(row, longest, strict=True)]
                    for row in block.rows
                ],
                "numeric": [number in block.numeric for number in range(len(block.heads))],
                "widths": widths,
            }
        case Figure():
            return {
                "kind": "figure",
                "file": f"{block.name}.svg",
                "caption": breakable(block.caption),
                "alt": block.alt,
            }


def column_widths(table: Table) -> list[int]:
    """Return shares of the width, by the longest cell and the longest word of the head."""
    shares = []
    for column, head in enumerate(table.heads):
        longest = max((len(row[column]) for row in table.rows), default=0)
        word = max(len(part) for part in head.split())
        shares.append(max(min(longest, WIDEST_CELL), word + 1, 4) + 2)
    return shares


def breakable(text: str, longest: int = LONGEST_WORD) -> str:
    """Return text in which a word that is longer than its column or line may break."""
    return re.sub(
        rf"\S{{{longest + 1},}}",
        lambda found: "\u200b".join(
            found.group()[start : start + longest]
            for start in range(0, len(found.group()), longest)
        ),
        text,
    )
