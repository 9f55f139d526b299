"""Small XDF recordings that the tests of drivers write themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import microvolts_per_unit
from amr_monitor.formats.xdf_writer import ChannelToWrite, StreamToWrite, XdfWriter
from tests.drivers.surgeries import Surgery

Floats = npt.NDArray[np.float64]

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
ZERO_S = 5000.0
"""The recorder's clock at time 0."""


@dataclass(kw_only=True)
class Streams:
    """What is to be written; the defaults are an ordinary recording.

    Times are those of the surgery; `offset_s` is what is to be added to the
    clock of the sender to have the recorder's.
    """

    surgery: Surgery = field(default_factory=Surgery)
    labels: Sequence[tuple[str, str]] = (("OOc L", "microvolts"), ("Ment L", "microvolts"))
    kind: str = "EMG"
    name: str = "amplifier"
    source_id: str = "serial 1"
    value_format: str = "float32"
    nominal_hz: float | None = None
    is_described: bool = True
    trigger: bool = True
    origin: str = ""
    texts: Sequence[tuple[float, str]] = ()
    markers_name: str = "stimulator"
    markers_kind: str = "Markers"
    late_s: Sequence[float] = ()
    offset_s: float = 0.0
    markers_offset_s: float = 0.0
    has_offsets: bool = True
    drift: float = 0.0
    lost: Sequence[tuple[int, int]] = ()
    reset: tuple[float, float] | None = None
    chunk_s: float = 0.5
    start_s: float = 0.0

    def write(self, path: Path) -> Path:
        with XdfWriter(path, start=START) as writer:
            self.write_into(writer)
        return path

    def write_into(self, writer: XdfWriter) -> None:
        """Write the streams; other streams may stand in the same file."""
        rate_hz = self.surgery.rate_hz
        number = writer.add_stream(self._emg())
        markers = writer.add_stream(self._markers())
        values = self.values()
        kept = np.ones(len(values), dtype=np.bool_)
        for first, end in self.lost:
            kept[first:end] = False
        index = np.flatnonzero(kept)
        times = self.start_s + index / rate_hz
        stamps = self._sender_s(times) * 1.0
        per_chunk = round(self.chunk_s * rate_hz)
        told = sorted(self.texts)
        for low in range(0, len(index), per_chunk):
            part = slice(low, low + per_chunk)
            if self.has_offsets:
                self._write_offsets(writer, number, markers, float(times[low]))
            writer.write_samples(number, stamps[part], values[index[part]])
            due = [text for text in told if text[0] < times[part][-1]]
            told = told[len(due) :]
            self._write_texts(writer, markers, due)
            writer.write_boundary()
        self._write_texts(writer, markers, told)

    def values(self) -> Floats:
        """Return the samples, shape (n_samples, n_channels)."""
        rate_hz = self.surgery.rate_hz
        rows = [
            self.surgery.emg_uv(rate_hz, row) / (microvolts_per_unit(unit) or 1.0)
            for row, (_, unit) in enumerate(self.labels)
        ]
        if self.trigger:
            rows.append(self.surgery.trigger_v(rate_hz))
        return np.stack(rows, axis=1)

    def _sender_s(self, times_s: Floats) -> Floats:
        """Return times of the surgery on the sender's clock."""
        recorder_s = ZERO_S + times_s * (1.0 + self.drift)
        jumped: Floats = recorder_s - self.offset_s
        if self.reset is not None:
            jumped = np.where(times_s >= self.reset[0], jumped + self.reset[1], jumped)
        return jumped

    def _write_offsets(self, writer: XdfWriter, emg: int, markers: int, time_s: float) -> None:
        recorder_s = ZERO_S + time_s * (1.0 + self.drift)
        sender_s = float(self._sender_s(np.array([time_s]))[0])
        writer.write_offset(emg, time_s=sender_s, offset_s=recorder_s - sender_s)
        marker_s = recorder_s - self.markers_offset_s
        writer.write_offset(markers, time_s=marker_s, offset_s=self.markers_offset_s)

    def _write_texts(
        self, writer: XdfWriter, markers: int, texts: Sequence[tuple[float, str]]
    ) -> None:
        stamps = [ZERO_S + t * (1.0 + self.drift) - self.markers_offset_s for t, _ in texts]
        writer.write_texts(markers, stamps, [[text] for _, text in texts])

    def _emg(self) -> StreamToWrite:
        channels = [ChannelToWrite(label=label, unit=unit) for label, unit in self.labels]
        if self.trigger:
            channels.append(ChannelToWrite(label="TRIG"))
        return StreamToWrite(
            name=self.name,
            kind=self.kind,
            value_format=self.value_format,
            nominal_rate_hz=self.surgery.rate_hz if self.nominal_hz is None else self.nominal_hz,
            channels=channels,
            is_described=self.is_described,
            source_id=self.source_id,
            origin=self.origin,
        )

    def _markers(self) -> StreamToWrite:
        return StreamToWrite(
            name=self.markers_name,
            kind=self.markers_kind,
            value_format="string",
            nominal_rate_hz=0.0,
            channels=(ChannelToWrite(label="text"),),
            is_described=False,
        )


def stimulus_texts(surgery: Surgery, *, late_s: Floats | None = None) -> list[tuple[float, str]]:
    """Return a marker for each stimulus, late by so much."""
    late = np.zeros(len(surgery.stimuli_s)) if late_s is None else late_s
    return [(at + float(by), "Stim 8.0 mA") for at, by in zip(surgery.stimuli_s, late, strict=True)]
