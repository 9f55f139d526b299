"""Texts and times inside EDF+ and BDF+ data records.

An annotation signal holds time-stamped annotation lists: `+onset`, perhaps
`0x15 duration`, then texts that each end in 0x14, then 0x00 (EDF+
specification, 2.2). The first list of a record with an empty first text says
when the record begins; nothing else tells of a hole in an EDF+D file.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from amr_monitor.formats.long_texts import whole_texts
from amr_monitor.model.errors import SourceFormatError

MOST_ANNOTATIONS = 1_000_000
"""A recording with more texts than this is damaged: refused before memory goes."""

_ONSET = re.compile(rb"([+-][0-9]{1,15}(?:[.,]([0-9]{1,15}))?)(?:\x15[0-9.,]*)?\x14")
_PADDING = re.compile(r"padding(?:\s*[:=]?\s*([0-9]{1,9})\s*/\s*([0-9]{1,9}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfAnnotation:
    """One text of the recording.

    Attributes
    ----------
    onset_s : float
        After the start of the file, as written.
    text : str
        Put together where it was written in parts.
    """

    onset_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTimes:
    """When each data record begins, as its first list says.

    Attributes
    ----------
    onsets_s : ndarray of float64, shape (n_records,)
        NaN where a record does not say.
    resolution_s : float
        Of the finest onset written: two times nearer than half of it are one.
    """

    onsets_s: np.ndarray
    resolution_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EdfSegment:
    """Records that follow each other without a hole.

    Attributes
    ----------
    first_record, n_records : int
    onset_s : float
        Of the first sample, after the start of the file.
    padding : tuple of int or None
        (real, stated): of `stated` samples of the last record only the first
        `real` are there, and as many in proportion of a signal with another
        rate. None where the last record is full.
    """

    first_record: int
    n_records: int
    onset_s: float
    padding: tuple[int, int] | None = None

    def n_samples(self, samples_per_record: int) -> int:
        """Return how many samples a signal has in the segment."""
        if self.padding is None:
            return self.n_records * samples_per_record
        real, stated = self.padding
        return (self.n_records - 1) * samples_per_record + round(real * samples_per_record / stated)


def padding_text(*, real: int, samples_per_record: int) -> str:
    """Return the text that says how much of the last record is real.

    A recorder that stops inside a record fills it with its last sample and
    says `padding: 7655/20000` at the onset of the first such sample: of 20000
    samples of the record 7655 are real. The count is exact where the onset,
    which pyedflib rounds to 0.1 ms, is not. A bare `padding` is honoured by
    its onset.
    """
    return f"padding: {real}/{samples_per_record}"


def padding_of(annotation: EdfAnnotation) -> tuple[int, int] | bool:
    """Return (real, stated), True for a bare `padding`, False for other texts."""
    match = _PADDING.fullmatch(annotation.text.strip())
    if match is None:
        return False
    if match[1] is None:
        return True
    real, stated = int(match[1]), int(match[2])
    return (real, stated) if 0 <= real <= stated and stated else False


def read_annotations(
    signals: Sequence[np.ndarray], *, name: str
) -> tuple[tuple[EdfAnnotation, ...], RecordTimes, int]:
    """Parse the lists of all records.

    Parameters
    ----------
    signals : sequence of ndarray of uint8, shape (n_records, n_bytes)
        One array per annotation signal, in the order of the header.
    name : str
        For messages.

    Returns
    -------
    tuple of EdfAnnotation
        Sorted by onset; equal onsets keep their order in the file.
    RecordTimes
    int
        Lists that could not be read, and were left out.

    Raises
    ------
    SourceFormatError
        More texts than any surgery has.
    """
    n_records = signals[0].shape[0] if signals else 0
    onsets_s = np.full(n_records, np.nan)
    is_timed = [False] * n_records
    most_decimals = 0
    n_unreadable = 0
    found: list[tuple[float, str]] = []
    raws = [(signal.tobytes(), signal.shape[1]) for signal in signals]
    for record in range(n_records):
        for i, (raw, width) in enumerate(raws):
            lists = raw[record * width : (record + 1) * width].rstrip(b"\0")
            for chunk in lists.split(b"\0"):
                if not chunk:
                    continue
                match = _ONSET.match(chunk)
                if match is None:
                    n_unreadable += 1
                    continue
                onset_s = float(match[1].replace(b",", b"."))
                texts = chunk[match.end() :].split(b"\x14")
                if i == 0 and not is_timed[record] and not texts[0]:
                    is_timed[record] = True
                    onsets_s[record] = onset_s
                    most_decimals = max(most_decimals, len((match[2] or b"").rstrip(b"0")))
                found += [(onset_s, _text(text)) for text in texts if text]
        if len(found) > MOST_ANNOTATIONS:
            raise SourceFormatError(
                f"{name}: more than {MOST_ANNOTATIONS} annotations; the file is damaged"
            )
    found.sort(key=lambda text: text[0])
    return (
        tuple(EdfAnnotation(onset_s=onset_s, text=text) for onset_s, text in whole_texts(found)),
        RecordTimes(onsets_s=onsets_s, resolution_s=10.0**-most_decimals),
        n_unreadable,
    )


def contiguous_segments(
    times: RecordTimes,
    *,
    record_duration_s: float,
    tolerance_s: float,
    is_discontinuous: bool,
    name: str,
) -> tuple[tuple[EdfSegment, ...], int]:
    """Join records that follow each other without a hole.

    Parameters
    ----------
    times : RecordTimes
    record_duration_s : float
    tolerance_s : float
        What is no hole yet: half a sample.
    is_discontinuous : bool
        The header says that there may be holes. Where it says that there are
        none, only a jump of more than half a record is believed.
    name : str
        For messages.

    Returns
    -------
    tuple of EdfSegment
    int
        Records whose time is missing, or contradicts both neighbours: taken
        as following the one before.

    Raises
    ------
    SourceFormatError
        Time goes back, and stays there: samples cannot be put in order.
    """
    # Onsets in whole seconds are exact ones, others were rounded to what they show.
    tolerance_s = max(tolerance_s, times.resolution_s if times.resolution_s < 1.0 else 0.0)
    onsets, n_doubtful = _plausible_onsets(times, record_duration_s, tolerance_s)
    # From one record to the next, so that a clock that drifts makes no holes.
    jumps_s = np.diff(onsets) - record_duration_s
    if is_discontinuous:
        back = np.flatnonzero(jumps_s < -tolerance_s)
        if back.size:
            record = int(back[0]) + 1
            raise SourceFormatError(
                f"{name}: data record {record + 1} begins at {onsets[record]:g} s, before the one "
                f"before it ends ({onsets[record - 1] + record_duration_s:g} s); "
                "the records are out of order"
            )
        breaks = np.flatnonzero(jumps_s > tolerance_s) + 1
    else:
        breaks = np.flatnonzero(jumps_s > max(tolerance_s, 0.5 * record_duration_s)) + 1
    starts = [0]
    for record in breaks.tolist():
        expected_s = onsets[starts[-1]] + (record - starts[-1]) * record_duration_s
        if is_discontinuous or onsets[record] - expected_s > 0.5 * record_duration_s:
            starts.append(record)
    ends = [*starts[1:], len(onsets)]
    segments = tuple(
        EdfSegment(first_record=record, n_records=end - record, onset_s=float(onsets[record]))
        for record, end in zip(starts, ends, strict=True)
    )
    return segments, n_doubtful


def _plausible_onsets(
    times: RecordTimes, record_duration_s: float, tolerance_s: float
) -> tuple[np.ndarray, int]:
    """Return the onsets with missing and lone wrong ones set right, and their number."""
    onsets = times.onsets_s.copy()
    known = np.flatnonzero(~np.isnan(onsets))
    if not known.size:
        return np.arange(len(onsets)) * record_duration_s, len(onsets)
    n_doubtful = len(onsets) - known.size
    numbers = np.arange(len(onsets))
    last_known = known[np.maximum(np.searchsorted(known, numbers, side="right") - 1, 0)]
    onsets = onsets[last_known] + (numbers - last_known) * record_duration_s
    if len(onsets) > 2:
        tolerance_s *= 2.0
        steps = np.diff(onsets)
        skips = onsets[2:] - onsets[:-2]
        lone = 1 + np.flatnonzero(
            (np.abs(steps[:-1] - record_duration_s) > tolerance_s)
            & (np.abs(skips - 2 * record_duration_s) <= tolerance_s)
        )
        onsets[lone] = onsets[lone - 1] + record_duration_s
        n_doubtful += lone.size
        if steps[0] < -tolerance_s:
            onsets[0] = onsets[1] - record_duration_s
            n_doubtful += 1
        if onsets[-1] < onsets[-2] - tolerance_s:
            onsets[-1] = onsets[-2] + record_duration_s
            n_doubtful += 1
    return onsets, n_doubtful


def padded_segments(
    segments: Iterable[EdfSegment],
    annotations: Iterable[EdfAnnotation],
    *,
    samples_per_record: int,
    record_duration_s: float,
) -> tuple[EdfSegment, ...]:
    """Take the padding off the records that say they have some.

    Parameters
    ----------
    segments : iterable of EdfSegment
    annotations : iterable of EdfAnnotation
        Of the whole file; only `padding` counts.
    samples_per_record : int
        Of the fastest signal, for a bare `padding`.
    record_duration_s : float

    Returns
    -------
    tuple of EdfSegment
        A padded record inside a segment ends it: what follows is a segment of
        its own.
    """
    paddings = [(a.onset_s, padding_of(a)) for a in annotations]
    result: list[EdfSegment] = []
    for segment in segments:
        rest = segment
        for onset_s, padding in paddings:
            records_in = (onset_s - rest.onset_s) / record_duration_s
            if isinstance(padding, tuple):
                real, stated = padding
                into = round(records_in - real / stated)
            elif padding:
                # An onset that rounding put just before a record belongs to it.
                into = math.floor(records_in + 1e-3)
                stated = samples_per_record
                real = max(round((records_in - into) * stated), 0)
            else:
                continue
            if not 0 <= into < rest.n_records:
                continue
            result.append(
                EdfSegment(
                    first_record=rest.first_record,
                    n_records=into + 1,
                    onset_s=rest.onset_s,
                    padding=(real, stated),
                )
            )
            rest = EdfSegment(
                first_record=rest.first_record + into + 1,
                n_records=rest.n_records - into - 1,
                onset_s=rest.onset_s + (into + 1) * record_duration_s,
            )
        if rest.n_records > 0:
            result.append(rest)
    return tuple(s for s in result if s.n_samples(samples_per_record) > 0)


def encoded_list(onset_s: float, texts: Sequence[str]) -> bytes:
    """Return one time-stamped annotation list, its closing zero included."""
    onset = f"{onset_s:+.7f}".rstrip("0").rstrip(".")
    body = b"".join(text.encode("utf-8") + b"\x14" for text in texts)
    return onset.encode("ascii") + b"\x14" + body + b"\0"


def _text(raw: bytes) -> str:
    """UTF-8 by the specification, Latin-1 as older recorders write."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
