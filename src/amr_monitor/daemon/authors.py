"""Who is behind an event, in which role, and why: columns of the journal."""

from dataclasses import dataclass

from amr_monitor.monitor.commands import AmendMark, Command, RestartBaseline

PROGRAM = "amr-monitor"
"""Stands as the user where the program itself opens and closes a case."""

RECORDING = "recording"
"""Stands as the user of what a recording tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who caused events.

    Attributes
    ----------
    user : str
        "" where nobody did: the signal itself.
    role : str
        `operator`, `program` or `recording`.
    reason : str
        As the person gave it.
    """

    user: str = ""
    role: str = ""
    reason: str = ""


NOBODY = Author()


def author_of(command: Command) -> Author:
    """Return who gave a command. A person who may give one is an operator."""
    roles = {PROGRAM: "program", RECORDING: "recording", "": ""}
    reason = command.reason if isinstance(command, AmendMark | RestartBaseline) else ""
    return Author(user=command.by, role=roles.get(command.by, "operator"), reason=reason)
