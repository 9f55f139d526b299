"""What an EPWorks `.iom` says of a study: tests, groups, channels, traces, sweeps.

Samples are not in it. Of the patient object nothing is read but its type.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeVar

from amr_monitor.formats.epworks_tlv import IomFile, IomObject

Number = TypeVar("Number", int, float)

SCHEMA = 1
SIMULATED_INSTRUMENT = "Simulated"
"""What our writer puts into `AcquisitionInstrument`: no patient was there."""


class SignalType(IntEnum):
    """What a group records."""

    FREE_RUN = 0
    TRIGGERED = 1
    AVERAGED = 3


class WaveformKind(StrEnum):
    """Types of the objects that stand for stored samples."""

    TRIGGERED = "EPTriggeredWaveform"
    FREE_RUN = "EPFreerunWaveform"
    EEG = "EPEEGWaveform"


KINDS_OF_WAVEFORM = frozenset(kind.value for kind in WaveformKind)
PATIENT = "EPPatient"
UNUSED = frozenset({PATIENT, "EPSet", "EPCursor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EpChannel:
    """An output channel (`OChans`) of a test, with the input that it comes from.

    Attributes
    ----------
    name : str
    electrode : str
        Location of the active electrode, "" where not told.
    test_id : bytes
    group_id : bytes or None
        Of its `GroupDef`.
    sampling_hz, timebase : float or None
        Of the amplifier, and the divisor (ms a division) to what is stored.
    """

    name: str
    electrode: str
    test_id: bytes
    group_id: bytes | None
    sampling_hz: float | None
    timebase: float | None

    @property
    def rate_hz(self) -> float | None:
        """Samples a second as the settings have it."""
        return _rate(self.sampling_hz, self.timebase)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpGroup:
    """A group of channels that one trigger starts; `EPGroup` or a `GroupDef`.

    Attributes
    ----------
    name : str
    definition_id : bytes or None
        Of its `GroupDef`.
    signal_type : int or None
    sweeps_per_average : int or None
    trigger_delay_ms : float or None
        Taken as the time from the stimulus to the first sample.
    n_divisions : int or None
        Divisions of a sweep: 60 stored samples each.
    """

    name: str
    definition_id: bytes | None = None
    signal_type: int | None = None
    sweeps_per_average: int | None = None
    trigger_delay_ms: float | None = None
    n_divisions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpTrace:
    """What a `.REC` belongs to.

    Attributes
    ----------
    name : str
    channel_id, group_id : bytes or None
    """

    name: str
    channel_id: bytes | None
    group_id: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpWaveform:
    """One stored sweep or stretch, as the `.iom` describes it.

    Attributes
    ----------
    kind : WaveformKind
    sampling_hz, timebase, original_decimation : float or None
    trigger_delay_ms : float or None
    intensity_ma : float or None
        Taken as mA.
    is_rejected : bool
    """

    kind: WaveformKind
    sampling_hz: float | None
    timebase: float | None
    original_decimation: float | None
    trigger_delay_ms: float | None
    intensity_ma: float | None
    is_rejected: bool

    @property
    def rate_hz(self) -> float | None:
        """Samples a second of what is stored."""
        return _rate(self.sampling_hz, self.timebase)


@dataclass(slots=True, kw_only=True)
class EpStudy:
    """A study without its samples; every table is keyed by GUID.

    Attributes
    ----------
    channels, groups, definitions, traces, waveforms : dict
    is_simulated : bool
    n_objects : int
    cut_at : int or None
        Where the file ends inside an object.
    unknown : Counter
        Objects of types that are not known, by type.
    """

    channels: dict[bytes, EpChannel] = field(default_factory=dict)
    groups: dict[bytes, EpGroup] = field(default_factory=dict)
    definitions: dict[bytes, EpGroup] = field(default_factory=dict)
    traces: dict[bytes, EpTrace] = field(default_factory=dict)
    waveforms: dict[bytes, EpWaveform] = field(default_factory=dict)
    is_simulated: bool = False
    n_objects: int = 0
    cut_at: int | None = None
    unknown: Counter[str] = field(default_factory=Counter)

    def group_of(self, trace: EpTrace | None, channel: EpChannel | None) -> EpGroup | None:
        """Return the group of a trace, its settings filled up from its definition."""
        group = self.groups.get(trace.group_id or b"") if trace else None
        definition_id = group.definition_id if group else (channel.group_id if channel else None)
        definition = self.definitions.get(definition_id or b"")
        if group is None or definition is None:
            return group or definition
        return EpGroup(
            name=group.name or definition.name,
            definition_id=definition_id,
            signal_type=_first(group.signal_type, definition.signal_type),
            sweeps_per_average=_first(group.sweeps_per_average, definition.sweeps_per_average),
            trigger_delay_ms=_first(group.trigger_delay_ms, definition.trigger_delay_ms),
            n_divisions=_first(definition.n_divisions, group.n_divisions),
        )


def read_study(name: str, data: bytes) -> EpStudy:
    """Read a whole `.iom`.

    Parameters
    ----------
    name : str
        For messages.
    data : bytes

    Raises
    ------
    SourceFormatError
        File and offset of what cannot be understood.
    """
    file = IomFile(name, data)
    study = EpStudy()
    for item in file.objects():
        study.n_objects += 1
        schema = item.number("Schema")
        if schema != SCHEMA:
            told = "no schema" if schema is None else f"schema {schema:g}"
            raise item.fault(f"an object has {told}; {SCHEMA} can be read")
        kind = item.text("Type")
        if kind not in UNUSED:
            _take(study, kind, item)
    study.cut_at = file.cut_at
    return study


def _take(study: EpStudy, kind: str, item: IomObject) -> None:
    guid, content = item.guid("Id"), item.child("Data")
    if guid is None:
        raise item.fault(f"an object of type {kind or 'nothing'!r} has no Id")
    if kind == "EPStudy":
        if content is not None:
            study.is_simulated |= content.text("AcquisitionInstrument") == SIMULATED_INSTRUMENT
    elif kind == "EPTest":
        settings = content.child("Settings") if content is not None else None
        if settings is not None:
            _take_settings(study, guid, settings)
    elif content is None:
        if kind not in ("EPGroup", "EPTrace", *KINDS_OF_WAVEFORM):
            study.unknown[kind] += 1
    elif kind == "EPGroup":
        study.groups[guid] = _group(content, definition_id=content.guid("GroupId"))
    elif kind == "EPTrace":
        study.traces[guid] = EpTrace(
            name=content.text("Name"),
            channel_id=content.guid("OChanId"),
            group_id=content.guid("GroupObjId"),
        )
    elif kind in KINDS_OF_WAVEFORM:
        study.waveforms[guid] = EpWaveform(
            kind=WaveformKind(kind),
            sampling_hz=content.number("SampFreq"),
            timebase=content.number("Timebase"),
            original_decimation=content.number("OriginalDecim"),
            trigger_delay_ms=content.number("TriggerDelay"),
            intensity_ma=content.number("SavedStimIntensity"),
            is_rejected=bool(content.number("IsRejectedData")),
        )
    else:
        study.unknown[kind] += 1


def _take_settings(study: EpStudy, test_id: bytes, settings: IomObject) -> None:
    electrodes = {
        electrode.guid("ID"): electrode.text("Location")
        for electrode in settings.children("Electrodes")
    }
    inputs = {
        channel.guid("ID"): (
            channel.number("SamplingFreq"),
            electrodes.get(channel.guid("ActiveElectrode"), ""),
        )
        for channel in settings.children("IChans")
    }
    for definition in settings.children("GroupDef"):
        guid = definition.guid("ID")
        if guid is not None:
            study.definitions[guid] = _group(definition, definition_id=guid)
    for channel in settings.children("OChans"):
        guid = channel.guid("ID")
        if guid is not None:
            # The signal comes from the input named by From; To is its other electrode.
            sampling_hz, electrode = inputs.get(channel.guid("From"), (None, ""))
            study.channels[guid] = EpChannel(
                name=channel.text("Name"),
                electrode=electrode,
                test_id=test_id,
                group_id=channel.guid("GroupDef"),
                sampling_hz=sampling_hz,
                timebase=channel.number("Timebase"),
            )


def _group(content: IomObject, *, definition_id: bytes | None) -> EpGroup:
    return EpGroup(
        name=content.text("Name"),
        definition_id=definition_id,
        signal_type=_whole(content, "SignalType"),
        sweeps_per_average=_whole(content, "SweepsPerAvg"),
        trigger_delay_ms=content.number("TriggerDelay"),
        n_divisions=_whole(content, "NumDivisionsToCollect"),
    )


def _whole(content: IomObject, name: str) -> int | None:
    value = content.number(name)
    if value is None:
        return None
    if not abs(value) < 2**31:
        raise content.fault(f"{name} is {value:g}")
    return int(value)


def _rate(sampling_hz: float | None, timebase: float | None) -> float | None:
    if sampling_hz is None or timebase is None or not timebase > 0.0:
        return None
    rate_hz = sampling_hz / timebase
    return rate_hz if 0.0 < rate_hz < float("inf") else None


def _first(one: Number | None, other: Number | None) -> Number | None:
    return other if one is None else one
