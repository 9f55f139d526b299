"""What the surgeries of the state table have in common."""

from collections.abc import Callable

from amr_monitor.monitor.commands import (
    Command,
)
from tests.feeding import Told, surgery
from tests.sweeps import OCULI, Patient, Recording

LOST_AT = 150
"""Stimulus from which on the response is gone in most rows, a second after a vessel was moved."""

ROWS: dict[str, Callable[[], Told]] = {}
Row = Callable[[], Told]


def row(number: str) -> Callable[[Row], Row]:
    """Enter the surgery of a row."""

    def entered(tell: Row) -> Row:
        ROWS[number] = tell
        return tell

    return entered


def usual(
    recording: Recording,
    *,
    dura: float | None = 70.0,
    started: float | None = 100.0,
    moved: float | None = 149.0,
    complete: float | None = 170.0,
    closed: float | None = None,
) -> list[Command]:
    """Return the marks of a surgery in which the vessel is moved before stimulus 150."""
    return surgery(
        recording, dura=dura, started=started, moved=moved, complete=complete, closed=closed
    )


def lost(
    n: int = 300, *, seed: int, patient: Patient | None = None, at: int = LOST_AT
) -> Recording:
    """Return a recording whose response in the lead is gone from a stimulus on."""
    r = Recording(n, seed=seed, patient=patient)
    r.amr[OCULI][at:] = 0.0
    return r


def set_current(r: Recording, first: int, last: int, current_ma: float) -> None:
    """Give stimuli another current; the artifact follows, the M wave is supramaximal."""
    for number in range(first, last):
        r.current_ma[number] = current_ma
    for muscle in r.muscles:
        r.artifact[muscle][first:last] = current_ma / 10.0


def bursts(*, each: int, apart_s: float, n: int, then: int) -> list[float]:
    """Return the times of bursts at 1 Hz, and of a continuous run after them."""
    times: list[float] = []
    for burst in range(n):
        times += [0.7 + burst * apart_s + k for k in range(each)]
    return times + [0.7 + n * apart_s + k for k in range(then)]
