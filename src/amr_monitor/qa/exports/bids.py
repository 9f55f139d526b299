"""A case as a BIDS dataset of one subject: EMG as it was recorded, in EDF+ or BDF+."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.bdf_recorder import CHANNEL_TRANSDUCER, GrowingBdf
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_annotations import padding_text
from amr_monitor.formats.edf_writer import EdfWriter, SignalToWrite
from amr_monitor.formats.trigger_code import TRANSDUCER
from amr_monitor.model.errors import SourceFormatError, StorageError
from amr_monitor.qa.exports import bids_documents as documents
from amr_monitor.qa.exports.happenings import happenings_in
from amr_monitor.qa.exports.identity import bids_label, subject_of
from amr_monitor.qa.exports.recorded import RecordedCase, RecordedChannel, Stretch

_FILTERS = re.compile(r"(?:(?:HP|LP|N|DC|AC)[:=]? ?[\d.,]*\s*(?:k?Hz)?[\s,;]*){1,6}", re.IGNORECASE)
"""Of the prefiltering field, what can be nothing but filters."""

Progress = Callable[[float], None]


def write_bids(case: RecordedCase, target: Path, *, progress: Progress = lambda _: None) -> int:
    """Write a dataset and return the number of its runs.

    Parameters
    ----------
    case : RecordedCase
    target : Path
        A folder that must not exist.
    progress : callable
        Gets the share done, 0 to 1.

    Raises
    ------
    StorageError
        It exists, or cannot be written; nothing is left behind then.
    """
    if target.exists():
        raise StorageError(f"{target}: exists already; name another folder")
    partial = target.with_name(f"{target.name}.partial")
    try:
        try:
            _write(case, partial, progress)
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as fault:
        raise StorageError(
            f"{target}: cannot be written: {fault.strerror};"
            " see whether the folder exists and has space"
        ) from fault
    return len(case.stretches)


def _write(case: RecordedCase, folder: Path, progress: Progress) -> None:
    subject = bids_label(subject_of(case.record))
    emg = folder / f"sub-{subject}" / "emg"
    emg.mkdir(parents=True)
    whole = {
        "dataset_description.json": documents.json_text(documents.dataset_description(case)),
        "README.md": documents.readme(case),
        "participants.tsv": documents.participants(subject, case),
        "participants.json": documents.json_text(documents.participants_columns()),
    }
    for name, text in whole.items():
        _put(folder / name, text)
    of_subject = f"sub-{subject}"
    _put(emg / f"{of_subject}_electrodes.tsv", documents.electrodes(case))
    _put(
        emg / f"{of_subject}_space-{documents.SPACE}_coordsystem.json",
        documents.json_text(documents.coordinate_system()),
    )
    n_all = sum(stretch.n_samples for stretch in case.stretches)
    n_before = 0
    for run, stretch in enumerate(case.stretches, start=1):
        stem = f"{of_subject}_task-{documents.TASK}_run-{run:02d}"
        ending = "bdf" if stretch.is_bdf else "edf"

        def reach(share: float, n: int = n_before, of: int = stretch.n_samples) -> None:
            progress((n + share * of) / n_all)

        write_signals(
            stretch, emg / f"{stem}_emg.{ending}", simulated=case.is_simulated, progress=reach
        )
        n_before += stretch.n_samples
        _put(emg / f"{stem}_emg.json", documents.json_text(documents.sidecar(stretch)))
        _put(emg / f"{stem}_channels.tsv", documents.channels(stretch))
        _put(emg / f"{stem}_events.tsv", documents.events(happenings_in(case, stretch), stretch))
        _put(emg / f"{stem}_events.json", documents.json_text(documents.EVENT_COLUMNS))


def write_signals(
    stretch: Stretch, path: Path, *, simulated: bool, progress: Progress = lambda _: None
) -> None:
    """Write the channels of a stretch as they were recorded, without a word of the header.

    A last record that they do not fill repeats the last sample; a text says
    from where on.

    Raises
    ------
    SourceFormatError
        A header of pyedflib cannot say what that of the recording says.
    StorageError
    """
    channels = [*stretch.emg, *([] if stretch.trigger is None else [stretch.trigger])]
    try:
        signals = [_signal(channel) for channel in channels]
        _write_records(stretch, path, channels, signals, simulated=simulated, progress=progress)
        _compare(path, channels)
    except ValueError as fault:
        raise SourceFormatError(
            f"{stretch.file.name}: cannot be written again with the same header: {fault}"
        ) from fault


def _write_records(
    stretch: Stretch,
    path: Path,
    channels: Sequence[RecordedChannel],
    signals: Sequence[SignalToWrite],
    *,
    simulated: bool,
    progress: Progress,
) -> None:
    duration_s = stretch.file.header.record_duration_s
    equipment = "Simulated" if simulated else ""
    texts = _padding(stretch)
    if stretch.is_bdf:
        # pyedflib refuses what our recorder writes where a sample is no number.
        growing = GrowingBdf(
            path,
            signals=signals,
            start=None,
            n_text_signals=1,
            equipment=equipment,
            record_duration_s=duration_s,
        )
        try:
            for rows, last in _records(stretch, channels, progress):
                growing.append(rows, texts if last else ())
            growing.close()
        finally:
            growing.abandon()
        return
    with EdfWriter(
        path, is_bdf=False, signals=signals, record_duration_s=duration_s, equipment=equipment
    ) as writer:
        for onset_s, text in texts:
            writer.annotate(onset_s, text)
        for rows, _ in _records(stretch, channels, progress):
            writer.write_record(rows)


def _compare(path: Path, channels: Sequence[RecordedChannel]) -> None:
    """See that rates and calibrations are those of the recording: pyedflib rounds in silence."""
    written = EdfFile(path)
    try:
        for channel, signal in zip(channels, written.signals, strict=True):
            rate_hz = written.rate_hz(signal)
            if rate_hz != channel.rate_hz or signal.calibration != channel.signal.calibration:
                raise ValueError(
                    f"channel {signal.label!r} came out at {rate_hz:g} Hz, not"
                    f" {channel.rate_hz:g} Hz, or in other steps"
                )
    finally:
        written.close()


def _padding(stretch: Stretch) -> list[tuple[float, str]]:
    """Return the text that says from where on a last record is filled up."""
    fastest = max(stretch.emg, key=lambda channel: channel.rate_hz)
    per_record = fastest.signal.samples_per_record
    n_real = stretch.n_samples - (_n_records(stretch) - 1) * per_record
    if n_real == per_record:
        return []
    text = padding_text(real=n_real, samples_per_record=per_record)
    return [(stretch.n_samples / fastest.rate_hz, text)]


def _n_records(stretch: Stretch) -> int:
    return stretch.file.segments[stretch.number].n_records


def _records(
    stretch: Stretch, channels: Sequence[RecordedChannel], progress: Progress
) -> Iterator[tuple[list[npt.NDArray[np.integer]], bool]]:
    """Yield the rows of each record, and whether it is the last one."""
    n_records = _n_records(stretch)
    for record in range(n_records):
        yield [_of_record(stretch, each, record) for each in channels], record == n_records - 1
        progress((record + 1) / n_records)


def _of_record(stretch: Stretch, channel: RecordedChannel, record: int) -> npt.NDArray[np.integer]:
    n = channel.signal.samples_per_record
    count = max(min(n, stretch.n_held(channel) - record * n), 0)
    if not count:
        return np.zeros(n, dtype=np.int32)
    values = stretch.digital(channel, record * n, count)
    line = channel.signal.calibration
    if line is not None and channel.padding_value is None:
        # Beyond the range that the header states no reader can say what a value is.
        values = np.clip(values, line.digital_min, line.digital_max)
    return np.pad(values, (0, n - count), mode="edge")


def _signal(channel: RecordedChannel) -> SignalToWrite:
    signal = channel.signal
    if signal.calibration is None:
        raise StorageError(f"channel {signal.label!r} cannot be calibrated; it cannot be exported")
    known = signal.transducer in (TRANSDUCER, CHANNEL_TRANSDUCER)
    return SignalToWrite(
        label=_ascii(signal.label)[:16],
        dimension=_ascii(signal.dimension)[:8],
        rate_hz=channel.rate_hz,
        calibration=signal.calibration,
        prefiltering=signal.prefiltering if _FILTERS.fullmatch(signal.prefiltering) else "",
        transducer=signal.transducer if known else "",
    )


def _ascii(text: str) -> str:
    plain = text.replace("\u00b5", "u").replace("\u03bc", "u")
    return plain.encode("ascii", "replace").decode("ascii")


def _put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="")
