"""Bodies of requests: the names of docs/protocol.md, bounded, unknown keys refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

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
from amr_monitor.model.context import CONTEXT

FreeText = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""One line: it ends in a recording's annotations and on a screen."""

Pseudonym = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9._-]*$")]
"""A key without spaces, so that a name hardly fits."""

DAY_S = 86_400.0


class Body(BaseModel):
    """What all bodies share: a key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class CaseBody(Body):
    """Open a case."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"pseudonym": "HFS-0042", "side": "right"}]}
    )

    pseudonym: Pseudonym = Field("", description="The hospital's own key; never a name")
    side: Side | None = None
    branch: Branch = Branch.MARGINAL_MANDIBULAR
    mode: CaseMode = CaseMode.LIVE

    def info(self) -> CaseInfo:
        """Return the case that the body describes."""
        return CaseInfo(
            pseudonym=self.pseudonym, side=self.side, branch=self.branch, mode=self.mode
        )


class MarkBody(Body):
    """Mark a moment of the operation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"mark": "vessel_moved", "vessel": "AICA", "seconds_ago": 10}]
        }
    )

    mark: MarkName
    vessel: Vessel | None = Field(None, description="Of `vessel_moved` alone")
    text: FreeText = ""
    seconds_ago: float = Field(0.0, ge=0.0, le=3600.0, description="Back-dates the mark")


class AmendBody(Body):
    """Move, rename or void a mark; the first one stays in the journal."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"vessel": "PICA", "reason": "wrong vessel entered"}]}
    )

    mark: MarkName | None = None
    vessel: Vessel | None = None
    effective_time_s: float | None = Field(None, ge=0.0, le=7 * DAY_S)
    void: bool = False
    reason: Annotated[FreeText, StringConstraints(min_length=1)]


class ReadingBody(Body):
    """What a person sees of a muscle; it changes no verdict."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"muscle": "orbicularis_oculi", "reading": "present", "text": "small, 11 ms"}
            ]
        }
    )

    muscle: Muscle
    reading: Reading
    text: FreeText = ""


class RestartBody(Body):
    """Throw the baseline away and learn anew."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "electrode moved"}]})

    reason: FreeText = ""


class ContextBody(Body):
    """Enter a value from the room."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "MAC", "value": "0.4"},
                {"name": "TOF_ratio", "value": "92", "unit": "%"},
            ]
        }
    )

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 _.%/-]{1,40}$")] = Field(
        description=f"One of {', '.join(quantity.name for quantity in CONTEXT)}; or an alias"
    )
    value: Annotated[FreeText, StringConstraints(min_length=1)]
    unit: Annotated[str, StringConstraints(max_length=20, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        "", description="Left out where it is the unit of the table in docs/protocol.md"
    )

    @field_validator("value", mode="before")
    @classmethod
    def _number_as_text(cls, value: object) -> object:
        """Take a number of JSON as well as its text."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return f"{value:g}" if is_number else value


class ReplayBody(Body):
    """Pace a replay: `speed` takes a factor, `seek` seconds of the recording."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "speed", "value": 4}, {"action": "pause"}]}
    )

    action: Literal["pause", "resume", "step", "speed", "seek"]
    value: float | None = Field(None, ge=0.0, le=7 * DAY_S)


class SessionBody(Body):
    """Sign a browser in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "the-secret-token"}]})

    token: Annotated[str, StringConstraints(max_length=500)] = ""
