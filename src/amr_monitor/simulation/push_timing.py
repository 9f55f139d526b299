"""How punctual a live simulation was, measured by itself."""

from array import array
from dataclasses import dataclass, field

import numpy as np

from amr_monitor.simulation.potentials import Array
from amr_monitor.simulation.recording import marked_pulses
from amr_monitor.simulation.stimulator import CLASSES
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.transport import Chunk, Transport

SWEEP_END_S = 0.1
"""A sweep is whole when the sample so long after its stimulus is sent."""


@dataclass(slots=True, kw_only=True)
class ConnectionTiming:
    """When one connection was opened and first listened to, in LSL's clock."""

    opened_at_lsl_s: float
    first_consumer_at_lsl_s: float | None = None
    closed_at_lsl_s: float | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class PushTiming:
    """What is noted of each push.

    Attributes
    ----------
    surgery : Surgery
    transport : Transport
    zero_lsl_s : float
        LSL's clock at time 0 of the surgery.
    late_s : array of float
        Of each chunk, from when it was due to when it was sent; hours of chunks are millions.
    n_pushed : int
        Samples sent.
    connections : list of ConnectionTiming
    """

    surgery: Surgery
    transport: Transport
    zero_lsl_s: float = 0.0
    late_s: "array[float]" = field(default_factory=lambda: array("d"))
    n_pushed: int = 0
    connections: list[ConnectionTiming] = field(default_factory=list)
    _pulses: list[int] = field(default_factory=list)
    _onset_index: dict[int, int] = field(default_factory=dict)
    _whole_at: dict[int, float] = field(default_factory=dict)
    _next_onset: int = 0
    _next_whole: int = 0

    def __post_init__(self) -> None:
        self._pulses = marked_pulses(self.surgery).tolist()

    def pushed(self, chunk: Chunk, *, at_lsl_s: float) -> None:
        """Note that a chunk was sent at `at_lsl_s`."""
        due_lsl_s = self.zero_lsl_s + self.transport.real_s(chunk.due_s)
        self.late_s.append(at_lsl_s - due_lsl_s)
        rate_hz = chunk.connection.rate_hz
        self._next_onset = self._passed(chunk, self._next_onset, 0.0, at_lsl_s, rate_hz)
        self._next_whole = self._passed(chunk, self._next_whole, SWEEP_END_S, at_lsl_s, rate_hz)
        self.n_pushed += chunk.end - chunk.first

    def _passed(self, chunk: Chunk, k: int, after_s: float, at_lsl_s: float, rate_hz: float) -> int:
        """Note the stimuli whose sample so long after the onset is in the chunk."""
        times_s = self.surgery.pulses.time_s
        while k < len(self._pulses):
            index = int(np.floor((times_s[self._pulses[k]] + after_s) * rate_hz))
            if index >= chunk.end:
                break
            if index >= chunk.first:
                if after_s:
                    self._whole_at[k] = at_lsl_s
                else:
                    self._onset_index[k] = self.n_pushed + index - chunk.first
            k += 1
        return k

    def late_ms(self) -> dict[str, float]:
        """Return the quantiles of how late chunks were sent."""
        if not self.late_s:
            return {}
        late_ms: Array = 1000.0 * np.array(self.late_s)
        figures = {f"p{q}": float(np.percentile(late_ms, q)) for q in (50, 95, 99)}
        figures["max"] = float(late_ms.max())
        return {name: round(value, 3) for name, value in figures.items()}

    def document(self) -> dict[str, object]:
        """Return everything as JSON holds it; docs/simulator.md tells the form."""
        pulses, transport = self.surgery.pulses, self.transport
        stimuli = []
        for k, pulse in enumerate(self._pulses[: self._next_onset]):
            time_s = float(pulses.time_s[pulse])
            whole = self._whole_at.get(k)
            stimuli.append(
                {
                    "time_s": round(time_s, 6),
                    "class": CLASSES[int(pulses.class_number[pulse])].value,
                    "sample_index": self._onset_index.get(k),
                    "onset_lsl_s": round(self.zero_lsl_s + transport.stamp_s(time_s), 6),
                    "whole_due_lsl_s": round(
                        self.zero_lsl_s + transport.real_s(time_s + SWEEP_END_S), 6
                    ),
                    "whole_pushed_lsl_s": None if whole is None else round(whole, 6),
                }
            )
        return {
            "origin": "simulated",
            "scenario": self.surgery.scenario.name,
            "seed": self.surgery.seed,
            "sampling_rate_hz": self.surgery.rate_hz,
            "zero_lsl_s": self.zero_lsl_s,
            "n_chunks": len(self.late_s),
            "n_samples": self.n_pushed,
            "late_ms": self.late_ms(),
            "connections": [
                {
                    "opened_at_lsl_s": item.opened_at_lsl_s,
                    "first_consumer_at_lsl_s": item.first_consumer_at_lsl_s,
                    "closed_at_lsl_s": item.closed_at_lsl_s,
                }
                for item in self.connections
            ],
            "stimuli": stimuli,
        }
