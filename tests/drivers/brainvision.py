"""Small BrainVision recordings, in the form that the programs of that maker write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.drivers.surgeries import Surgery

RESOLUTION = 0.1


@dataclass(kw_only=True)
class BrainVision:
    """What is to be written; `surgery` gives the signals."""

    surgery: Surgery = field(default_factory=Surgery)
    labels: Sequence[str] = ("OOc L", "Ment L")
    units: Sequence[str] = ("\u00b5V", "\u00b5V")
    trigger_label: str | None = "TRIG"
    markers: Sequence[tuple[str, str, float]] = ()
    is_float: bool = False

    def write(self, path: Path) -> Path:
        """Write the three files; `path` is that of the header."""
        rate_hz = self.surgery.rate_hz
        scale = {"\u00b5V": 1.0, "mV": 1000.0}
        rows = [
            self.surgery.emg_uv(rate_hz, row) / scale.get(unit, 1.0)
            for row, unit in enumerate(self.units)
        ]
        labels = list(self.labels)
        units = list(self.units)
        if self.trigger_label is not None:
            rows.append(self.surgery.trigger_v(rate_hz))
            labels.append(self.trigger_label)
            units.append("V")
        steps = [RESOLUTION / scale.get(unit, 1.0) for unit in units]
        kind = "IEEE_FLOAT_32" if self.is_float else "INT_16"
        if self.is_float:
            data = np.array(rows, dtype="<f4")
        else:
            data = np.array(
                [
                    np.clip(np.round(row / step), -32768, 32767)
                    for row, step in zip(rows, steps, strict=True)
                ],
                dtype="<i2",
            )
        path.with_suffix(".eeg").write_bytes(data.T.tobytes())
        channels = "\n".join(
            f"Ch{i}={label},,{step:g},{unit}"
            for i, (label, step, unit) in enumerate(zip(labels, steps, units, strict=True), 1)
        )
        path.write_text(
            "Brain Vision Data Exchange Header File Version 1.0\n\n[Common Infos]\nCodepage=UTF-8\n"
            f"DataFile={path.stem}.eeg\nMarkerFile={path.stem}.vmrk\nDataFormat=BINARY\n"
            f"DataOrientation=MULTIPLEXED\nNumberOfChannels={len(labels)}\n"
            f"SamplingInterval={1e6 / rate_hz:g}\n\n[Binary Infos]\nBinaryFormat={kind}\n\n"
            f"[Channel Infos]\n{channels}\n",
            encoding="utf-8",
        )
        marks = "\n".join(
            f"Mk{i}={kind},{label},{round(time_s * rate_hz) + 1},1,0"
            for i, (kind, label, time_s) in enumerate(self.markers, 2)
        )
        path.with_suffix(".vmrk").write_text(
            "Brain Vision Data Exchange Marker File, Version 1.0\n\n[Common Infos]\n"
            f"Codepage=UTF-8\nDataFile={path.stem}.eeg\n\n[Marker Infos]\n"
            f"Mk1=New Segment,,1,1,0,20260301083000000000\n{marks}\n",
            encoding="utf-8",
        )
        return path
