"""The channels that a montage needs, read across the stretches and files of a recording."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.interpolation import interpolated
from amr_monitor.formats.bdf_recorder import CHANNEL_TRANSDUCER, NOT_A_NUMBER
from amr_monitor.formats.calibration import Calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import EdfSignal
from amr_monitor.formats.segment_text import SegmentPlace
from amr_monitor.formats.trigger_code import TRANSDUCER
from amr_monitor.model.signal import FloatArray

IDLE_SAMPLES = 2**16
"""From so many samples the code of rest of a Status channel is taken."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EdfPart:
    """One file with the signals that are needed of it.

    Attributes
    ----------
    file : EdfFile
    emg : tuple of EdfSignal
        In row order.
    lines : tuple of Calibration
        Of the same signals, in microvolts.
    triggers : tuple of EdfSignal
    place : SegmentPlace or None
        Where our own recorder says that the file belongs.
    """

    file: EdfFile
    emg: tuple[EdfSignal, ...]
    lines: tuple[Calibration, ...]
    triggers: tuple[EdfSignal, ...]
    place: SegmentPlace | None = None

    @property
    def per_record(self) -> int:
        """Samples a record on the common grid: those of the fastest EMG channel."""
        return max(signal.samples_per_record for signal in self.emg)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """A segment of one file, with its place on the common grid.

    Attributes
    ----------
    part : EdfPart
    number : int
        Of the segment in its file.
    first_index, n_samples : int
        On the common grid.
    onset_s : float
        On the axis of the recording.
    """

    part: EdfPart
    number: int
    first_index: int
    n_samples: int
    onset_s: float

    def first_of(self, signal: EdfSignal) -> int:
        """Return the number of the first sample of a signal in its file."""
        return self.part.file.first_samples(signal)[self.number]

    def held_of(self, signal: EdfSignal) -> int:
        """Return how many samples a signal has here."""
        return self.part.file.segments[self.number].n_samples(signal.samples_per_record)


class EmgReader:
    """All EMG channels on one grid, in microvolts.

    A channel that was sampled more slowly than the fastest one is interpolated.

    Parameters
    ----------
    pieces : sequence of Piece
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = tuple(pieces)
        self._firsts = [piece.first_index for piece in pieces]
        n_channels = len(pieces[0].part.emg)
        self._rows = [[_Row(piece, row) for row in range(n_channels)] for piece in pieces]

    def read_uv(self, first: int, n_samples: int) -> FloatArray:
        """Return samples of all channels, float32, shape (n_channels, n_samples)."""
        at = bisect_right(self._firsts, first) - 1
        uv = np.empty((len(self._rows[at]), n_samples), dtype=np.float32)
        done = 0
        while done < n_samples:
            piece = self._pieces[at]
            start = first + done - piece.first_index
            count = min(n_samples - done, piece.n_samples - start)
            for row, channel in enumerate(self._rows[at]):
                uv[row, done : done + count] = channel.read_uv(start, count)
            done += count
            at += 1
        return uv


class _Row:
    """One channel in one piece."""

    def __init__(self, piece: Piece, row: int) -> None:
        self._file = piece.part.file
        self._signal = piece.part.emg[row]
        self._line = piece.part.lines[row]
        self._first = piece.first_of(self._signal)
        self._n_held = piece.held_of(self._signal)
        self._per_record = (self._signal.samples_per_record, piece.part.per_record)
        self._may_lack_numbers = self._signal.transducer == CHANNEL_TRANSDUCER

    def read_uv(self, start: int, count: int) -> FloatArray:
        """Return samples on the common grid, counted from the beginning of the piece."""
        if self._per_record[0] == self._per_record[1]:
            return self._own_uv(start, count)
        return interpolated(
            self._own_uv,
            n_held=self._n_held,
            first=start,
            n_samples=count,
            per_record=self._per_record,
        )

    def _own_uv(self, start: int, count: int) -> FloatArray:
        digital = self._file.read_digital(self._signal, self._first + start, count)
        values_uv = self._line.physical_float32(digital)
        if self._may_lack_numbers:
            values_uv[digital == NOT_A_NUMBER] = np.nan
        return values_uv


class TriggerReader:
    """A trigger channel as digital values, rising where the physical value rises.

    Parameters
    ----------
    pieces : sequence of Piece
    which : int
        Among the triggers of each part.
    """

    def __init__(self, pieces: Sequence[Piece], which: int) -> None:
        self._pieces = tuple(pieces)
        self._signals = [piece.part.triggers[which] for piece in pieces]
        counts = [p.held_of(s) for p, s in zip(self._pieces, self._signals, strict=True)]
        self._firsts = np.concatenate([[0], np.cumsum(counts)])
        self.label = self._signals[0].label
        self.rate_hz = self._pieces[0].part.file.rate_hz(self._signals[0])
        line = self._signals[0].calibration
        self.is_coded = all(signal.transducer == TRANSDUCER for signal in self._signals)
        self._is_inverted = line is not None and line.gain < 0.0
        self._line = line
        self._idle_code = self._most_frequent_code()

    def level(self, physical: float | None) -> float | None:
        """Return a physical level in the values that `read` returns."""
        if physical is None or self._line is None or self._signals[0].is_status:
            return None
        digital = (physical - self._line.offset) / self._line.gain
        return -digital if self._is_inverted else digital

    def stretch(self, first_piece: int, last_piece: int) -> tuple[int, int]:
        """Return first sample and length of consecutive pieces, half open."""
        first = int(self._firsts[first_piece])
        return first, int(self._firsts[last_piece]) - first

    def read(self, first: int, n_samples: int) -> npt.NDArray[np.integer]:
        """Return samples, counted over all pieces."""
        parts = []
        at = int(np.searchsorted(self._firsts, first, side="right")) - 1
        while n_samples:
            start = first - int(self._firsts[at])
            count = min(n_samples, int(self._firsts[at + 1]) - first)
            parts.append(self._digital(at, start, count))
            first += count
            n_samples -= count
            at += 1
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def on_grid(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return positions in samples of this channel as positions on the EMG's grid.

        Rounded to a millionth of a sample, as times are.
        """
        at = np.searchsorted(self._firsts, positions, side="right") - 1
        bases = np.array([piece.first_index for piece in self._pieces], dtype=np.float64)
        ratio = self._pieces[0].part.per_record / self._signals[0].samples_per_record
        exact: npt.NDArray[np.float64] = bases[at] + (positions - self._firsts[at]) * ratio
        return np.round(exact, 6)

    def _digital(self, at: int, start: int, count: int) -> npt.NDArray[np.integer]:
        piece, signal = self._pieces[at], self._signals[at]
        values = piece.part.file.read_digital(signal, piece.first_of(signal) + start, count)
        if signal.is_status:
            is_pulse: npt.NDArray[np.bool_] = values != self._idle_code
            return is_pulse.astype(np.int8)
        if self._is_inverted:
            inverted: npt.NDArray[np.int32] = np.negative(values, dtype=np.int32)
            return inverted
        return values

    def _most_frequent_code(self) -> int:
        piece, signal = self._pieces[0], self._signals[0]
        if not signal.is_status:
            return 0
        count = min(IDLE_SAMPLES, piece.held_of(signal))
        codes = piece.part.file.read_digital(signal, piece.first_of(signal), count)
        values, counts = np.unique(codes, return_counts=True)
        return int(values[np.argmax(counts)])
