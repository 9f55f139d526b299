"""The recording of a case, stretch by stretch, as the digital values that were recorded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.edf_recording import in_order, open_edf, place_of
from amr_monitor.drivers.montage import FoundChannel, match_channels
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.formats.bdf_recorder import CHANNEL_TRANSDUCER, NOT_A_NUMBER
from amr_monitor.formats.calibration import Calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import EdfSignal, is_edf
from amr_monitor.formats.trigger_code import TRANSDUCER
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import SourceError, SourceFormatError, StorageError
from amr_monitor.model.events import JournalEntry
from amr_monitor.model.source import Origin
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.storage.catalog import CaseRecord
from amr_monitor.storage.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChannel:
    """A muscle, or the trigger, in one file.

    Attributes
    ----------
    signal : EdfSignal
    muscle : Muscle or None
        None of the trigger.
    side : Side or None
    line_uv : Calibration or None
        Digital values to microvolts; None of the trigger.
    rate_hz : float
    """

    signal: EdfSignal
    muscle: Muscle | None
    side: Side | None
    line_uv: Calibration | None
    rate_hz: float

    @property
    def padding_value(self) -> int | None:
        """The digital value that stands for no number; None where there is none."""
        return NOT_A_NUMBER if self.signal.transducer == CHANNEL_TRANSDUCER else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Samples without a hole.

    Attributes
    ----------
    file : EdfFile
    number : int
        Of the segment in its file.
    first_index, n_samples : int
        On the grid of the fastest EMG channel, counted over the whole case.
    onset_s : float
        Of the first sample, on the axis of the case.
    rate_hz : float
        Of that grid, as measured; a header holds whole samples a record.
    emg : tuple of RecordedChannel
    trigger : RecordedChannel or None
    """

    file: EdfFile
    number: int
    first_index: int
    n_samples: int
    onset_s: float
    rate_hz: float
    emg: tuple[RecordedChannel, ...]
    trigger: RecordedChannel | None

    @property
    def is_bdf(self) -> bool:
        """24 bits a sample instead of 16."""
        return self.file.header.bytes_per_sample == 3

    @property
    def duration_s(self) -> float:
        """Of the stretch."""
        return self.n_samples / self.rate_hz

    def n_held(self, channel: RecordedChannel) -> int:
        """Return how many samples of a channel are in the stretch."""
        return self.file.segments[self.number].n_samples(channel.signal.samples_per_record)

    def digital(
        self, channel: RecordedChannel, first: int, n_samples: int
    ) -> npt.NDArray[np.integer]:
        """Return digital values of a channel, counted in its own samples from the begin."""
        begin = self.file.first_samples(channel.signal)[self.number]
        return self.file.read_digital(channel.signal, begin + first, n_samples)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedCase:
    """A case with its recording, opened.

    Attributes
    ----------
    record : CaseRecord
    entries : tuple of JournalEntry
    stretches : tuple of Stretch
    stimuli : tuple of Stimulus
        Placed on the grid of the stretches.
    is_simulated : bool
    """

    record: CaseRecord
    entries: tuple[JournalEntry, ...]
    stretches: tuple[Stretch, ...]
    stimuli: tuple[Stimulus, ...]
    is_simulated: bool


@contextmanager
def opened_recording(
    journal: Journal,
    record: CaseRecord,
    *,
    recordings: Path,
    files: Sequence[Path],
    settings: RecordingSettings,
) -> Iterator[RecordedCase]:
    """Open the recording of a case: its own, or the file that a replay was made from.

    Parameters
    ----------
    journal : Journal
    record : CaseRecord
    recordings : Path
        Folder of all recordings.
    files : sequence of Path
        Named by the user; empty: the case's own.
    settings : RecordingSettings

    Raises
    ------
    SourceError
        There is no recording, or it is another one than the case was made from.
    StorageError
        The case was altered.
    """
    proven = journal.verify(record.case_id)
    if proven.fault is not None:
        raise StorageError(f"case {record.case_id}: altered: {proven.fault}; it is not exported")
    paths = list(files) or _own_files(recordings / record.case_id)
    if not paths:
        raise SourceError(
            f"case {record.case_id}: has no recording of its own (it is a {record.kind.value});"
            f" name the file that it was made from: --recording {record.source_name}"
        )
    for path in paths:
        _require_edf(path)
    if record.side is not None:
        settings = replace(settings, montage=replace(settings.montage, side=record.side))
    found = open_edf(paths, settings)
    try:
        if files and record.content_hash != found[0].info.content_hash:
            raise SourceError(
                f"{paths[0].name}: is not the recording that case {record.case_id} was made from"
                f" ({record.source_name}): another content; a converted file is a case of its"
                " own: replay it and export that one"
            )
        stimuli = tuple(stimulus for each in found for stimulus in each.stimuli)
        is_simulated = any(each.info.origin is Origin.SIMULATED for each in found)
    finally:
        for each in found:
            each.close()
    opened = in_order([EdfFile(path) for path in paths])
    try:
        yield RecordedCase(
            record=record,
            entries=tuple(journal.entries(record.case_id)),
            stretches=tuple(_stretches(opened, settings)),
            stimuli=stimuli,
            is_simulated=is_simulated or record.origin is Origin.SIMULATED,
        )
    finally:
        for file in opened:
            file.close()


def _own_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.bdf")) if folder.is_dir() else []


def _require_edf(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as fault:
        raise SourceError(f"{path}: cannot be read: {fault.strerror}") from fault
    if not is_edf(head):
        raise SourceFormatError(
            f"{path}: is neither EDF nor BDF; `amr-monitor convert {path.name} OUT.bdf`, replay"
            " OUT.bdf, and export that case"
        )


def _stretches(files: Sequence[EdfFile], settings: RecordingSettings) -> Iterator[Stretch]:
    first_index = 0
    for file in files:
        emg, trigger = _channels(file, settings)
        fastest = max(emg, key=lambda channel: channel.rate_hz)
        place = place_of(file)
        for number, segment in enumerate(file.segments):
            n_samples = segment.n_samples(fastest.signal.samples_per_record)
            onset_s, rate_hz = segment.onset_s, fastest.rate_hz
            if place is not None:
                onset_s += place.onset_s - file.segments[0].onset_s
                rate_hz = place.rate_hz if round(place.rate_hz) == rate_hz else rate_hz
            yield Stretch(
                file=file,
                number=number,
                first_index=first_index,
                n_samples=n_samples,
                onset_s=onset_s,
                rate_hz=rate_hz,
                emg=emg,
                trigger=trigger,
            )
            first_index += n_samples


def _channels(
    file: EdfFile, settings: RecordingSettings
) -> tuple[tuple[RecordedChannel, ...], RecordedChannel | None]:
    signals = [signal for signal in file.signals if signal.samples_per_record]
    found = [FoundChannel(label=s.label, dimension=s.dimension) for s in signals]
    matched = match_channels(found, settings.montage, name=file.name)
    emg = tuple(
        RecordedChannel(
            signal=signals[each.index],
            muscle=each.muscle,
            side=each.side or matched.side,
            line_uv=file.calibration(signals[each.index]).scaled(each.microvolts_per_unit),
            rate_hz=file.rate_hz(signals[each.index]),
        )
        for each in matched.emg
    )
    named = [signals[index] for index in matched.triggers]
    triggers = [s for s in signals if s.transducer == TRANSDUCER] or named
    trigger = next((s for s in triggers if s.calibration is not None), None)
    return emg, None if trigger is None else RecordedChannel(
        signal=trigger, muscle=None, side=None, line_uv=None, rate_hz=file.rate_hz(trigger)
    )
