"""Synthetic EPWorks study folders, for tests, fixtures and the simulator.

Bytes stand where docs/formats.md says that they stand. What is not known of
the format is left zero or left out: nothing says that EPWorks itself would
open such a folder.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

import numpy as np
import numpy.typing as npt

from amr_monitor.formats.epworks_encoding import (
    TlvValue,
    iom_bytes,
    rec_block,
    rec_header,
    tlv,
)
from amr_monitor.formats.epworks_history import (
    FILETIME_PER_S,
    filetime_of,
    session_folder_name,
)
from amr_monitor.formats.epworks_study import (
    SCHEMA,
    SIMULATED_INSTRUMENT,
    SignalType,
    WaveformKind,
)
from amr_monitor.model.errors import StorageError

SAMPLES_PER_DIVISION = 60
AMPLIFIER_HZ = 60_000.0
_NAMES = UUID("5b6c37a4-2f0e-4d0a-9d3e-0c6f3f5f0a51")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelToWrite:
    """One output channel.

    Attributes
    ----------
    name : str
        As `L OOc-Ref`.
    electrode : str
        Location of its active electrode.
    sampling_hz : float
        Of the amplifier as the settings have it.
    """

    name: str
    electrode: str = ""
    sampling_hz: float = AMPLIFIER_HZ


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupToWrite:
    """Channels that one trigger starts.

    Attributes
    ----------
    name : str
    channels : tuple of ChannelToWrite
    timebase_ms : int
        A division; the amplifier's rate is divided by this number, too.
    n_divisions : int
    trigger_delay_ms : float
        From the stimulus to the first sample; negative before it.
    signal_type : int
    sweeps_per_average : int
    has_cursor_area : bool
        False writes blocks as an older version may have.
    """

    name: str
    channels: tuple[ChannelToWrite, ...]
    timebase_ms: int = 5
    n_divisions: int = 10
    trigger_delay_ms: float = -10.0
    signal_type: int = SignalType.TRIGGERED
    sweeps_per_average: int = 1
    has_cursor_area: bool = True

    @property
    def n_samples(self) -> int:
        """Of a sweep."""
        return self.n_divisions * SAMPLES_PER_DIVISION

    @property
    def rate_hz(self) -> float:
        """Samples a second of what is stored."""
        return AMPLIFIER_HZ / self.timebase_ms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepToWrite:
    """One stimulus of a group.

    Attributes
    ----------
    time_s : float
        Of the first sample, from the start of the study.
    samples_uv : ndarray of float32, shape (n_channels, n_samples)
    current_ma : float
    set_number : int
    is_rejected : bool
    """

    time_s: float
    samples_uv: npt.NDArray[np.float32]
    current_ma: float = 0.0
    set_number: int = 1
    is_rejected: bool = False


@dataclass(slots=True, kw_only=True)
class _Waveform:
    guid: bytes
    group: int
    channel: int
    filetime: int
    current_ma: float
    is_rejected: bool


@dataclass(slots=True)
class StudyWriter:
    """Writes a study as EPWorks would while it records.

    Sweeps go to the `.REC` files at once; `save` writes the `.iom` that
    describes all of them. The same calls give the same bytes.

    Parameters
    ----------
    folder : Path
        Of the study; made with the first session.
    start : datetime
        With its zone.
    groups : sequence of GroupToWrite
    name : str
        Of the `.iom`.
    is_simulated : bool
        Says so in the `.iom`, for readers to tell.
    """

    folder: Path
    start: datetime
    groups: Sequence[GroupToWrite]
    name: str = "study"
    is_simulated: bool = True
    _session: Path | None = field(default=None, init=False)
    _session_filetime: int = field(default=0, init=False)
    _waveforms: list[_Waveform] = field(default_factory=list, init=False)

    @property
    def iom_path(self) -> Path:
        """Where the description goes."""
        return self.folder / f"{self.name}.iom"

    def begin_session(self, time_s: float = 0.0) -> Path:
        """Make the folder of a stretch that begins at a time of the study; return it."""
        self._session_filetime = self._filetime(time_s)
        self._session = self.folder / "History" / session_folder_name(self._session_filetime)
        self._session.mkdir(parents=True, exist_ok=True)
        return self._session

    def rec_path(self, group: int, channel: int) -> Path:
        """Return the `.REC` of a channel in the present session."""
        session = self.begin_session() if self._session is None else self._session
        return session / f"{group:02d}{channel:02d}.REC"

    def append(self, sweep: SweepToWrite, *, group: int = 0, only: Sequence[int] = ()) -> None:
        """Write a sweep to the `.REC` files of its group.

        Parameters
        ----------
        sweep : SweepToWrite
        group : int
            Number of its group.
        only : sequence of int
            Channels that have it; empty for all.

        Raises
        ------
        StorageError
            The disk does not take it.
        """
        for path, head, block in self.pieces(sweep, group=group, only=only):
            try:
                with path.open("ab") as file:
                    file.write(block if file.tell() else head + block)
            except OSError as fault:
                raise StorageError(f"{path}: cannot be written: {fault.strerror}") from fault

    def pieces(
        self, sweep: SweepToWrite, *, group: int = 0, only: Sequence[int] = ()
    ) -> Iterator[tuple[Path, bytes, bytes]]:
        """Yield path, file header and block of each channel, and take note of the sweep."""
        what = self.groups[group]
        filetime = self._filetime(sweep.time_s)
        for channel in only or range(len(what.channels)):
            waveform = _Waveform(
                guid=_guid("waveform", len(self._waveforms)),
                group=group,
                channel=channel,
                filetime=filetime,
                current_ma=sweep.current_ma,
                is_rejected=sweep.is_rejected,
            )
            self._waveforms.append(waveform)
            block = rec_block(
                guid=waveform.guid,
                filetime=filetime,
                set_number=sweep.set_number,
                current_ma=sweep.current_ma,
                samples_uv=sweep.samples_uv[channel],
                has_cursor_area=what.has_cursor_area,
            )
            head = rec_header(
                filetime=self._session_filetime,
                trace_id=_guid("trace", group, channel),
                channel_id=_guid("ochan", group, channel),
                block_bytes=len(block),
            )
            yield self.rec_path(group, channel), head, block

    def save(self) -> Path:
        """Write the `.iom`; return its path.

        Raises
        ------
        StorageError
            The disk does not take it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.iom_path.write_bytes(self.iom())
        except OSError as fault:
            raise StorageError(f"{self.iom_path}: cannot be written: {fault.strerror}") from fault
        return self.iom_path

    def iom(self) -> bytes:
        """Return the description of the study with every sweep until now."""
        return iom_bytes([tlv(item) for item in self._objects()])

    def _objects(self) -> Iterator[dict[str, TlvValue]]:
        patient, study, test = _guid("patient"), _guid("study"), _guid("test")
        yield _object("EPPatient", patient, None, {})
        instrument = SIMULATED_INSTRUMENT if self.is_simulated else "EPWorks"
        yield _object("EPStudy", study, patient, {"AcquisitionInstrument": instrument})
        yield _object("EPTest", test, study, {"Settings": self._settings()})
        for g, group in enumerate(self.groups):
            yield _object(
                "EPGroup",
                _guid("group", g),
                test,
                {
                    "GroupId": _guid("groupdef", g),
                    "Name": group.name,
                    "SignalType": int(group.signal_type),
                    "SweepsPerAvg": group.sweeps_per_average,
                    "TestObjId": test,
                    "TriggerDelay": float(group.trigger_delay_ms),
                },
            )
            for c, channel in enumerate(group.channels):
                content: dict[str, TlvValue] = {
                    "GroupObjId": _guid("group", g),
                    "Name": channel.name,
                    "OChanId": _guid("ochan", g, c),
                    "TestObjId": test,
                }
                yield _object("EPTrace", _guid("trace", g, c), _guid("group", g), content)
        for waveform in self._waveforms:
            yield self._waveform(waveform)

    def _waveform(self, waveform: _Waveform) -> dict[str, TlvValue]:
        group = self.groups[waveform.group]
        free_run = group.signal_type == SignalType.FREE_RUN
        return _object(
            WaveformKind.FREE_RUN if free_run else WaveformKind.TRIGGERED,
            waveform.guid,
            _guid("trace", waveform.group, waveform.channel),
            {
                "IsRejectedData": int(waveform.is_rejected),
                "OriginalDecim": group.timebase_ms,
                "SampFreq": AMPLIFIER_HZ,
                "SavedStimIntensity": float(waveform.current_ma),
                "Timebase": float(group.timebase_ms),
                "Timestamp": struct.pack("<Q", waveform.filetime),
                "TraceObjId": _guid("trace", waveform.group, waveform.channel),
                "TriggerDelay": float(group.trigger_delay_ms),
            },
        )

    def _settings(self) -> dict[str, TlvValue]:
        inputs: list[TlvValue] = []
        outputs: list[TlvValue] = []
        electrodes: list[TlvValue] = []
        definitions: list[TlvValue] = []
        for g, group in enumerate(self.groups):
            definitions.append(
                {
                    "ID": _guid("groupdef", g),
                    "Name": group.name,
                    "NumDivisionsToCollect": group.n_divisions,
                    "SignalType": int(group.signal_type),
                    "SweepsPerAvg": group.sweeps_per_average,
                    "TriggerDelay": float(group.trigger_delay_ms),
                }
            )
            for c, channel in enumerate(group.channels):
                electrodes.append(
                    {"ID": _guid("electrode", g, c), "Location": channel.electrode or channel.name}
                )
                inputs.append(
                    {
                        "ActiveElectrode": _guid("electrode", g, c),
                        "ID": _guid("ichan", g, c),
                        "SamplingFreq": channel.sampling_hz,
                    }
                )
                outputs.append(
                    {
                        "From": _guid("ichan", g, c),
                        "GroupDef": _guid("groupdef", g),
                        "ID": _guid("ochan", g, c),
                        "Name": channel.name,
                        "Timebase": float(group.timebase_ms),
                    }
                )
        return {
            "Electrodes": _numbered(electrodes),
            "GroupDef": _numbered(definitions),
            "IChans": _numbered(inputs),
            "OChans": _numbered(outputs),
        }

    def _filetime(self, time_s: float) -> int:
        return filetime_of(self.start) + round(time_s * FILETIME_PER_S)


def _object(
    kind: str, guid: bytes, parent: bytes | None, content: dict[str, TlvValue]
) -> dict[str, TlvValue]:
    return {
        "Children": [],
        "Data": content,
        "Id": guid,
        "IsRoot": int(parent is None),
        "Parent": parent,
        "Schema": SCHEMA,
        "Type": str(kind),
    }


def _numbered(items: list[TlvValue]) -> dict[str, TlvValue]:
    return {f"{number:03d}": item for number, item in enumerate(items)}


def _guid(*words: object) -> bytes:
    return uuid5(_NAMES, "/".join(str(word) for word in words)).bytes_le
