"""EDF and BDF files made byte by byte, as recorders and crashes leave them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.edf_annotations import encoded_list


@dataclass(kw_only=True)
class RawSignal:
    """One signal; every header field may be set to anything."""

    label: str = "OOc L"
    dimension: str = "uV"
    physical: tuple[str, str] = ("-3276.8", "3276.7")
    digital: tuple[str, str] = ("-32768", "32767")
    samples: npt.NDArray[np.int32] = field(default_factory=lambda: np.arange(400, dtype=np.int32))
    samples_per_record: int = 100
    samples_field: str | None = None


@dataclass(kw_only=True)
class RawFile:
    """A whole file; `content()` gives it."""

    signals: Sequence[RawSignal] = field(default_factory=lambda: [RawSignal()])
    n_records: int = 4
    is_bdf: bool = False
    reserved: str = ""
    records_field: str | None = None
    duration_field: str = "0.1"
    patient: bytes = b"X X X X"
    recording: bytes = b"Startdate 01-MAR-2024 X X X"
    start: str = "01.03.2409.00.00"
    record_onsets_s: Sequence[float] | None = None
    texts: Sequence[tuple[int, bytes]] = ()
    text_bytes: int = 120

    def content(self) -> bytes:
        signals = list(self.signals)
        width = 3 if self.is_bdf else 2
        if self.reserved[1:4] == "DF+":
            label = ("BDF" if self.is_bdf else "EDF") + " Annotations"
            limits = ("-8388608", "8388607") if self.is_bdf else ("-32768", "32767")
            signals.append(
                RawSignal(
                    label=label,
                    dimension="",
                    physical=("-1", "1"),
                    digital=limits,
                    samples=np.zeros(0, dtype=np.int32),
                    samples_per_record=self.text_bytes // width,
                )
            )
        head = b"\xffBIOSEMI" if self.is_bdf else b"0".ljust(8)
        head += self.patient.ljust(80) + self.recording.ljust(80) + self.start.encode()
        head += _field(256 * (len(signals) + 1), 8) + _field(self.reserved, 44)
        head += _field(self.n_records if self.records_field is None else self.records_field, 8)
        head += _field(self.duration_field, 8) + _field(len(signals), 4)
        for values, size in (
            ([s.label for s in signals], 16),
            (["" if "Annot" in s.label else "needle" for s in signals], 80),
            ([s.dimension for s in signals], 8),
            ([s.physical[0] for s in signals], 8),
            ([s.physical[1] for s in signals], 8),
            ([s.digital[0] for s in signals], 8),
            ([s.digital[1] for s in signals], 8),
            ([""] * len(signals), 80),
            ([s.samples_field or s.samples_per_record for s in signals], 8),
            ([""] * len(signals), 32),
        ):
            head += b"".join(_field(value, size) for value in values)
        return head + b"".join(self._record(r, signals, width) for r in range(self.n_records))

    def _record(self, record: int, signals: Sequence[RawSignal], width: int) -> bytes:
        body = b""
        for signal in signals:
            n = signal.samples_per_record
            if signal.label.endswith("Annotations"):
                onsets = self.record_onsets_s
                onset = record * float(self.duration_field) if onsets is None else onsets[record]
                texts = encoded_list(onset, [""])
                texts += b"".join(text for at, text in self.texts if at == record)
                body += texts.ljust(n * width, b"\0")
            else:
                values = signal.samples[record * n : (record + 1) * n].astype("<i4")
                body += values.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
        return body


def _field(value: object, size: int) -> bytes:
    encoded = str(value).encode("latin-1")
    assert len(encoded) <= size
    return encoded.ljust(size)
