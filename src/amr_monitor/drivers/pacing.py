"""A source held to real time, or to a multiple of it, with the controls of a player."""

import math
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from amr_monitor.dsp.cutting import onset_column
from amr_monitor.model.case import MarkName
from amr_monitor.model.errors import CommandRefused
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import Annotation, SampleSource, SourceInfo, SourceItem
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.model.sweep import Sweep, sweep_offsets
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import MarkCommand

MOST_AT_ONCE_S = 0.5
"""So much of the recording comes with one read at most, so that controls act soon."""


class Clock(Protocol):
    """What pacing needs of time."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...

    def wait(self, condition: threading.Condition, timeout_s: float) -> None:
        """Wait, with the condition held, until it is notified or time is over."""
        ...


class SystemClock:
    """The clock of the machine."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def wait(self, condition: threading.Condition, timeout_s: float) -> None:
        """Wait, with the condition held, until it is notified or time is over."""
        condition.wait(timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackState:
    """How a paced source plays.

    Attributes
    ----------
    is_paused : bool
    speed : float
        Times real time; infinite for as fast as it goes.
    position_s : float
        Time of the newest sample given, on the recording's axis.
    end_s : float or None
    start_s : float
        Time of the first sample.
    seeking_s : float or None
        The time that it runs to without waiting; None where it plays.
    """

    is_paused: bool
    speed: float
    position_s: float
    end_s: float | None
    start_s: float = 0.0
    seeking_s: float | None = None


class PacedSource:
    """Give the blocks of a source no earlier than an amplifier would have.

    A hole of the recording is not waited for. `step` and `seek` let samples
    through as fast as they can be read: nothing is left out, so the monitor
    is fed the same whatever a person does here. Every method may be called
    from any thread; the controls return at once and raise `CommandRefused`.

    Parameters
    ----------
    source : SampleSource
        Gives blocks, or one sweep at a time.
    speed : float
        Times real time; infinite for no waiting.
    clock : Clock or None
        None takes the machine's.
    annotations : sequence of Annotation
        All texts that are to come, as far as they are known: what `seek` finds
        a mark in.
    """

    def __init__(
        self,
        source: SampleSource,
        *,
        speed: float = 1.0,
        clock: Clock | None = None,
        annotations: Sequence[Annotation] = (),
    ) -> None:
        self._source = source
        self._clock = clock or SystemClock()
        self._marks = [(a.time_s, _mark_name(a)) for a in annotations]
        self._shown_marks = tuple(_shown_marks(annotations))
        self._changed = threading.Condition()
        self._speed = _checked(speed)
        self._is_paused = False
        self._is_closed = False
        self._is_over = False
        info = source.info
        self._segment = (0, info.first_time_s)
        self._position_s = info.first_time_s
        self._end_s = None if info.duration_s is None else info.first_time_s + info.duration_s
        self._held: deque[SourceItem] = deque()
        self._held_until_s = info.first_time_s
        self._through_s: float | None = None  # a seek runs up to here
        self._is_stepping = False
        self._step_until_s: float | None = None
        self._set_anchor()

    @property
    def info(self) -> SourceInfo:
        """What the source is."""
        return self._source.info

    @property
    def state(self) -> PlaybackState:
        """How it plays now."""
        with self._changed:
            return PlaybackState(
                is_paused=self._is_paused,
                speed=self._speed,
                position_s=self._position_s,
                end_s=self._end_s,
                start_s=self.info.first_time_s,
                seeking_s=self._through_s,
            )

    @property
    def marks(self) -> Sequence[tuple[float, str]]:
        """Time and words of the marks that the recording holds, notes left out."""
        return self._shown_marks

    def pause(self) -> None:
        """Hold the samples back."""
        with self._changed:
            self._is_paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Let them go on."""
        with self._changed:
            self._is_paused = False
            self._set_anchor()
            self._changed.notify_all()

    def set_speed(self, factor: float) -> None:
        """Go on at `factor` times real time; infinity is as fast as it goes."""
        with self._changed:
            self._speed = _checked(factor)
            self._set_anchor()
            self._changed.notify_all()

    def step(self) -> None:
        """Let go one stimulus with its sweep, then hold."""
        with self._changed:
            self._is_paused = True
            self._is_stepping = True
            self._step_until_s = None
            self._changed.notify_all()

    def seek(self, target: float | str) -> None:
        """Run on to a time of the recording, or to the next mark of a name.

        Parameters
        ----------
        target : float or str
            Seconds on the recording's axis, or the name of a mark such as
            `dura opened`.
        """
        with self._changed:
            time_s = self._time_of_mark(target) if isinstance(target, str) else target
            if not time_s > self._position_s:
                raise CommandRefused(
                    f"a replay only runs forward: it is at {self._position_s:.1f} s, "
                    f"{time_s:.1f} s are past"
                )
            if self._end_s is not None and time_s > self._end_s:
                raise CommandRefused(f"the recording ends at {self._end_s:.1f} s")
            self._through_s = time_s
            self._changed.notify_all()

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return what is due by now; empty after `timeout_s`; None at the end."""
        until = self._clock.monotonic() + timeout_s
        with self._changed:
            while True:
                items = self._due()
                if items or self._is_closed or (self._is_over and not self._held):
                    return items or None
                now = self._clock.monotonic()
                left_s = min(until, self._next_due()) - now
                if now >= until:
                    return ()
                self._clock.wait(self._changed, max(left_s, 0.0))

    def close(self) -> None:
        """Let go of the source; a read that waits returns."""
        with self._changed:
            self._is_closed = True
            self._held.clear()
            self._changed.notify_all()
        self._source.close()

    def _due(self) -> list[SourceItem]:
        """Return the items whose time has come, reading ahead by one read."""
        items: list[SourceItem] = []
        start_s = self._position_s
        while self._position_s - start_s < MOST_AT_ONCE_S:
            if not self._held and not self._fill():
                break
            if not self._may_pass():
                break
            items += self._held
            self._advance()
        return items

    def _fill(self) -> bool:
        """Read ahead; False where there is nothing more."""
        if self._is_over or self._is_closed:
            return False
        read = self._source.read(timeout_s=0.0)
        if read is None:
            self._is_over = True
            return False
        for item in read:
            if isinstance(item, Gap):
                # What was not recorded is not waited for.
                self._anchor = (self._due_at(self._position_s), item.resumes_at_s)
                self._segment = (item.sample_index, item.resumes_at_s)
                self._position_s = item.resumes_at_s
            elif isinstance(item, SampleBlock | Sweep):
                self._held_until_s = self._time_s(item.end_index)
        self._held += read
        return bool(read)

    def _may_pass(self) -> bool:
        if self._through_s is not None or self._is_stepping:
            return True
        return not self._is_paused and self._clock.monotonic() >= self._due_at(self._held_until_s)

    def _advance(self) -> None:
        """Take note that everything held is given."""
        for item in self._held:
            if isinstance(item, Stimulus) and self._is_stepping and self._step_until_s is None:
                _, after = sweep_offsets(
                    self.info.sampling_rate_hz, self.info.sweep_start_ms, self.info.sweep_end_ms
                )
                self._step_until_s = self._time_s(onset_column(item) + after)
        self._held.clear()
        self._position_s = max(self._position_s, self._held_until_s)
        ran = False
        if self._through_s is not None and self._position_s >= self._through_s:
            self._through_s, ran = None, True
        if self._step_until_s is not None and self._position_s >= self._step_until_s:
            self._is_stepping, self._step_until_s, ran = False, None, True
        if ran:
            self._set_anchor()

    def _next_due(self) -> float:
        if self._is_paused or not self._held:
            return math.inf
        return self._due_at(self._held_until_s)

    def _due_at(self, time_s: float) -> float:
        clock_s, position_s = self._anchor
        return clock_s + (time_s - position_s) / self._speed

    def _set_anchor(self) -> None:
        self._anchor = (self._clock.monotonic(), self._position_s)

    def _time_s(self, index: int) -> float:
        first, onset_s = self._segment
        return onset_s + (index - first) / self.info.sampling_rate_hz

    def _time_of_mark(self, name: str) -> float:
        wanted = _mark_name(Annotation(sample_index=0, time_s=0.0, text=name))
        for time_s, mark in self._marks:
            if mark == wanted and time_s > self._position_s:
                return time_s
        raise CommandRefused(f"no mark {name!r} comes after {self._position_s:.1f} s")


def _mark_name(annotation: Annotation) -> str:
    command = command_from_annotation(annotation)
    return command.mark.value if isinstance(command, MarkCommand) else annotation.text


def _shown_marks(annotations: Sequence[Annotation]) -> Iterator[tuple[float, str]]:
    for annotation in sorted(annotations, key=lambda each: each.time_s):
        command = command_from_annotation(annotation)
        if isinstance(command, MarkCommand) and command.mark is not MarkName.NOTE:
            vessel = f" {command.vessel}" if command.vessel else ""
            yield annotation.time_s, f"{command.mark.replace('_', ' ')}{vessel}"


def _checked(speed: float) -> float:
    if not speed > 0.0:
        raise CommandRefused(f"a speed is above 0, not {speed:g}")
    return speed
