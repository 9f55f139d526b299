"""What the montage makes of an LSL stream: rows, trigger, counter, units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.montage import FoundChannel, MontageSettings, match_channels
from amr_monitor.formats.calibration import live_calibration
from amr_monitor.model.case import Side
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.source import Origin

LOWEST_RATE_HZ = 1000.0
HIGHEST_RATE_HZ = 1e6
TEXT_FORMAT = "string"
SIMULATED = "simulated"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDescription:
    """What a stream says of itself.

    Attributes
    ----------
    name, stream_type, host, source_id : str
    uid : str
        Of this outlet alone: another after each start of its program.
    channel_format : str
        `string`, `float32`, `int16` and so on.
    rate_hz : float
        Nominal; 0 for one without a rate, as of markers.
    n_channels : int
    channels : tuple of FoundChannel
        By the metadata; empty where they name none.
    origin : str
        What stands in `desc/amr_monitor/origin`.
    rail_uv : float or None
        What stands in `desc/amr_monitor/rail_uv`.
    """

    name: str
    stream_type: str
    host: str
    source_id: str
    uid: str
    channel_format: str
    rate_hz: float
    n_channels: int
    channels: tuple[FoundChannel, ...] = ()
    origin: str = ""
    rail_uv: float | None = None

    @property
    def words(self) -> str:
        """The stream for a message."""
        return f"LSL stream {self.name!r} of {self.host}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmgLayout:
    """Which columns of a stream are what.

    Attributes
    ----------
    montage : Montage
    columns : ndarray of int, shape (n_rows,)
        Of the EMG, in row order.
    microvolts : ndarray of float64, shape (n_rows, 1)
        Of one unit of each.
    trigger, counter : int or None
        Their columns.
    rate_hz : float
    side : Side or None
    origin : Origin
    """

    montage: Montage
    columns: npt.NDArray[np.intp]
    microvolts: npt.NDArray[np.float64]
    trigger: int | None
    counter: int | None
    rate_hz: float
    side: Side | None
    origin: Origin

    def is_like(self, other: "EmgLayout") -> bool:
        """Tell whether a monitor would notice no difference."""
        return (
            self.montage == other.montage
            and self.rate_hz == other.rate_hz
            and self.origin is other.origin
            and (self.trigger is None) is (other.trigger is None)
        )


def layout_of(
    description: StreamDescription, montage: MontageSettings, settings: LslSettings
) -> EmgLayout:
    """Find muscles, trigger and counter among the channels of a stream.

    Raises
    ------
    SourceFormatError
        It holds no EMG that could be monitored; the line says why.
    """
    name = description.words
    if description.channel_format == TEXT_FORMAT:
        raise SourceFormatError(f"{name} carries texts, no samples; name the stream with the EMG")
    if not LOWEST_RATE_HZ <= description.rate_hz <= HIGHEST_RATE_HZ:
        told = f"{description.rate_hz:g} Hz" if description.rate_hz else "no sampling rate"
        raise SourceFormatError(
            f"{name} tells {told}; a response needs at least {LOWEST_RATE_HZ:g} Hz to be seen"
        )
    if not description.channels:
        raise SourceFormatError(
            f"{name} names no channels in its metadata (desc/channels/channel with label and "
            "unit); set them in the program that sends it"
        )
    if len(description.channels) != description.n_channels:
        raise SourceFormatError(
            f"{name} describes {len(description.channels)} channels and sends "
            f"{description.n_channels}; mend the metadata in the program that sends it"
        )
    matched = match_channels(description.channels, montage, name=name)
    rows = matched.emg
    rail_uv = live_calibration(description.rail_uv).rail
    return EmgLayout(
        montage=Montage(
            channels=tuple(
                Channel(
                    label=description.channels[row.index].label,
                    muscle=row.muscle,
                    side=row.side,
                    rail_uv=rail_uv,
                )
                for row in rows
            )
        ),
        columns=np.array([row.index for row in rows], dtype=np.intp),
        microvolts=np.array([[row.microvolts_per_unit] for row in rows]),
        trigger=matched.triggers[0] if matched.triggers else None,
        counter=_counter(description.channels, settings.counter),
        rate_hz=description.rate_hz,
        side=matched.side,
        origin=Origin.SIMULATED if description.origin == SIMULATED else Origin.DEVICE,
    )


def _counter(channels: Sequence[FoundChannel], labels: Sequence[str]) -> int | None:
    plain = [_plain(channel.label) for channel in channels]
    for label in labels:
        if _plain(label) in plain:
            return plain.index(_plain(label))
    return None


def _plain(label: str) -> str:
    return "".join(c for c in label.casefold() if c.isalnum())
