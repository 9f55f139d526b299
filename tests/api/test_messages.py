import math

from amr_monitor.api.live import LatestStatus
from amr_monitor.api.messages import (
    Heartbeat,
    Hello,
    heartbeat_message,
    hello_message,
    shown_source,
)
from amr_monitor.api.security import Principal
from amr_monitor.api.settings import Role
from amr_monitor.codec import from_json_text, from_json_value
from amr_monitor.model.case import CaseInfo, CaseMode
from amr_monitor.model.status import Delivery, RecordingState, RecordingStatus
from tests.api.fake_replay import FakeReplay
from tests.api.fakes import FakeHouse, a_status

SOMEONE = Principal(name="anna", role=Role.VIEWER)


def hello_of(house: FakeHouse, **status: object) -> Hello:
    text = hello_message(
        case_id="c",
        newest_seq=3,
        principal=SOMEONE,
        control=house,
        status=a_status(**status) if status else None,
    )
    return from_json_value(Hello, from_json_text(text, longest=10_000))


def test_hello_tells_mode_user_and_what_can_be_paced() -> None:
    house = FakeHouse()
    assert hello_of(house).mode is CaseMode.LIVE
    assert hello_of(house).replay_control is False
    house.replay = FakeReplay()
    hello = hello_of(house, case=CaseInfo(mode=CaseMode.SHADOW))
    assert (hello.mode, hello.replay_control) == (CaseMode.SHADOW, True)
    assert (hello.user, hello.role) == ("anna", Role.VIEWER)


def test_hello_without_a_source_says_so() -> None:
    house = FakeHouse()
    house.source = None
    hello = hello_of(house)
    assert (hello.origin, hello.montage, hello.source) == (None, (), None)


def test_a_heartbeat_comes_back_as_it_was() -> None:
    house = FakeHouse()
    house.last_sample_age_s = 0.123
    house.delivery = Delivery.STALLED
    house.recording = RecordingStatus(
        state=RecordingState.WAITING, waiting_s=4.0, disk_hours_left=2.5
    )
    text = heartbeat_message(
        case_id="c",
        newest_seq=9,
        latest=LatestStatus(seq=8, status=a_status()),
        control=house,
        n_clients=2,
        n_sweeps_lost=5,
        sweeps_last_minute=58,
    )
    heartbeat = from_json_value(Heartbeat, from_json_text(text, longest=100_000))
    assert (heartbeat.seq, heartbeat.status_seq, heartbeat.sweeps_lost) == (9, 8, 5)
    assert heartbeat.last_sample_age_s == 0.12
    assert heartbeat.status == a_status()
    assert (heartbeat.delivery, heartbeat.recording) == (Delivery.STALLED, house.recording)
    assert heartbeat.source == shown_source(house)
    assert heartbeat.replay is None
    assert heartbeat.sweeps_last_minute == 58


def test_a_heartbeat_tells_what_is_heard_and_how_a_replay_plays() -> None:
    house = FakeHouse()
    house.replay = FakeReplay()
    house.replay.state.speed = math.inf
    text = heartbeat_message(
        case_id="case-1",
        newest_seq=9,
        latest=None,
        control=house,
        n_clients=1,
        n_sweeps_lost=0,
        sweeps_last_minute=0,
        heard=(7, 9),
        spoken=(9,),
    )
    heartbeat = from_json_value(Heartbeat, from_json_text(text, longest=100_000))
    assert (heartbeat.heard, heartbeat.spoken) == ((7, 9), (9,))
    assert heartbeat.replay is not None
    assert (heartbeat.replay.speed, heartbeat.replay.position_s) == (None, 100.0)
