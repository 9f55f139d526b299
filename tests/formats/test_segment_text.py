"""A file of the recorder tells its place in the case, to the last bit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.formats.segment_text import SegmentPlace, segment_place, segment_text


@given(
    first=st.integers(0, 10**12),
    onset_s=st.floats(0.0, 1e6),
    rate_hz=st.floats(1.0, 1e6),
    continues=st.booleans(),
    changed=st.booleans(),
    reason=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
)
def test_what_is_written_is_read(
    *, first: int, onset_s: float, rate_hz: float, continues: bool, changed: bool, reason: str
) -> None:
    place = SegmentPlace(
        first_index=first,
        onset_s=onset_s,
        rate_hz=rate_hz,
        continues=continues,
        changed=changed,
        reason=reason,
    )
    assert segment_place(segment_text(place)) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "segment",
        "segment: first=1",
        "segment: first=1 onset=x rate=2000.0",
        "segment: first=1 onset=1.0 rate=0.0",
        "segment: first=1 onset=1e999 rate=2000.0",
        "segment: first=-1 onset=1.0 rate=2000.0",
        "dura opened",
    ],
)
def test_any_other_text_is_none(text: str) -> None:
    assert segment_place(text) is None


def test_a_control_character_in_a_reason_becomes_a_space() -> None:
    place = SegmentPlace(first_index=0, onset_s=0.0, rate_hz=1000.0, reason="a\x14b\nc")
    read = segment_place(segment_text(place))
    assert read is not None
    assert read.reason == "a b c"
