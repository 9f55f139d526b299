"""Texts of a recording or a marker stream, read as stimuli and commands, and written.

Four kinds of text count (docs of recordings in the README):

* `Stim`, `Stim 8.0 mA`, `Stim zlr 3.0 mA`, `stim baep`: a stimulus.
* `dura opened`, `vessel moved: AICA`, `baseline accepted`: what a person
  marked, in any case, with spaces or underscores, with British or American
  spelling. What follows a mark's name after a colon, a dash or in brackets is
  kept as its text.
* `context: MAC 0.9`, `context: TOF ratio 92 %`: a value from the room, by its name or
  an alias (model/context.py), then the value and perhaps its unit.
* `cmd: mark mark=vessel_moved vessel=AICA seconds_ago=10 by=anna`: a command as
  this program recorded it, exact in every field.

Everything else is a `note` with its whole text: nothing is guessed and nothing
is lost. So `dura opened?` is a note, and a vessel that is not in the list is
vessel `other` with its name as text.
"""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from enum import StrEnum
from functools import lru_cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from amr_monitor.model.case import CaseInfo, MarkName, Vessel
from amr_monitor.model.source import Annotation
from amr_monitor.model.stimulation import StimulusClass
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

COMMAND_PREFIX = "cmd:"

COMMAND_NAMES: dict[str, type[Command]] = {
    "open_case": OpenCase,
    "accept_baseline": AcceptBaseline,
    "restart_baseline": RestartBaseline,
    "mark": MarkCommand,
    "amend_mark": AmendMark,
    "context": SetContext,
    "reading": EnterReading,
    "acknowledge_alarm": AcknowledgeAlarm,
    "close_case": CloseCase,
}

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad"), "-")

_MARK_SPELLINGS: dict[str, MarkName] = {
    **{name.replace("_", " "): name for name in MarkName},
    "re-exploration": MarkName.RE_EXPLORATION,
    "reexploration": MarkName.RE_EXPLORATION,
    "anesthesia changed": MarkName.ANAESTHESIA_CHANGED,
    "decompression completed": MarkName.DECOMPRESSION_COMPLETE,
    "stimulation-paused": MarkName.STIMULATION_PAUSED,
}
_MARKS: list[tuple[re.Pattern[str], MarkName]] = [
    (re.compile(spelling.replace(" ", r"[\s_]+"), re.IGNORECASE), name)
    for spelling, name in sorted(_MARK_SPELLINGS.items(), key=lambda s: len(s[0]), reverse=True)
]
_SEPARATOR = re.compile(r"[\s_]*[:;,=(-][\s_]*")
_BASELINE_ACCEPTED = "baseline accepted"

_CONTEXT = re.compile(
    r"\s*context\s*:\s*(?P<name>[a-z][a-z _-]*?)[\s_:=]+(?P<value>[-+]?\d.*|(?<=[:=]).*\S)\s*",
    re.IGNORECASE | re.DOTALL,
)

_VESSEL_WORDS: dict[str, frozenset[str]] = {
    "aica": frozenset({"AICA"}),
    "pica": frozenset({"PICA"}),
    "va": frozenset({"VA"}),
    "anterior inferior cerebellar artery": frozenset({"AICA"}),
    "posterior inferior cerebellar artery": frozenset({"PICA"}),
    "vertebral artery": frozenset({"VA"}),
}
_VESSELS: dict[frozenset[str], Vessel] = {
    frozenset(vessel.split("+")): vessel for vessel in Vessel if vessel.isupper()
}
_BETWEEN_VESSELS = re.compile(r"\s*(?:\+|/|&|,|\band\b)\s*")

_CLASS_WORDS: dict[str, StimulusClass] = {
    **{name.replace("_", " "): name for name in StimulusClass},
    "lsr": StimulusClass.AMR,
    "mapping": StimulusClass.NERVE_MAPPING,
    "baep": StimulusClass.BAEP_CLICK,
    "baer": StimulusClass.BAEP_CLICK,
    "click": StimulusClass.BAEP_CLICK,
    "tcmep": StimulusClass.MEP,
    "ssep": StimulusClass.SEP,
}
_STIM = re.compile(r"stim(?:ulus)?(?![a-z])")
_CURRENT = re.compile(r"(?<![\d.,])(\d{1,6}(?:[.,]\d{1,6})?)\s*(ma|ua|\u03bca)(?![a-z])")
_SAYS_NOTHING = re.compile(
    r"(?<![a-z])(?:left|right|l|r|at|no|nr)(?![a-z])"
    r"|\d+(?:[.,]\d+)?\s*(?:ms|us|\u03bcs|hz|v)(?![a-z])"
    r"|[#\d.,:;=@/()\[\]+-]"
)
_WORD = re.compile(r"[a-z]+")
_Z_L_RESPONSE = re.compile(r"(?<![a-z])z-?lr?(?![a-z])")
_SETTING_WORDS = frozenset(
    "set now current intensity increased decreased raised lowered up down changed on off "
    "start started stop stopped end ended lost failed".split()
)
"""With one of these a text tells of the stimulator, not of one stimulus."""

_ARGUMENT = re.compile(r'\s+([a-z_]+)=("(?:[^"\\]|\\.)*"|[^\s"]+)')
_BARE = re.compile(r'[^\s"\\=]+')


@dataclass(frozen=True, slots=True, kw_only=True)
class StimulusText:
    """What a text says of a stimulus.

    Attributes
    ----------
    stimulus_class : StimulusClass or None
        None where it names none: the rate decides.
    current_ma : float or None
    """

    stimulus_class: StimulusClass | None = None
    current_ma: float | None = None


@lru_cache(maxsize=1024)  # a recording says the same thousands of times
def stimulus_from_text(text: str) -> StimulusText | None:
    """Read a text as a stimulus.

    Parameters
    ----------
    text : str
        Counts where it begins with the word `stim` (or `stimulus`), any case,
        perhaps with a class, a current in mA or uA, a side, a number, a pulse
        width or a rate.

    Returns
    -------
    StimulusText or None
        None for other texts, `stimulation paused` and `stim off` among them. One
        unknown word beside a current is a class that is not ours: `other`, which
        is no evidence. More unknown words make it a sentence, and no stimulus.
    """
    plain = _plain(text)
    begins = _STIM.match(plain)
    if begins is None:
        return None
    rest = plain[begins.end() :]
    current_ma = None
    told = _CURRENT.search(rest)
    if told is not None:
        current_ma = float(told[1].replace(",", ".")) * (1.0 if told[2] == "ma" else 1e-3)
        rest = rest[: told.start()] + " " + rest[told.end() :]
    words = " ".join(_WORD.findall(_SAYS_NOTHING.sub(" ", _Z_L_RESPONSE.sub("zlr", rest))))
    if not words:
        return StimulusText(current_ma=current_ma)
    if words in _CLASS_WORDS:
        return StimulusText(stimulus_class=_CLASS_WORDS[words], current_ma=current_ma)
    if current_ma is not None and " " not in words and words not in _SETTING_WORDS:
        return StimulusText(stimulus_class=StimulusClass.OTHER, current_ma=current_ma)
    return None


def accepts_baseline(text: str) -> bool:
    """Tell whether a text is `baseline accepted`, plain or as a command."""
    command = command_from_annotation(Annotation(sample_index=0, time_s=0.0, text=text))
    return isinstance(command, AcceptBaseline)


def opens_case(text: str) -> bool:
    """Tell whether a text is the opening of a case, as this program records it."""
    if not text.startswith(COMMAND_PREFIX):
        return False
    command = command_from_annotation(Annotation(sample_index=0, time_s=0.0, text=text))
    return isinstance(command, OpenCase)


def command_from_annotation(annotation: Annotation) -> Command:
    """Read a text that is no stimulus as a command.

    Parameters
    ----------
    annotation : Annotation
        Its `sample_index` becomes the command's.

    Returns
    -------
    Command
        A `note` with the whole text where it says nothing that is known.
    """
    text, index = annotation.text, annotation.sample_index
    if text.startswith(COMMAND_PREFIX):
        command = _recorded_command(text[len(COMMAND_PREFIX) :], index)
        if command is not None:
            return command
    if _plain(text).rstrip(".! ") == _BASELINE_ACCEPTED:
        return AcceptBaseline(sample_index=index)
    told = _CONTEXT.fullmatch(_typed(text))
    if told is not None:
        return SetContext(sample_index=index, name=told["name"], value=told["value"].strip())
    typed = _typed(text).strip()
    for pattern, name in _MARKS:
        match = pattern.match(typed)
        if match is not None:
            mark = _marked(name, typed[match.end() :], index)
            if mark is not None:
                return mark
    return MarkCommand(sample_index=index, mark=MarkName.NOTE, text=text)


def annotation_text(command: Command) -> str:
    """Return the text that `command_from_annotation` reads back as the same command.

    All but `sample_index` stands in it, and that is the annotation's own.
    Fields at their defaults are left out. It may be longer than the 40 bytes
    of an EDF+ annotation: writer and reader of that format see to it.
    """
    name = next(n for n, kind in COMMAND_NAMES.items() if type(command) is kind)
    parts = [f"{COMMAND_PREFIX} {name}"]
    for holder in (command, *([command.case] if isinstance(command, OpenCase) else [])):
        for field in _told_fields(holder):
            value = getattr(holder, field.name)
            if value != field.default:
                parts.append(f"{field.name}={_written(value)}")
    return " ".join(parts)


def _marked(name: MarkName, rest: str, index: int) -> MarkCommand | None:
    """Read what follows the name of a mark; None where it is another sentence."""
    separated = _SEPARATOR.match(rest)
    said = rest[separated.end() :] if separated else rest
    said = said.strip(" .!)" if separated and "(" in separated[0] else " .!")
    if not said:
        return MarkCommand(sample_index=index, mark=name)
    if name is MarkName.VESSEL_MOVED and (separated or rest[0] in " _"):
        vessel = _vessel(_plain(said))
        if vessel is not None:
            return MarkCommand(sample_index=index, mark=name, vessel=vessel)
        if separated:
            return MarkCommand(sample_index=index, mark=name, vessel=Vessel.OTHER, text=said)
    return MarkCommand(sample_index=index, mark=name, text=said) if separated else None


def _vessel(said: str) -> Vessel | None:
    if said in ("vein", "veins"):
        return Vessel.VEIN
    if said == "other":
        return Vessel.OTHER
    parts = [_VESSEL_WORDS.get(part) for part in _BETWEEN_VESSELS.split(said)]
    known = [part for part in parts if part is not None]
    return _VESSELS.get(frozenset().union(*known)) if len(known) == len(parts) else None


def _typed(text: str) -> str:
    """Return a text with one kind of space and of dash."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES)


def _plain(text: str) -> str:
    """Return a text without what only its typing tells: case, underscores, kinds of dash."""
    return " ".join(_typed(text).casefold().replace("_", " ").split())


def _recorded_command(arguments: str, index: int) -> Command | None:
    name, _, rest = arguments.strip().partition(" ")
    kind = COMMAND_NAMES.get(name)
    found: dict[str, str] = {}
    at = 0
    rest = f" {rest}" if rest else ""
    while kind is not None and at < len(rest):
        match = _ARGUMENT.match(rest, at)
        if match is None or match[1] in found:
            return None
        found[match[1]] = match[2]
        at = match.end()
    if kind is None:
        return None
    try:
        told: dict[str, object] = {}
        if kind is OpenCase:
            told["case"] = CaseInfo(**_read_fields(CaseInfo, found))
        told.update(_read_fields(kind, found))
        if found:
            return None
        return kind(sample_index=index, **told)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        return None


def _read_fields(kind: type, found: dict[str, str]) -> dict[str, Any]:
    """Take the fields of `kind` out of what was found, as values of their types."""
    hints = get_type_hints(kind)
    return {
        field.name: _read(hints[field.name], found.pop(field.name))
        for field in fields(kind)
        if field.name in found
    }


def _told_fields(holder: Any) -> list[Field[Any]]:
    return [f for f in fields(holder) if f.name not in ("sample_index", "case")]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return repr(value)
    if value is None:
        return "none"
    text = str(value)
    if _BARE.fullmatch(text) and text not in _QUOTED_WORDS and text.isprintable():
        return text
    # What cannot be printed, lone surrogates among it, is written as an escape.
    return json.dumps(text, ensure_ascii=not text.isprintable())


_QUOTED_WORDS = frozenset({"none", "yes", "no"})


def _read(hint: Any, raw: str) -> object:
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    if raw == "none":
        if type(None) in kinds:
            return None
        raise ValueError("a value must be given")
    kind = next(k for k in kinds if k is not type(None))
    text = json.loads(raw) if raw.startswith('"') else raw
    if kind is bool:
        return _YES_NO[text]
    if kind is float and not math.isfinite(float(text)):
        raise ValueError("a time is a finite number")
    if kind in (int, float, str) or issubclass(kind, StrEnum):
        return kind(text)
    raise TypeError(f"no text form is known for {kind}")


_YES_NO: Mapping[str, bool] = {"yes": True, "no": False}
