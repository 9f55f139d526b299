"""Who is behind an event, in which role, and why."""

import pytest

from amr_monitor.daemon.authors import PROGRAM, author_of
from amr_monitor.monitor.commands import AcceptBaseline, AmendMark, RestartBaseline


@pytest.mark.parametrize(
    ("user", "role"),
    [("Kim", "operator"), (PROGRAM, "program"), ("recording", "recording"), ("", "")],
)
def test_a_person_who_commands_is_an_operator(user: str, role: str) -> None:
    author = author_of(AcceptBaseline(sample_index=1, by=user))
    assert (author.user, author.role, author.reason) == (user, role, "")


def test_the_reason_is_what_the_person_gave() -> None:
    amended = AmendMark(sample_index=1, by="Kim", mark_id=1, void=True, reason="wrong vessel")
    assert author_of(amended).reason == "wrong vessel"
    assert author_of(RestartBaseline(sample_index=1, reason="electrode")).reason == "electrode"
