"""What becomes of samples and markers on the way: holes, stalls, stamps, markers.

Everything is drawn from the seed before anything is sent, so that the truth
can tell it. Times are seconds of the surgery; whoever sends adds its own clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from amr_monitor.model.case import Muscle
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.simulation.faults import PlacedFaults
from amr_monitor.simulation.potentials import Array, IntArray
from amr_monitor.simulation.recording import UNSAID_CLASSES, marked_pulses, stimulus_text
from amr_monitor.simulation.stimulator import CLASSES
from amr_monitor.simulation.stream import (
    FAST_RATE_HZ,
    SLOW_CHUNK_MS,
    USUAL_CHUNK_MS,
    ClockJump,
    Disconnect,
    InvalidSamples,
    JumpingClock,
    LostSamples,
    MarkerFaults,
    OddChunks,
    Stall,
)
from amr_monitor.simulation.streams import RandomStreams
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.timeline import TimedMark

LATEST_MARKER_MS = 20.0
DOUBLE_AFTER_S = (0.001, 0.05)
SHORTEST_TRIGGER_INTERVAL_S = 0.01
WRONG_MARKERS = (
    (StimulusClass.ZLR, 2.0),
    (StimulusClass.MEP, 100.0),
    (StimulusClass.BAEP_CLICK, float("nan")),
    (StimulusClass.AMR, 0.5),
)
"""What a wrong marker names: another class, or another current."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One stretch in which the streams are there.

    Attributes
    ----------
    number : int
        1, 2, 3 ...
    start_s, end_s : float
    source_number : int
        Another one is another `source_id`.
    muscles : tuple of Muscle
        Whose channels are sent.
    rate_hz : float
    """

    number: int
    start_s: float
    end_s: float
    source_number: int
    muscles: tuple[Muscle, ...]
    rate_hz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMarker:
    """One text on the marker stream.

    Attributes
    ----------
    stamp_s : float
        The time it claims, before any jump of a clock.
    due_s : float
        When it is sent.
    text : str
    pulse : int or None
        Of the stimulus that it tells; None for a mark of the operator.
    stimulus_class : StimulusClass or None
        That it names.
    current_ma : float or None
        That it names.
    """

    stamp_s: float
    due_s: float
    text: str
    pulse: int | None = None
    stimulus_class: StimulusClass | None = None
    current_ma: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Consecutive samples that are sent at once.

    Attributes
    ----------
    connection : Connection
    first, end : int
        Of the device's samples since the beginning of the surgery, at the
        rate of the connection.
    due_s : float
        When it is sent: once its last sample is there, or a stall is over.
    """

    connection: Connection
    first: int
    end: int
    due_s: float

    @property
    def last_s(self) -> float:
        """Time of its last sample."""
        return (self.end - 1) / self.connection.rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Samples that arrive without a hole, numbered as the device counts them."""

    connection: Connection
    first: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Transport:
    """The way of one surgery's samples and markers.

    Attributes
    ----------
    connections : tuple of Connection
    lost_s : tuple of (float, float)
        Stretches that never arrive while the streams are there.
    stalls_s : tuple of (float, float)
    jumps : tuple of (float, float, JumpingClock)
        When, by how many seconds, and whose clock.
    invalid_s : tuple of (float, float, Muscle or None)
    markers : tuple of SentMarker
        In the order in which they are sent.
    trigger_s : ndarray of float64, shape (n_triggers,)
        Onsets on the trigger channel.
    trigger_pulses : ndarray of int64, shape (n_triggers,)
        Of which pulse each tells.
    drift_ppm : float
    """

    connections: tuple[Connection, ...]
    lost_s: tuple[tuple[float, float], ...]
    stalls_s: tuple[tuple[float, float], ...]
    jumps: tuple[tuple[float, float, JumpingClock], ...]
    invalid_s: tuple[tuple[float, float, Muscle | None], ...]
    markers: tuple[SentMarker, ...]
    trigger_s: Array
    trigger_pulses: IntArray
    drift_ppm: float

    @property
    def holes_s(self) -> tuple[tuple[float, float], ...]:
        """Every stretch whose samples never arrive, in order."""
        between = [
            (before.end_s, after.start_s)
            for before, after in zip(self.connections[:-1], self.connections[1:], strict=True)
        ]
        return tuple(sorted([*self.lost_s, *between]))

    @property
    def breaks_s(self) -> tuple[tuple[float, float], ...]:
        """Every stretch across which no sweep can be cut: holes and jumps of the EMG's clock."""
        jumps = [(at, at) for at, _, clock in self.jumps if clock is not JumpingClock.MARKERS]
        return tuple(sorted([*self.holes_s, *jumps]))

    def kept_marks(self, marks: tuple[TimedMark, ...]) -> tuple[TimedMark, ...]:
        """Return the marks that are made while the streams are there."""
        return tuple(
            mark
            for mark in marks
            if any(c.start_s <= mark.time_s < c.end_s for c in self.connections)
        )

    def stamp_s(self, time_s: float, *, markers: bool = False) -> float:
        """Return the time that a sample or marker of `time_s` claims: jumps, and drift."""
        spared = JumpingClock.EMG if markers else JumpingClock.MARKERS
        jumped = sum(by for at, by, clock in self.jumps if at <= time_s and clock is not spared)
        return self.real_s(time_s) + jumped

    def real_s(self, time_s: float) -> float:
        """Return the seconds that pass until the device says `time_s`: its clock drifts."""
        return time_s / (1.0 + 1e-6 * self.drift_ppm)

    def passages(self) -> list[Passage]:
        """Return what arrives, in order; at a jump of a clock nothing is missing."""
        passages: list[Passage] = []
        for connection in self.connections:
            for first, end in zip(*self._stretches(connection), strict=True):
                last = passages[-1] if passages else None
                if last is not None and (last.connection, last.end) == (connection, first):
                    passages[-1] = replace(last, end=end)
                elif end > first:
                    passages.append(Passage(connection=connection, first=first, end=end))
        return passages

    def chunks(self, surgery: Surgery) -> Iterator[Chunk]:
        """Yield what is sent, in order; the sizes are drawn from the seed."""
        generator = surgery.streams.generator("chunks")
        odd = surgery.faults.of(OddChunks)
        asked = surgery.scenario.stream.chunk_samples
        for connection in self.connections:
            rate_hz = connection.rate_hz
            usual_ms = USUAL_CHUNK_MS if rate_hz >= FAST_RATE_HZ else SLOW_CHUNK_MS
            usual = max(1, round(usual_ms * 1e-3 * rate_hz))
            starts, ends = self._stretches(connection)
            for start, stretch_end in zip(starts, ends, strict=True):
                at = start
                while at < stretch_end:
                    size = usual if asked is None else max(1, round(asked.draw(generator)))
                    for placed, fault in odd:
                        if placed.start_s <= at / rate_hz < placed.end_s:
                            size = max(1, round(fault.samples.draw(generator)))
                    end = min(at + size, stretch_end)
                    due_s = _held_s(self.stalls_s, end / rate_hz)
                    yield Chunk(connection=connection, first=at, end=end, due_s=due_s)
                    at = end

    def _stretches(self, connection: Connection) -> tuple[list[int], list[int]]:
        """Return where stretches without loss or jump begin and end, in samples."""
        rate_hz = connection.rate_hz
        first = int(np.ceil(connection.start_s * rate_hz))
        last = int(np.ceil(connection.end_s * rate_hz))
        starts, ends = [first], []
        edges = [*self.lost_s, *((at, at) for at, _, _ in self.jumps)]
        for start_s, end_s in sorted(edges):
            start, end = int(np.ceil(start_s * rate_hz)), int(np.ceil(end_s * rate_hz))
            if end <= starts[-1] or start >= last:
                continue
            ends.append(max(start, starts[-1]))
            starts.append(end)
        ends.append(last)
        return starts, ends


def draw_transport(surgery: Surgery) -> Transport:
    """Return the way of a surgery's samples and markers."""
    faults = surgery.faults
    drift = surgery.scenario.stream.clock_drift_ppm.draw(surgery.streams.generator("clock_drift"))
    markers, trigger_s, trigger_pulses = _markers(surgery)
    stalls_s = tuple((p.start_s, p.end_s) for p, _ in faults.of(Stall))
    sent = [replace(marker, due_s=_held_s(stalls_s, marker.due_s)) for marker in markers]
    return Transport(
        connections=_connections(surgery),
        lost_s=_lost(surgery),
        stalls_s=stalls_s,
        jumps=tuple((p.start_s, p.values["jump_s"], f.clock) for p, f in faults.of(ClockJump)),
        invalid_s=tuple((p.start_s, p.end_s, f.muscle) for p, f in faults.of(InvalidSamples)),
        markers=tuple(sorted(sent, key=lambda marker: marker.due_s)),
        trigger_s=trigger_s,
        trigger_pulses=trigger_pulses,
        drift_ppm=drift,
    )


def _held_s(stalls_s: tuple[tuple[float, float], ...], time_s: float) -> float:
    """Return when something of `time_s` is sent."""
    for start_s, end_s in stalls_s:
        if start_s <= time_s < end_s:
            return end_s
    return time_s


def _connections(surgery: Surgery) -> tuple[Connection, ...]:
    muscles, rate_hz = surgery.scenario.muscles, surgery.rate_hz
    connections: list[Connection] = []
    source_number, start_s = 1, 0.0
    for placed, fault in sorted(surgery.faults.of(Disconnect), key=lambda pair: pair[0].start_s):
        if placed.start_s <= start_s:
            continue
        connections.append(
            Connection(
                number=len(connections) + 1,
                start_s=start_s,
                end_s=placed.start_s,
                source_number=source_number,
                muscles=muscles,
                rate_hz=rate_hz,
            )
        )
        start_s = placed.end_s
        source_number += fault.new_source_id
        muscles = tuple(m for m in surgery.scenario.muscles if m is not fault.missing)
        rate_hz = fault.rate_hz or surgery.rate_hz
    if start_s < surgery.duration_s:
        connections.append(
            Connection(
                number=len(connections) + 1,
                start_s=start_s,
                end_s=surgery.duration_s,
                source_number=source_number,
                muscles=muscles,
                rate_hz=rate_hz,
            )
        )
    return tuple(connections)


def _lost(surgery: Surgery) -> tuple[tuple[float, float], ...]:
    lost: list[tuple[float, float]] = []
    for placed, fault in surgery.faults.of(LostSamples):
        generator = surgery.streams.generator("lost_samples", placed.number)
        share = min(placed.values["share"], 0.9)
        at_s = placed.start_s
        while share > 0.0:
            length_s = fault.lost_ms.draw(generator) / 1000.0
            at_s += float(generator.exponential(length_s * (1.0 - share) / share))
            if at_s >= placed.end_s:
                break
            lost.append((at_s, min(at_s + length_s, placed.end_s)))
            at_s += length_s
    return tuple(sorted(lost))


def _markers(surgery: Surgery) -> tuple[list[SentMarker], Array, IntArray]:
    """Return the markers of stimuli and of the operator; the triggers and their pulses."""
    pulses = surgery.pulses
    numbers = marked_pulses(surgery)
    time_s = pulses.time_s[numbers]
    fate = draw_marker_fate(surgery.faults, time_s, surgery.streams)
    markers = [
        SentMarker(stamp_s=mark.time_s, due_s=mark.time_s, text=mark.text) for mark in surgery.marks
    ]
    for k in np.flatnonzero(~fate.missing).tolist():
        at_s = float(time_s[k] + fate.late_s[k])
        marker = _stimulus_marker(surgery, int(numbers[k]), at_s, fate.wrong[k])
        markers.append(marker)
        if fate.doubled_after_s[k] > 0.0:
            again_s = at_s + float(fate.doubled_after_s[k])
            markers.append(replace(marker, stamp_s=again_s, due_s=again_s))
    kept = ~(fate.missing & fate.trigger_too)
    doubled = kept & (fate.doubled_after_s > 0.0) & fate.trigger_too
    doubles_s = time_s + np.maximum(fate.doubled_after_s, SHORTEST_TRIGGER_INTERVAL_S)
    trigger_s = np.concatenate([time_s[kept], doubles_s[doubled]])
    trigger_pulses = np.concatenate([numbers[kept], numbers[doubled]])
    order = np.argsort(trigger_s, kind="stable")
    return markers, trigger_s[order], trigger_pulses[order]


def _stimulus_marker(
    surgery: Surgery, pulse: int, at_s: float, wrong: tuple[StimulusClass, float] | None
) -> SentMarker:
    pulses = surgery.pulses
    number, current_ma = int(pulses.class_number[pulse]), float(pulses.current_ma[pulse])
    if wrong is not None:
        number, current_ma = CLASSES.index(wrong[0]), wrong[1]
    kind = CLASSES[number]
    return SentMarker(
        stamp_s=at_s,
        due_s=at_s,
        text=stimulus_text(number, current_ma),
        pulse=pulse,
        stimulus_class=None if kind in UNSAID_CLASSES else kind,
        current_ma=current_ma if np.isfinite(current_ma) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkerFate:
    """What becomes of the markers of some stimuli, all of shape (n_stimuli,).

    Attributes
    ----------
    late_s : ndarray of float64
    missing : ndarray of bool
    doubled_after_s : ndarray of float64
        0 where the marker comes once.
    wrong : tuple of (StimulusClass, float) or None
        What is named in place of what was given; None where the words are right.
    trigger_too : ndarray of bool
        Missing and doubled on the trigger channel as well.
    """

    late_s: Array
    missing: np.ndarray
    doubled_after_s: Array
    wrong: tuple[tuple[StimulusClass, float] | None, ...]
    trigger_too: np.ndarray


def draw_marker_fate(faults: PlacedFaults, time_s: Array, streams: RandomStreams) -> MarkerFate:
    """Return what becomes of the markers of stimuli at `time_s`."""
    n = time_s.size
    late_s, doubled_s = np.zeros(n), np.zeros(n)
    missing, trigger_too = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    wrong: list[tuple[StimulusClass, float] | None] = [None] * n
    for placed, fault in faults.of(MarkerFaults):
        generator = streams.generator("marker_faults", placed.number)
        inside = placed.covers(time_s)
        late_ms = placed.values["late_ms"] + placed.values["late_sd_ms"] * (
            generator.standard_normal(n)
        )
        late_s[inside] = np.clip(late_ms[inside], 0.0, LATEST_MARKER_MS) / 1000.0
        chances = generator.uniform(size=(3, n))
        missing |= inside & (chances[0] < placed.values["missing_probability"])
        doubles = inside & (chances[1] < placed.values["doubled_probability"])
        after_s = generator.uniform(*DOUBLE_AFTER_S, size=n)
        doubled_s[doubles] = after_s[doubles]
        which = generator.integers(len(WRONG_MARKERS), size=n)
        for k in np.flatnonzero(inside & (chances[2] < placed.values["wrong_probability"])):
            wrong[int(k)] = WRONG_MARKERS[int(which[k])]
        if fault.trigger:
            trigger_too |= inside
    return MarkerFate(
        late_s=late_s,
        missing=missing,
        doubled_after_s=doubled_s,
        wrong=tuple(wrong),
        trigger_too=trigger_too,
    )


def transport_document(transport: Transport) -> dict[str, object]:
    """Return what the truth tells of the stream, for JSON."""
    stimuli = [marker for marker in transport.markers if marker.pulse is not None]
    told = {marker.pulse for marker in stimuli}
    return {
        "clock_drift_ppm": round(transport.drift_ppm, 3),
        "connections": [
            {
                "start_s": round(c.start_s, 4),
                "end_s": round(c.end_s, 4),
                "source_number": c.source_number,
                "muscles": [muscle.value for muscle in c.muscles],
                "sampling_rate_hz": c.rate_hz,
            }
            for c in transport.connections
        ],
        "stalls_s": [[round(low, 4), round(high, 4)] for low, high in transport.stalls_s],
        "jumps": [
            {"at_s": round(at, 4), "by_s": round(by, 4), "clock": clock.value}
            for at, by, clock in transport.jumps
        ],
        "n_stimulus_markers": len(stimuli),
        "n_doubled_markers": len(stimuli) - len(told),
        "n_triggers": len(transport.trigger_s),
    }
