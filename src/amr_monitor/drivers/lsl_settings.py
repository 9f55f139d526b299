"""What can be set of the streams of the Lab Streaming Layer (LSL)."""

from dataclasses import dataclass, field
from pathlib import Path

from amr_monitor.model.errors import ConfigError

EVENTS_STREAM = "amr-monitor"
"""Name of the marker stream on which the program tells its own events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LslSettings:
    """Which streams are read, and what is told to others.

    Attributes
    ----------
    stream_type : str
        Type of the stream with the EMG; its name stands in the address.
    source_id : str
        Take only the stream with this source_id; "" takes a stream of that
        name and type again after a restart under another source_id.
    counter : tuple of str
        Labels of the device's sample counter; the first that counts is used.
    use_markers : bool
        Read stimuli, marks and notes from a marker stream.
    markers : str
        Name of the marker stream; "" takes the one of the same computer as
        the EMG, or the only one.
    use_context : bool
        Read values from the room (MAC, TOF ...) from a stream of type `Context`.
    context : str
        Name of that stream; "" takes the one of the same computer as the EMG,
        or the only one.
    marker_wait_ms : float
        Where markers alone tell of stimuli, samples wait so long for them.
    resolve_timeout_s : float
        So long `run` looks for the EMG stream before it gives up.
    publish_events : bool
        Tell every event on the marker stream `amr-monitor`.
    config_file : Path or None
        Configuration of liblsl: session, network, known peers. None leaves it
        to LSLAPICFG and the places that liblsl looks in.
    """

    stream_type: str = "EMG"
    source_id: str = ""
    counter: tuple[str, ...] = ("COUNTER", "SAMPLE COUNTER", "SAMPLE NUMBER")
    use_markers: bool = True
    markers: str = ""
    use_context: bool = True
    context: str = ""
    marker_wait_ms: float = field(default=60.0, metadata={"min": 0.0, "max": 1000.0})
    resolve_timeout_s: float = field(default=10.0, metadata={"min": 0.5, "max": 600.0})
    publish_events: bool = True
    config_file: Path | None = None

    def __post_init__(self) -> None:
        if not self.stream_type:
            raise ConfigError("[lsl] stream_type must be given; EMG is usual")
        if self.markers == EVENTS_STREAM:
            raise ConfigError(
                f"[lsl] markers: {EVENTS_STREAM} is the stream of this program's own events; "
                "name the stimulator's"
            )
