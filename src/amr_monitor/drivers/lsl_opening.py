"""Which streams a live source takes, at the beginning and when they come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from amr_monitor.drivers.lsl_context import CONTEXT_TYPE
from amr_monitor.drivers.lsl_inlet import ALL, FIND_S, OPEN_S
from amr_monitor.drivers.lsl_layout import EmgLayout, StreamDescription, layout_of
from amr_monitor.drivers.lsl_network import Inlet, Network, StreamGone, Wanted
from amr_monitor.drivers.lsl_settings import EVENTS_STREAM, LslSettings
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.model.errors import SourceError, SourceFormatError

MARKER_TYPE = "Markers"


@dataclass(frozen=True, slots=True, kw_only=True)
class LslSourceSettings:
    """How a live source is read.

    Attributes
    ----------
    lsl : LslSettings
    recording : RecordingSettings
        Montage, trigger, and the window around a stimulus.
    name : str
        Of the EMG stream; "" takes the only one that fits.
    """

    lsl: LslSettings = field(default_factory=LslSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    name: str = ""

    @property
    def wanted(self) -> Wanted:
        """The EMG stream."""
        return Wanted(
            stream_type=self.lsl.stream_type, name=self.name, source_id=self.lsl.source_id
        )

    @property
    def wanted_markers(self) -> Wanted:
        """The marker stream."""
        return Wanted(stream_type=MARKER_TYPE, name=self.lsl.markers, excluded_name=EVENTS_STREAM)

    @property
    def wanted_context(self) -> Wanted:
        """The stream with values from the room."""
        return Wanted(stream_type=CONTEXT_TYPE, name=self.lsl.context)


def first_inlet(network: Network, settings: LslSourceSettings) -> tuple[Inlet, EmgLayout]:
    """Return the EMG stream opened, once it is in reach."""
    wanted = settings.wanted
    until_s = network.now_s() + settings.lsl.resolve_timeout_s
    faults: list[str] = []
    while True:
        found = network.find(wanted, timeout_s=FIND_S, fewest=ALL)
        usable: list[tuple[Inlet, EmgLayout]] = []
        faults = [] if found else faults
        for stream in found:
            try:
                inlet = network.open(stream, timeout_s=OPEN_S)
            except StreamGone:
                continue
            try:
                montage, lsl = settings.recording.montage, settings.lsl
                usable.append((inlet, layout_of(inlet.description, montage, lsl)))
            except SourceFormatError as fault:
                inlet.close()
                faults.append(str(fault))
        if len(usable) == 1:
            return usable[0]
        for inlet, _ in usable:
            inlet.close()
        if usable:
            told = " and ".join(inlet.description.words for inlet, _ in usable)
            raise SourceError(
                f'{told} both fit; name one as [source] address = "lsl:NAME", or its source_id in '
                "[lsl]"
            )
        if network.now_s() >= until_s:
            raise _nothing_found(network, wanted, faults)


def _nothing_found(network: Network, wanted: Wanted, faults: list[str]) -> SourceError:
    if faults:
        return SourceFormatError("; ".join(faults))
    others = network.find(Wanted(), timeout_s=FIND_S, fewest=ALL)
    reach = ", ".join(f"{each.name!r} (type {each.stream_type!r})" for each in others[:20])
    return SourceError(
        f"no LSL stream of {wanted.words} is in reach ({reach or 'none at all'}); start the "
        "program that sends it, or see `amr-monitor streams` and the firewall"
    )


def most_alike(
    found: Sequence[StreamDescription], last: StreamDescription
) -> StreamDescription | None:
    """Return the stream that is most like one that was had; None where nothing is found."""
    return max(found, key=lambda stream: _likeness(stream, last), default=None)


def markers_of(
    emg: StreamDescription,
    found: Sequence[StreamDescription],
    last: StreamDescription | None,
) -> StreamDescription | None:
    """Return the marker stream had before, the one of the EMG's computer, or the only one."""
    if last is not None:
        return most_alike([stream for stream in found if stream.name == last.name], last)
    near = [stream for stream in found if stream.host == emg.host]
    candidates = near or list(found)
    named = [stream for stream in candidates if stream.name.startswith(emg.name)]
    if len(named) == 1:
        return named[0]
    return candidates[0] if len(candidates) == 1 else None


def _likeness(stream: StreamDescription, last: StreamDescription) -> tuple[bool, bool, str]:
    return (stream.source_id == last.source_id, stream.host == last.host, stream.uid)
