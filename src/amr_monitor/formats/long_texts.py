"""Texts longer than a format takes, in parts that find together again.

pyedflib cuts an annotation at 40 bytes. A longer text is written as several,
at the same onset: `~k7 1/3 first part`, `~k7 2/3 ...`. The two letters are a
check of the whole text (CRC-32), so parts of two texts do not mix, and a text
of which a part is lost or changed is not put together: its parts stay as they
are, for people to read.
"""

import binascii
import re
from collections.abc import Iterable, Sequence

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PART = re.compile(r"~([0-9a-z]{2}) ([1-9]\d?)/([1-9]\d?) (.*)", re.DOTALL)
MOST_PARTS = 99


def parts_of(text: str, *, most_bytes: int) -> tuple[str, ...]:
    """Return the text alone where it fits, else its parts in order.

    Parameters
    ----------
    text : str
    most_bytes : int
        What one annotation holds, in UTF-8.

    Raises
    ------
    ValueError
        It would take more than 99 parts.
    """
    if len(text.encode("utf-8")) <= most_bytes and not _PART.fullmatch(text):
        return (text,)
    room = most_bytes - len("~k7 12/34 ")
    pieces = [""]
    for character in text:
        if len((pieces[-1] + character).encode("utf-8")) > room:
            pieces.append("")
        pieces[-1] += character
    if len(pieces) > MOST_PARTS:
        raise ValueError(f"a text of {len(text)} characters is too long for annotations")
    check = _check(text)
    return tuple(f"~{check} {n}/{len(pieces)} {piece}" for n, piece in enumerate(pieces, start=1))


def whole_texts(texts: Sequence[tuple[float, str]]) -> list[tuple[float, str]]:
    """Put parts together again.

    Parameters
    ----------
    texts : sequence of (float, str)
        Onset and text, sorted by onset.

    Returns
    -------
    list of (float, str)
        A whole text stands where its last part stood.
    """
    open_parts: dict[tuple[float, str, str], dict[int, tuple[int, str]]] = {}
    whole: dict[int, str] = {}
    used: set[int] = set()
    for at, (onset, text) in enumerate(texts):
        match = _PART.fullmatch(text)
        if match is None:
            continue
        found = open_parts.setdefault((onset, match[1], match[3]), {})
        found[int(match[2])] = (at, match[4])
        if len(found) == int(match[3]) == max(found):
            joined = "".join(found[n][1] for n in sorted(found))
            if _check(joined) == match[1]:
                used.update(place for place, _ in found.values())
                whole[at] = joined
            del open_parts[(onset, match[1], match[3])]
    return [
        (onset, whole.get(at, text))
        for at, (onset, text) in enumerate(texts)
        if at in whole or at not in used
    ]


def onsets_needed(texts: Iterable[str], *, most_bytes: int) -> int:
    """Return how many annotations some texts take."""
    return sum(len(parts_of(text, most_bytes=most_bytes)) for text in texts)


def _check(text: str) -> str:
    tens, ones = divmod(binascii.crc32(text.encode("utf-8")) % 1296, 36)
    return _DIGITS[tens] + _DIGITS[ones]
