import json

import httpx
import pytest

from amr_monitor.api.shadow import veiled_line, veiled_status
from amr_monitor.client import connect
from amr_monitor.codec import entry_to_json, sweep_record
from amr_monitor.model.case import AmrState, CaseMode, MarkName, Muscle, Outcome, Phase, Reading
from amr_monitor.model.events import (
    AlarmPriority,
    AlarmRaised,
    BaselineRestarted,
    ContextChanged,
    Event,
    JournalEntry,
    PhaseMarked,
    ReadingEntered,
    SourceWarned,
)
from amr_monitor.model.source import Origin
from tests.api.fakes import (
    CASE_ID,
    FakeCaseRecord,
    FakeHouse,
    a_baseline,
    a_change,
    a_closing,
    a_report,
    a_status,
    an_alarm,
    an_opening,
)
from tests.api.test_live_client import next_frame, next_heartbeat, next_text, opened
from tests.sweep_reports import a_report as kept_report

SECRETS = ("no response", "disappeared", "probability", "amplitude", "slow_fall", "PRESENT")


def in_shadow(house: FakeHouse) -> FakeHouse:
    """Open a case in shadow mode and let it come to a verdict."""
    house.tell(an_opening(CaseMode.SHADOW), a_change())
    house.hub.publish_baseline(a_baseline())
    house.hub.publish_report(a_report(1))
    status = a_status(
        alarms=(an_alarm("slow_fall"), an_alarm()), provisional_outcome=Outcome.DISAPPEARED
    )
    house.hub.publish_status(status)
    return house


def mark() -> PhaseMarked:
    return PhaseMarked(
        sample_index=500_500,
        time_s=100.1,
        mark_id=1,
        mark=MarkName.DURA_CLOSED,
        vessel=None,
        text="",
        effective_time_s=100.1,
        by="anna",
        phase=Phase.CLOSING,
        provisional_outcome=Outcome.DISAPPEARED,
    )


def line_of(event: Event) -> str:
    entry = JournalEntry(seq=4, case_id=CASE_ID, utc=None, origin=Origin.DEVICE, event=event)
    return entry_to_json(entry)


def no_secret(text: str) -> bool:
    return not any(secret in text for secret in SECRETS)


@pytest.mark.parametrize(
    "event",
    [
        a_change(),
        AlarmRaised(
            sample_index=500_000,
            time_s=100.0,
            alarm_id="slow_fall",
            priority=AlarmPriority.MEDIUM,
            latched=False,
            message="orbicularis oculi: fell slowly",
        ),
        ContextChanged(
            sample_index=500_000,
            time_s=100.0,
            name="first_seen_late",
            value="a response appeared",
            unit="",
            by="monitor",
        ),
    ],
)
def test_what_tells_of_the_response_leaves_a_note_of_its_place(event: Event) -> None:
    told = json.loads(veiled_line(line_of(event)))
    assert (told["type"], told["code"], told["scope"]) == ("source_warned", "withheld", "shell")
    assert (told["seq"], told["case_id"], told["time_s"]) == (4, CASE_ID, 100.0)
    assert list(told)[:8] == list(json.loads(line_of(event)))[:8]
    assert no_secret(json.dumps(told))


def test_a_mark_is_told_without_the_outcome_so_far() -> None:
    told = json.loads(veiled_line(line_of(mark())))
    assert (told["mark"], told["provisional_outcome"]) == ("dura_closed", None)


def test_why_a_baseline_begins_anew_is_not_told() -> None:
    restarted = BaselineRestarted(sample_index=0, time_s=0.0, reason="a response appeared")
    assert json.loads(veiled_line(line_of(restarted)))["reason"] == ""


def test_what_tells_nothing_of_the_response_is_told_as_it_is() -> None:
    line = line_of(SourceWarned(sample_index=0, time_s=0.0, code="rate", message="rate 4999 Hz"))
    assert veiled_line(line) == line


def test_the_status_keeps_what_is_of_the_health_of_the_recording() -> None:
    status = a_status(
        alarms=(an_alarm("slow_fall"), an_alarm()), provisional_outcome=Outcome.DISAPPEARED
    )
    told = veiled_status(status)
    assert (told.muscles, told.provisional_outcome) == ((), None)
    assert [alarm.alarm_id for alarm in told.alarms] == ["stimulator"]
    assert told.counts == status.counts


@pytest.mark.asyncio
async def test_no_route_tells_a_verdict_before_the_case_is_closed_and_every_one_does_after(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    in_shadow(house)
    for path in ("case", "events", "cases/case-1/events", "cases", "cases/case-1", "metrics"):
        answer = await browser.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        assert no_secret(answer.text), path
    events = (await browser.get("/api/v1/events")).json()["events"]
    assert [event["seq"] for event in events] == [1, 2]
    sweeps = await browser.get("/api/v1/sweeps?muscle=orbicularis_oculi")
    assert sweeps.json()["sweeps"] == []
    house.store.beside[CASE_ID, 2] = [sweep_record(kept_report(sample_index=1000))]
    beside = "/api/v1/cases/case-1/sweeps?seq=2&muscle=mentalis"
    assert (await browser.get(beside)).json()["sweeps"] == []
    assert (await browser.get("/api/v1/trends")).json()["time_s"] == []
    house.tell(a_closing())
    assert len((await browser.get(beside)).json()["sweeps"]) == 1
    events = (await browser.get("/api/v1/events")).json()["events"]
    assert [event["type"] for event in events][1] == "amr_state_changed"
    sweeps = await browser.get("/api/v1/sweeps?muscle=orbicularis_oculi")
    assert len(sweeps.json()["sweeps"]) == 1
    assert (await browser.get("/api/v1/trends")).json()["time_s"] == [1.0]
    case = (await browser.get("/api/v1/case")).json()
    assert case["status"]["muscles"][0]["words"] == "PRESENT"


@pytest.mark.asyncio
async def test_the_answer_of_a_command_tells_no_verdict_either(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    in_shadow(house)
    answer = await browser.post("/api/v1/baseline/restart", json={"reason": "a response appeared"})
    assert answer.json()["events"][0]["reason"] == ""


@pytest.mark.asyncio
async def test_the_websocket_tells_no_verdict_and_shows_no_sweep_until_the_close() -> None:
    house = in_shadow(FakeHouse())
    with house.server() as server:
        async with opened(server.url) as websocket:
            told = [await next_text(websocket) for _ in range(3)]
            assert [message["type"] for message in told] == [
                "hello",
                "case_opened",
                "source_warned",
            ]
            told.append(await next_heartbeat(websocket))
            assert told[-1]["status"]["muscles"] == []
            assert no_secret(json.dumps(told))
            house.tell(a_change())
            house.hub.publish_report(a_report(2))
            frames: list[str | bytes] = []
            while not frames or '"seq":3' not in str(frames[-1]):
                frames.append(await websocket.recv())
            assert all(isinstance(frame, str) and no_secret(frame) for frame in frames)
            house.tell(a_closing())
            assert (await next_frame(websocket)).kind == "baseline"


@pytest.mark.asyncio
async def test_after_the_close_a_client_that_begins_anew_gets_everything() -> None:
    house = in_shadow(FakeHouse())
    house.tell(a_closing())
    with house.server() as server:
        kinds = []
        async for entry in connect(server.url):
            kinds.append(entry.event.type)
            if len(kinds) == 3:
                break
    assert kinds == ["case_opened", "amr_state_changed", "case_closed"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("mode", "told_as"), [(CaseMode.SHADOW, "source_warned"), (CaseMode.LIVE, "amr_state_changed")]
)
async def test_a_case_that_another_run_left_open_stays_as_it_was_opened(
    house: FakeHouse, browser: httpx.AsyncClient, mode: CaseMode, told_as: str
) -> None:
    house.store.records["case-0"] = FakeCaseRecord(case_id="case-0")
    house.store.append(an_opening(mode), a_change(), case_id="case-0")
    events = (await browser.get("/api/v1/cases/case-0/events?since=1")).json()["events"]
    assert events[0]["type"] == told_as


def test_another_case_is_not_in_the_shadow_of_the_last() -> None:
    house = in_shadow(FakeHouse())
    assert house.hub.is_in_shadow
    house.hub.follow_case("case-2", muscles=())
    assert not house.hub.is_in_shadow


def test_a_reading_of_a_person_is_told_without_what_the_monitor_says() -> None:
    reading = ReadingEntered(
        sample_index=500_500,
        time_s=100.1,
        muscle=Muscle.ORBICULARIS_OCULI,
        reading=Reading.PRESENT,
        monitor_reading=Reading.ABSENT,
        monitor_state=AmrState.DISAPPEARED,
        monitor_words="DISAPPEARED: no response for 1:00, 60 sweeps",
        text="small",
        by="anna",
    )
    told = json.loads(veiled_line(line_of(reading)))
    assert (told["reading"], told["text"], told["by"]) == ("present", "small", "anna")
    assert (told["monitor_reading"], told["monitor_state"], told["monitor_words"]) == (
        None,
        None,
        "",
    )
