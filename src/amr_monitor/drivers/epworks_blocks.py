"""The stored sweeps of an EPWorks study that a monitor could use.

A `.REC` holds one channel; the `.iom` says what it is. Free-run and EEG
channels, averages and channels of other muscles are left where they are, and
counted, so that a person can be told.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from amr_monitor.drivers.montage import FoundChannel, MontageSettings, match_channels
from amr_monitor.formats.epworks_encoding import KIND_TRIGGERED
from amr_monitor.formats.epworks_history import RecPath, is_plausible
from amr_monitor.formats.epworks_rec import RecFile
from amr_monitor.formats.epworks_study import (
    EpChannel,
    EpGroup,
    EpStudy,
    EpTrace,
    SignalType,
    WaveformKind,
)
from amr_monitor.formats.epworks_writer import SAMPLES_PER_DIVISION
from amr_monitor.model.case import Side
from amr_monitor.model.errors import ChannelError, SourceFormatError

ASSUMED_UNIT = "uV"
"""Nothing in the files names a unit: gains and cursors suggest this one."""

_AFTER_ACTIVE = re.compile(r"\s*[-\u2010-\u2015\u2212/]\s*")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Track:
    """One `.REC` of a triggered channel over a muscle that is known.

    Attributes
    ----------
    rec : RecFile
    session : int or None
        FILETIME of its folder.
    label : str
        That names the muscle: the channel's, or of its active electrode.
    channel_name : str
    channel_key : bytes
        Of the output channel, to tell two of one name apart.
    test_id : bytes
    group_key : str
        The same for one group in several tests.
    group_name : str
    header_bytes : int
        Of a block, up to its samples.
    n_samples : int
        Of a block.
    rate_hz : float or None
        By the settings.
    delay_ms : float or None
        By the group.
    """

    rec: RecFile
    session: int | None
    label: str
    channel_name: str
    channel_key: bytes
    test_id: bytes
    group_key: str
    group_name: str
    header_bytes: int
    n_samples: int
    rate_hz: float | None
    delay_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredBlock:
    """One block: a sweep of one channel.

    Attributes
    ----------
    track : Track
    number : int
        In its file.
    guid : bytes
    filetime : int
    set_number : int
    current_ma : float or None
    rate_hz, delay_ms : float
    is_rejected : bool
    is_orphan : bool
        The `.iom` does not know it.
    """

    track: Track
    number: int
    guid: bytes
    filetime: int
    set_number: int
    current_ma: float | None
    rate_hz: float
    delay_ms: float
    is_rejected: bool
    is_orphan: bool


@dataclass(slots=True, kw_only=True)
class Survey:
    """What is in a study, counted.

    Attributes
    ----------
    tracks : list of Track
    damaged : list of str
        What is wrong with which `.REC`, one line each.
    told : Counter
        Blocks left out, by what they are.
    header_told : set of str
        Where and by what the place of the samples was decided.
    other_labels : set of str
        Triggered channels that are no muscle of the montage.
    rates_differ : set of str
        Channels whose settings and sweeps name different rates.
    no_rate : set of str
        Channels without any.
    averages_possible : set of str
        Groups of single sweeps that also name a number of sweeps to average.
    """

    tracks: list[Track] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    header_told: set[str] = field(default_factory=set)
    other_labels: set[str] = field(default_factory=set)
    rates_differ: set[str] = field(default_factory=set)
    no_rate: set[str] = field(default_factory=set)
    averages_possible: set[str] = field(default_factory=set)

    def close(self) -> None:
        """Let go of all files."""
        for track in self.tracks:
            track.rec.close()


def survey(paths: Iterable[RecPath], study: EpStudy, montage: MontageSettings) -> Survey:
    """Open every `.REC` that holds triggered sweeps of a facial muscle.

    Parameters
    ----------
    paths : iterable of RecPath
    study : EpStudy
    montage : MontageSettings

    Raises
    ------
    SourceFormatError
        A file went away meanwhile. A damaged one is told in `damaged`.
    """
    found = Survey()
    try:
        for path in paths:
            add_rec(found, path, study, montage)
    except BaseException:
        found.close()
        raise
    return found


def add_rec(found: Survey, path: RecPath, study: EpStudy, montage: MontageSettings) -> Track | None:
    """Open one more `.REC`; return its track where it is one to be used."""
    try:
        rec = RecFile(path.path, name=path.name)
    except SourceFormatError as fault:
        found.damaged.append(str(fault))
        return None
    track = _track(found, rec, path.session, study, montage)
    if track is None:
        rec.close()
    else:
        found.tracks.append(track)
    return track


def is_known(rec: RecFile, study: EpStudy) -> bool:
    """Tell whether the `.iom` knows what a `.REC` belongs to."""
    return rec.header.trace_id in study.traces or rec.header.channel_id in study.channels


def _track(
    found: Survey, rec: RecFile, session: int | None, study: EpStudy, montage: MontageSettings
) -> Track | None:
    trace = study.traces.get(rec.header.trace_id)
    channel = study.channels.get(rec.header.channel_id)
    if channel is None and trace is not None:
        channel = study.channels.get(trace.channel_id or b"")
    if channel is None and trace is None:
        found.told["of no channel that the .iom knows"] += rec.n_blocks
        return None
    group = study.group_of(trace, channel)
    kind = _signal_type(rec, group, study)
    if kind != SignalType.TRIGGERED:
        found.told[_NOT_TRIGGERED.get(kind, f"of the unknown signal type {kind}")] += rec.n_blocks
        return None
    name = (channel.name if channel else "") or (trace.name if trace else "")
    label = muscle_label(_labels(channel, trace), montage)
    if label is None:
        found.other_labels.add(name)
        return None
    expected = None
    if group is not None and group.n_divisions is not None:
        expected = group.n_divisions * SAMPLES_PER_DIVISION
    header_bytes, why = rec.header_bytes(expected)
    if why:
        found.header_told.add(f"byte {header_bytes} of a block of {rec.name}, since {why}")
    group_name = group.name if group is not None else ""
    if group is not None and (group.sweeps_per_average or 1) > 1:
        found.averages_possible.add(f"{group_name!r} ({group.sweeps_per_average} sweeps)")
    group_id = (trace.group_id if trace else None) or (channel.group_id if channel else None)
    return Track(
        rec=rec,
        session=session,
        label=label,
        channel_name=name,
        channel_key=rec.header.channel_id,
        test_id=channel.test_id if channel is not None else b"",
        group_key=group_name.casefold().strip() or (group_id or b"").hex(),
        group_name=group_name,
        header_bytes=header_bytes,
        n_samples=rec.n_samples(header_bytes),
        rate_hz=channel.rate_hz if channel is not None else None,
        delay_ms=group.trigger_delay_ms if group is not None else None,
    )


_NOT_TRIGGERED: dict[int | None, str] = {
    SignalType.FREE_RUN: "of free-running EMG or EEG",
    SignalType.AVERAGED: "averages of several sweeps",
    None: "of a signal that nobody calls triggered",
}


def _signal_type(rec: RecFile, group: EpGroup | None, study: EpStudy) -> int | None:
    if group is not None and group.signal_type is not None:
        return group.signal_type
    if not rec.n_blocks:
        return None
    first = rec.blocks(0, 1)[0]
    waveform = study.waveforms.get(first["guid"].tobytes())
    if waveform is not None:
        is_triggered = waveform.kind is WaveformKind.TRIGGERED
        return SignalType.TRIGGERED if is_triggered else SignalType.FREE_RUN
    return SignalType.TRIGGERED if first["kind"] == KIND_TRIGGERED else None


def _labels(channel: EpChannel | None, trace: EpTrace | None) -> tuple[str, ...]:
    """Return what a channel may be called, best first: by its name, then its active electrode."""
    names = [channel.name if channel else "", trace.name if trace else ""]
    active = [_AFTER_ACTIVE.split(name.strip())[0] for name in names]
    electrode = [channel.electrode] if channel else []
    return tuple(label for label in (*names, *active, *electrode) if label.strip())


@lru_cache(maxsize=256)
def muscle_label(labels: tuple[str, ...], montage: MontageSettings) -> str | None:
    """Return the first label that is a muscle of the montage, on whichever side."""
    either_side = replace(montage, side=None)
    for label in labels:
        try:
            match_channels(
                [FoundChannel(label=label, dimension=ASSUMED_UNIT)], either_side, name=label
            )
        except ChannelError:
            continue
        return label
    return None


@lru_cache(maxsize=256)
def side_of(label: str, montage: MontageSettings) -> Side | None:
    """Return the side that a label of a muscle names."""
    channel = FoundChannel(label=label, dimension=ASSUMED_UNIT)
    return match_channels([channel], replace(montage, side=None), name=label).side


def stored_blocks(
    found: Survey,
    track: Track,
    study: EpStudy,
    *,
    first: int = 0,
    end: int | None = None,
    rate_hz: float | None = None,
    delay_ms: float | None = None,
) -> list[StoredBlock]:
    """Return the blocks of a track from `first` to before `end` that can be used.

    Parameters
    ----------
    found : Survey
        What is left out is counted here.
    track : Track
    study : EpStudy
    first, end : int
        Numbers of blocks; None for as many as there are.
    rate_hz, delay_ms : float or None
        Of blocks that the `.iom` does not know; None takes what it says of
        the others of the file, or else the settings.
    """
    n_blocks = (track.rec.n_blocks if end is None else end) - first
    if n_blocks <= 0:
        return []
    table = track.rec.blocks(first, n_blocks)
    are_whole = track.rec.is_whole(table)
    guids = np.ascontiguousarray(table["guid"]).tobytes()
    known = [study.waveforms.get(guids[16 * i : 16 * (i + 1)]) for i in range(n_blocks)]
    rates = Counter(w.rate_hz for w in known if w is not None and w.rate_hz is not None)
    if track.rate_hz is not None and any(rate != track.rate_hz for rate in rates):
        found.rates_differ.add(track.channel_name)
    usual_hz = rate_hz or (rates.most_common(1)[0][0] if rates else track.rate_hz)
    blocks = []
    for i, waveform in enumerate(known):
        row = table[i]
        filetime = int(row["filetime"])
        if not are_whole[i] or not is_plausible(filetime):
            at = track.rec.offset(first + i)
            found.damaged.append(f"{track.rec.name}: at byte {at}: no block begins as it should")
            continue
        own_hz = (waveform.rate_hz if waveform is not None else None) or usual_hz
        if own_hz is None:
            found.no_rate.add(track.channel_name)
            continue
        told_ms = (waveform.trigger_delay_ms if waveform is not None else None, delay_ms)
        intensity = float(row["intensity"])
        if not intensity and waveform is not None and waveform.intensity_ma is not None:
            intensity = waveform.intensity_ma
        blocks.append(
            StoredBlock(
                track=track,
                number=first + i,
                guid=guids[16 * i : 16 * (i + 1)],
                filetime=filetime,
                set_number=int(row["set_number"]),
                current_ma=intensity if 0.0 < intensity < np.inf else None,
                rate_hz=own_hz,
                delay_ms=_first_finite(*told_ms, track.delay_ms),
                is_rejected=waveform is not None and waveform.is_rejected,
                is_orphan=waveform is None,
            )
        )
    return blocks


def _first_finite(*values: float | None) -> float:
    return next((v for v in values if v is not None and np.isfinite(v)), 0.0)
