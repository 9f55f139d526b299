"""What neo gives as one recording: channels by the montage, stimuli by the config, texts."""

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.foreign import (
    ForeignEvent,
    ForeignFile,
    ForeignSignal,
    Stretch,
    reader_by_ending,
)
from amr_monitor.drivers.foreign_settings import ForeignSettings
from amr_monitor.drivers.montage import FoundChannel, MatchedChannels, match_channels
from amr_monitor.drivers.recording import Recording, RecordingSettings, Segment, TimeAxis
from amr_monitor.drivers.replay import ReplaySource
from amr_monitor.drivers.stimuli import FoundStimuli, TextAt, TriggerEdges, find_stimuli
from amr_monitor.drivers.trigger_scan import trigger_edges
from amr_monitor.model.errors import ChannelError, SourceFormatError
from amr_monitor.model.signal import Channel, FloatArray, Montage
from amr_monitor.model.source import Annotation, Origin, SampleSource, SourceInfo, SourceWarning
from amr_monitor.monitor.annotations import StimulusText, accepts_baseline, stimulus_from_text

LOWEST_RATE_HZ = 1000.0
LOWEST_GOOD_RATE_HZ = 2000.0
HIGHEST_RATE_HZ = 1e6
HASHED_STRETCHES = 64
HASHED_SAMPLES = 1024
MOST_ALIKE = 100
"""A label that stands more often than this is no mark of a person."""
MOST_TOLD = 5
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{3}")
"""A label with less than a word is a code of a digital input."""


class ForeignDriver:
    """Recordings of other programs, through neo; asked when no other driver knows a file."""

    formats = "through neo BrainVision, Axon, Spike2, Blackrock, Intan and others"

    def recognises(self, head: bytes) -> bool:
        """Never by first bytes: neo goes by the ending of a name."""
        del head
        return False

    def fits(self, path: Path, settings: ForeignSettings) -> bool:
        """Tell whether a file that nobody else knows may be read here."""
        return bool(settings.reader) or reader_by_ending(path) is not None

    def open(
        self, paths: Sequence[Path], settings: RecordingSettings, *, block_samples: int | None
    ) -> SampleSource:
        """Open a recording.

        Raises
        ------
        SourceError
            One line: neo is missing, or the file holds nothing that could be monitored.
        """
        if len(paths) > 1:
            raise SourceFormatError(
                f"{paths[1].name}: recordings through neo are replayed one by one, not as "
                "segments of one"
            )
        return ReplaySource(open_foreign(paths[0], settings), block_samples=block_samples)


def open_foreign(path: Path, settings: RecordingSettings) -> Recording:
    """Open one recording through neo.

    Raises
    ------
    SourceError
        There is no neo, no signal, no stimulus, or no order that could be used.
    """
    reader = settings.foreign.reader or reader_by_ending(path) or ""
    file = ForeignFile(path, reader)
    try:
        return _recording(file, settings)
    except BaseException:
        file.close()
        raise


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lane:
    """Signals of one rate, laid end to end over the segments of the file."""

    file: ForeignFile
    signals: tuple[ForeignSignal, ...]
    stretches: tuple[Stretch, ...]
    firsts: tuple[int, ...]

    @property
    def rate_hz(self) -> float:
        return self.signals[0].rate_hz

    def read(self, first: int, n_samples: int) -> npt.NDArray[np.float64]:
        """Return samples, counted over all segments, in the signals' units."""
        firsts = self.firsts
        at = bisect_right(firsts, first) - 1
        parts = []
        while n_samples > 0 and at < len(self.stretches):
            start = first - firsts[at]
            count = min(n_samples, firsts[at + 1] - first)
            if count:
                parts.append(self.file.read(self.signals, at, start, count))
            first, n_samples, at = first + count, n_samples - count, at + 1
        return np.concatenate(parts, axis=1)

    def times_s(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the times of positions."""
        firsts = np.array(self.firsts[:-1])
        onsets = np.array([stretch.onset_s for stretch in self.stretches])
        at = np.searchsorted(firsts, positions, side="right") - 1
        times: npt.NDArray[np.float64] = onsets[at] + (positions - firsts[at]) / self.rate_hz
        return times


def _recording(file: ForeignFile, settings: RecordingSettings) -> Recording:
    name = file.name
    matched = _matched(file, settings)
    emg = _lane(file, [file.signals[match.index] for match in matched.emg])
    axis = _axis(emg, name)
    scales = np.array([[match.microvolts_per_unit] for match in matched.emg])

    def read_uv(first: int, n_samples: int) -> FloatArray:
        uv: FloatArray = (emg.read(first, n_samples) * scales).astype(np.float32)
        return uv

    events = sorted(file.events(), key=lambda event: event.time_s)
    edges, silent = _edges(file, events, matched, axis, settings)
    stimulus_texts, others, warnings = _sorted_events(events, settings.foreign, name)
    positions = [(*axis.position(time_s), said) for time_s, said in stimulus_texts]
    texts = [TextAt(position=p, said=said) for p, inside, said in positions if inside]
    if edges is None and not texts and events and not settings.trigger.artifact_alone:
        raise SourceFormatError(_no_stimulus(events, name))
    stimuli = find_stimuli(
        edges=edges,
        silent_triggers=silent,
        texts=texts,
        read_uv=read_uv,
        axis=axis,
        settings=settings.trigger,
        name=name,
    )
    if not any(stimuli.has_sweep(axis, settings.sweep_start_ms, settings.sweep_end_ms)):
        raise SourceFormatError(
            f"{name}: none of its {len(stimuli.stimuli)} stimuli has the samples from "
            f"{settings.sweep_start_ms:g} to {settings.sweep_end_ms:g} ms around it that a sweep "
            "needs"
        )
    annotations = tuple(
        Annotation(sample_index=axis.index(e.time_s), time_s=round(e.time_s, 6), text=e.label)
        for e in others
    )
    if file.n_blocks > 1:
        warnings.append(f"{name}: holds {file.n_blocks} recordings; the first is read")
    warnings += [
        f"{name}: trigger channel {label!r} never rises from one level to another; "
        "was its cable connected?"
        for label in silent
    ]
    if emg.rate_hz < LOWEST_GOOD_RATE_HZ:
        warnings.append(f"{name}: {emg.rate_hz:g} Hz is slow for EMG; latencies are coarse")
    info = SourceInfo(
        name=name,
        origin=Origin.REPLAY,
        montage=Montage(
            channels=tuple(
                Channel(label=signal.label, muscle=match.muscle, side=match.side)
                for signal, match in zip(emg.signals, matched.emg, strict=True)
            )
        ),
        sampling_rate_hz=emg.rate_hz,
        trigger_quality=stimuli.quality,
        start_utc=_start(file),
        first_time_s=axis.segments[0].onset_s,
        duration_s=round(axis.end_s - axis.segments[0].onset_s, 6),
        side=matched.side,
        content_hash=_identity(emg, stimuli, annotations),
        baseline_is_marked=any(accepts_baseline(a.text) for a in annotations),
        sweep_start_ms=settings.sweep_start_ms,
        sweep_end_ms=settings.sweep_end_ms,
        warnings=(
            *(SourceWarning(sample_index=0, code="foreign", message=each) for each in warnings),
            *stimuli.warnings,
        ),
    )
    return Recording(
        info=info,
        axis=axis,
        stimuli=stimuli.stimuli,
        annotations=annotations,
        read_uv=read_uv,
        close=file.close,
    )


def _matched(file: ForeignFile, settings: RecordingSettings) -> MatchedChannels:
    channels = [FoundChannel(label=s.label, dimension=s.unit) for s in file.signals]
    matched = match_channels(channels, settings.montage, name=file.name)
    wanted = settings.foreign.trigger_channel
    if not wanted:
        return matched
    labels = [signal.label.casefold() for signal in file.signals]
    if wanted.casefold() not in labels:
        shown = ", ".join(repr(signal.label) for signal in file.signals[:40])
        raise ChannelError(
            f"{file.name}: [foreign] trigger_channel {wanted!r} is none of its signals ({shown})"
        )
    return replace(matched, triggers=(labels.index(wanted.casefold()),))


def _lane(file: ForeignFile, signals: Sequence[ForeignSignal]) -> _Lane:
    """Require signals that lie beside each other, sample by sample."""
    first = signals[0]
    stretches = file.stretches(first.stream)
    for signal in signals[1:]:
        if signal.stream != first.stream and (
            signal.rate_hz != first.rate_hz or file.stretches(signal.stream) != stretches
        ):
            raise SourceFormatError(
                f"{file.name}: {signal.label!r} is not sampled with {first.label!r} "
                f"({signal.rate_hz:g} and {first.rate_hz:g} Hz); one rate is needed"
            )
    firsts = accumulate((stretch.n_samples for stretch in stretches), initial=0)
    return _Lane(
        file=file, signals=tuple(signals), stretches=tuple(stretches), firsts=tuple(firsts)
    )


def _axis(emg: _Lane, name: str) -> TimeAxis:
    rate_hz = emg.rate_hz
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        raise SourceFormatError(
            f"{name}: EMG channel {emg.signals[0].label!r} is sampled at {rate_hz:g} Hz; "
            f"a response needs at least {LOWEST_RATE_HZ:g} Hz to be seen"
        )
    segments: list[Segment] = []
    for first, stretch in zip(emg.firsts, emg.stretches, strict=False):
        if not stretch.n_samples:
            continue
        reason = ""
        if segments:
            last = segments[-1]
            missing_s = stretch.onset_s - last.onset_s - last.n_samples / rate_hz
            if missing_s < -0.5 / rate_hz:
                raise SourceFormatError(
                    f"{name}: its {len(emg.stretches)} segments overlap in time; they are no "
                    "continuous recording"
                )
            if missing_s <= 0.5 / rate_hz:
                segments[-1] = replace(last, n_samples=last.n_samples + stretch.n_samples)
                continue
            reason = f"{missing_s:.3f} s were not recorded"
        segments.append(
            Segment(
                first_index=first,
                n_samples=stretch.n_samples,
                onset_s=round(stretch.onset_s, 7),
                reason=reason,
            )
        )
    if not segments:
        raise SourceFormatError(f"{name}: holds no samples")
    return TimeAxis(segments, rate_hz=rate_hz)


def _edges(
    file: ForeignFile,
    events: Sequence[ForeignEvent],
    matched: MatchedChannels,
    axis: TimeAxis,
    settings: RecordingSettings,
) -> tuple[TriggerEdges | None, list[str]]:
    """Return the stimuli of the event channel that is named, or of a trigger signal."""
    wanted = settings.foreign.event_channel.casefold()
    if wanted:
        found = [event.time_s for event in events if event.channel.casefold() == wanted]
        if not found:
            channels = ", ".join(repr(name) for name in dict.fromkeys(e.channel for e in events))
            raise SourceFormatError(
                f"{file.name}: [foreign] event_channel {settings.foreign.event_channel!r} has no "
                f"event; channels with events: {channels or 'none'}"
            )
        return _on_grid(np.array(found), axis), []
    silent: list[str] = []
    for index in matched.triggers:
        lane = _lane(file, [file.signals[index]])
        stretches = [
            (first, stretch.n_samples)
            for first, stretch in zip(lane.firsts, lane.stretches, strict=False)
            if stretch.n_samples
        ]
        edges = trigger_edges(
            lambda first, n, lane=lane: lane.read(first, n)[0],  # type: ignore[misc]
            stretches,
            rate_hz=lane.rate_hz,
            threshold=settings.trigger.threshold,
            refractory_ms=settings.trigger.refractory_ms,
        )
        if edges is None:
            silent.append(file.signals[index].label)
            continue
        positions, are_steps = edges
        ratio = axis.rate_hz / lane.rate_hz
        return _on_grid(
            lane.times_s(positions), axis, step_samples=ratio if are_steps and ratio > 1.0 else 0.0
        ), silent
    return None, silent


def _on_grid(
    times_s: npt.NDArray[np.float64], axis: TimeAxis, *, step_samples: float = 0.0
) -> TriggerEdges:
    placed = [axis.position(time_s) for time_s in times_s.tolist()]
    positions = np.array([position for position, inside in placed if inside])
    return TriggerEdges(positions=np.sort(positions), step_samples=step_samples)


def _sorted_events(
    events: Sequence[ForeignEvent], settings: ForeignSettings, name: str
) -> tuple[list[tuple[float, StimulusText]], list[ForeignEvent], list[str]]:
    """Part events into stimuli that texts tell of, marks, and what is left out."""
    wanted = {_plain(label) for label in settings.stimulus_events}
    counts = Counter(event.label for event in events)
    stimuli: list[tuple[float, StimulusText]] = []
    others: list[ForeignEvent] = []
    left_out: Counter[str] = Counter()
    for event in events:
        said = stimulus_from_text(event.label)
        if {_plain(event.label), _plain(f"{event.channel}/{event.label}")} & wanted:
            stimuli.append((event.time_s, said or StimulusText()))
        elif said is not None:
            stimuli.append((event.time_s, said))
        elif event.channel.casefold() == settings.event_channel.casefold() != "":
            continue
        elif counts[event.label] > MOST_ALIKE or not _SAYS_SOMETHING.search(event.label):
            left_out[event.label] += bool(event.label)
        else:
            others.append(event)
    warnings = [
        f"{name}: {count} events {label!r} are no marks and are left out; if they are stimuli, "
        "name them in [foreign] stimulus_events"
        for label, count in left_out.most_common(MOST_TOLD)
        if count
    ]
    return stimuli, others, warnings


def _no_stimulus(events: Sequence[ForeignEvent], name: str) -> str:
    counts = Counter(f"{event.channel}/{event.label}" for event in events)
    shown = ", ".join(f"{label!r} {count} x" for label, count in counts.most_common(8))
    return (
        f"{name}: holds no stimulus: no channel is a trigger, and none of its events ({shown}) is "
        "known as one; name them in [foreign] stimulus_events, or their channel in event_channel"
    )


def _plain(label: str) -> str:
    return " ".join(label.casefold().split())


def _start(file: ForeignFile) -> datetime | None:
    start = file.start
    if not isinstance(start, datetime):
        return None
    return start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)


def _identity(emg: _Lane, stimuli: FoundStimuli, annotations: Sequence[Annotation]) -> str:
    """Return a hash of stimuli, texts and 64 stretches of the EMG, evenly spread."""
    digest = hashlib.sha256(stimuli.positions.tobytes())
    digest.update(repr([(a.time_s, a.text) for a in annotations]).encode())
    n_held = emg.firsts[-1]
    n_read = min(HASHED_SAMPLES, n_held)
    for first in np.unique(np.linspace(0, n_held - n_read, HASHED_STRETCHES).astype(int)):
        digest.update(emg.read(int(first), n_read).tobytes())
    return digest.hexdigest()
