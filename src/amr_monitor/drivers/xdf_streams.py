"""Which stream of an XDF file holds the EMG, and which hold texts."""

from collections.abc import Sequence
from dataclasses import dataclass

from amr_monitor.drivers.montage import (
    FoundChannel,
    MatchedChannels,
    MontageSettings,
    match_channels,
)
from amr_monitor.formats.xdf import XdfStream
from amr_monitor.model.errors import ChannelError, SourceFormatError

EMG_KIND = "emg"
MARKER_KINDS = ("markers", "marker", "events", "event")
OWN_EVENTS = "amr-monitor"
"""Name of the marker stream on which the program tells its own events: these are no marks."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmgStream:
    """The stream with the EMG and what the montage makes of it.

    Attributes
    ----------
    stream : XdfStream
    matched : MatchedChannels
    """

    stream: XdfStream
    matched: MatchedChannels


def emg_streams(
    streams: Sequence[XdfStream], settings: MontageSettings, *, name: str
) -> list[EmgStream]:
    """Choose the stream with the EMG, or streams each of which would do.

    The one that is named in the settings; else among the streams of type EMG,
    or where there is none among all others of numbers, the one in which the
    montage finds most muscles.

    Raises
    ------
    SourceFormatError
        There is none.
    """
    numeric = [s for s in streams if not s.header.is_text]
    candidates = [s for s in numeric if s.has_samples and not _is_marker(s)]
    if settings.stream:
        named = [s for s in streams if settings.stream in _names(s)]
        if not named:
            raise SourceFormatError(
                f"{name}: no stream is named {settings.stream!r}; it holds {_told(streams)}; "
                "set stream in [montage] of the config"
            )
        candidates = [s for s in named if s in candidates]
        if not candidates:
            raise SourceFormatError(
                f"{name}: stream {_told(named)} of [montage] holds no samples of numbers"
            )
    if not candidates:
        empty = f"; nothing was recorded of {_told(numeric)}" if numeric else ""
        raise SourceFormatError(
            f"{name}: holds no stream of samples (it holds {_told(streams)}){empty}"
        )
    is_emg = [s for s in candidates if s.header.kind.casefold() == EMG_KIND]
    found: list[EmgStream] = []
    faults: list[ChannelError] = []
    for stream in is_emg or candidates:
        try:
            found.append(EmgStream(stream=stream, matched=_matched(stream, settings, name)))
        except ChannelError as fault:
            faults.append(fault)
    if not found:
        if is_emg or len(faults) == 1:
            raise faults[0]
        raise ChannelError(
            f"{name}: no stream is of type EMG, and in none of the others ({_told(candidates)}) "
            "is a channel of a facial muscle; name the labels in [montage] of the config"
        )
    most = max(len(each.matched.emg) for each in found)
    return [each for each in found if len(each.matched.emg) == most]


def ambiguous(streams: Sequence[XdfStream], *, name: str) -> SourceFormatError:
    """Return what is said where several streams would do."""
    return SourceFormatError(
        f"{name}: {_told(streams)} hold the same muscles; set stream in [montage] of the config "
        "to the name or the number of the right one"
    )


def are_alike(streams: Sequence[XdfStream]) -> bool:
    """Tell whether streams may be one device that came back as another stream."""
    first = streams[0].header
    return all(
        (s.header.name, s.header.kind, s.header.value_format, s.header.nominal_rate_hz)
        == (first.name, first.kind, first.value_format, first.nominal_rate_hz)
        and s.header.channels == first.channels
        for s in streams
    )


def text_streams(streams: Sequence[XdfStream]) -> list[XdfStream]:
    """Return the streams whose texts are stimuli, marks and notes."""
    return [
        s
        for s in streams
        if _is_marker(s) and s.header.is_text and s.header.name.casefold() != OWN_EVENTS
    ]


def number_markers(streams: Sequence[XdfStream]) -> list[XdfStream]:
    """Return the marker streams that hold codes, which say nothing of what they mean."""
    return [s for s in streams if _is_marker(s) and not s.header.is_text and s.has_samples]


def _is_marker(stream: XdfStream) -> bool:
    return stream.header.kind.casefold() in MARKER_KINDS


def _names(stream: XdfStream) -> tuple[str, ...]:
    header = stream.header
    return (header.name, header.source_id, str(header.stream_id))


def _matched(stream: XdfStream, settings: MontageSettings, name: str) -> MatchedChannels:
    header = stream.header
    told = f"{name}, stream {header.name!r}"
    if not any(channel.label for channel in header.channels):
        raise ChannelError(
            f"{told} names no channels in its metadata (desc/channels/channel with label and "
            "unit); record it again with labels, or export it to a format that has them"
        )
    channels = [FoundChannel(label=c.label, dimension=c.unit) for c in header.channels]
    return match_channels(channels, settings, name=told)


def _told(streams: Sequence[XdfStream]) -> str:
    shown = [f"{s.header.told()} of type {s.header.kind!r}, {_rate(s)}" for s in streams[:8]]
    if len(streams) > len(shown):
        shown.append(f"{len(streams) - len(shown)} more")
    return " and ".join(shown) or "no stream"


def _rate(stream: XdfStream) -> str:
    rate_hz = stream.header.nominal_rate_hz
    return f"{rate_hz:g} Hz" if rate_hz else "no rate"
