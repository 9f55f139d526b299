import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.formats.long_texts import onsets_needed, parts_of, whole_texts

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, 2.5]), TEXTS), max_size=5))
def test_texts_of_any_length_come_back_in_order(texts: list[tuple[float, str]]) -> None:
    texts.sort(key=lambda text: text[0])
    written = [(onset, part) for onset, text in texts for part in parts_of(text, most_bytes=40)]
    assert all(len(part.encode()) <= 40 for _, part in written)
    assert whole_texts(written) == texts
    assert len(written) == onsets_needed([text for _, text in texts], most_bytes=40)


def test_a_short_text_is_one_annotation() -> None:
    assert parts_of("dura opened", most_bytes=40) == ("dura opened",)


def test_a_short_text_that_looks_like_a_part_is_kept_apart() -> None:
    text = "~k7 1/1 looks like one"
    assert whole_texts([(0.0, part) for part in parts_of(text, most_bytes=40)]) == [(0.0, text)]


def test_parts_of_two_texts_at_one_moment_do_not_mix() -> None:
    first = parts_of("a" * 70, most_bytes=40)
    second = parts_of("b" * 70, most_bytes=40)
    mixed = [(1.0, part) for pair in zip(first, second, strict=True) for part in pair]
    assert whole_texts(mixed) == [(1.0, "a" * 70), (1.0, "b" * 70)]


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_text_with_a_part_lost_stays_in_parts(lost: int) -> None:
    parts = [(1.0, part) for part in parts_of("abc" * 30, most_bytes=40)]
    del parts[lost]
    assert whole_texts(parts) == parts


def test_a_text_with_a_part_changed_stays_in_parts() -> None:
    parts = [(1.0, part) for part in parts_of("abc" * 30, most_bytes=40)]
    parts[1] = (1.0, parts[1][1].replace("a", "x", 1))
    assert whole_texts(parts) == parts


def test_a_text_of_a_novel_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        parts_of("x" * 4000, most_bytes=40)
