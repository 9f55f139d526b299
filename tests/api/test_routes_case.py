from typing import Any

import httpx
import pytest

from amr_monitor.api import routes_case
from amr_monitor.model.case import (
    Branch,
    CaseInfo,
    CaseMode,
    MarkName,
    Muscle,
    Reading,
    Side,
    Vessel,
)
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    AmendMark,
    CloseCase,
    Command,
    EnterReading,
    MarkCommand,
    OpenCase,
    RestartBaseline,
    SetContext,
)
from tests.api.fakes import CASE_ID, OPERATOR, VIEWER, FakeHouse, a_status

pytestmark = pytest.mark.asyncio
AT = {"sample_index": 600_000, "by": "local"}

A_READING = {"muscle": "mentalis", "reading": "cannot_tell"}

COMMANDS: list[tuple[str, dict[str, Any] | None, Command]] = [
    (
        "/case",
        {"pseudonym": "HFS-1", "side": "left", "branch": "zygomatic", "mode": "shadow"},
        OpenCase(
            **AT,  # type: ignore[arg-type]
            case=CaseInfo(
                pseudonym="HFS-1", side=Side.LEFT, branch=Branch.ZYGOMATIC, mode=CaseMode.SHADOW
            ),
        ),
    ),
    ("/case", {}, OpenCase(**AT, case=CaseInfo())),  # type: ignore[arg-type]
    ("/case/close", None, CloseCase(**AT)),  # type: ignore[arg-type]
    (
        "/marks",
        {"mark": "vessel_moved", "vessel": "AICA+VA", "seconds_ago": 30},
        MarkCommand(
            **AT,  # type: ignore[arg-type]
            mark=MarkName.VESSEL_MOVED,
            vessel=Vessel.AICA_VA,
            seconds_ago=30.0,
        ),
    ),
    (
        "/marks",
        {"mark": "note", "text": "drill starts, µV scale"},
        MarkCommand(**AT, mark=MarkName.NOTE, text="drill starts, µV scale"),  # type: ignore[arg-type]
    ),
    (
        "/marks/7/amend",
        {"vessel": "PICA", "effective_time_s": 12.5, "reason": "wrong vessel"},
        AmendMark(
            **AT,  # type: ignore[arg-type]
            mark_id=7,
            vessel=Vessel.PICA,
            effective_time_s=12.5,
            reason="wrong vessel",
        ),
    ),
    (
        "/marks/7/amend",
        {"void": True, "reason": "by mistake"},
        AmendMark(**AT, mark_id=7, void=True, reason="by mistake"),  # type: ignore[arg-type]
    ),
    ("/baseline/accept", None, AcceptBaseline(**AT)),  # type: ignore[arg-type]
    ("/baseline/restart", None, RestartBaseline(**AT)),  # type: ignore[arg-type]
    (
        "/baseline/restart",
        {"reason": "electrode moved"},
        RestartBaseline(**AT, reason="electrode moved"),  # type: ignore[arg-type]
    ),
    (
        "/alarms/stream.lost/acknowledge",
        None,
        AcknowledgeAlarm(**AT, alarm_id="stream.lost"),  # type: ignore[arg-type]
    ),
    (
        "/readings",
        {"muscle": "orbicularis_oculi", "reading": "present", "text": "small, 11 ms"},
        EnterReading(
            **AT,  # type: ignore[arg-type]
            muscle=Muscle.ORBICULARIS_OCULI,
            reading=Reading.PRESENT,
            text="small, 11 ms",
        ),
    ),
    (
        "/context",
        {"name": "MAC", "value": "0.4"},
        SetContext(**AT, name="MAC", value="0.4"),  # type: ignore[arg-type]
    ),
]


@pytest.mark.parametrize(("path", "body", "command"), COMMANDS)
async def test_a_request_becomes_its_command_and_is_answered_with_its_events(
    house: FakeHouse,
    browser: httpx.AsyncClient,
    path: str,
    body: dict[str, Any] | None,
    command: Command,
) -> None:
    answer = await browser.post(f"/api/v1{path}", json=body)
    assert answer.status_code == 200
    assert house.commands == [command]
    assert answer.json()["case_id"] == CASE_ID
    assert [event["seq"] for event in answer.json()["events"]] == [1]


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("/marks", {}, "mark: Field required"),
        ("/marks", None, "body: Field required"),
        ("/marks", {"mark": "lunch"}, "mark: Input should be 'incision'"),
        ("/marks", {"mark": "note", "colour": "red"}, "colour: Extra inputs are not permitted"),
        ("/marks", {"mark": "note", "text": "x" * 201}, "text: String should have at most 200"),
        ("/marks", {"mark": "note", "text": "two\nlines"}, "text: String should match"),
        ("/marks", {"mark": "note", "seconds_ago": -1}, "seconds_ago: Input should be greater"),
        ("/marks", {"mark": "note", "seconds_ago": 1e9}, "seconds_ago: Input should be less"),
        ("/marks", {"mark": "vessel_moved", "vessel": "aorta"}, "vessel: Input should be 'AICA'"),
        ("/marks/0/amend", {"reason": "x"}, "mark_id: Input should be greater"),
        ("/marks/1/amend", {"void": True}, "reason: Field required"),
        ("/marks/1/amend", {"reason": ""}, "reason: String should have at least 1"),
        ("/case", {"pseudonym": "Jane Example"}, "pseudonym: String should match"),
        ("/case", {"name": "Jane"}, "name: Extra inputs"),
        ("/readings", {"muscle": "mentalis"}, "reading: Field required"),
        ("/readings", {"muscle": "mentalis", "reading": "gone"}, "reading: Input should be"),
        ("/readings", {"muscle": "tongue", "reading": "absent"}, "muscle: Input should be"),
        ("/context", {"name": "MAC"}, "value: Field required"),
        ("/context", {"name": "x" * 41, "value": "1"}, "name: String should match"),
        ("/baseline/restart", {"reason": 3}, "reason: Input should be a valid string"),
        ("/alarms/a%20b/acknowledge", None, "alarm_id: String should match"),
    ],
)
async def test_what_misfits_is_told_in_one_line_and_does_nothing(
    house: FakeHouse,
    browser: httpx.AsyncClient,
    path: str,
    body: dict[str, Any] | None,
    complaint: str,
) -> None:
    answer = await browser.post(f"/api/v1{path}", json=body)
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert complaint in detail
    assert "\n" not in detail
    assert house.commands == []


async def test_bodies_that_are_no_json_or_not_finite_are_refused(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    headers = {"Content-Type": "application/json"}
    for content in (b"{", b"\xff\xff", b'{"mark": "note", "seconds_ago": NaN}', b"[" * 10_000):
        answer = await browser.post("/api/v1/marks", content=content, headers=headers)
        assert answer.status_code in (400, 422)
    assert house.commands == []


async def test_without_tokens_a_header_names_who_gives_a_command(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    for told, name in (("AB", "AB"), ("M%C3%BCller-Li", "Müller-Li")):
        answer = await browser.post(
            "/api/v1/marks", json={"mark": "note"}, headers={"X-Operator": told}
        )
        assert answer.json()["events"][0]["by"] == name
    assert [command.by for command in house.commands] == ["AB", "Müller-Li"]


@pytest.mark.parametrize("name", ["recording", "AMR-monitor", "Jane%20Doe", "%0A", "x" * 31, "a=b"])
async def test_a_name_that_is_none_or_the_programs_own_is_refused(
    house: FakeHouse, browser: httpx.AsyncClient, name: str
) -> None:
    answer = await browser.post(
        "/api/v1/marks", json={"mark": "note"}, headers={"X-Operator": name}
    )
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("X-Operator: initials or a name")
    assert house.commands == []


async def test_with_tokens_the_token_names_who_gives_a_command(
    house: FakeHouse, guarded: httpx.AsyncClient
) -> None:
    headers = {"Authorization": f"Bearer {OPERATOR.token}", "X-Operator": "somebody"}
    assert (
        await guarded.post("/api/v1/readings", json=A_READING, headers=headers)
    ).status_code == 200
    assert [command.by for command in house.commands] == [OPERATOR.name]
    headers["Authorization"] = f"Bearer {VIEWER.token}"
    answer = await guarded.post("/api/v1/readings", json=A_READING, headers=headers)
    assert answer.status_code == 403
    assert len(house.commands) == 1


async def test_what_the_state_does_not_allow_is_409_with_its_line(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.refuses = "the case is closed: open another one"
    answer = await browser.post("/api/v1/marks", json={"mark": "note"})
    assert (answer.status_code, answer.json()) == (409, {"detail": house.refuses})


async def test_a_monitor_that_does_not_answer_is_told(
    house: FakeHouse, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_case, "LONGEST_WAIT_S", 0.05)
    house.answers = False
    answer = await browser.post("/api/v1/marks", json={"mark": "note"})
    assert answer.status_code == 504
    assert "did not answer" in answer.json()["detail"]


async def test_the_case_is_told_with_source_and_status(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.tell_gaps(2)
    assert (await browser.get("/api/v1/case")).json()["status"] is None
    house.hub.publish_status(a_status())
    case = (await browser.get("/api/v1/case")).json()
    assert (case["case_id"], case["newest_seq"], case["status_seq"]) == (CASE_ID, 2, 2)
    assert (case["origin"], case["source"]["name"]) == ("simulated", "abrupt_loss.edf")
    assert case["status"]["muscles"][0]["words"] == "PRESENT"


async def test_without_a_source_the_case_is_told_all_the_same(
    house: FakeHouse, browser: httpx.AsyncClient
) -> None:
    house.source = None
    case = (await browser.get("/api/v1/case")).json()
    assert (case["origin"], case["source"]) == (None, None)
