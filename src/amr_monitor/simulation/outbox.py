"""The samples of a surgery as a stream sends them, made ahead of their time."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import Calibration
from amr_monitor.simulation.recording import emg_calibration, trigger_v
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.transport import Chunk, Connection, Transport

COUNTER_TURNS_AT = 2**24
"""The largest number up to which float32 counts every one."""

PARCEL_S = 0.5
PARCELS_AHEAD = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parcel:
    """Some chunks, and all samples from the first to the last of them.

    Attributes
    ----------
    chunks : tuple of Chunk
        Of one connection.
    first : int
        Number of the first sample in `samples`.
    samples : ndarray of float32, shape (n_samples, n_channels)
        As they are sent: EMG in microvolts, then trigger and counter.
    """

    chunks: tuple[Chunk, ...]
    first: int
    samples: npt.NDArray[np.float32]

    def of(self, chunk: Chunk) -> npt.NDArray[np.float32]:
        """Return the samples of one chunk."""
        return self.samples[chunk.first - self.first : chunk.end - self.first]


class StreamSamples:
    """Samples of a connection, whatever its rate and channels.

    Parameters
    ----------
    surgery : Surgery
    transport : Transport
    """

    def __init__(self, surgery: Surgery, transport: Transport) -> None:
        self._surgery = surgery
        self._transport = transport
        self._calibration: Calibration = emg_calibration(surgery.rail_uv, is_bdf=False)
        self._at_rate = {surgery.rate_hz: surgery}

    def emg_uv(self, connection: Connection, first: int, end: int) -> npt.NDArray[np.float32]:
        """Return what the channels hold from number `first` to before `end`.

        Returns
        -------
        ndarray of float32, shape (n_muscles, end - first)
            As a recording holds it; not a number where samples are invalid.
        """
        surgery = self.surgery_at(connection.rate_hz)
        recorded = surgery.scenario.muscles
        rows = [recorded.index(muscle) for muscle in connection.muscles]
        quantised = self._calibration.quantised(surgery.samples_uv(first, end)[rows])
        emg = np.asarray(quantised, dtype=np.float32)
        for row, muscle in enumerate(connection.muscles):
            for start_s, end_s, whose in self._transport.invalid_s:
                if whose is None or whose is muscle:
                    low, high = np.ceil([start_s * surgery.rate_hz, end_s * surgery.rate_hz])
                    emg[row, max(int(low) - first, 0) : max(int(high) - first, 0)] = np.nan
        return emg

    def between(self, connection: Connection, first: int, end: int) -> npt.NDArray[np.float32]:
        """Return the samples from number `first` to before `end`, shape (n, n_channels)."""
        stream = self._surgery.scenario.stream
        n_kept = len(connection.muscles)
        n_channels = n_kept + stream.trigger_channel + stream.counter_channel
        out = np.empty((end - first, n_channels), dtype=np.float32)
        out[:, :n_kept] = self.emg_uv(connection, first, end).T
        if stream.trigger_channel:
            out[:, n_kept] = trigger_v(
                self._transport.trigger_s,
                first_index=first,
                n_samples=end - first,
                rate_hz=connection.rate_hz,
                sharp=False,
            )
        if stream.counter_channel:
            out[:, -1] = np.arange(first, end) % COUNTER_TURNS_AT
        return out

    def surgery_at(self, rate_hz: float) -> Surgery:
        """Return the same surgery at another sampling rate."""
        if rate_hz not in self._at_rate:
            usual = self._surgery
            self._at_rate[rate_hz] = Surgery(
                usual.scenario, seed=usual.seed, minutes=usual.minutes, rate_hz=rate_hz
            )
        return self._at_rate[rate_hz]


def parcels(surgery: Surgery, transport: Transport) -> Iterator[Parcel]:
    """Yield everything that is sent, in order, about half a second at a time."""
    samples = StreamSamples(surgery, transport)
    waiting: list[Chunk] = []

    def packed() -> Parcel:
        first, end = waiting[0].first, waiting[-1].end
        made = samples.between(waiting[0].connection, first, end)
        return Parcel(chunks=tuple(waiting), first=first, samples=made)

    for chunk in transport.chunks(surgery):
        if waiting and (
            chunk.connection is not waiting[0].connection
            or chunk.end - waiting[0].first > PARCEL_S * chunk.connection.rate_hz
        ):
            yield packed()
            waiting = []
        waiting.append(chunk)
    if waiting:
        yield packed()


class Outbox:
    """Parcels made in a thread of their own, some seconds ahead of their time.

    Making four seconds of samples takes longer than a chunk lasts: whoever
    sends must never wait for it.

    Parameters
    ----------
    surgery : Surgery
    transport : Transport
    """

    def __init__(self, surgery: Surgery, transport: Transport) -> None:
        self._queue: queue.Queue[Parcel | BaseException | None] = queue.Queue(PARCELS_AHEAD)
        self._ended = threading.Event()
        self._parcels = parcels(surgery, transport)
        self._thread = threading.Thread(target=self._make, name="samples", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Parcel]:
        """Yield the parcels; raises what went wrong while they were made."""
        while (made := self._queue.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made

    def close(self) -> None:
        """End the thread, whether everything was taken or not."""
        self._ended.set()
        while self._thread.is_alive():
            try:
                self._queue.get_nowait()
            except queue.Empty:
                self._thread.join(timeout=0.05)

    def _make(self) -> None:
        try:
            for parcel in self._parcels:
                if self._ended.is_set():
                    return
                self._queue.put(parcel)
            self._queue.put(None)
        except Exception as fault:  # told to whoever takes the parcels
            self._queue.put(fault)
