"""What a file of our own recorder says of its place in the case.

A header keeps a start to a tenth of a millisecond and no reason for a hole.
So each file begins with a text of its own, exact to the last bit:

    segment: first=24000 onset=12.0 rate=2000.0
    segment: first=48000 onset=24.0 rate=2000.0 continues
    segment: first=50100 onset=31.25 rate=2000.0 gap=6.2 s without samples
    segment: first=60100 onset=45.5 rate=4000.0 changed gap=another amplifier
"""

import math
import re
from dataclasses import dataclass

PREFIX = "segment:"

_TEXT = re.compile(
    r"segment: first=(?P<first>\d{1,15}) onset=(?P<onset>[-+0-9.e]{1,32})"
    r" rate=(?P<rate>[-+0-9.e]{1,32})(?P<continues> continues)?"
    r"(?P<changed> changed)?(?: gap=(?P<reason>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentPlace:
    """Where the first sample of a file stands in its case.

    Attributes
    ----------
    first_index : int
        Among all samples received; what was received and could not be kept is
        counted, too.
    onset_s : float
        On the axis of the case.
    rate_hz : float
    continues : bool
        It follows the last sample of the file before it.
    changed : bool
        The source came back as another: other channels, other rate.
    reason : str
        Why it does not follow.
    """

    first_index: int
    onset_s: float
    rate_hz: float
    continues: bool = False
    changed: bool = False
    reason: str = ""


def segment_text(place: SegmentPlace) -> str:
    """Return the text that `segment_place` reads."""
    parts = [
        PREFIX,
        f"first={place.first_index}",
        f"onset={place.onset_s!r}",
        f"rate={place.rate_hz!r}",
    ]
    if place.continues:
        parts.append("continues")
    if place.changed:
        parts.append("changed")
    if place.reason:
        # A control character has no place in an annotation.
        parts.append(f"gap={''.join(c if c.isprintable() else ' ' for c in place.reason)}")
    return " ".join(parts)


def segment_place(text: str) -> SegmentPlace | None:
    """Return what a text says of its file; None for any other text."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    try:
        onset_s, rate_hz = float(match["onset"]), float(match["rate"])
    except ValueError:
        return None
    if not (math.isfinite(onset_s) and math.isfinite(rate_hz) and rate_hz > 0.0):
        return None
    return SegmentPlace(
        first_index=int(match["first"]),
        onset_s=onset_s,
        rate_hz=rate_hz,
        continues=match["continues"] is not None,
        changed=match["changed"] is not None,
        reason=match["reason"] or "",
    )
