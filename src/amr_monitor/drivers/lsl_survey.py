"""LSL streams in reach, and what the montage makes of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from amr_monitor.drivers.lsl_inlet import ALL
from amr_monitor.drivers.lsl_layout import EmgLayout, StreamDescription, layout_of
from amr_monitor.drivers.lsl_network import Network, StreamGone, Wanted
from amr_monitor.drivers.lsl_settings import EVENTS_STREAM, LslSettings
from amr_monitor.drivers.montage import MontageSettings
from amr_monitor.model.errors import SourceFormatError

OPEN_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedStream:
    """One stream.

    Attributes
    ----------
    description : StreamDescription
    use : str
        What this program makes of it, or why nothing, in one line.
    is_usable : bool
        As the source of a case.
    """

    description: StreamDescription
    use: str
    is_usable: bool = False


def survey(
    network: Network, montage: MontageSettings, settings: LslSettings, *, timeout_s: float
) -> list[SurveyedStream]:
    """Look who sends.

    Parameters
    ----------
    network : Network
    montage : MontageSettings
    settings : LslSettings
    timeout_s : float
        So long answers are waited for.
    """
    found = network.find(Wanted(), timeout_s=timeout_s, fewest=ALL)
    return [_surveyed(network, stream, montage, settings) for stream in found]


def _surveyed(
    network: Network, stream: StreamDescription, montage: MontageSettings, settings: LslSettings
) -> SurveyedStream:
    try:
        inlet = network.open(stream, timeout_s=OPEN_S)
    except StreamGone:
        return SurveyedStream(
            description=stream, use="found, but it does not answer: see to the firewall"
        )
    description = inlet.description
    inlet.close()
    if stream.name == EVENTS_STREAM:
        return SurveyedStream(description=description, use="events of this program")
    if stream.stream_type == "Markers":
        return SurveyedStream(description=description, use="markers: stimuli, marks and notes")
    if not stream.rate_hz and stream.stream_type != settings.stream_type:
        return SurveyedStream(description=description, use="not used")
    try:
        layout = layout_of(description, montage, settings)
    except SourceFormatError as fault:
        why = str(fault).removeprefix(description.words).lstrip(": ")
        return SurveyedStream(description=description, use=f"no source of a case: {why}")
    use = channels_in_words(description, layout)
    if stream.stream_type != settings.stream_type:
        use += f'; to use it, set [lsl] stream_type = "{stream.stream_type}"'
        return SurveyedStream(description=description, use=use)
    return SurveyedStream(description=description, use=use, is_usable=True)


def channels_in_words(description: StreamDescription, layout: EmgLayout) -> str:
    """Return which channel is what, with its unit."""
    parts = [
        f"{channel.muscle.replace('_', ' ')}: {_told(description, [int(column)])}"
        for channel, column in zip(layout.montage.channels, layout.columns, strict=True)
    ]
    if layout.trigger is not None:
        parts.append(f"trigger: {_told(description, [layout.trigger])}")
    else:
        parts.append("no trigger channel")
    if layout.counter is not None:
        parts.append(f"sample counter: {_told(description, [layout.counter])}")
    return ", ".join(parts)


def _told(description: StreamDescription, columns: Sequence[int]) -> str:
    channels = [description.channels[column] for column in columns]
    return " and ".join(
        f"{channel.label!r} in {channel.dimension}" if channel.dimension else repr(channel.label)
        for channel in channels
    )
