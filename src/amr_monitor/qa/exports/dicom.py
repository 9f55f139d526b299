"""A case as DICOM Electromyogram Waveform objects, one for each stretch, or for a part of it."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.qa.exports.dicom_modules import (
    EMG_WAVEFORM_STORAGE,
    annotations,
    identification,
    multiplex_group,
    patient_to_equipment,
)
from amr_monitor.qa.exports.happenings import happenings_in
from amr_monitor.qa.exports.recorded import RecordedCase, RecordedChannel, Stretch

INSTALL = "pip install 'amr-monitor[exports]'"
MOST_BYTES = 64 * 2**20
"""Of the samples of one object: archives and viewers take an object into memory as a whole."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Whole data records of a stretch, as many as go into one object."""

    stretch: Stretch
    first_record: int
    n_records: int

    def range_of(self, channel: RecordedChannel) -> tuple[int, int]:
        """Return the first sample of a channel, and how many there are."""
        per_record = channel.signal.samples_per_record
        first = self.first_record * per_record
        end = min(first + self.n_records * per_record, self.stretch.n_held(channel))
        return first, max(end - first, 0)


def write_dicom(
    case: RecordedCase,
    target: Path,
    *,
    most_bytes: int = MOST_BYTES,
    progress: Progress = lambda _: None,
) -> int:
    """Write the objects of a case into a folder and return how many there are.

    Parameters
    ----------
    case : RecordedCase
    target : Path
        A folder that must not exist.
    most_bytes : int
        Of the samples of one object.
    progress : callable
        Gets the share done, 0 to 1.

    Raises
    ------
    ConfigError
        pydicom is not there.
    StorageError
        The folder exists, or cannot be written; nothing is left behind then.
    """
    require_pydicom()
    if target.exists():
        raise StorageError(f"{target}: exists already; name another folder")
    partial = target.with_name(f"{target.name}.partial")
    parts = [part for stretch in case.stretches for part in _parts(stretch, most_bytes)]
    try:
        try:
            partial.mkdir(parents=True)
            for instance, part in enumerate(parts, start=1):
                _save(_object(case, part, instance=instance), partial / f"emg{instance:04d}.dcm")
                progress(instance / len(parts))
            partial.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as fault:
        raise StorageError(
            f"{target}: cannot be written: {fault.strerror};"
            " see whether the folder exists and has space"
        ) from fault
    return len(parts)


def require_pydicom() -> None:
    """See whether the extra is there.

    Raises
    ------
    ConfigError
    """
    try:
        import_module("pydicom")
    except ImportError as fault:
        raise ConfigError(f"--format dicom needs pydicom: {INSTALL}") from fault


def _parts(stretch: Stretch, most_bytes: int) -> Iterator[Part]:
    a_record = _n_bytes(stretch) * sum(c.signal.samples_per_record for c in stretch.emg)
    n_at_once = max(most_bytes // a_record, 1)
    n_records = stretch.file.segments[stretch.number].n_records
    for first in range(0, n_records, n_at_once):
        count = min(n_at_once, n_records - first)
        yield Part(stretch=stretch, first_record=first, n_records=count)


def _n_bytes(stretch: Stretch) -> int:
    return 4 if stretch.is_bdf else 2


def _object(case: RecordedCase, part: Part, *, instance: int) -> dict[str, Any]:
    stretch = part.stretch
    by_rate: dict[float, list[RecordedChannel]] = {}
    for channel in sorted(stretch.emg, key=lambda channel: -channel.rate_hz):
        by_rate.setdefault(channel.rate_hz, []).append(channel)
    # The first group is the fastest one: on its samples everything is placed.
    grid, n_samples = part.range_of(next(iter(by_rate.values()))[0])
    fastest_hz = next(iter(by_rate))
    groups = []
    for rate_hz, channels in by_rate.items():
        n_here = part.range_of(channels[0])[1]
        group = multiplex_group(
            channels,
            n_samples=n_here,
            rate_hz=stretch.rate_hz * rate_hz / fastest_hz,
            n_bytes=_n_bytes(stretch),
            label=f"EMG {rate_hz:g} Hz"[:16],
        )
        groups.append(group | _samples(part, channels))
    happenings = [
        replace(each, position=each.position - grid)
        for each in happenings_in(case, stretch)
        if 0.0 <= each.position - grid < n_samples
    ]
    found = patient_to_equipment(case, instance=instance) | identification(
        instance=instance, onset_s=stretch.onset_s + grid / stretch.rate_hz
    )
    found["WaveformSequence"] = groups
    if happenings:
        # The last half sample of a part would be counted into the next one.
        placed = [replace(h, position=min(h.position, n_samples - 1.0)) for h in happenings]
        found["WaveformAnnotationSequence"] = annotations(placed, group=1)
    return found


def _samples(part: Part, channels: Sequence[RecordedChannel]) -> dict[str, bytes]:
    """Return the samples, sample by sample, channel by channel, and what stands for none."""
    kind = "<i4" if part.stretch.is_bdf else "<i2"
    rows: list[npt.NDArray[np.integer]] = []
    for channel in channels:
        first, count = part.range_of(channel)
        rows.append(part.stretch.digital(channel, first, count).astype(kind))
    data = np.column_stack(rows).astype(kind).tobytes()
    found = {"WaveformData": data + b"\0" * (len(data) % 2)}
    nothing = channels[0].padding_value
    if nothing is not None:
        found["WaveformPaddingValue"] = np.array(nothing, dtype=kind).tobytes()
    return found


def _save(attributes: Mapping[str, Any], path: Path) -> None:
    pydicom = import_module("pydicom")
    made = _dataset(attributes)
    made.file_meta = pydicom.dataset.FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = EMG_WAVEFORM_STORAGE
    made.file_meta.MediaStorageSOPInstanceUID = attributes["SOPInstanceUID"]
    made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    made.save_as(path, enforce_file_format=True)


def _dataset(attributes: Mapping[str, Any]) -> Any:
    """Return attributes by keyword as a dataset, sequences and all."""
    pydicom = import_module("pydicom")
    format_as_ds = import_module("pydicom.valuerep").format_number_as_ds
    found = pydicom.Dataset()
    for keyword, value in attributes.items():
        tag = pydicom.datadict.tag_for_keyword(keyword)
        kind = pydicom.datadict.dictionary_VR(tag)
        if kind == "SQ":
            value = pydicom.Sequence([_dataset(item) for item in value])
        elif kind == "DS":
            value = format_as_ds(float(value))
        elif isinstance(value, bytes):
            kind = "OW"
        found.add_new(tag, kind, value)
    return found
