"""Values from the room out of a `.vital` file, laid beside a recording."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from amr_monitor.drivers.context_values import ValueTeller, unit_fits
from amr_monitor.formats.vital import VitalFile, VitalSeries, VitalTrack, read_vital
from amr_monitor.model.context import CONTEXT, ContextQuantity
from amr_monitor.model.errors import ConfigError, SourceFormatError
from amr_monitor.model.source import SourceInfo, SourceWarning
from amr_monitor.monitor.annotations import annotation_text
from amr_monitor.monitor.commands import SetContext
from amr_monitor.monitor.context import quantity_of

BY = "vital"
"""Stands as the user of what the file tells."""

OLDEST_S = 900.0
"""What was told longer before the recording says nothing of its beginning."""

TRACKS: Mapping[str, str] = {
    "*/bis": "BIS",
    "*/psi": "PSI",
    "*/mac": "MAC",
    "*/exp_sevo": "sevoflurane",
    "*/et_sevo": "sevoflurane",
    "*/exp_des": "desflurane",
    "*/et_des": "desflurane",
    "*/exp_iso": "isoflurane",
    "*/et_iso": "isoflurane",
    "*/ppf20_ce": "propofol",
    "*/ppf10_ce": "propofol",
    "*/rftn20_ce": "remifentanil",
    "*/rftn50_ce": "remifentanil",
    "*/tof_ratio": "TOF_ratio",
    "*/tof_cnt": "TOF_count",
    "*/tof_count": "TOF_count",
    "*/bt": "temperature",
    "*/body_temp": "temperature",
}
"""What Vital Recorder calls them; `*` is any device."""

MEANINGS: Mapping[int, str] = {
    19: "temperature",
    22: "BIS",
    70: "PSI",
    85: "TOF_ratio",
    86: "TOF_count",
}
"""Where no name fits, by the number that a track carries for its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextFileSettings:
    """How a `.vital` file becomes values of the room.

    Attributes
    ----------
    tracks : tuple of str
        Further tracks, such as "Root/PSI = PSI"; they win over the built-in
        ones. "*/MAC = MAC" takes it from any device, "BIS/BIS =" leaves it out.
    at_least_every_s : float
        A value is told again after so long even where it does not change.
    at_most_every_s : float
        And not sooner than this after the last time, but for TOF.
    """

    tracks: tuple[str, ...] = ()
    at_least_every_s: float = 300.0
    at_most_every_s: float = 60.0

    def __post_init__(self) -> None:
        for line in self.tracks:
            path, equals, name = (part.strip() for part in line.partition("="))
            if not equals or not path:
                raise ConfigError(f"context: tracks: {line!r} does not say DEVICE/TRACK = NAME")
            if name and quantity_of(name) is None:
                known = ", ".join(quantity.name for quantity in CONTEXT)
                raise ConfigError(f"context: tracks: {line!r}: {name!r} is none of {known}")
        if not 0.0 < self.at_most_every_s <= self.at_least_every_s:
            raise ConfigError(
                "context: at_most_every_s must be above 0 and not above at_least_every_s"
            )

    def quantity(self, track: VitalTrack) -> ContextQuantity | None:
        """Return what a track tells; None for nothing of ours."""
        told = {}
        for line in self.tracks:
            path, _, name = (part.strip() for part in line.partition("="))
            told[path.casefold()] = name
        device, name = track.device.casefold(), track.name.casefold()
        keys = (f"{device}/{name}", f"{track.device_type.casefold()}/{name}", f"*/{name}", name)
        for names in (told, TRACKS):
            for key in keys:
                if key in names:
                    return quantity_of(names[key]) if names[key] else None
        meaning = MEANINGS.get(track.montype)
        return None if meaning is None else quantity_of(meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomValues:
    """What a file tells during a recording.

    Attributes
    ----------
    texts : tuple of (float, str)
        Time on the recording's axis and the annotation, in order.
    warnings : tuple of SourceWarning
    content_hash : str
        SHA-256 over the texts.
    """

    texts: tuple[tuple[float, str], ...]
    warnings: tuple[SourceWarning, ...]
    content_hash: str


def room_values(
    path: Path,
    info: SourceInfo,
    settings: ContextFileSettings,
    *,
    offset_s: float | None = None,
) -> RoomValues:
    """Read a `.vital` file for a recording.

    Both files' own start times say how they lie to each other. An EDF header
    knows no time zone: its clock is taken as that of the `.vital` file's own
    zone, and as UTC where only that makes them meet.

    Parameters
    ----------
    path : Path
    info : SourceInfo
        Of the recording.
    settings : ContextFileSettings
    offset_s : float or None
        The `.vital` file begins so long after the recording; None: by the clocks.

    Raises
    ------
    SourceFormatError
        One line: it is no `.vital` file, has no track of ours, or does not
        meet the recording.
    """
    file = read_vital(path, lambda track: settings.quantity(track) is not None)
    if not file.series:
        shown = ", ".join(file.paths[:12]) + (", ..." if len(file.paths) > 12 else "")
        raise SourceFormatError(
            f"{path.name}: none of its tracks is known ({shown}); name them in [context] tracks "
            "of the config"
        )
    shift_s, told = _shift(file, info, path.name, offset_s)
    said = [*file.warnings, *told]
    texts: list[tuple[float, str]] = []
    for quantity in CONTEXT:
        series = [each for each in file.series if settings.quantity(each.track) is quantity]
        said += [
            f"{path.name}: {each.track.path} is told in {each.track.unit!r}, which is no unit of "
            f"{quantity.name}; left out"
            for each in series
            if not unit_fits(quantity, each.track.unit)
        ]
        series = [each for each in series if unit_fits(quantity, each.track.unit)]
        if not series:
            continue
        if len(series) > 1:
            others = ", ".join(each.track.path for each in series[1:])
            said.append(
                f"{path.name}: {quantity.name} by {series[0].track.path}; "
                f"{others} tell it too; choose in [context] tracks of the config"
            )
        points, n_refused = told_points(series[0], quantity, settings)
        if n_refused:
            said.append(
                f"{path.name}: {n_refused} values of {series[0].track.path} are no "
                f"{quantity.name} that can be; left out"
            )
        texts += _placed(points, shift_s, info.first_time_s)
    texts.sort(key=lambda text: text[0])
    digest = hashlib.sha256(repr(texts).encode())
    return RoomValues(
        texts=tuple(texts),
        warnings=tuple(
            SourceWarning(sample_index=0, code="context_file", message=each) for each in said
        ),
        content_hash=digest.hexdigest(),
    )


def told_points(
    series: VitalSeries, quantity: ContextQuantity, settings: ContextFileSettings
) -> tuple[list[tuple[float, SetContext]], int]:
    """Return the values that are worth telling, and how many cannot be."""
    teller = ValueTeller(
        quantity,
        unit=series.track.unit,
        by=BY,
        at_least_every_s=settings.at_least_every_s,
        at_most_every_s=settings.at_most_every_s,
    )
    told = [
        (time_s, teller.push(time_s, value))
        for time_s, value in zip(series.times_s, series.values, strict=True)
    ]
    return [(time_s, command) for time_s, command in told if command is not None], teller.n_refused


def _placed(
    points: Sequence[tuple[float, SetContext]], shift_s: float, first_s: float
) -> Iterable[tuple[float, str]]:
    """Return points on the recording's axis; of those before it the newest, at its beginning."""
    texts = [(round(time_s + shift_s, 3), annotation_text(command)) for time_s, command in points]
    before = [text for time_s, text in texts if first_s - OLDEST_S <= time_s < first_s]
    during = [(time_s, text) for time_s, text in texts if time_s >= first_s]
    return [(first_s, text) for text in before[-1:]] + during


def _shift(
    file: VitalFile, info: SourceInfo, name: str, offset_s: float | None
) -> tuple[float, list[str]]:
    """Return what is added to the file's times, and what a person should know of it."""
    if offset_s is not None:
        return info.first_time_s + offset_s - file.first_s, []
    if info.start_utc is None:
        raise SourceFormatError(
            f"{name}: {info.name} has no start date, so the two cannot be laid side by side; say "
            "with --context-offset how many seconds after it the .vital file begins"
        )
    start_s = info.start_utc.timestamp()
    bias_s = file.utc_less_local_s
    meets = {
        zone_s: _meets(file, -start_s - zone_s, info) for zone_s in dict.fromkeys((bias_s, 0.0))
    }
    fitting = [zone_s for zone_s, does in meets.items() if does]
    if not fitting:
        raise SourceFormatError(
            f"{name}: covers {_clock(file.first_s - bias_s)} to {_clock(file.last_s - bias_s)}, "
            f"and {info.name} begins at {_clock(start_s)}: they do not meet; say with "
            "--context-offset how many seconds after it the .vital file begins"
        )
    zone_s = fitting[0]
    told = []
    if bias_s:
        clock = "local time" if zone_s else "UTC"
        told.append(f"{name}: the clock of {info.name} is taken as {clock}, to lie beside it")
    return -start_s - zone_s, told


def _meets(file: VitalFile, shift_s: float, info: SourceInfo) -> bool:
    end_s = float("inf") if info.duration_s is None else info.first_time_s + info.duration_s
    return file.first_s + shift_s < end_s and file.last_s + shift_s > info.first_time_s


def _clock(unix_s: float) -> str:
    """Return day and time as a header has them."""
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%d %H:%M}"
