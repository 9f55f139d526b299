import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.formats.edf_annotations import (
    EdfAnnotation,
    EdfSegment,
    RecordTimes,
    contiguous_segments,
    encoded_list,
    padded_segments,
    padding_of,
    padding_text,
    read_annotations,
)
from amr_monitor.model.errors import SourceFormatError


def signal(*records: bytes) -> np.ndarray:
    width = max(len(record) for record in records)
    return np.array([np.frombuffer(r.ljust(width, b"\0"), dtype=np.uint8) for r in records])


def times(*onsets_s: float, resolution_s: float = 1.0) -> RecordTimes:
    return RecordTimes(onsets_s=np.array(onsets_s), resolution_s=resolution_s)


def segments_of(
    found: RecordTimes, *, duration_s: float = 1.0, is_discontinuous: bool = True
) -> tuple[list[tuple[int, int, float]], int]:
    segments, n_doubtful = contiguous_segments(
        found,
        record_duration_s=duration_s,
        tolerance_s=25e-6,
        is_discontinuous=is_discontinuous,
        name="x.edf",
    )
    return [(s.first_record, s.n_records, s.onset_s) for s in segments], n_doubtful


def test_texts_and_record_onsets_are_read_from_every_signal() -> None:
    first = signal(
        b"+0.25\x14\x14\0+0.5\x14dura opened\x14again\x14\0",
        b"+1.25\x14\x14\0",
    )
    second = signal(b"+1.5\x150.2\x14Stim 8.0 mA\x14\0", b"-0.5\x14before\x14\0")
    texts, onsets, n_unreadable = read_annotations([first, second], name="x.edf")
    assert [(a.onset_s, a.text) for a in texts] == [
        (-0.5, "before"),
        (0.5, "dura opened"),
        (0.5, "again"),
        (1.5, "Stim 8.0 mA"),
    ]
    np.testing.assert_array_equal(onsets.onsets_s, [0.25, 1.25])
    assert onsets.resolution_s == 0.01
    assert n_unreadable == 0


def test_a_text_beside_the_record_onset_is_kept() -> None:
    texts, onsets, _ = read_annotations([signal(b"+3\x14\x14Stim\x14\0")], name="x.edf")
    assert [a.text for a in texts] == ["Stim"]
    assert onsets.onsets_s[0] == 3.0


def test_utf_8_and_latin_1_are_read() -> None:
    raw = encoded_list(1.0, ["Gef\u00e4\u00df"]) + b"+2\x14Gef\xe4\xdf\x14\0"
    texts, _, _ = read_annotations([signal(b"+0\x14\x14\0" + raw)], name="x.edf")
    assert [a.text for a in texts] == ["Gef\u00e4\u00df", "Gef\u00e4\u00df"]


def test_what_is_no_list_is_counted_and_left_out() -> None:
    raw = signal(b"+0\x14\x14\0rubbish\0+1e5\x14no\x14\0++1\x14no\x14\0+1\x14yes\x14\0")
    texts, _, n_unreadable = read_annotations([raw], name="x.edf")
    assert [a.text for a in texts] == ["yes"]
    assert n_unreadable == 3


def test_more_texts_than_a_surgery_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amr_monitor.formats.edf_annotations.MOST_ANNOTATIONS", 2)
    with pytest.raises(SourceFormatError, match=r"x.edf: more than 2 annotations"):
        read_annotations([signal(b"+0\x14\x14a\x14b\x14c\x14\0")], name="x.edf")


def test_a_hole_is_where_a_record_begins_late() -> None:
    assert segments_of(times(0, 1, 2, 5.5, 6.5, resolution_s=0.1)) == (
        [(0, 3, 0.0), (3, 2, 5.5)],
        0,
    )


def test_a_hole_of_one_sample_is_a_hole_and_less_is_none() -> None:
    found = times(0.0, 1.0, 2.00005, 3.00005, resolution_s=1e-7)
    assert segments_of(found)[0] == [(0, 2, 0.0), (2, 2, 2.00005)]
    found = times(0.0, 1.0, 2.00001, 3.00001, resolution_s=1e-7)
    assert segments_of(found)[0] == [(0, 4, 0.0)]


def test_onsets_rounded_to_what_they_show_make_no_hole() -> None:
    onsets = np.round(np.arange(30) / 3.0, 2)
    found = RecordTimes(onsets_s=onsets, resolution_s=0.01)
    assert segments_of(found, duration_s=1 / 3)[0] == [(0, 30, 0.0)]


def test_a_recorder_whose_clock_drifts_makes_no_hole() -> None:
    onsets = np.arange(5000) * 1.00002
    found = RecordTimes(onsets_s=onsets, resolution_s=1e-5)
    assert segments_of(found)[0] == [(0, 5000, 0.0)]


def test_one_damaged_record_time_makes_no_hole() -> None:
    assert segments_of(times(0, 1, 700, 3, 4)) == ([(0, 5, 0.0)], 1)
    assert segments_of(times(0, 1, np.nan, 3, 4)) == ([(0, 5, 0.0)], 1)
    assert segments_of(times(900, 1, 2, 3)) == ([(0, 4, 0.0)], 1)
    assert segments_of(times(0, 1, 2, -900)) == ([(0, 4, 0.0)], 1)
    assert segments_of(times(np.nan, np.nan)) == ([(0, 2, 0.0)], 2)


def test_time_that_goes_back_is_refused() -> None:
    with pytest.raises(SourceFormatError, match=r"x.edf: data record 4 begins at 1 s"):
        segments_of(times(0, 1, 2, 1, 2, 3))


def test_a_continuous_file_has_holes_only_where_time_plainly_jumps() -> None:
    jumps = times(0, 1, 2, 60, 61, 62)
    assert segments_of(jumps, is_discontinuous=False)[0] == [(0, 3, 0.0), (3, 3, 60.0)]
    coarse = times(*np.floor(np.arange(40) * 0.1).tolist())
    assert segments_of(coarse, duration_s=0.1, is_discontinuous=False)[0] == [(0, 40, 0.0)]
    back = times(0, 1, 2, 1, 2, 3)
    assert segments_of(back, is_discontinuous=False)[0] == [(0, 6, 0.0)]


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=8),
    st.lists(st.floats(0.01, 500.0), min_size=8, max_size=8),
    st.sampled_from([0.1, 0.25, 1.0, 1.5]),
)
def test_holes_are_found_where_they_were_put(
    lengths: list[int], holes_s: list[float], duration_s: float
) -> None:
    onsets: list[float] = []
    expected = []
    now_s = 0.5
    for length, hole_s in zip(lengths, holes_s, strict=False):
        expected.append((len(onsets), length, now_s))
        onsets += [now_s + k * duration_s for k in range(length)]
        now_s += length * duration_s + hole_s
    found = RecordTimes(onsets_s=np.round(onsets, 7), resolution_s=1e-7)
    segments, n_doubtful = contiguous_segments(
        found, record_duration_s=duration_s, tolerance_s=25e-6, is_discontinuous=True, name="x"
    )
    assert n_doubtful == 0
    assert [(s.first_record, s.n_records) for s in segments] == [e[:2] for e in expected]
    np.testing.assert_allclose([s.onset_s for s in segments], [e[2] for e in expected], atol=1e-6)


def padding(onset_s: float, text: str = "padding") -> EdfAnnotation:
    return EdfAnnotation(onset_s=onset_s, text=text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("padding: 7655/20000", (7655, 20000)),
        ("Padding 3/4", (3, 4)),
        ("padding", True),
        ("padding: 5/4", False),
        ("padding: 0/0", False),
        ("padding of the arm", False),
        ("dura opened", False),
    ],
)
def test_a_padding_text_says_how_much_is_real(text: str, found: object) -> None:
    assert padding_of(padding(0.0, text)) == found


@given(st.integers(0, 20000), st.integers(0, 5))
def test_padding_is_exact_though_its_onset_is_rounded(real: int, record: int) -> None:
    whole = EdfSegment(first_record=0, n_records=6, onset_s=0.0)
    onset_s = round(record + real / 20000, 4)
    text = padding_text(real=real, samples_per_record=20000)
    cut = padded_segments(
        [whole], [padding(onset_s, text)], samples_per_record=20000, record_duration_s=1.0
    )
    n_left = (5 - record) * 20000
    assert sum(s.n_samples(20000) for s in cut) == record * 20000 + real + n_left


def test_a_bare_padding_is_honoured_by_its_onset() -> None:
    whole = EdfSegment(first_record=0, n_records=3, onset_s=10.0)
    (cut,) = padded_segments(
        [whole], [padding(12.25)], samples_per_record=400, record_duration_s=1.0
    )
    assert cut.n_samples(400) == 900
    assert cut.n_samples(200) == 450


def test_padding_inside_a_recording_makes_a_hole() -> None:
    whole = EdfSegment(first_record=0, n_records=3, onset_s=0.0)
    cut = padded_segments([whole], [padding(1.5)], samples_per_record=100, record_duration_s=1.0)
    assert [(s.first_record, s.n_samples(100), s.onset_s) for s in cut] == [
        (0, 150, 0.0),
        (2, 100, 2.0),
    ]
