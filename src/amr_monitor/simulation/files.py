"""Recordings of simulated surgeries, with the truth beside them."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

import amr_monitor
from amr_monitor.formats.calibration import microvolts_per_unit
from amr_monitor.formats.edf_writer import EdfWriter, SignalToWrite, make_discontinuous
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.model.source import Origin
from amr_monitor.simulation.expectations import expected_indeterminate
from amr_monitor.simulation.noise import HIGHPASS_HZ, lowpass_hz
from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.recording import (
    TRIGGER_CALIBRATION,
    TRIGGER_LABEL,
    channel_label,
    emg_calibration,
    trigger_v,
)
from amr_monitor.simulation.stimulator import CLASSES
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.timeline import TimedMark
from amr_monitor.simulation.transport import draw_transport, transport_document
from amr_monitor.simulation.truth import Truth, truth_of

Item = TypeVar("Item")

EQUIPMENT = "Simulated"
"""What the recording field says: readers give such a file the origin `simulated`."""

FORMATS = {".edf": "edf", ".bdf": "bdf"}
OTHER_CHANNEL_HZ = 250.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLayout:
    """The form of a recording, where it is not the usual one.

    Attributes
    ----------
    labels : tuple of str
        Of the muscles; () for the usual labels.
    dimension : str
        `uV`, `mV`, `V` or `nV`.
    reversed_order : bool
        Channels from last to first.
    other_channels : tuple of str
        Labels of channels that no montage needs; may be double.
    trigger_rate_hz : float or None
        None: as the EMG.
    sharp_trigger : bool
        As a digital input records it, without a fraction of a sample.
    stimulus_annotations : bool
        False: annotations hold marks alone.
    holes_s : tuple of (float, float)
        Not recorded; the file becomes EDF+D or BDF+D.
    record_duration_s : float
    start : datetime
        Of the first sample.
    """

    labels: tuple[str, ...] = ()
    dimension: str = "uV"
    reversed_order: bool = False
    other_channels: tuple[str, ...] = ()
    trigger_rate_hz: float | None = None
    sharp_trigger: bool = False
    stimulus_annotations: bool = True
    holes_s: tuple[tuple[float, float], ...] = ()
    record_duration_s: float = 1.0
    start: datetime = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def write_recording(
    surgery: Surgery,
    path: Path,
    *,
    format: str | None = None,
    trigger: bool = True,
    annotations: bool = True,
    layout: RecordingLayout | None = None,
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Write a surgery as EDF+ or BDF+, and the truth beside it.

    Parameters
    ----------
    surgery : Surgery
    path : Path
    format : str or None
        `edf` or `bdf`; None takes it from the ending of `path`.
    trigger : bool
        With a trigger channel.
    annotations : bool
        With stimuli and marks as annotations.
    layout : RecordingLayout or None
    progress : callable or None
        Called with the share done, 0 to 1, after each data record.

    Returns
    -------
    Path
        Of the truth: `F.truth.json` for `F.edf`.

    Raises
    ------
    ConfigError
        The form cannot be written.
    StorageError
        The disk does not take it.
    """
    layout = RecordingLayout() if layout is None else layout
    kind = FORMATS.get(path.suffix.lower()) if format is None else format
    if kind not in FORMATS.values():
        raise ConfigError(f"{path}: the ending tells the format; .edf or .bdf is needed")
    if not trigger and not (annotations and layout.stimulus_annotations):
        raise ConfigError(
            f"{path}: without trigger channel and stimulus annotations no stimulus could be found"
        )
    try:
        plan = _Plan(surgery, layout, is_bdf=kind == "bdf", trigger=trigger)
        texts = _texts(surgery, layout, plan) if annotations else []
        with EdfWriter(
            path,
            is_bdf=kind == "bdf",
            signals=plan.signals,
            start=layout.start,
            record_duration_s=layout.record_duration_s,
            n_annotation_signals=max(1, -(-len(texts) // len(plan.first_samples))),
            equipment=EQUIPMENT,
        ) as writer:
            for onset_s, text in texts:
                writer.annotate(onset_s, text)
            for number, first in enumerate(plan.first_samples, start=1):
                writer.write_record(plan.record(first))
                if progress is not None:
                    progress(number / len(plan.first_samples))
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    if plan.holes_s:
        make_discontinuous(path, [first / surgery.rate_hz for first in plan.first_samples])
    marks = surgery.marks if annotations else ()
    truth = truth_of(surgery, marks=plan.kept_marks(marks), holes_s=plan.holes_s)
    truth_path = path.with_suffix(".truth.json")
    try:
        truth_path.write_text(
            truth_json(surgery, truth, plan.kept_marks(marks), missing_s=plan.holes_s),
            encoding="utf-8",
        )
    except OSError as error:
        raise StorageError(f"{truth_path}: the truth cannot be written: {error}") from error
    return truth_path


class _Plan:
    """Which samples go into which record, and as what."""

    def __init__(
        self, surgery: Surgery, layout: RecordingLayout, *, is_bdf: bool, trigger: bool
    ) -> None:
        self._surgery = surgery
        self._layout = layout
        self.transport = draw_transport(surgery)
        self._record_samples = round(layout.record_duration_s * surgery.rate_hz)
        self.first_samples, self.holes_s = self._records()
        units_uv = microvolts_per_unit(layout.dimension)
        if units_uv is None:
            raise ConfigError(f"dimension {layout.dimension!r} is no voltage; uV or mV is usual")
        self._units_uv = units_uv
        self._muscle_rows = list(range(len(surgery.scenario.muscles)))
        self._calibration = emg_calibration(surgery.rail_uv, is_bdf=is_bdf, units_uv=self._units_uv)
        self._trigger = trigger
        self._trigger_hz = layout.trigger_rate_hz or surgery.rate_hz
        self._trigger_s = self.transport.trigger_s
        self.signals = self._in_order(self._emg_signals(), self._other_signals())

    def record(self, first: int) -> list[npt.NDArray[np.int32]]:
        """Return the digital values of the record that begins at sample `first`."""
        surgery = self._surgery
        samples_uv = surgery.samples_uv(first, first + self._record_samples)
        emg = [
            self._calibration.digital(samples_uv[row] / self._units_uv) for row in self._muscle_rows
        ]
        start_s = first / surgery.rate_hz
        others: list[npt.NDArray[np.int32]] = []
        if self._trigger:
            level = trigger_v(
                self._trigger_s - start_s,
                first_index=0,
                n_samples=round(self._layout.record_duration_s * self._trigger_hz),
                rate_hz=self._trigger_hz,
                sharp=self._layout.sharp_trigger,
            )
            others.append(TRIGGER_CALIBRATION.digital(level))
        for number in range(len(self._layout.other_channels)):
            others.append(self._other(number, first))
        return self._in_order(emg, others)

    def kept(self, time_s: float) -> bool:
        """Return whether a moment is recorded."""
        end_s = self.first_samples[-1] / self._surgery.rate_hz + self._layout.record_duration_s
        return time_s < end_s and not any(low <= time_s < high for low, high in self.holes_s)

    def kept_marks(self, marks: tuple[TimedMark, ...]) -> tuple[TimedMark, ...]:
        """Return the marks that are recorded."""
        return tuple(mark for mark in marks if self.kept(mark.time_s))

    def _records(self) -> tuple[list[int], tuple[tuple[float, float], ...]]:
        rate_hz = self._surgery.rate_hz
        firsts, holes = [], []
        at = 0
        missing_s = sorted([*self._layout.holes_s, *self.transport.holes_s])
        while at + self._record_samples <= self._surgery.n_samples:
            end_s = (at + self._record_samples) / rate_hz
            hole = next((h for h in missing_s if at / rate_hz <= h[0] < end_s), None)
            if hole is not None:
                resumes = round(hole[1] * rate_hz)
                holes.append((at / rate_hz, resumes / rate_hz))
                at = resumes
                continue
            firsts.append(at)
            at += self._record_samples
        return firsts, tuple(holes)

    def _emg_signals(self) -> list[SignalToWrite]:
        surgery = self._surgery
        muscles = surgery.scenario.muscles
        labels = self._layout.labels or tuple(
            channel_label(muscle, surgery.scenario.side) for muscle in muscles
        )
        if len(labels) != len(muscles):
            raise ConfigError(
                f"{len(muscles)} muscles are recorded, but {len(labels)} labels given"
            )
        band = f"HP:{HIGHPASS_HZ:g}Hz LP:{lowpass_hz(surgery.rate_hz):g}Hz"
        return [
            SignalToWrite(
                label=label,
                dimension=self._layout.dimension,
                rate_hz=surgery.rate_hz,
                calibration=self._calibration,
                prefiltering=band,
                transducer="simulated needle electrode",
            )
            for label in labels
        ]

    def _other_signals(self) -> list[SignalToWrite]:
        signals = []
        if self._trigger:
            signals.append(
                SignalToWrite(
                    label=TRIGGER_LABEL,
                    dimension="V",
                    rate_hz=self._trigger_hz,
                    calibration=TRIGGER_CALIBRATION,
                )
            )
        signals += [
            SignalToWrite(
                label=label,
                dimension="uV",
                rate_hz=OTHER_CHANNEL_HZ,
                calibration=emg_calibration(3276.7, is_bdf=False),
            )
            for label in self._layout.other_channels
        ]
        return signals

    def _other(self, number: int, first: int) -> npt.NDArray[np.int32]:
        """Return a channel that no montage needs: slow noise, like an EEG or ECG lead."""
        n_samples = round(self._layout.record_duration_s * OTHER_CHANNEL_HZ)
        generator = self._surgery.streams.generator("other_channel", number, first)
        wave: Array = 20.0 * generator.standard_normal(n_samples)
        return emg_calibration(3276.7, is_bdf=False).digital(wave)

    def _in_order(self, emg: list[Item], others: list[Item]) -> list[Item]:
        return [*others, *emg][::-1] if self._layout.reversed_order else [*emg, *others]


def _texts(surgery: Surgery, layout: RecordingLayout, plan: _Plan) -> list[tuple[float, str]]:
    texts = [(mark.time_s, mark.text) for mark in plan.kept_marks(surgery.marks)]
    if layout.stimulus_annotations:
        texts += [
            (marker.stamp_s, marker.text)
            for marker in plan.transport.markers
            if marker.pulse is not None and plan.kept(marker.stamp_s)
        ]
    return sorted(texts)


def truth_json(
    surgery: Surgery,
    truth: Truth,
    marks: tuple[TimedMark, ...],
    *,
    missing_s: tuple[tuple[float, float], ...] | None = None,
) -> str:
    """Return the truth as JSON, one list with an entry per AMR stimulus for each figure.

    `missing_s` are the stretches without samples; None for those that the stream loses.
    """
    transport = draw_transport(surgery)
    missing_s = transport.holes_s if missing_s is None else missing_s
    scenario, pulses = surgery.scenario, surgery.pulses
    foreign = np.flatnonzero(~pulses.are(CLASSES[0]) & pulses.marked)
    document = {
        "origin": Origin.SIMULATED.value,
        "scenario": scenario.name,
        "seed": surgery.seed,
        "minutes": surgery.minutes,
        "version": amr_monitor.__version__,
        "sampling_rate_hz": surgery.rate_hz,
        "duration_s": surgery.duration_s,
        "side": scenario.side.value,
        "branch": scenario.branch.value,
        "vessel": scenario.vessel.value,
        "lead": truth.lead.value,
        "outcome": truth.outcome.value,
        "tags": list(truth.tags),
        "phase_known": truth.phase_known,
        "marks": [asdict(mark) for mark in marks],
        "faults": [
            {
                "kind": placed.fault.kind,
                "start_s": placed.start_s,
                "end_s": placed.end_s,
                **_muscle_of(placed.fault),
                **{name: _figure(value) for name, value in placed.values.items()},
            }
            for placed in surgery.faults.faults
        ],
        "missing_s": [[round(low, 6), round(high, 6)] for low, high in missing_s],
        "expected_indeterminate": [
            {
                "muscle": span.muscle.value,
                "start_s": round(span.start_s, 4),
                "end_s": round(span.end_s, 4),
                "clear_s": round(span.clear_s, 4),
                "reasons": [reason.value for reason in span.reasons],
            }
            for span in expected_indeterminate(surgery)
        ],
        "stream": transport_document(transport),
        "sweeps": {
            "time_s": [round(float(t), 6) for t in truth.time_s],
            "current_ma": [_figure(float(ma)) for ma in truth.current_ma],
            "delivered": truth.delivered.tolist(),
        },
        "muscles": {
            muscle.muscle.value: {
                "present": muscle.present.tolist(),
                "gain": [_figure(float(gain)) for gain in muscle.gain],
                "amplitude_uv": [round(float(uv), 1) for uv in muscle.amplitude_uv],
                "onset_ms": [
                    round(float(ms), 2) if np.isfinite(ms) else None for ms in muscle.onset_ms
                ],
                "usable": muscle.usable.tolist(),
                "confounders": [list(names) for names in muscle.confounders],
            }
            for muscle in truth.muscles
        },
        "other_stimuli": [
            {
                "time_s": round(float(pulses.time_s[k]), 6),
                "class": CLASSES[int(pulses.class_number[k])].value,
            }
            for k in foreign
        ],
    }
    # One line for each entry: small, and a difference can still be read.
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _muscle_of(fault: object) -> dict[str, str]:
    muscle = getattr(fault, "muscle", None)
    return {} if muscle is None else {"muscle": muscle.value}


def _figure(value: float) -> float:
    return float(f"{value:.4g}")
