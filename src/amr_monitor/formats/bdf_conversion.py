"""An EDF or BDF file of any program as BDF+: the same digital values, the same texts."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.bdf_recorder import GrowingBdf
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_annotations import encoded_list, padding_text
from amr_monitor.formats.edf_header import EdfSignal
from amr_monitor.formats.edf_writer import MOST_ANNOTATION_SIGNALS, SignalToWrite
from amr_monitor.formats.long_texts import parts_of
from amr_monitor.model.errors import SourceFormatError

TEXT_SIGNAL_BYTES = 114
MOST_TEXT_BYTES = 80
LONGEST_FIELD = 80


def convert_edf(
    path: Path, target: Path, *, progress: Callable[[float], None] | None = None
) -> None:
    """Write a recording again, as BDF+ (BDF+D where it has holes).

    Parameters
    ----------
    path : Path
    target : Path
        Must not exist.
    progress : callable or None
        Gets the share done, 0 to 1.

    Raises
    ------
    SourceFormatError
        It cannot be read, or holds what BDF+ cannot say.
    StorageError
        The disk takes it not.
    """
    recording = EdfFile(path)
    try:
        signals = [s for s in recording.signals if s.samples_per_record]
        texts = _texts(recording)
        file = GrowingBdf(
            target,
            signals=[_to_write(recording, signal) for signal in signals],
            start=recording.header.start,
            n_text_signals=_text_signals(texts, recording.n_records),
            equipment="Simulated" if recording.header.is_simulated else "",
            record_duration_s=recording.header.record_duration_s,
        )
    except ValueError as fault:
        recording.close()
        raise SourceFormatError(f"{path}: cannot be said in BDF+: {fault}") from fault
    except BaseException:
        recording.close()
        raise
    try:
        _write(recording, signals, texts, file, progress or (lambda _: None))
    except BaseException:
        file.abandon()
        target.unlink(missing_ok=True)
        raise
    finally:
        recording.close()


def _write(
    recording: EdfFile,
    signals: list[EdfSignal],
    texts: list[tuple[float, str]],
    file: GrowingBdf,
    progress: Callable[[float], None],
) -> None:
    duration_s = recording.header.record_duration_s
    zero_s = recording.segments[0].onset_s
    file.first_onset_s = zero_s
    for number, segment in enumerate(recording.segments):
        for record in range(segment.n_records):
            onset_s = segment.onset_s - zero_s + record * duration_s
            rows = [_record(recording, signal, number, record) for signal in signals]
            if segment.padding is not None and record == segment.n_records - 1:
                real, stated = segment.padding
                texts.insert(
                    0,
                    (
                        onset_s + duration_s * real / stated,
                        padding_text(real=real, samples_per_record=stated),
                    ),
                )
            due = [text for text in texts if text[0] < onset_s + duration_s]
            texts = file.append(rows, due, onset_s=onset_s) + texts[len(due) :]
            progress(file.n_records / recording.n_records)
    texts = file.add_texts(texts)
    while texts:
        texts = file.append_padding(texts)
    if len(recording.segments) > 1:
        file.declare_holes()
    file.close()


def _record(
    recording: EdfFile, signal: EdfSignal, segment: int, record: int
) -> npt.NDArray[np.integer]:
    """Return a record of a signal, filled up with its last sample where it is not full."""
    n = signal.samples_per_record
    held = recording.segments[segment].n_samples(n)
    first = recording.first_samples(signal)[segment] + record * n
    count = max(min(n, held - record * n), 0)
    values = recording.read_digital(signal, first, count) if count else np.zeros(1, dtype=np.int32)
    return np.pad(values, (0, n - len(values)), mode="edge")


def _to_write(recording: EdfFile, signal: EdfSignal) -> SignalToWrite:
    duration_s = recording.header.record_duration_s
    return SignalToWrite(
        label=_ascii(signal.label),
        dimension=_ascii(signal.dimension),
        rate_hz=signal.samples_per_record / duration_s,
        calibration=recording.calibration(signal),
        prefiltering=_ascii(signal.prefiltering),
        transducer=_ascii(signal.transducer),
    )


def _ascii(text: str) -> str:
    plain = text.replace("\u00b5", "u").replace("\u03bc", "u")
    return plain.encode("ascii", "replace").decode("ascii")[:LONGEST_FIELD]


def _texts(recording: EdfFile) -> list[tuple[float, str]]:
    zero_s = recording.segments[0].onset_s
    return [
        (annotation.onset_s - zero_s, part)
        for annotation in recording.annotations
        if annotation.text.strip()
        for part in parts_of(annotation.text, most_bytes=MOST_TEXT_BYTES)
    ]


def _text_signals(texts: list[tuple[float, str]], n_records: int) -> int:
    n_bytes = sum(len(encoded_list(onset_s, [text])) for onset_s, text in texts)
    needed = 1 + -(-n_bytes // max(n_records * TEXT_SIGNAL_BYTES, 1))
    return min(needed, MOST_ANNOTATION_SIGNALS)
