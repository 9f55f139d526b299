"""One file of a recorded case: samples, trigger channel and texts of a stretch without a hole."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.bdf_recorder import (
    CHANNEL_TRANSDUCER,
    MOST_TEXT_BYTES,
    NOT_A_NUMBER,
    GrowingBdf,
)
from amr_monitor.formats.calibration import Calibration, live_calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_annotations import padding_text
from amr_monitor.formats.edf_writer import SignalToWrite
from amr_monitor.formats.long_texts import MOST_PARTS, parts_of
from amr_monitor.formats.segment_text import SegmentPlace, segment_text
from amr_monitor.formats.trigger_code import (
    DIMENSION,
    LABEL,
    LINE,
    TRANSDUCER,
    coded_stimuli,
    pulse_samples,
    stimulus_text,
    trigger_samples,
)
from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import StorageError
from amr_monitor.model.signal import Channel, FloatArray, Montage
from amr_monitor.model.stimulation import Stimulus

Digital = npt.NDArray[np.int32]

TEXT_SIGNALS = 3
"""Room for ten texts a second."""

TEXT_SIGNAL_BYTES = 114
LABEL_CHARACTERS = 16
MOST_TEXT_CHARACTERS = MOST_PARTS * MOST_TEXT_BYTES // 8
"""Four bytes a character at the most, and as much to spare."""

VERIFIED_AT_ONCE = 2**20

SIMULATED = "Simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChannels:
    """The rows of a case's blocks, and how they are kept.

    Attributes
    ----------
    montage : Montage
    rate_hz : float
    start_utc : datetime or None
        Of time 0.
    is_simulated : bool
        Said in each file: a replay of it never passes for a patient.
    """

    montage: Montage
    rate_hz: float
    start_utc: datetime | None = None
    is_simulated: bool = False

    @property
    def lines(self) -> tuple[Calibration, ...]:
        """The calibration of each row."""
        return tuple(live_calibration(channel.rail_uv) for channel in self.montage.channels)

    @property
    def bytes_per_s(self) -> float:
        """What a second takes on the disk."""
        rows = len(self.montage.channels) + 1
        return 3.0 * self.rate_hz * rows + TEXT_SIGNAL_BYTES * TEXT_SIGNALS


def digital_rows(samples_uv: FloatArray, lines: Sequence[Calibration]) -> Digital:
    """Return the digital values of a block, shape (n_channels, n_samples).

    As `Calibration.digital` gives them, all rows at once: blocks are small.
    """
    values = samples_uv.astype(np.float64)
    values -= _column([line.offset for line in lines])
    values /= _column([line.gain for line in lines])
    np.rint(values, out=values)
    np.clip(
        values,
        _column([line.digital_min for line in lines]),
        _column([line.digital_max for line in lines]),
        out=values,
    )
    values[np.isnan(values)] = NOT_A_NUMBER
    return values.astype(np.int32)


def physical_rows(digital: Digital, lines: Sequence[Calibration]) -> FloatArray:
    """Return what a reader makes of digital values, float32, of the same shape."""
    values = digital.astype(np.float64)
    values *= _column([line.gain for line in lines])
    values += _column([line.offset for line in lines])
    samples_uv = values.astype(np.float32)
    samples_uv[digital == NOT_A_NUMBER] = np.nan
    return samples_uv


def _column(values: Sequence[float]) -> npt.NDArray[np.float64]:
    return np.array(values, dtype=np.float64)[:, np.newaxis]


class RecorderFile:
    """Write the samples of one stretch without a hole.

    Nothing that is given is lost when the disk does not take it: `write` and
    `close` may be called again.

    Parameters
    ----------
    path : Path
    channels : RecordedChannels
    place : SegmentPlace
        Of the first sample.
    stimuli : sequence of Stimulus
        Known already: the last ones before this file, and what lies ahead.

    Raises
    ------
    StorageError
        The file cannot be made.
    """

    def __init__(
        self,
        path: Path,
        *,
        channels: RecordedChannels,
        place: SegmentPlace,
        stimuli: Sequence[Stimulus] = (),
    ) -> None:
        self.path = path
        self.place = place
        self._n_record = round(channels.rate_hz)
        self._rate_hz = channels.rate_hz
        start = channels.start_utc
        self._file = GrowingBdf(
            path,
            signals=_signals(channels, self._n_record),
            start=None if start is None else start + timedelta(seconds=place.onset_s),
            n_text_signals=TEXT_SIGNALS,
            equipment=SIMULATED if channels.is_simulated else "",
        )
        self._rows = np.empty((len(channels.montage.channels), 0), dtype=np.int32)
        self._parts: list[Digital] = []
        self._last_column = self._rows
        self._n_taken = 0
        self._n_ahead = 0
        self._has_more_ahead = False
        self._is_full = False
        self._stimuli = list(stimuli)
        self._late: list[Stimulus] = []
        self._last_said: str | None = None
        self._texts: list[tuple[float, str]] = []
        self._whole_texts: list[str] = []
        self.add_text(0.0, segment_text(place))

    @property
    def end_index(self) -> int:
        """One past the last sample taken."""
        return self.place.first_index + self._n_taken

    @property
    def kept_end_index(self) -> int:
        """One past the last sample that is on the disk."""
        return self.place.first_index + min(self._n_written, self._n_taken)

    @property
    def n_bytes(self) -> int:
        """Size on the disk."""
        return self._file.n_bytes

    def stimuli_for_next(self) -> tuple[Stimulus, ...]:
        """Return the stimuli that the file after this one must know."""
        from_index = self.end_index - pulse_samples(self._rate_hz)
        return tuple(self._stimuli[bisect_left(self._stimuli, from_index, key=_index) :])

    def push(self, digital: Digital) -> None:
        """Take the next samples, shape (n_channels, n_samples); `write` writes them."""
        if not digital.shape[1]:
            return
        self._parts.append(digital)
        self._last_column = digital[:, -1:]
        self._n_taken += digital.shape[1]

    def add_stimulus(self, stimulus: Stimulus) -> None:
        """Take a stimulus, before its samples or after them; of two within one sample the first.

        A late one is on the disk after the next `write`.
        """
        at = bisect_left(self._stimuli, stimulus.sample_index, key=_index)
        if at < len(self._stimuli) and _index(self._stimuli[at]) == stimulus.sample_index:
            return
        self._stimuli.insert(at, stimulus)
        if stimulus.sample_index < self.place.first_index + self._n_written:
            self._late.append(stimulus)
        self._has_more_ahead = True

    def add_text(self, after_s: float, text: str) -> None:
        """Take a text: `after_s` after the first sample, on the disk with its record or the next.

        One of more than a thousand characters is cut.
        """
        text = text[:MOST_TEXT_CHARACTERS]
        self._whole_texts.append(text)
        self._has_more_ahead = True
        self._texts += [(after_s, part) for part in parts_of(text, most_bytes=MOST_TEXT_BYTES)]

    def write(self) -> None:
        """Write every record that is full, and what came late.

        Raises
        ------
        StorageError
            The disk did not take it.
        """
        while self._late:
            self._place_late(self._late[-1])
            self._late.pop()
        while self._n_taken - self._n_written >= self._n_record:
            self._write_record()

    def write_ahead(self) -> None:
        """Have on the disk, too, what does not fill a record yet.

        It stands there as a record that is padded, until the full one takes its place.

        Raises
        ------
        StorageError
            The disk did not take it.
        """
        self.write()
        n_real = self._n_taken - self._n_written
        is_there = self._n_ahead == self._n_taken and not self._has_more_ahead
        if n_real <= 0 or self._is_full or is_there:
            return
        self._gather()
        first = self._n_written
        rows = np.concatenate([self._rows, self._repeated(n_real)], axis=1)
        trigger = np.zeros(self._n_record, dtype=np.int32)
        trigger[:n_real] = self._trigger(first, n_real)
        end_s = (first + n_real) / self._rate_hz
        new, again, _ = self._said(first, first + n_real)
        texts = [text for text in self._texts if text[0] <= end_s]
        self._file.append(
            [*rows, trigger], [self._padding(n_real), *texts, *new, *again], is_draft=True
        )
        self._n_ahead, self._has_more_ahead = self._n_taken, False

    def close(self) -> int:
        """Fill the last record, put every text in, close; return the number of samples.

        Texts that find no room get a record of their own, all padding.

        Raises
        ------
        StorageError
            The disk did not take it.
        """
        self.write()
        if not self._is_full:
            self._is_full = True
            self._gather()
            n_real = self._n_taken - self._n_written
            if n_real > 0:
                self._fill(n_real)
        if self._rows.shape[1]:
            self._write_record()
        self._texts = self._file.add_texts(self._texts)
        while self._texts:
            self._texts = self._file.append_padding(self._texts)
        self._file.close()
        return self._n_taken

    def verify(self) -> None:
        """Read back what was closed: number of samples, stimuli, texts.

        Raises
        ------
        StorageError
            The file does not hold what was written.
        """
        base, end_index = self.place.first_index, self.end_index
        n_stimuli = sum(base <= s.sample_index < end_index for s in self._stimuli)
        recording = EdfFile(self.path)
        try:
            trigger = recording.signals[-1]
            n_samples = recording.n_samples(trigger)
            n_read = 0
            for first in range(0, n_samples, VERIFIED_AT_ONCE):
                count = min(VERIFIED_AT_ONCE, n_samples - first)
                read = coded_stimuli(recording.read_digital(trigger, first, count))
                n_read += 0 if read is None else len(read.positions)
            texts = {annotation.text for annotation in recording.annotations}
            wanted = set(self._whole_texts)
            if recording.warnings or n_samples != self._n_taken:
                raise StorageError(f"{self.path}: {n_samples} of {self._n_taken} samples read back")
            if n_read != n_stimuli:
                raise StorageError(f"{self.path}: {n_read} of {n_stimuli} stimuli read back")
            if not wanted <= texts:
                raise StorageError(f"{self.path}: {len(wanted - texts)} texts not read back")
        finally:
            recording.close()

    def abandon(self) -> None:
        """Let go of the file as a crash would: what is on the disk can be recovered."""
        self._file.abandon()

    @property
    def _n_written(self) -> int:
        return self._file.n_records * self._n_record

    def _gather(self) -> None:
        self._rows = np.concatenate([self._rows, *self._parts], axis=1)
        self._parts = []

    def _fill(self, n_real: int) -> None:
        """Repeat the last sample to the end of the record, and say so."""
        # First of all: nothing may take the room of this one.
        self._texts.insert(0, self._padding(n_real))
        self._rows = np.concatenate([self._rows, self._repeated(n_real)], axis=1)

    def _padding(self, n_real: int) -> tuple[float, str]:
        text = padding_text(real=n_real, samples_per_record=self._n_record)
        return (self._n_written + n_real) / self._n_record, text

    def _repeated(self, n_real: int) -> Digital:
        """Return the last sample as often as a record lacks."""
        return np.repeat(self._last_column, self._n_record - n_real, axis=1)

    def _write_record(self) -> None:
        self._gather()
        first = self._n_written
        n_real = max(min(self._n_record, self._n_taken - first), 0)
        trigger = np.zeros(self._n_record, dtype=np.int32)
        trigger[:n_real] = self._trigger(first, n_real)
        end_s = float("inf") if self._is_full else (first + n_real) / self._rate_hz
        needed = [text for text in self._texts if text[0] <= end_s]
        said, repeated, last_said = self._said(first, first + n_real)
        left = self._file.append(
            [*self._rows[:, : self._n_record], trigger], [*needed, *said, *repeated]
        )
        # What a stimulus says again may fall away for want of room: nothing else does.
        still = [text for text in left if text not in repeated]
        self._texts = still + [text for text in self._texts if text[0] > end_s]
        self._last_said = last_said
        self._rows = self._rows[:, self._n_record :]

    def _said(
        self, first: int, end: int
    ) -> tuple[list[tuple[float, str]], list[tuple[float, str]], str | None]:
        """Return what the stimuli of some samples say that is new, what is not, and the last."""
        base = self.place.first_index
        low = bisect_left(self._stimuli, base + first, key=_index)
        high = bisect_left(self._stimuli, base + end, key=_index)
        new: list[tuple[float, str]] = []
        again: list[tuple[float, str]] = []
        last = self._last_said
        for stimulus in self._stimuli[low:high]:
            text = stimulus_text(stimulus)
            (again if text == last else new).append((self._after_s(stimulus), text))
            last = text
        return new, again, last

    def _place_late(self, stimulus: Stimulus) -> None:
        """Put a stimulus into records that are there; say what it and the next one are."""
        base, n_around = self.place.first_index, pulse_samples(self._rate_hz)
        first = max(stimulus.sample_index - base - n_around, 0)
        n_samples = min(first + 3 * n_around, self._n_written) - first
        self._file.replace_samples(len(self._rows), first, self._trigger(first, n_samples))
        at = bisect_left(self._stimuli, stimulus.sample_index, key=_index)
        for each in self._stimuli[at : at + 2]:
            if base <= each.sample_index < base + self._n_written:
                self._texts.append((self._after_s(each), stimulus_text(each)))
        if stimulus is self._stimuli[-1] or self._stimuli[at + 1].sample_index >= (
            base + self._n_written
        ):
            self._last_said = None

    def _after_s(self, stimulus: Stimulus) -> float:
        return (stimulus.position - self.place.first_index) / self._rate_hz

    def _trigger(self, first: int, n_samples: int) -> Digital:
        index = self.place.first_index + first
        n_around = pulse_samples(self._rate_hz)
        low = bisect_left(self._stimuli, index - n_around, key=_index)
        high = bisect_left(self._stimuli, index + n_samples + n_around, key=_index)
        return trigger_samples(
            self._stimuli[low:high], first_index=index, n_samples=n_samples, rate_hz=self._rate_hz
        )


def _index(stimulus: Stimulus) -> int:
    return stimulus.sample_index


def _signals(channels: RecordedChannels, samples_per_record: int) -> list[SignalToWrite]:
    signals = [
        SignalToWrite(
            label=label,
            dimension="uV",
            rate_hz=samples_per_record,
            calibration=line,
            transducer=CHANNEL_TRANSDUCER,
        )
        for label, line in zip(kept_labels(channels.montage), channels.lines, strict=True)
    ]
    trigger = SignalToWrite(
        label=LABEL,
        dimension=DIMENSION,
        rate_hz=samples_per_record,
        calibration=LINE,
        transducer=TRANSDUCER,
    )
    return [*signals, trigger]


def kept_labels(montage: Montage) -> list[str]:
    """Return the labels as a header holds them: as they are, or else muscle and side."""
    return [
        channel.label if _fits_header(channel.label) else _usual_label(channel)
        for channel in montage.channels
    ]


def _fits_header(label: str) -> bool:
    return len(label) <= LABEL_CHARACTERS and label.isascii() and label.strip() == label != ""


def _usual_label(channel: Channel) -> str:
    side = "" if channel.side is None else f"{channel.side.value[0].upper()} "
    return side + USUAL_LABELS[channel.muscle]


USUAL_LABELS = {
    Muscle.ORBICULARIS_OCULI: "OOc",
    Muscle.FRONTALIS: "frontalis",
    Muscle.MENTALIS: "mentalis",
}
