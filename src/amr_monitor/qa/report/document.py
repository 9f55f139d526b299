"""The content of a report, without form: what HTML and PDF are both made of.

Every text is plain: whatever an operator typed is shown as it is, and is never
read as markup.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Weight(StrEnum):
    """How much a notice asks to be seen."""

    BANNER = "banner"
    VERDICT = "verdict"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A sentence or more."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """Sentences that stand side by side."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What must not be overlooked.

    Attributes
    ----------
    weight : Weight
    title : str
    lines : tuple of str
    """

    weight: Weight
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Names and values."""

    caption: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with heads; a row has as many cells as there are heads.

    Attributes
    ----------
    caption : str
    heads : tuple of str
    rows : tuple of tuple of str
    numeric : frozenset of int
        Columns that are set to the right.
    wide : int
        The column that takes what room is left.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    wide: int = -1

    def __post_init__(self) -> None:
        if any(len(row) != len(self.heads) for row in self.rows):
            raise ValueError(f"table {self.caption!r}: a row has not {len(self.heads)} cells")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture.

    Attributes
    ----------
    name : str
        Unique in the document; for anchors and file names.
    svg : str
        The drawing.
    caption : str
        What it shows, for those who see it.
    alt : str
        What there is to see, for those who do not.
    """

    name: str
    svg: str
    caption: str
    alt: str


Block = Paragraph | Bullets | Notice | Facts | Table | Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part with a heading, and parts of its own."""

    name: str
    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple["Section", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole report.

    Attributes
    ----------
    title, subtitle : str
    language : str
    dated : datetime
        Of the last event, so that the same case gives the same document.
    footer : str
        On every page.
    opening : tuple of Block
        Before the first section.
    sections : tuple of Section
    """

    title: str
    subtitle: str
    language: str
    dated: datetime
    footer: str
    opening: tuple[Block, ...]
    sections: tuple[Section, ...]
