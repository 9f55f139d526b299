"""A simulated surgery as the XDF file that a recorder of LSL streams would leave.

What is recorded is what `simulate --lsl` sends, chunk by chunk: with its holes,
stalls, late markers and jumps of a clock, and the truth beside it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.xdf_writer import ChannelToWrite, StreamToWrite, XdfWriter
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.model.source import Origin
from amr_monitor.simulation.files import truth_json
from amr_monitor.simulation.outbox import Parcel, parcels
from amr_monitor.simulation.recording import TRIGGER_LABEL, channel_label
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.transport import Connection, SentMarker, Transport, draw_transport
from amr_monitor.simulation.truth import truth_of

EMG_NAME = "amr-simulator"
COUNTER_LABEL = "COUNTER"
RECORDER_ZERO_S = 7000.0
"""The recorder's clock at the beginning of the surgery: its computer has been on for a while."""

OFFSETS_EVERY_S = 5.0
BOUNDARIES_EVERY_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class XdfLayout:
    """The form of a recording, where it is not the usual one.

    Attributes
    ----------
    value_format : str
        Of the EMG stream; integers are microvolts.
    sender_offset_s : float
        To be added to the clock of the sender of the EMG to have the recorder's.
    markers_offset_s : float or None
        The same of the markers; None: they are sent by the same computer.
    resets_s : tuple of (float, float)
        When the sender's clock is set anew, and by how much.
    late_ms : float
        By how much chunks are stamped late, on average.
    start : datetime
        Of the recorder.
    """

    value_format: str = "float32"
    sender_offset_s: float = 0.0
    markers_offset_s: float | None = None
    resets_s: tuple[tuple[float, float], ...] = ()
    late_ms: float = 0.1
    start: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def write_xdf(
    surgery: Surgery,
    path: Path,
    *,
    layout: XdfLayout | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Path:
    """Write the streams of a surgery as one XDF file, and the truth beside it.

    Parameters
    ----------
    surgery : Surgery
        Its scenario tells whether there is a trigger channel.
    path : Path
    layout : XdfLayout or None
    progress : callable
        Called with the share done, 0 to 1, about every half second of the surgery.

    Returns
    -------
    Path
        Of the truth: `F.truth.json` for `F.xdf`.

    Raises
    ------
    ConfigError
        The form cannot be written.
    StorageError
        The disk does not take it.
    """
    layout = XdfLayout() if layout is None else layout
    transport = draw_transport(surgery)
    if layout.value_format not in ("float32", "double64") and transport.invalid_s:
        raise ConfigError(f"{path}: {layout.value_format} cannot hold samples that are no number")
    with XdfWriter(path, start=layout.start) as writer:
        recorder = _Recorder(surgery, transport, layout, writer)
        for parcel in parcels(surgery, transport):
            recorder.take(parcel)
            progress(parcel.chunks[-1].due_s / surgery.duration_s)
        recorder.finish()
    marks = transport.kept_marks(surgery.marks)
    truth = truth_of(surgery, marks=marks, holes_s=transport.breaks_s)
    truth_path = path.with_suffix(".truth.json")
    try:
        truth_path.write_text(truth_json(surgery, truth, marks), encoding="utf-8")
    except OSError as fault:
        raise StorageError(f"{truth_path}: the truth cannot be written: {fault}") from fault
    return truth_path


class _Recorder:
    """Writes what comes over the streams, in the order in which it comes."""

    def __init__(
        self, surgery: Surgery, transport: Transport, layout: XdfLayout, writer: XdfWriter
    ) -> None:
        self._surgery = surgery
        self._transport = transport
        self._layout = layout
        self._writer = writer
        self._late = surgery.streams.generator("stamps")
        self._waiting = deque(transport.markers)
        self._emg: dict[tuple[int, int, float], int] = {}
        self._current = transport.connections[0]
        self._markers = self._stream_of_markers()
        self._offset_due_s = 0.0
        self._boundary_due_s = BOUNDARIES_EVERY_S

    def take(self, parcel: Parcel) -> None:
        """Write the samples of a parcel, and the markers that came by then."""
        connection, last_s = parcel.chunks[0].connection, parcel.chunks[-1].due_s
        if connection is not self._current:
            self._write_markers(before_s=self._current.end_s)
            while self._waiting and self._waiting[0].due_s < connection.start_s:
                self._waiting.popleft()  # nobody was there to take them
            self._current = connection
        stream_id = self._stream_of(connection)
        while self._offset_due_s <= last_s:
            self._write_offsets(stream_id, self._offset_due_s)
            self._offset_due_s += OFFSETS_EVERY_S
        self._writer.write_samples(
            stream_id,
            np.concatenate(
                [self._stamps_s(chunk.first, chunk.end, connection) for chunk in parcel.chunks]
            ),
            np.concatenate([parcel.of(chunk) for chunk in parcel.chunks]),
        )
        self._write_markers(before_s=last_s)
        while self._boundary_due_s <= last_s:
            self._writer.write_boundary()
            self._boundary_due_s += BOUNDARIES_EVERY_S

    def finish(self) -> None:
        """Write the markers that are left."""
        self._write_markers(before_s=np.inf)

    def _stamps_s(self, first: int, end: int, connection: Connection) -> npt.NDArray[np.float64]:
        """Return stamps as a receiver has them: one sent, the others each from the one before."""
        last_s = (end - 1) / connection.rate_hz
        interval_s = 1.0 / connection.rate_hz
        late_s = float(self._late.exponential(self._layout.late_ms / 1000.0))
        sent_s = RECORDER_ZERO_S + self._transport.stamp_s(last_s) + late_s
        sent_s -= self._offset_s(last_s)
        steps = np.full(end - first, interval_s)
        steps[0] = sent_s - (end - 1 - first) * interval_s
        return np.add.accumulate(steps)

    def _offset_s(self, time_s: float, *, markers: bool = False) -> float:
        """Return what is to be added to a sender's clock at a time of the surgery."""
        layout = self._layout
        if markers and layout.markers_offset_s is not None:
            return layout.markers_offset_s
        return layout.sender_offset_s - sum(by for at, by in layout.resets_s if at <= time_s)

    def _write_offsets(self, stream_id: int, time_s: float) -> None:
        for number, markers in ((stream_id, False), (self._markers, True)):
            offset_s = self._offset_s(time_s, markers=markers)
            now_s = RECORDER_ZERO_S + self._transport.real_s(time_s)
            error_s = float(self._late.normal(0.0, 2e-5))
            self._writer.write_offset(number, time_s=now_s - offset_s, offset_s=offset_s + error_s)

    def _write_markers(self, *, before_s: float) -> None:
        due: list[SentMarker] = []
        while self._waiting and self._waiting[0].due_s < before_s:
            due.append(self._waiting.popleft())
        stamps = [
            RECORDER_ZERO_S
            + self._transport.stamp_s(marker.stamp_s, markers=True)
            - self._offset_s(marker.stamp_s, markers=True)
            for marker in due
        ]
        self._writer.write_texts(self._markers, stamps, [[marker.text] for marker in due])

    def _stream_of(self, connection: Connection) -> int:
        """Return the number of the stream of a connection; another one where it is another."""
        key = (connection.source_number, len(connection.muscles), connection.rate_hz)
        if key not in self._emg:
            self._emg[key] = self._writer.add_stream(self._described(connection))
        return self._emg[key]

    def _described(self, connection: Connection) -> StreamToWrite:
        stream, side = self._surgery.scenario.stream, self._surgery.scenario.side
        channels = [
            ChannelToWrite(label=channel_label(muscle, side), unit="microvolts", kind="EMG")
            for muscle in connection.muscles
        ]
        if stream.trigger_channel:
            channels.append(ChannelToWrite(label=TRIGGER_LABEL, unit="volts", kind="TRIG"))
        if stream.counter_channel:
            channels.append(ChannelToWrite(label=COUNTER_LABEL, unit="samples", kind="Counter"))
        return StreamToWrite(
            name=EMG_NAME,
            kind="EMG",
            value_format=self._layout.value_format,
            nominal_rate_hz=connection.rate_hz,
            channels=channels,
            source_id=f"{EMG_NAME}:{connection.source_number}",
            origin=Origin.SIMULATED,
            rail_uv=self._surgery.rail_uv,
        )

    def _stream_of_markers(self) -> int:
        return self._writer.add_stream(
            StreamToWrite(
                name=f"{EMG_NAME}-markers",
                kind="Markers",
                value_format="string",
                nominal_rate_hz=0.0,
                channels=(ChannelToWrite(label="text"),),
                is_described=False,
                source_id=f"{EMG_NAME}:markers",
                origin=Origin.SIMULATED,
            )
        )
