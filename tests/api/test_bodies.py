from typing import Any

import pytest
from pydantic import ValidationError

from amr_monitor.api.bodies import (
    AmendBody,
    Body,
    CaseBody,
    ContextBody,
    MarkBody,
    ReplayBody,
    RestartBody,
    SessionBody,
)
from amr_monitor.model.case import Branch, CaseInfo, CaseMode, Side

SMALLEST: list[tuple[type[Body], dict[str, Any]]] = [
    (CaseBody, {}),
    (MarkBody, {"mark": "note"}),
    (AmendBody, {"reason": "x"}),
    (RestartBody, {}),
    (ContextBody, {"name": "MAC", "value": "1"}),
    (ReplayBody, {"action": "pause"}),
    (SessionBody, {}),
]


@pytest.mark.parametrize(("kind", "body"), SMALLEST)
def test_what_is_not_needed_may_be_left_out_and_what_is_not_known_must(
    kind: type[Body], body: dict[str, Any]
) -> None:
    kind.model_validate(body)
    with pytest.raises(ValidationError, match="Extra inputs"):
        kind.model_validate(body | {"surplus": 1})


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (CaseBody, {}, "pseudonym"),
        (MarkBody, {"mark": "note"}, "text"),
        (AmendBody, {}, "reason"),
        (RestartBody, {}, "reason"),
        (ContextBody, {"name": "MAC"}, "value"),
        (ContextBody, {"value": "1"}, "name"),
        (ContextBody, {"name": "MAC", "value": "1"}, "unit"),
        (SessionBody, {}, "token"),
    ],
)
def test_every_text_is_bounded(kind: type[Body], body: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        kind.model_validate(body | {field: "x" * 1000})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e12])
@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        (MarkBody, {"mark": "note"}, "seconds_ago"),
        (AmendBody, {"reason": "x"}, "effective_time_s"),
        (ReplayBody, {"action": "seek"}, "value"),
    ],
)
def test_every_number_is_bounded(
    kind: type[Body], body: dict[str, Any], field: str, value: float
) -> None:
    with pytest.raises(ValidationError, match=field):
        kind.model_validate(body | {field: value})


@pytest.mark.parametrize("pseudonym", ["Jane Example", "Jané", "a/b", "a\n"])
def test_a_name_hardly_fits_into_a_pseudonym(pseudonym: str) -> None:
    with pytest.raises(ValidationError):
        CaseBody(pseudonym=pseudonym)


def test_a_case_body_becomes_the_case() -> None:
    assert CaseBody(pseudonym="HFS-1", side=Side.LEFT).info() == CaseInfo(
        pseudonym="HFS-1",
        side=Side.LEFT,
        branch=Branch.MARGINAL_MANDIBULAR,
        mode=CaseMode.LIVE,
    )
