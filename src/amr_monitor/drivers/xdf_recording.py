"""An XDF file as a recording: channels, time axis, stimuli, texts."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.edf_recording import (
    HASHED_SAMPLES,
    HASHED_STRETCHES,
    HIGHEST_RATE_HZ,
    LOWEST_GOOD_RATE_HZ,
    LOWEST_RATE_HZ,
)
from amr_monitor.drivers.recording import Recording, RecordingSettings, Segment, TimeAxis
from amr_monitor.drivers.stimuli import FoundStimuli, TextAt, TriggerEdges, find_stimuli
from amr_monitor.drivers.trigger_pages import TriggerPages
from amr_monitor.drivers.trigger_scan import trigger_edges
from amr_monitor.drivers.xdf_clock import (
    RecordedSegment,
    answers_for,
    texts_on_recorder_s,
)
from amr_monitor.drivers.xdf_joined import JoinedSamples, joined
from amr_monitor.drivers.xdf_streams import EmgStream, emg_streams, number_markers, text_streams
from amr_monitor.dsp.triggers import IntOrFloatArray
from amr_monitor.formats.xdf import XdfFile, XdfStream
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import Channel, FloatArray, Montage
from amr_monitor.model.source import Annotation, Origin, SourceInfo, SourceWarning
from amr_monitor.monitor.annotations import accepts_baseline, opens_case, stimulus_from_text

MOST_CHARACTERS = 2000
"""Of a text: what no person wrote is cut here, as live."""

HIGHEST_LEVEL = 1e12
"""No trigger input gives more, in whatever unit."""

OFF_NOMINAL = 1e-3
"""Drift is less; a rate further off the nominal one is another rate."""


def open_xdf(paths: Sequence[Path], settings: RecordingSettings) -> Recording:
    """Open an XDF file.

    Parameters
    ----------
    paths : sequence of Path
        One: several files of a recorder are several recordings.
    settings : RecordingSettings

    Raises
    ------
    SourceFormatError
        There is no EMG or no stimulus that could be used.
    """
    if len(paths) > 1:
        raise SourceFormatError(
            f"{paths[0]}: {len(paths)} XDF files are no one recording; replay them one by one, "
            "or judge all of a folder: amr-monitor batch FOLDER"
        )
    file = XdfFile(paths[0])
    try:
        return _recording(file, settings)
    except BaseException:
        file.close()
        raise


def _recording(file: XdfFile, settings: RecordingSettings) -> Recording:
    name = file.name
    chosen = emg_streams(file.streams, settings.montage, name=name)
    emg = chosen[0]
    samples, segments = joined(chosen, streams=file.streams, name=name)
    rate_hz = _rate(emg.stream, segments, name)
    axis = _axis(segments, rate_hz=rate_hz)
    places = RecorderTimes(segments, axis)
    reader = _EmgReader(samples, emg)
    texts = _texts(file.streams, places)
    marked = [(text, said) for text in texts if (said := stimulus_from_text(text.text)) is not None]
    edges, silent_triggers = _edges(samples, emg, axis, settings)
    stimuli = find_stimuli(
        edges=edges,
        silent_triggers=silent_triggers,
        texts=[TextAt(position=text.position, said=said) for text, said in marked if text.inside],
        read_uv=reader.read_uv,
        axis=axis,
        settings=settings.trigger,
        name=name,
    )
    _require_sweep(stimuli, axis, settings, name)
    annotations = tuple(
        Annotation(sample_index=round(text.position), time_s=text.time_s, text=text.text)
        for text in texts
        if stimulus_from_text(text.text) is None
    )
    told = _told_of_rate(emg.stream, segments, rate_hz)
    told += [
        (
            "trigger_never_rises",
            f"trigger channel {label!r} never rises from one level to another; was its cable "
            "connected?",
        )
        for label in silent_triggers
    ]
    told += [
        ("channel_flat", f"EMG channel {label!r} is flat; is its electrode connected?")
        for label in reader.flat_channels()
    ]
    told += [
        (
            "marker_codes",
            f"marker stream {s.header.told()} holds numbers, not texts; they are left out",
        )
        for s in number_markers(file.streams)
    ]
    n_outside = sum(not text.inside for text, _ in marked)
    if n_outside:
        told.append(("stimuli_not_recorded", f"{n_outside} stimuli lie outside the samples"))
    header = emg.stream.header
    info = SourceInfo(
        name=name,
        origin=Origin.SIMULATED if header.origin == Origin.SIMULATED else Origin.REPLAY,
        montage=_montage(emg),
        sampling_rate_hz=rate_hz,
        trigger_quality=stimuli.quality,
        start_utc=file.start,
        first_time_s=0.0,
        duration_s=round(axis.end_s, 6),
        side=emg.matched.side,
        content_hash=_identity(emg, axis, stimuli, texts, reader),
        baseline_is_marked=any(accepts_baseline(a.text) for a in annotations),
        case_is_marked=any(opens_case(a.text) for a in annotations),
        sweep_start_ms=settings.sweep_start_ms,
        sweep_end_ms=settings.sweep_end_ms,
        warnings=(
            *file.warnings,
            *stimuli.warnings,
            *(
                SourceWarning(sample_index=0, code=code, message=f"{name}: {what}")
                for code, what in told
            ),
        ),
    )
    return Recording(
        info=info,
        axis=axis,
        stimuli=stimuli.stimuli,
        annotations=annotations,
        read_uv=reader.read_uv,
        close=file.close,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """A text and where it lies among the samples.

    Attributes
    ----------
    position : float
        In samples; in a hole that of the first sample after it.
    inside : bool
        Samples were recorded then.
    time_s : float
        On the axis of the recording.
    text : str
    """

    position: float
    inside: bool
    time_s: float
    text: str


class RecorderTimes:
    """Times of the recorder's clock as positions among the samples.

    Parameters
    ----------
    segments : sequence of RecordedSegment
    axis : TimeAxis
        Of the same segments.
    """

    def __init__(self, segments: Sequence[RecordedSegment], axis: TimeAxis) -> None:
        self._clocks = [segment.clock for segment in segments]
        # Time goes on at the recorder, whatever a fit says of two stretches near each other.
        self._onsets_s = np.maximum.accumulate([clock.onset_s for clock in self._clocks]).tolist()
        self._axis = axis

    def place(self, time_s: float, text: str) -> PlacedText:
        """Return a text with its place."""
        at = max(bisect_right(self._onsets_s, time_s + 1e-9) - 1, 0)
        clock, segment = self._clocks[at], self._axis.segments[at]
        offset = round(float(clock.index(time_s)) - clock.first_index, 6)
        inside = 0.0 <= offset < clock.n_samples
        position = segment.first_index + min(max(offset, 0.0), float(segment.n_samples))
        own_s = segment.onset_s + offset / self._axis.rate_hz
        if at + 1 < len(self._clocks):
            own_s = min(own_s, self._axis.segments[at + 1].onset_s - 1e-6)
        return PlacedText(position=position, inside=inside, time_s=round(own_s, 6), text=text)


class _EmgReader:
    """The EMG channels in microvolts."""

    def __init__(self, samples: JoinedSamples, emg: EmgStream) -> None:
        self._samples = samples
        self._matches = emg.matched.emg
        self._labels = [emg.stream.header.channels[match.index].label for match in self._matches]
        self._channels = np.array([match.index for match in self._matches], dtype=np.int64)

    def read_uv(self, first: int, n_samples: int) -> FloatArray:
        """Return samples of all channels, float32, shape (n_channels, n_samples)."""
        values = self.read(first, n_samples)
        uv = np.empty(values.shape, dtype=np.float32)
        with np.errstate(all="ignore"):  # a damaged value may be beyond all bounds
            for row, match in enumerate(self._matches):
                factor = match.microvolts_per_unit
                uv[row] = values[row] if factor == 1.0 else values[row].astype(np.float64) * factor
        return uv

    def read(self, first: int, n_samples: int) -> npt.NDArray[np.generic]:
        """Return values as they are stored."""
        return self._samples.read(first, n_samples, self._channels)

    def stretches(self) -> list[tuple[int, int]]:
        """Return 64 stretches of 1024 samples, evenly spread, by which recordings are known."""
        n_held = self._samples.n_samples
        n_read = min(HASHED_SAMPLES, n_held)
        firsts = np.unique(np.linspace(0, n_held - n_read, HASHED_STRETCHES).astype(np.int64))
        return [(int(first), n_read) for first in firsts]

    def flat_channels(self) -> list[str]:
        """Return the labels of channels that hold one value alone."""
        seen = np.stack([self.read(first, n)[:, ::64] for first, n in self.stretches()], axis=1)
        flat = (seen == seen[:, :1, :1]).all(axis=(1, 2))
        return [label for label, is_flat in zip(self._labels, flat, strict=True) if is_flat]


def _rate(stream: XdfStream, segments: Sequence[RecordedSegment], name: str) -> float:
    told = f"{name}: stream {stream.header.told()}"
    nominal_hz = stream.header.nominal_rate_hz
    if not segments:
        raise SourceFormatError(
            f"{told} tells no sampling rate, and its time stamps tell none; record it with one"
        )
    longest = max(segments, key=lambda segment: segment.clock.n_samples)
    rate_hz = longest.clock.rate_hz
    if nominal_hz and abs(rate_hz / nominal_hz - 1.0) <= OFF_NOMINAL:
        rate_hz = nominal_hz
    elif abs(rate_hz - round(rate_hz)) <= OFF_NOMINAL * rate_hz:
        rate_hz = float(round(rate_hz))
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise SourceFormatError(
            f"{told} is sampled at {rate_hz:g} Hz; a response needs at least "
            f"{LOWEST_RATE_HZ:g} Hz to be seen"
        )
    return rate_hz


def _told_of_rate(
    stream: XdfStream, segments: Sequence[RecordedSegment], rate_hz: float
) -> list[tuple[str, str]]:
    told = []
    nominal_hz = stream.header.nominal_rate_hz
    if rate_hz != nominal_hz:
        said = f"says that it has {nominal_hz:g} Hz" if nominal_hz else "says no sampling rate"
        told.append(
            (
                "rate_by_stamps",
                f"stream {stream.header.told()} {said}; by its time stamps it has {rate_hz:g} Hz",
            )
        )
    if rate_hz < LOWEST_GOOD_RATE_HZ:
        told.append(("rate_low", f"{rate_hz:g} Hz is slow for EMG; latencies are coarse"))
    if len(segments) > 1:
        told.append(
            (
                "samples_missing",
                f"samples are missing, or the clock was set anew, in {_places(len(segments) - 1)}; "
                "a sweep that touches one is left out",
            )
        )
    return told


def _places(n: int) -> str:
    return "1 place" if n == 1 else f"{n} places"


def _axis(segments: Sequence[RecordedSegment], *, rate_hz: float) -> TimeAxis:
    """Lay the segments on the axis of the device: samples by number, holes by their length."""
    laid: list[Segment] = []
    for number, segment in enumerate(segments):
        clock = segment.clock
        if not laid:
            laid.append(Segment(first_index=0, n_samples=clock.n_samples, onset_s=0.0))
            continue
        missing_s = clock.onset_s - segments[number - 1].clock.end_s
        end_s = laid[-1].onset_s + laid[-1].n_samples / rate_hz
        laid.append(
            Segment(
                first_index=clock.first_index,
                n_samples=clock.n_samples,
                onset_s=round(end_s + max(missing_s, 1.0 / rate_hz), 7),
                reason=_reason(segment, missing_s, rate_hz),
            )
        )
    return TimeAxis(laid, rate_hz=rate_hz)


def _reason(segment: RecordedSegment, missing_s: float, rate_hz: float) -> str:
    lost = f"; {missing_s:.3f} s were not recorded" if missing_s > 0.5 / rate_hz else ""
    if segment.is_other_stream:
        return f"the device came back as another stream{lost}"
    if segment.is_reset:
        return f"the clock of the sender was set anew{lost}"
    if missing_s > 0.0:
        return f"{missing_s:.3f} s were not recorded"
    return f"time stamps step back by {-missing_s:.3f} s; what is missing is unknown"


def _texts(streams: Sequence[XdfStream], places: RecorderTimes) -> list[PlacedText]:
    """Return all texts in order of time."""
    placed = []
    for stream in text_streams(streams):
        read = stream.read_texts()
        times_s = texts_on_recorder_s(read, answers_for(stream, streams))
        for text, time_s in zip(read, times_s, strict=True):
            said = next((value.strip() for value in text.values if value.strip()), "")
            if said and np.isfinite(time_s):
                placed.append(places.place(time_s, said[:MOST_CHARACTERS]))
    return sorted(placed, key=lambda text: (text.position, text.time_s))


def _edges(
    samples: JoinedSamples, emg: EmgStream, axis: TimeAxis, settings: RecordingSettings
) -> tuple[TriggerEdges | None, list[str]]:
    """Return the edges of the first trigger channel that rises, and labels of those that do not."""
    silent: list[str] = []
    stretches = [(segment.first_index, segment.n_samples) for segment in axis.segments]
    for channel in emg.matched.triggers:
        columns = np.array([channel], dtype=np.int64)

        def read(
            first: int, n_samples: int, columns: npt.NDArray[np.int64] = columns
        ) -> IntOrFloatArray:
            return _level(samples.read(first, n_samples, columns)[0])

        found = trigger_edges(
            TriggerPages(read, samples.n_samples).read,
            stretches,
            rate_hz=axis.rate_hz,
            threshold=settings.trigger.threshold,
            refractory_ms=settings.trigger.refractory_ms,
        )
        if found is None:
            silent.append(emg.stream.header.channels[channel].label)
            continue
        return TriggerEdges(positions=np.round(found[0], 6)), silent
    return None, silent


def _level(values: npt.NDArray[np.generic]) -> IntOrFloatArray:
    """Return a trigger channel; 0 where a damaged value is no level."""
    if values.dtype.kind != "f":
        return values.astype(np.int64)
    level: npt.NDArray[np.floating] = values.astype(values.dtype.newbyteorder("="), copy=False)
    with np.errstate(all="ignore"):
        is_fine = not len(level) or -HIGHEST_LEVEL < level.min() <= level.max() < HIGHEST_LEVEL
        if not is_fine:
            level[~(np.abs(level) < HIGHEST_LEVEL)] = 0.0
    return level


def _montage(emg: EmgStream) -> Montage:
    header = emg.stream.header
    return Montage(
        channels=tuple(
            Channel(
                label=header.channels[match.index].label,
                muscle=match.muscle,
                side=match.side,
                rail_uv=header.rail_uv,
            )
            for match in emg.matched.emg
        )
    )


def _require_sweep(
    stimuli: FoundStimuli, axis: TimeAxis, settings: RecordingSettings, name: str
) -> None:
    if not any(stimuli.has_sweep(axis, settings.sweep_start_ms, settings.sweep_end_ms)):
        raise SourceFormatError(
            f"{name}: none of its {len(stimuli.stimuli)} stimuli has the samples from "
            f"{settings.sweep_start_ms:g} to {settings.sweep_end_ms:g} ms around it that a sweep "
            "needs; the recording is too short, or has too many holes"
        )


def _identity(
    emg: EmgStream,
    axis: TimeAxis,
    stimuli: FoundStimuli,
    texts: Sequence[PlacedText],
    reader: _EmgReader,
) -> str:
    """Return a hash of what tells recordings apart; of hours it takes milliseconds."""
    header = emg.stream.header
    digest = hashlib.sha256(stimuli.positions.tobytes())
    labels = [(channel.label, channel.unit) for channel in header.channels]
    digest.update(repr((header.kind, header.value_format, header.nominal_rate_hz, labels)).encode())
    digest.update(repr([(s.first_index, s.n_samples, s.onset_s) for s in axis.segments]).encode())
    digest.update(repr([(text.time_s, text.text) for text in texts]).encode())
    for first, n_samples in reader.stretches():
        digest.update(reader.read(first, n_samples).tobytes())
    return digest.hexdigest()
