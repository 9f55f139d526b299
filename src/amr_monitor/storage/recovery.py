"""A recording that a crash cut: made whole again from what is there.

The samples, the trigger channel and the texts of every whole record are on
the disk; what is missing is the number of records in the header and the texts
of the last second, which stand in `texts.jsonl` beside the file. The repaired
file is made beside the original and takes its place once it is verified.
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amr_monitor.formats.bdf_recorder import (
    CHANNEL_TRANSDUCER,
    MOST_HEADER_BYTES,
    MOST_TEXT_BYTES,
    GrowingBdf,
)
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import RECORD_COUNT_FIELD, is_edf, parse_header
from amr_monitor.formats.long_texts import parts_of
from amr_monitor.formats.segment_text import SegmentPlace, segment_place
from amr_monitor.model.errors import SourceFormatError, StorageError
from amr_monitor.model.events import RecorderFileClosed
from amr_monitor.storage.recorder_writer import TEXTS_FILE, RecordedText
from amr_monitor.storage.recording_proof import keep_hashes

REPAIRED = ".repaired"
"""Stands behind the name of a file that is not verified yet."""

COMPARED_BYTES = 2**22

HASHED_LATER = "cut by a crash; recovered, and hashed then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What became of one file.

    Attributes
    ----------
    path : Path
    was_whole : bool
        Nothing was to be done.
    n_records : int
        0: there was none, and the file is gone.
    duration_s : float
        Of the samples that are there.
    n_texts : int
        Put back from `texts.jsonl`.
    n_bytes_cut : int
        Of a record that was not written to its end.
    """

    path: Path
    was_whole: bool
    n_records: int
    duration_s: float
    n_texts: int = 0
    n_bytes_cut: int = 0


def recover(path: Path) -> Recovery:
    """Make a recording whole that was cut by a crash: EDF, EDF+, BDF, BDF+.

    Parameters
    ----------
    path : Path
        One file.

    Raises
    ------
    SourceFormatError
        It holds nothing that could be recovered.
    StorageError
        It is still being recorded, or the repaired file cannot be written;
        the original stands.
    """
    if _is_empty(path):
        # Cut within its first second: a header of ours, and not one whole record.
        _refuse_if_growing(path)
        path.unlink()
        return Recovery(path=path, was_whole=False, n_records=0, duration_s=0.0)
    recording = EdfFile(path)
    try:
        n_records, duration_s = recording.n_records, recording.duration_s
        header = recording.header
        n_bytes = header.n_bytes + n_records * header.record_bytes
        n_more = path.stat().st_size - n_bytes
        texts = _missing_texts(path, recording)
        if header.n_records_stated == n_records and not n_more and not texts:
            return Recovery(path=path, was_whole=True, n_records=n_records, duration_s=duration_s)
        first_onset_s = recording.segments[0].onset_s
        place = _place_of(recording)
    finally:
        recording.close()
    repaired = path.with_name(path.name + REPAIRED)
    try:
        _refuse_if_growing(path)
        shutil.copyfile(path, repaired)
        if texts and place is not None:
            n_records = _put_back(repaired, texts, n_records, first_onset_s)
        else:
            _state_records(repaired, n_records, n_bytes)
        _verify(repaired, path, n_records, [text for _, text in texts])
        repaired.replace(path)
    except OSError as fault:
        raise StorageError(
            f"{repaired}: cannot be written: {fault.strerror}; the original is as it was"
        ) from fault
    finally:
        repaired.unlink(missing_ok=True)
    return Recovery(
        path=path,
        was_whole=False,
        n_records=n_records,
        duration_s=duration_s,
        n_texts=len(texts),
        n_bytes_cut=max(n_more, 0),
    )


def recover_all(folder: Path, *, tell: Callable[[str], None] = lambda _: None) -> list[Recovery]:
    """Recover every recording below a folder that was not closed and is not being written.

    Parameters
    ----------
    folder : Path
        That of all recordings, or of one case.
    tell : callable
        Gets a line for each file that could not be recovered.

    Returns
    -------
    list of Recovery
        Of the files that were not whole.
    """
    recovered = []
    for path in unclosed(folder):
        try:
            recovered.append(recover(path))
        except (SourceFormatError, StorageError) as fault:
            tell(str(fault))
    return recovered


def unclosed(folder: Path) -> list[Path]:
    """Return the recordings below a folder whose header does not say how long they are."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".bdf", ".edf")):
        with path.open("rb") as file:
            head = file.read(RECORD_COUNT_FIELD.stop)
        if is_edf(head) and head[RECORD_COUNT_FIELD].strip() == b"-1":
            found.append(path)
    return found


def recovered_files(
    folder: Path, closed: Sequence[RecorderFileClosed]
) -> Iterator[RecorderFileClosed]:
    """Hash the recordings of a case that a crash left without a hash; tell of each.

    Parameters
    ----------
    folder : Path
        Of the case; its recordings are whole.
    closed : sequence of RecorderFileClosed
        What its journal tells.

    Raises
    ------
    StorageError
        A hash cannot be written.
    """
    for path in unproven_files(folder, closed):
        event = recovered_file(path)
        if event is not None:
            yield event


def unproven_files(folder: Path, closed: Sequence[RecorderFileClosed]) -> list[Path]:
    """Return the recordings of a case that its journal tells no hash of, oldest first."""
    proven = {event.file for event in closed if event.sha256}
    return [path for path in sorted(folder.glob("segment-*.bdf")) if path.name not in proven]


def recovered_file(path: Path) -> RecorderFileClosed | None:
    """Hash one recording that is whole; return what is to be told, None of another program's.

    Raises
    ------
    StorageError
        Its hash cannot be written.
    SourceFormatError
        It cannot be read.
    """
    recording = EdfFile(path)
    try:
        place = _place_of(recording)
        n_samples = recording.n_samples(recording.signals[-1])
    finally:
        recording.close()
    if place is None:
        return None
    return RecorderFileClosed(
        sample_index=place.first_index + n_samples,
        time_s=round(place.onset_s + n_samples / place.rate_hz, 6),
        file=path.name,
        n_samples=n_samples,
        fault=HASHED_LATER,
        sha256=keep_hashes(path),
    )


def _missing_texts(path: Path, recording: EdfFile) -> list[tuple[float, str]]:
    """Return the texts of `texts.jsonl` that belong into a file and are not there."""
    place = _place_of(recording)
    logged = logged_texts(path.parent)
    if place is None or not logged:
        return []
    next_first = _next_first_index(path, place)
    there = Counter(annotation.text for annotation in recording.annotations)
    n_samples = recording.n_samples(recording.signals[-1])
    missing = []
    for text, time_s in logged:
        is_ours = place.first_index <= text.sample_index and (
            next_first is None or text.sample_index < next_first
        )
        # At the border of two files it may stand in either.
        is_ours = is_ours and time_s >= place.onset_s
        if not is_ours:
            continue
        if there[text.text] > 0:
            there[text.text] -= 1
        elif text.sample_index <= place.first_index + n_samples or next_first is None:
            missing.append((time_s - place.onset_s, text.text))
    return missing


def logged_texts(folder: Path) -> list[tuple[RecordedText, float]]:
    """Return every text of a case with its time, as it was laid down at once."""
    texts: list[tuple[RecordedText, float]] = []
    log = folder / TEXTS_FILE
    if not log.exists():
        return texts
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
            text = RecordedText(sample_index=int(told["sample_index"]), text=str(told["text"]))
            texts.append((text, float(told["time_s"])))
        except (ValueError, KeyError, TypeError):
            continue  # the last line may be cut, too
    return texts


def _next_first_index(path: Path, place: SegmentPlace) -> int | None:
    """Return where the next file of the case begins; None for the last one."""
    firsts = []
    for other in path.parent.glob(f"*{path.suffix}"):
        if other == path:
            continue
        try:
            recording = EdfFile(other)
        except SourceFormatError:
            continue  # it holds nothing, and so no place
        other_place = _place_of(recording)
        recording.close()
        if other_place is not None and other_place.first_index > place.first_index:
            firsts.append(other_place.first_index)
    return min(firsts, default=None)


def _is_empty(path: Path) -> bool:
    """Tell whether a file of our own recorder holds no whole record."""
    try:
        n_bytes = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(MOST_HEADER_BYTES)
        header = parse_header(head, file_bytes=n_bytes, name=path.name)
    except (OSError, SourceFormatError):
        return False
    is_ours = any(signal.transducer == CHANNEL_TRANSDUCER for signal in header.signals)
    return is_ours and n_bytes < header.n_bytes + header.record_bytes


def _place_of(recording: EdfFile) -> SegmentPlace | None:
    return next(filter(None, (segment_place(a.text) for a in recording.annotations)), None)


def _refuse_if_growing(path: Path) -> None:
    GrowingBdf.reopen(path, n_records=0, first_onset_s=0.0).abandon()


def _put_back(
    path: Path, texts: Sequence[tuple[float, str]], n_records: int, first_onset_s: float
) -> int:
    """Put texts into the file; return how many records it has then."""
    file = GrowingBdf.reopen(path, n_records=n_records, first_onset_s=first_onset_s)
    parts = [
        (after_s, part)
        for after_s, text in texts
        for part in parts_of(text, most_bytes=MOST_TEXT_BYTES)
    ]
    left = file.add_texts(parts)
    while left:
        left = file.append_padding(left)
    file.close()
    return file.n_records


def _state_records(path: Path, n_records: int, n_bytes: int) -> None:
    with path.open("r+b") as file:
        file.seek(RECORD_COUNT_FIELD.start)
        file.write(f"{n_records:<8}".encode("ascii"))
        file.truncate(n_bytes)
        file.flush()
        os.fsync(file.fileno())


def _verify(path: Path, original: Path, n_records: int, texts: Sequence[str]) -> None:
    """Hold the repaired file against the original, sample by sample."""
    new, old = EdfFile(path), EdfFile(original)
    try:
        if new.header.n_records_stated != n_records or new.n_records != n_records:
            raise StorageError(f"{original}: could not be made whole; it is as it was")
        for signal, before in zip(new.signals, old.signals, strict=True):
            n_samples = new.n_samples(signal)
            if n_samples != old.n_samples(before):
                raise StorageError(f"{original}: samples would be lost; it is as it was")
            for first in range(0, n_samples, COMPARED_BYTES):
                count = min(COMPARED_BYTES, n_samples - first)
                if (
                    new.read_digital(signal, first, count).tobytes()
                    != old.read_digital(before, first, count).tobytes()
                ):
                    raise StorageError(f"{original}: samples would be altered; it is as it was")
        kept = Counter(a.text for a in new.annotations)
        if Counter([*(a.text for a in old.annotations), *texts]) - kept:
            raise StorageError(f"{original}: texts would be lost; it is as it was")
    finally:
        new.close()
        old.close()
