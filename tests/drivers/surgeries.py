"""Small recordings that the tests of drivers write themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.calibration import Calibration, microvolts_per_unit
from amr_monitor.formats.edf_writer import SignalToWrite, write_recording

START = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
TRIGGER_LINE = Calibration(
    digital_min=-32768, digital_max=32767, physical_min=-10.0, physical_max=10.0
)


@dataclass(kw_only=True)
class Surgery:
    """What is to be written; the defaults are an ordinary recording.

    Times are on the axis of the recording, which a hole interrupts.
    """

    rate_hz: float = 5000.0
    seconds: float = 8.0
    stimuli_s: Sequence[float] = field(default_factory=lambda: np.arange(0.7, 7.5, 0.5).tolist())
    labels: Sequence[str] = ("OOc L", "Ment L")
    dimension: str = "uV"
    rates_hz: Sequence[float] = ()
    trigger_label: str | None = "TRIG"
    trigger_rate_hz: float | None = None
    trigger_is_sharp: bool = False
    others: Sequence[str] = ()
    texts: Sequence[tuple[float, str]] = ()
    hole: tuple[float, float] | None = None
    start: datetime | None = START
    record_duration_s: float = 1.0
    artifact_uv: float = 800.0
    equipment: str = ""
    is_flat: bool = False
    is_bdf: bool = False

    def write(self, path: Path) -> Path:
        write_recording(
            path,
            is_bdf=self.is_bdf,
            signals=self._signals(),
            digital=self._digital(),
            annotations=self.texts,
            start=self.start,
            record_duration_s=self.record_duration_s,
            equipment=self.equipment,
            record_onsets_s=None if self.hole is None else self._record_onsets_s(self.hole),
        )
        return path

    def times_s(self, rate_hz: float) -> npt.NDArray[np.float64]:
        """Return the time of each sample."""
        times = np.arange(round(self.seconds * rate_hz)) / rate_hz
        if self.hole is not None:
            begins, ends = self.hole
            times = np.where(times >= begins, times + ends - begins, times)
        return times

    def emg_uv(self, rate_hz: float, row: int) -> npt.NDArray[np.float64]:
        times = self.times_s(rate_hz)
        signal = np.random.default_rng(row).normal(0.0, 4.0, times.size)
        for stimulus_s in self.stimuli_s:
            since_ms = (times - stimulus_s) * 1000.0
            edge = 0.5 + 0.5 * np.tanh(since_ms / 0.08)
            signal += self.artifact_uv * (1 + row) * edge * np.exp(-np.clip(since_ms, 0, 50) / 0.4)
            phase = np.clip((since_ms - 3.0) / 5.5, 0.0, 1.0)
            signal += (60.0, 2000.0)[row % 2] * np.sin(2 * np.pi * phase) * np.sin(np.pi * phase)
        return np.zeros(times.size) if self.is_flat else signal

    def trigger_v(self, rate_hz: float) -> npt.NDArray[np.float64]:
        times = self.times_s(rate_hz)
        level = np.zeros(times.size)
        width_s = max(0.004, 4.0 / rate_hz)
        for stimulus_s in self.stimuli_s:
            since = (times - stimulus_s) * rate_hz
            if self.trigger_is_sharp:
                level[(since >= 0) & (since < width_s * rate_hz)] = 1.0
            else:
                up = np.clip(since / 2.0 + 0.5, 0.0, 1.0)
                down = np.clip((since - width_s * rate_hz) / 2.0 + 0.5, 0.0, 1.0)
                level = np.maximum(level, up - down)
        return 5.0 * level

    def _emg_line(self) -> Calibration:
        top = 2 ** (23 if self.is_bdf else 15)
        limit = round(6000.0 / (microvolts_per_unit(self.dimension) or 1.0), 6)
        return Calibration(
            digital_min=-top, digital_max=top - 1, physical_min=-limit, physical_max=limit
        )

    def _rates(self) -> Sequence[float]:
        return self.rates_hz or [self.rate_hz] * len(self.labels)

    def _signals(self) -> list[SignalToWrite]:
        line = self._emg_line()
        signals = [
            SignalToWrite(label=label, dimension=self.dimension, rate_hz=rate, calibration=line)
            for label, rate in zip(self.labels, self._rates(), strict=True)
        ]
        signals += [
            SignalToWrite(label=label, dimension="", rate_hz=100.0, calibration=TRIGGER_LINE)
            for label in self.others
        ]
        if self.trigger_label is not None:
            rate = self.trigger_rate_hz or self.rate_hz
            signals.append(
                SignalToWrite(
                    label=self.trigger_label, dimension="V", rate_hz=rate, calibration=TRIGGER_LINE
                )
            )
        return signals

    def _digital(self) -> list[npt.NDArray[np.int32]]:
        unit = microvolts_per_unit(self.dimension) or 1.0
        rows = [
            self._emg_line().digital(self.emg_uv(rate, row) / unit)
            for row, rate in enumerate(self._rates())
        ]
        rows += [np.zeros(round(100.0 * self.seconds), dtype=np.int32) for _ in self.others]
        if self.trigger_label is not None:
            rate = self.trigger_rate_hz or self.rate_hz
            rows.append(TRIGGER_LINE.digital(self.trigger_v(rate)))
        return rows

    def _record_onsets_s(self, hole: tuple[float, float]) -> list[float]:
        onsets = np.arange(-(-self.seconds // self.record_duration_s)) * self.record_duration_s
        return [t + hole[1] - hole[0] if t >= hole[0] else t for t in onsets.tolist()]
