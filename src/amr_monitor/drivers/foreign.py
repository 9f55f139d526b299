"""Recordings of other programs, read through neo: BrainVision, Axon, Spike2, Blackrock, ...

The last resort, for files that no driver of ours knows by their first bytes.
neo is the extra `foreign`; it is imported when it is needed. Only its raw
readers are used: they give samples where they are asked for, so memory stays
flat, and none of them runs what stands in a file.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from amr_monitor.model.errors import SourceError, SourceFormatError

READERS: Mapping[str, str] = {
    "vhdr": "BrainVisionRawIO",
    "abf": "AxonRawIO",
    "axgd": "AxographRawIO",
    "axgx": "AxographRawIO",
    "ns1": "BlackrockRawIO",
    "ns2": "BlackrockRawIO",
    "ns3": "BlackrockRawIO",
    "ns4": "BlackrockRawIO",
    "ns5": "BlackrockRawIO",
    "ns6": "BlackrockRawIO",
    "brw": "BiocamRawIO",
    "continuous": "OpenEphysRawIO",
    "edr": "WinEdrRawIO",
    "lsx": "AlphaOmegaRawIO",
    "meta": "SpikeGLXRawIO",
    "mpx": "AlphaOmegaRawIO",
    "ncs": "NeuralynxRawIO",
    "nex": "NeuroExplorerRawIO",
    "nix": "NIXRawIO",
    "oebin": "OpenEphysBinaryRawIO",
    "pl2": "Plexon2RawIO",
    "plx": "PlexonRawIO",
    "rec": "SpikeGadgetsRawIO",
    "rhd": "IntanRawIO",
    "rhs": "IntanRawIO",
    "smr": "Spike2RawIO",
    "smrx": "CedRawIO",
    "tbk": "TdtRawIO",
    "trc": "MicromedRawIO",
    "tsq": "TdtRawIO",
    "wcp": "WinWcpRawIO",
    "xdat": "NeuroNexusRawIO",
}
"""By the ending of a name; endings that several programs use are left to `[foreign] reader`."""

INSTALL = "pip install 'amr-monitor[foreign]'"

WITHOUT_HEADER = frozenset({"RawBinarySignalRawIO"})
"""Readers that would guess rate, channels and unit."""

COUNTED_FROM_ONE = frozenset({"BrainVisionRawIO"})
"""Formats that count samples from 1, whose events neo gives one sample late."""

DEFAULT_UNITS: Mapping[str, Mapping[str, str]] = {"BrainVisionRawIO": {"u": "uV"}}
"""What neo tells where the format's own default unit holds."""

MOST_EVENTS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSignal:
    """A signal as neo describes it.

    Attributes
    ----------
    label, unit : str
    rate_hz : float
    stream, column : int
        Which of its stream's columns it is.
    gain, offset : float
        From stored values to `unit`.
    """

    label: str
    unit: str
    rate_hz: float
    stream: int
    column: int
    gain: float
    offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEvent:
    """An event at a time of the recording."""

    time_s: float
    channel: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Samples of one stream in one of neo's segments: from when on, and how many."""

    onset_s: float
    n_samples: int


def reader_by_ending(path: Path) -> str | None:
    """Return the reader of a file by the ending of its name; None where it says nothing."""
    return READERS.get(path.suffix.lstrip(".").casefold())


class ForeignFile:
    """One recording through neo.

    Parameters
    ----------
    path : Path
    reader : str
        As the user or `READERS` names it.

    Raises
    ------
    SourceError
        neo is not installed, has no such reader, or cannot read the file.
    """

    def __init__(self, path: Path, reader: str) -> None:
        self.name = path.name
        kind = _reader_class(reader, path.name)
        self.reader = kind.__name__
        by_folder = kind.rawmode in ("one-dir", "multi-dir")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                raw = (
                    kind(dirname=str(path if path.is_dir() else path.parent))
                    if by_folder
                    else kind(filename=str(path))
                )
                raw.parse_header()
        except Exception as fault:  # whatever a reader of a foreign format stumbles over
            raise SourceFormatError(
                f"{path.name}: neo's {self.reader} cannot read it: {_line(fault)}"
            ) from fault
        self._raw = raw
        self.signals = self._signals()

    @property
    def n_segments(self) -> int:
        """Of the first block; further ones are other recordings."""
        return int(self._raw.segment_count(0))

    @property
    def n_blocks(self) -> int:
        """How many recordings the file holds."""
        return int(self._raw.block_count())

    @property
    def start(self) -> object:
        """Date and time of its beginning, where neo knows them."""
        block = self._raw.raw_annotations["blocks"][0]
        return block.get("rec_datetime") or block["segments"][0].get("rec_datetime")

    def stretches(self, stream: int) -> list[Stretch]:
        """Return where the samples of a stream lie, segment by segment."""
        raw = self._raw
        return [
            Stretch(
                onset_s=float(raw.get_signal_t_start(0, number, stream)),
                n_samples=int(raw.get_signal_size(0, number, stream)),
            )
            for number in range(self.n_segments)
        ]

    def read(
        self, signals: Sequence[ForeignSignal], segment: int, first: int, n_samples: int
    ) -> npt.NDArray[np.float64]:
        """Return samples in the signals' own units, shape (n_signals, n_samples).

        Raises
        ------
        SourceFormatError
            The file is not what its header says.
        """
        values = np.empty((len(signals), n_samples))
        for stream in dict.fromkeys(signal.stream for signal in signals):
            rows = [row for row, signal in enumerate(signals) if signal.stream == stream]
            try:
                chunk = self._raw.get_analogsignal_chunk(
                    block_index=0,
                    seg_index=segment,
                    i_start=first,
                    i_stop=first + n_samples,
                    stream_index=stream,
                    channel_indexes=[signals[row].column for row in rows],
                )
                for column, row in enumerate(rows):
                    signal = signals[row]
                    values[row] = chunk[:, column] * signal.gain + signal.offset
            except Exception as fault:  # whatever a reader of a foreign format stumbles over
                raise SourceFormatError(
                    f"{self.name}: sample {first} of segment {segment} cannot be read: "
                    f"{_line(fault)}"
                ) from fault
        return values

    def events(self) -> Iterator[ForeignEvent]:
        """Yield the events of all channels.

        Raises
        ------
        SourceFormatError
            They cannot be read.
        """
        late_s = 1.0 / self.signals[0].rate_hz if self.reader in COUNTED_FROM_ONE else 0.0
        n_events = 0
        for number, channel in enumerate(self._raw.header["event_channels"]):
            name = str(channel["name"]).strip()
            for segment in range(self.n_segments):
                for time_s, label in self._events_of(number, segment):
                    n_events += 1
                    if n_events > MOST_EVENTS:
                        raise SourceFormatError(f"{self.name}: more than {MOST_EVENTS} events")
                    yield ForeignEvent(time_s=time_s - late_s, channel=name, label=label)

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        for name in ("close", "_close"):
            close = getattr(self._raw, name, None)
            if callable(close):
                close()
                return

    def _events_of(self, number: int, segment: int) -> list[tuple[float, str]]:
        try:
            stamps, _, labels = self._raw.get_event_timestamps(
                block_index=0, seg_index=segment, event_channel_index=number
            )
            times = self._raw.rescale_event_timestamp(
                stamps, dtype="float64", event_channel_index=number
            )
        except Exception as fault:  # whatever a reader of a foreign format stumbles over
            raise SourceFormatError(
                f"{self.name}: its events cannot be read: {_line(fault)}"
            ) from fault
        return [
            (float(time_s), str(label).strip())
            for time_s, label in zip(times, labels, strict=True)
            if np.isfinite(time_s)
        ]

    def _signals(self) -> list[ForeignSignal]:
        header = self._raw.header
        streams = {str(stream["id"]): i for i, stream in enumerate(header["signal_streams"])}
        columns: dict[int, int] = {}
        units = DEFAULT_UNITS.get(self.reader, {})
        signals = []
        for channel in header["signal_channels"]:
            stream = streams[str(channel["stream_id"])]
            column = columns.get(stream, 0)
            columns[stream] = column + 1
            unit = str(channel["units"]).strip()
            signals.append(
                ForeignSignal(
                    label=str(channel["name"]).strip(),
                    unit=units.get(unit, unit),
                    rate_hz=float(channel["sampling_rate"]),
                    stream=stream,
                    column=column,
                    gain=float(channel["gain"]),
                    offset=float(channel["offset"]),
                )
            )
        if not signals:
            raise SourceFormatError(f"{self.name}: neo's {self.reader} finds no signal in it")
        return signals


def _reader_class(name: str, file: str) -> Any:
    try:
        rawio = import_module("neo.rawio")
    except ImportError as fault:
        raise SourceError(
            f"{file}: recordings of this kind are read through neo, which is not installed; "
            f"{INSTALL}"
        ) from fault
    known = {
        _plain(kind.__name__): kind
        for kind in rawio.rawiolist
        if kind.__name__ not in WITHOUT_HEADER
    }
    found = known.get(_plain(name))
    if found is None:
        near = get_close_matches(_plain(name), list(known), n=1, cutoff=0.5)
        hint = f"; did you mean {known[near[0]].__name__}?" if near else ""
        raise SourceError(f"{file}: [foreign] reader: neo has no raw reader {name!r}{hint}")
    return found


def _plain(name: str) -> str:
    """Return "spike2" of "Spike2", "Spike2IO" and "Spike2RawIO"."""
    return name.casefold().removesuffix("io").removesuffix("raw")


def _line(fault: Exception) -> str:
    words = " ".join(str(fault).split())[:200]
    return f"{type(fault).__name__}: {words}" if words else type(fault).__name__
