"""The words of the report: plain, and never more than is known."""

from datetime import datetime
from math import isfinite

from amr_monitor.model.case import (
    AmrState,
    Branch,
    IndeterminateClass,
    Mark,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Vessel,
)
from amr_monitor.model.source import Origin
from amr_monitor.monitor.words import clock
from amr_monitor.qa.report.course import Change, Loss

NOT_KNOWN = "not known"

OUTCOME_TITLES: dict[Outcome, str] = {
    Outcome.DISAPPEARED: "AMR DISAPPEARED",
    Outcome.PERSISTENT: "AMR PERSISTENT",
    Outcome.INDETERMINATE: "INDETERMINATE: the monitor cannot tell",
    Outcome.NOT_ELICITED: "AMR NOT ELICITED: there was nothing to monitor",
    Outcome.DISAPPEARED_BEFORE_DECOMPRESSION: "AMR ABSENT SINCE BEFORE DECOMPRESSION",
}

OUTCOME_MEANS: dict[Outcome, str] = {
    Outcome.DISAPPEARED: (
        "The response was seen when decompression began or after it, and in none of the last"
        " valid sweeps judged."
    ),
    Outcome.PERSISTENT: "The response was there in the last valid sweeps judged.",
    Outcome.INDETERMINATE: (
        "There is not enough sound evidence to call the response present or absent."
    ),
    Outcome.NOT_ELICITED: "No response was found at the baseline, nor before decompression.",
    Outcome.DISAPPEARED_BEFORE_DECOMPRESSION: (
        "The response was lost before any vessel was moved: it could not guide the decompression."
    ),
}

TAGS: dict[str, str] = {
    "returned": "the response had been lost and came back",
    "early_loss": "the response was absent when decompression began",
    "early_loss_returned": "absent when decompression began, it came back and was lost again",
    "attenuated": "the response was smaller than at baseline",
    "complete_not_marked": "nobody marked that decompression was complete",
    "not_sustained": "the last loss was too young to count as sustained",
    "withheld": "the verdict was held back when the case ended",
    "not_monitorable": "the response at baseline was too small and too intermittent to monitor",
    "undecided": "the response was not seen any more and not yet held to be gone",
    "too_few_sweeps": "fewer than 60 valid sweeps came between the last step and the end",
    "no_baseline": "no baseline was accepted",
    "monitor_failed": "the monitor failed in this case",
    "dura": "lost after the dura was opened",
    "csf": "lost after cerebrospinal fluid was drained",
    "retraction": "lost after retraction",
    "unknown": "what the early loss came with is not known",
}

PHASES: dict[Phase, str] = {
    Phase.BEFORE_DURA: "before the dura",
    Phase.DURA_OPEN: "dura open",
    Phase.DECOMPRESSION: "decompression",
    Phase.DECOMPRESSED: "decompressed",
    Phase.CLOSING: "closing",
}

CLASSES: dict[IndeterminateClass, str] = {
    IndeterminateClass.INTERFERENCE: "interference",
    IndeterminateClass.TECHNICAL: "technical",
    IndeterminateClass.PHYSIOLOGICAL: "physiological",
}

STATES: dict[AmrState, str] = {
    AmrState.LEARNING: "learning",
    AmrState.NOT_ELICITED: "not elicited",
    AmrState.PRESENT: "present",
    AmrState.ATTENUATED: "attenuated",
    AmrState.DISAPPEARED: "disappeared",
    AmrState.REAPPEARED: "reappeared",
    AmrState.PERSISTENT: "persistent",
}

ORIGINS: dict[Origin, tuple[str, str]] = {
    Origin.SIMULATED: (
        "SIMULATED",
        "These are no signals of a patient. Not for the file of one.",
    ),
    Origin.REPLAY: (
        "REPLAY",
        "A recording was judged afterwards; this is not what was told in the operating room.",
    ),
    Origin.DEVICE: ("LIVE CASE", "Signals came from an amplifier while the case went on."),
}


def plain(word: object) -> str:
    """Return a word of the vocabulary without its underscores."""
    return str(word).replace("_", " ")


def muscle(which: Muscle | None) -> str:
    """Return the name of a muscle."""
    return "no muscle" if which is None else plain(which)


def branch(which: Branch) -> str:
    """Return the name of a stimulated branch."""
    return f"{plain(which)} branch"


def mark_name(name: MarkName, vessel: Vessel | None) -> str:
    """Return "vessel moved AICA"."""
    written = "CSF drained" if name is MarkName.CSF_DRAINED else plain(name)
    return f"{written} {vessel}" if vessel is not None else written


def mark_words(mark: Mark) -> str:
    """Return a mark with its vessel or its text, in one line."""
    text = one_line(mark.text)
    return f"{mark_name(mark.name, mark.vessel)}{f': {text}' if text else ''}"


def one_line(text: str) -> str:
    """Return typed text without line breaks and control characters."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())


def moment(when: datetime | None) -> str:
    """Return a moment, or that there is none."""
    return NOT_KNOWN if when is None else f"{when:%Y-%m-%d %H:%M:%S} UTC"


def number(value: float | None, unit: str = "", *, digits: int = 1) -> str:
    """Return a figure with its unit, or a dash."""
    if value is None or not isfinite(value):
        return "\u2013"
    return f"{value:.{digits}f}{f' {unit}' if unit else ''}"


def seconds(value: float) -> str:
    """Return "4 s", from two minutes on "31 min"."""
    if abs(value) < 120.0:
        return f"{value:.0f} s" if abs(value) >= 10.0 else f"{value:.1f} s"
    return f"{value / 60.0:.0f} min"


def attribution(loss: Loss) -> str:
    """Return when a response was lost, by the marks, and whether it came back.

    What came after a mark need not have come of it: never "because of".
    """
    mark = loss.after_mark
    if mark is None:
        words = "disappeared; no mark before it"
        if loss.last_response_s is not None:
            words = f"last response at {clock(loss.last_response_s)}; no mark before it"
    else:
        side = "after" if mark.seconds >= 0 else "before"
        named = mark_name(mark.mark, mark.vessel)
        words = f"last response {seconds(abs(mark.seconds))} {side} {named}"
        if mark.within_tolerance:
            words += " (within the tolerance of marks: confirm)"
    watched = seconds(loss.watched_s)
    if loss.returned_s is None:
        proof = "" if loss.watched_valid is None else f" ({loss.watched_valid} valid sweeps)"
        return f"{words}; no return in the {watched} after{proof}"
    return f"{words}; return confirmed {watched} later, at {clock(loss.returned_s)}"


def change(of: Change) -> str:
    """Return what changed, "present to disappeared"."""
    if of.is_withdrawal:
        return f"still {STATES[of.to_state]}: a provisional change is withdrawn"
    return f"{STATES[of.told.from_state]} to {STATES[of.to_state]}"


def certainties(of: Change) -> str:
    """Return when a change was told, with each certainty."""
    told = (
        ("provisional", of.provisional_s),
        ("confirmed", of.confirmed_s),
        ("sustained", of.sustained_s),
    )
    return ", ".join(f"{name} {clock(at_s)}" for name, at_s in told if at_s is not None)
