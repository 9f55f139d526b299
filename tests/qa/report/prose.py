"""All that a document says, for tests that look for words."""

from collections.abc import Iterable, Iterator, Sequence

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


def texts(blocks: Iterable[Block]) -> Iterator[str]:
    """Return every text of blocks but what is said of figures to those who do not see them."""
    for block in blocks:
        match block:
            case Paragraph():
                yield block.text
            case Bullets():
                yield from block.sentences
            case Notice():
                yield block.title
                yield from block.lines
            case Facts():
                yield block.caption
                yield from (cell for row in block.rows for cell in row)
            case Table():
                yield block.caption
                yield from block.heads
                yield from (cell for row in block.rows for cell in row)
            case Figure():
                yield block.caption


def of_sections(sections: Sequence[Section]) -> Iterator[str]:
    """Return every text of sections, with their titles."""
    for section in sections:
        yield section.title
        yield from texts(section.blocks)
        yield from of_sections(section.sections)


def prose(*sections: Section | None) -> str:
    """Return sections as one text."""
    return "\n".join(of_sections([section for section in sections if section is not None]))


def of_document(document: Document) -> Iterator[str]:
    """Return every text of a document."""
    yield document.title
    yield document.subtitle
    yield from texts(document.opening)
    yield from of_sections(document.sections)


def figures(sections: Sequence[Section]) -> Iterator[Figure]:
    """Return every figure of sections."""
    for section in sections:
        yield from (block for block in section.blocks if isinstance(block, Figure))
        yield from figures(section.sections)
