"""The channels that a montage needs, read across the stretches and files of a recording."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.interpolation import interpolated
from amr_monitor.formats.calibration import Calibration
from amr_monitor.formats.edf import EdfFile
from amr_monitor.formats.edf_header import EdfSignal
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
    """

    file: EdfFile
    emg: tuple[EdfSignal, ...]
    lines: tuple[Calibration, ...]
    triggers: tuple[EdfSignal, ...]

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
        self._firsts = np.array([piece.first_index for piece in pieces])
        self._n_channels = len(pieces[0].part.emg)

    def read_uv(self, first: int, n_samples: int) -> FloatArray:
        """Return samples of all channels, float32, shape (n_channels, n_samples)."""
        uv = np.empty((self._n_channels, n_samples), dtype=np.float32)
        done = 0
        at = int(np.searchsorted(self._firsts, first, side="right")) - 1
        while done < n_samples:
            piece = self._pieces[at]
            start = first + done - piece.first_index
            count = min(n_samples - done, piece.n_samples - start)
            for row in range(self._n_channels):
                uv[row, done : done + count] = _samples(piece, row, start, count)
            done += count
            at += 1
        return uv


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


def _samples(piece: Piece, row: int, start: int, count: int) -> FloatArray:
    file, signal, line = piece.part.file, piece.part.emg[row], piece.part.lines[row]
    first = piece.first_of(signal)
    if signal.samples_per_record == piece.part.per_record:
        return line.physical_float32(file.read_digital(signal, first + start, count))
    return interpolated(
        lambda at, n: line.physical_float32(file.read_digital(signal, first + at, n)),
        n_held=piece.held_of(signal),
        first=start,
        n_samples=count,
        per_record=(signal.samples_per_record, piece.part.per_record),
    )
