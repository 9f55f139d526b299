"""The two text frames of the websocket that are no events: `hello` and `heartbeat`."""

import math
from dataclasses import dataclass
from typing import Literal

import amr_monitor
from amr_monitor.api.live import LatestStatus
from amr_monitor.api.seams import CaseControl
from amr_monitor.api.security import Principal
from amr_monitor.api.settings import Role
from amr_monitor.codec import to_json_text, to_json_value
from amr_monitor.model.case import CaseMode, Muscle, Side
from amr_monitor.model.source import Origin
from amr_monitor.model.status import CaseStatus, Delivery, RecordingStatus
from amr_monitor.model.stimulation import TriggerQuality

PROTOCOL_VERSION = 1
"""Goes up where an old client would misread a new server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChannel:
    """One channel of the montage."""

    label: str
    muscle: Muscle
    side: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSource:
    """What delivers the samples."""

    name: str
    trigger_quality: TriggerQuality
    sampling_rate_hz: float
    duration_s: float | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlayback:
    """How a replay plays.

    Attributes
    ----------
    is_paused : bool
    speed : float or None
        Times real time; None: as fast as it goes.
    position_s, start_s : float
        Newest sample given, and the first of all, on the recording's axis.
    end_s : float or None
        None where it is not known.
    seeking_s : float or None
        The time that it runs to without waiting; None where it plays.
    """

    is_paused: bool
    speed: float | None
    position_s: float
    start_s: float
    end_s: float | None
    seeking_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """First frame of a connection.

    Attributes
    ----------
    type : "hello"
    protocol : int
        A client that does not know this version must not go on.
    software_version : str
    case_id : str
        Empty before a case is opened.
    newest_seq : int
        Newest event of the case.
    mode : CaseMode
    origin : Origin or None
        None while there is no source.
    montage : tuple of ShownChannel
    source : ShownSource or None
    user : str
    role : Role
    replay_control : bool
        Whether `POST /replay` has something to say.
    """

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL_VERSION
    software_version: str = amr_monitor.__version__
    case_id: str
    newest_seq: int
    mode: CaseMode
    origin: Origin | None
    montage: tuple[ShownChannel, ...]
    source: ShownSource | None
    user: str
    role: Role
    replay_control: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Once a second: the connection is alive, and how the case stands.

    Attributes
    ----------
    type : "heartbeat"
    case_id : str
    seq : int
        Newest event of the case, whether this client has it yet or not.
    last_sample_age_s : float or None
        Seconds since samples last came.
    sweeps_lost : int
        Sweeps that this connection was not shown because newer ones came.
    clients : int
        Connections to the server.
    status_seq : int or None
        The event at which `status` holds.
    status : CaseStatus or None
        None until the client has every event that led to it.
    delivery : Delivery or None
        How a live source delivers; None of a recording.
    source : ShownSource or None
        What delivers the samples now.
    recording : RecordingStatus or None
        None where nothing is recorded.
    sweeps_last_minute : int
        Of the recording's time, counted or not.
    heard, spoken : tuple of int
        Newest events of the case that make a sound, and those that are spoken as well.
    replay : ShownPlayback or None
        How a replay plays; None where nothing is replayed.
    """

    type: Literal["heartbeat"] = "heartbeat"
    case_id: str
    seq: int
    last_sample_age_s: float | None
    sweeps_lost: int
    clients: int
    status_seq: int | None
    status: CaseStatus | None
    delivery: Delivery | None = None
    source: ShownSource | None = None
    recording: RecordingStatus | None = None
    sweeps_last_minute: int = 0
    heard: tuple[int, ...] = ()
    spoken: tuple[int, ...] = ()
    replay: ShownPlayback | None = None


def shown_source(control: CaseControl) -> ShownSource | None:
    """Return what is told of the source."""
    source = control.source
    if source is None:
        return None
    return ShownSource(
        name=source.name,
        trigger_quality=source.trigger_quality,
        sampling_rate_hz=source.sampling_rate_hz,
        duration_s=source.duration_s,
        warnings=tuple(warning.message for warning in source.warnings),
    )


def shown_playback(control: CaseControl) -> ShownPlayback | None:
    """Return how a replay plays; None where nothing is replayed."""
    if control.replay is None:
        return None
    state = control.replay.state
    return ShownPlayback(
        is_paused=state.is_paused,
        speed=state.speed if math.isfinite(state.speed) else None,
        position_s=round(state.position_s, 3),
        start_s=round(state.start_s, 3),
        end_s=None if state.end_s is None else round(state.end_s, 3),
        seeking_s=state.seeking_s,
    )


def hello_message(
    *,
    case_id: str,
    newest_seq: int,
    principal: Principal,
    control: CaseControl,
    status: CaseStatus | None,
) -> str:
    """Return the first frame of a connection."""
    source = control.source
    case = status.case if status else None
    channels = source.montage.channels if source else ()
    hello = Hello(
        case_id=case_id,
        newest_seq=newest_seq,
        mode=case.mode if case else CaseMode.LIVE,
        origin=source.origin if source else None,
        montage=tuple(
            ShownChannel(label=channel.label, muscle=channel.muscle, side=channel.side)
            for channel in channels
        ),
        source=shown_source(control),
        user=principal.name,
        role=principal.role,
        replay_control=control.replay is not None,
    )
    return to_json_text(to_json_value(hello))


def heartbeat_message(
    *,
    case_id: str,
    newest_seq: int,
    latest: LatestStatus | None,
    control: CaseControl,
    n_clients: int,
    n_sweeps_lost: int,
    sweeps_last_minute: int,
    heard: tuple[int, ...] = (),
    spoken: tuple[int, ...] = (),
) -> str:
    """Return a heartbeat."""
    age_s = control.last_sample_age_s
    heartbeat = Heartbeat(
        case_id=case_id,
        seq=newest_seq,
        last_sample_age_s=None if age_s is None else round(age_s, 2),
        sweeps_lost=n_sweeps_lost,
        clients=n_clients,
        status_seq=latest.seq if latest else None,
        status=latest.status if latest else None,
        delivery=control.delivery,
        source=shown_source(control),
        recording=control.recording,
        sweeps_last_minute=sweeps_last_minute,
        heard=heard,
        spoken=spoken,
        replay=shown_playback(control),
    )
    return to_json_text(to_json_value(heartbeat))
