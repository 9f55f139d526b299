"""What a table of sweeps does not say itself: `surgery.toml` beside `surgery.csv`."""

import difflib
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import SourceFormatError

ENDING = ".toml"
_KEYS = (
    "unit",
    "side",
    "start",
    "simulated",
    "stimulus_rate_hz",
    "first_stimulus_s",
    "stimulus_times_s",
    "current_ma",
    "rejected",
    "sampling_rate_hz",
    "skip_lines",
    "channel",
    "mark",
)
_CHANNEL_KEYS = ("label", "muscle", "columns", "header", "file", "unit")
_MARK_KEYS = ("time_s", "text")

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelColumns:
    """Which columns are the sweeps of one channel.

    Attributes
    ----------
    label : str
    muscle : Muscle or None
        Where the label does not tell it.
    file : str
        Beside the sidecar; "" for its own table.
    first, last : int or None
        Columns counted from 1, the time being 1; None for all.
    header : str
        Beginning of the headers of its columns; "" for those above.
    unit : str
    """

    label: str
    muscle: Muscle | None
    file: str
    first: int | None
    last: int | None
    header: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSidecar:
    """A sidecar, checked.

    Attributes
    ----------
    channels : tuple of ChannelColumns
    side : Side or None
    start : datetime or None
        Of time 0, UTC.
    is_simulated : bool
    rate_hz, first_s : float
        Stimuli a second and the first of them, where no times are given.
    times_s : tuple of float or None
        One a sweep.
    currents_ma : tuple of float
        None, one for all, or one a sweep.
    rejected : frozenset of int
        Numbers of sweeps, from 1.
    sampling_rate_hz : float or None
    skip_lines : int
    marks : tuple of (float, str)
        In the order of time.
    """

    channels: tuple[ChannelColumns, ...]
    side: Side | None
    start: datetime | None
    is_simulated: bool
    rate_hz: float
    first_s: float
    times_s: tuple[float, ...] | None
    currents_ma: tuple[float, ...]
    rejected: frozenset[int]
    sampling_rate_hz: float | None
    skip_lines: int
    marks: tuple[tuple[float, str], ...]


def read_sidecar(path: Path) -> SweepSidecar:
    """Read a sidecar.

    Raises
    ------
    SourceFormatError
        It cannot be read, or says something that cannot be used.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise SourceFormatError(
            f"{path}: cannot be read: {fault.strerror}; check the path"
        ) from fault
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise SourceFormatError(f"{path}: is no TOML: {fault}") from fault
    return _Reader(path).sidecar(told)


class _Reader:
    """Reads one sidecar; every message names it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sidecar(self, told: Table) -> SweepSidecar:
        self._require_known(told, _KEYS, "")
        unit = self._text(told, "unit")
        channels = self._tables(told, "channel")
        if not channels:
            raise self._fault("needs a [[channel]] with its label")
        rate_hz = self._number(told, "stimulus_rate_hz")
        times = told.get("stimulus_times_s")
        if (rate_hz is None) == (times is None):
            raise self._fault("needs either stimulus_rate_hz or stimulus_times_s")
        if rate_hz is not None and not rate_hz > 0.0:
            raise self._fault("stimulus_rate_hz is above 0")
        skip_lines = self._number(told, "skip_lines") or 0.0
        sampling_hz = self._number(told, "sampling_rate_hz")
        if sampling_hz is not None and not sampling_hz > 0.0:
            raise self._fault("sampling_rate_hz is above 0")
        current = told.get("current_ma", [])
        marks = [self._mark(mark) for mark in self._tables(told, "mark")]
        return SweepSidecar(
            channels=tuple(self._channel(channel, unit) for channel in channels),
            side=self._side(told),
            start=self._start(told),
            is_simulated=self._flag(told, "simulated"),
            rate_hz=rate_hz or 1.0,
            first_s=self._number(told, "first_stimulus_s") or 0.0,
            times_s=None if times is None else self._times(times),
            currents_ma=self._numbers(
                current if isinstance(current, list) else [current], "current_ma"
            ),
            rejected=frozenset(self._counts(told.get("rejected", []), "rejected")),
            sampling_rate_hz=sampling_hz,
            skip_lines=int(skip_lines),
            marks=tuple(sorted(marks)),
        )

    def _channel(self, told: Table, unit: str) -> ChannelColumns:
        self._require_known(told, _CHANNEL_KEYS, "[[channel]] ")
        label = self._text(told, "label")
        named = self._text(told, "muscle")
        if named and named not in [muscle.value for muscle in Muscle]:
            known = ", ".join(muscle.value for muscle in Muscle)
            raise self._fault(f"[[channel]] muscle {named!r} is not known; there are {known}")
        if not label and not named:
            raise self._fault("[[channel]] needs a label, or a muscle")
        own = self._text(told, "unit") or unit
        if not own:
            raise self._fault("needs a unit: uV, mV, V or nV")
        first = last = None
        if "columns" in told:
            columns = self._counts(told["columns"], "[[channel]] columns")
            if len(columns) != 2 or not 2 <= columns[0] <= columns[1]:
                raise self._fault(
                    "[[channel]] columns are [first, last], counted from 1; the time is column 1"
                )
            first, last = columns
        return ChannelColumns(
            label=label or named,
            muscle=Muscle(named) if named else None,
            file=self._text(told, "file"),
            first=first,
            last=last,
            header=self._text(told, "header"),
            unit=own,
        )

    def _mark(self, told: Table) -> tuple[float, str]:
        self._require_known(told, _MARK_KEYS, "[[mark]] ")
        time_s, text = self._number(told, "time_s"), self._text(told, "text")
        if time_s is None or not text.strip():
            raise self._fault("[[mark]] needs time_s and text")
        return time_s, text

    def _times(self, told: object) -> tuple[float, ...]:
        times_s = self._numbers(told, "stimulus_times_s")
        if any(late <= early for early, late in pairwise(times_s)):
            raise self._fault("stimulus_times_s do not rise")
        return times_s

    def _start(self, told: Table) -> datetime | None:
        start = told.get("start")
        if start is None:
            return None
        if not isinstance(start, datetime) or start.tzinfo is None:
            raise self._fault("start is a date and time with its zone: 2026-01-05T08:00:00Z")
        return start.astimezone(UTC)

    def _side(self, told: Table) -> Side | None:
        side = self._text(told, "side")
        if side not in ("", *Side):
            raise self._fault(f"side is left or right, not {side!r}")
        return Side(side) if side else None

    def _flag(self, told: Table, key: str) -> bool:
        value = told.get(key, False)
        if not isinstance(value, bool):
            raise self._fault(f"{key} is true or false")
        return value

    def _text(self, told: Table, key: str) -> str:
        value = told.get(key, "")
        if not isinstance(value, str):
            raise self._fault(f'{key} is a text in "quotes"')
        return value

    def _number(self, told: Table, key: str) -> float | None:
        return self._numbers([told[key]], key)[0] if key in told else None

    def _numbers(self, told: object, key: str) -> tuple[float, ...]:
        if not isinstance(told, list):
            raise self._fault(f"{key} is a list of numbers")
        for value in told:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or abs(value) > 1e9:
                raise self._fault(f"{key}: {value!r} is no number that can be used")
        return tuple(float(value) for value in told)

    def _counts(self, told: object, key: str) -> list[int]:
        numbers = self._numbers(told, key)
        if any(number < 1 or number != int(number) for number in numbers):
            raise self._fault(f"{key}: whole numbers from 1 on are needed")
        return [int(number) for number in numbers]

    def _tables(self, told: Table, key: str) -> list[Table]:
        tables = told.get(key, [])
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            raise self._fault(f"{key} is written as [[{key}]]")
        return tables

    def _require_known(self, told: Table, keys: Sequence[str], where: str) -> None:
        for key in told:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(keys)}"
                raise self._fault(f"{where}{key!r} is not known; {hint}")

    def _fault(self, what: str) -> SourceFormatError:
        return SourceFormatError(f"{self._path}: {what}")
