"""Figures of a run with hardware in the loop, and the bounds that they are held to."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.events import JournalEntry
from amr_monitor.qa.judgement import Fault, FaultKind, Judgement
from amr_monitor.qa.listening import Heard
from amr_monitor.qa.quantiles import quantiles
from amr_monitor.qa.time_map import TimeMap
from amr_monitor.qa.truth import CaseTruth
from amr_monitor.qa.watching import Resources

SAME_STIMULUS_S = 0.004
"""An event so near a stimulus was caused by its sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTimes:
    """When the simulator sent what, in LSL's clock.

    Attributes
    ----------
    zero_lsl_s : float
        At time 0 of the surgery.
    whole_lsl_s : mapping of float to float
        By time of the stimulus: when the last sample of its sweep was sent.
    late_ms : mapping of str to float
        How punctual the simulator itself was.
    """

    zero_lsl_s: float
    whole_lsl_s: dict[float, float]
    late_ms: dict[str, float]

    @classmethod
    def read(cls, path: Path) -> "SentTimes | None":
        """Return what a simulator wrote; None where it wrote nothing.

        Raises
        ------
        SourceFormatError
        """
        if not path.exists():
            return None
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                zero_lsl_s=float(document["zero_lsl_s"]),
                whole_lsl_s={
                    float(stimulus["time_s"]): float(stimulus["whole_pushed_lsl_s"])
                    for stimulus in document["stimuli"]
                    if stimulus["whole_pushed_lsl_s"] is not None
                },
                late_ms={name: float(ms) for name, ms in document["late_ms"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise SourceFormatError(f"{path}: no timing of a simulator: {fault}") from fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """How long something took, in ms.

    Attributes
    ----------
    stimulus_to_event : tuple of float
        From the stimulus to the event at the client.
    whole_to_event : tuple of float
        From when the last sample of its sweep was sent: what the chain itself takes.
    stimulus_to_sweep, whole_to_sweep : tuple of float
        The same for sweeps for display.
    """

    stimulus_to_event: tuple[float, ...] = ()
    whole_to_event: tuple[float, ...] = ()
    stimulus_to_sweep: tuple[float, ...] = ()
    whole_to_sweep: tuple[float, ...] = ()


def delays(truth: CaseTruth, heard: Heard, time_map: TimeMap, sent: SentTimes | None) -> Delays:
    """Return how long events and sweeps took.

    Without a simulator nobody tells when a stimulus was: times count from the
    quickest sweep, which is taken to need 0.1 s.
    """
    if sent is None:
        seen = [1000.0 * (at - entry_lsl_s) for at, entry_lsl_s in heard.by_the_quickest()]
        return Delays(stimulus_to_event=tuple(seen))
    sent_s = np.array(sorted(sent.whole_lsl_s))
    found: list[list[float]] = [[], [], [], []]
    of_events = [(at, entry.event.time_s) for at, entry in heard.entries]
    for row, moments in ((0, of_events), (2, heard.sweeps)):
        for at, time_s in moments:
            true_s = time_map(time_s)
            stimulus = _nearest(sent_s, true_s)
            if stimulus is None or stimulus > truth.duration_s:
                continue
            found[row].append(1000.0 * (at - sent.zero_lsl_s - stimulus))
            found[row + 1].append(1000.0 * (at - sent.whole_lsl_s[stimulus]))
    return Delays(
        stimulus_to_event=tuple(found[0]),
        whole_to_event=tuple(found[1]),
        stimulus_to_sweep=tuple(found[2]),
        whole_to_sweep=tuple(found[3]),
    )


def _nearest(times_s: "np.ndarray[tuple[int], np.dtype[np.float64]]", at_s: float) -> float | None:
    if not times_s.size:
        return None
    nearest = float(times_s[np.abs(times_s - at_s).argmin()])
    return nearest if abs(nearest - at_s) <= SAME_STIMULUS_S else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HilBounds:
    """What a run is held to, besides its truth. Ours.

    Attributes
    ----------
    delay_p99_ms : float
        From the last sample of a sweep to its event at the client: within a
        second the next stimulus comes and the surgeon's hand moves.
    memory_mib : float
        The daemon at its largest: a small computer holds it many times.
    """

    delay_p99_ms: float = 1000.0
    memory_mib: float = 1024.0

    def broken(self, taken: Delays, resources: Resources) -> list[Fault]:
        """Return the bounds that do not hold."""
        words = []
        p99_ms = quantiles(taken.whole_to_event or taken.stimulus_to_event).get("p99", 0.0)
        if p99_ms > self.delay_p99_ms:
            words.append(f"events take {p99_ms:.0f} ms (99 %); {self.delay_p99_ms:.0f} are allowed")
        if resources.most_memory_mib > self.memory_mib:
            words.append(
                f"the daemon takes {resources.most_memory_mib:.0f} MiB;"
                f" {self.memory_mib:.0f} are allowed"
            )
        return [Fault(kind=FaultKind.SLOW, time_s=None, words=each) for each in words]


@dataclass(frozen=True, slots=True, kw_only=True)
class HilResult:
    """One run, judged.

    Attributes
    ----------
    scenario : str
    judgement : Judgement
        With the faults of the chain besides those of the verdicts.
    delays : Delays
    resources : Resources
        Of the daemon.
    n_events, n_events_kept : int
        At the client, in the journal.
    n_sweeps_seen : int
        Sweeps for display at the client; a slow one may miss some.
    duration_s : float
    simulator_late_ms : dict
        How punctual the simulator was; empty where there was none.
    entries : tuple of JournalEntry
        What the client got.
    """

    scenario: str
    judgement: Judgement
    delays: Delays
    resources: Resources
    n_events: int
    n_events_kept: int
    n_sweeps_seen: int
    duration_s: float
    simulator_late_ms: dict[str, float] = field(default_factory=dict)
    entries: tuple[JournalEntry, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether no bound is broken."""
        return self.judgement.holds
