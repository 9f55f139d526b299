"""The truth that a simulator wrote beside its surgery, as a judge reads it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from amr_monitor.model.case import MarkName, Muscle, Outcome
from amr_monitor.model.errors import SourceFormatError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LARGEST_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseTruth:
    """One muscle at every AMR stimulus.

    Attributes
    ----------
    gain : ndarray of float64, shape (n_stimuli,)
        What the response is capable of: 1 as at first, 0 truly gone.
    amplitude_uv : ndarray of float64, shape (n_stimuli,)
        Peak to peak, without noise; 0 where it did not fire.
    usable : ndarray of bool, shape (n_stimuli,)
        The sweep can be evidence.
    capable_uv : ndarray of float64, shape (n_stimuli,)
        How large the response is where it fires.
    f_wave : ndarray of bool, shape (n_stimuli,)
        A normal late wave was there, which looks like a response.
    silent : ndarray of bool, shape (n_stimuli,)
        The response stayed away for a while by itself, not lost.
    """

    gain: FloatArray
    amplitude_uv: FloatArray
    usable: BoolArray
    capable_uv: FloatArray
    f_wave: BoolArray
    silent: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedIndeterminate:
    """A stretch in which a monitor cannot know, and why.

    Attributes
    ----------
    muscle : Muscle
    start_s, end_s : float
        On the axis of the truth.
    clear_s : float
        From here on nothing is in the way of knowing: the end that must be told.
    reasons : tuple of str
        Any of them is right; () where every reason is.
    """

    muscle: Muscle
    start_s: float
    end_s: float
    clear_s: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseTruth:
    """Everything that was true of one surgery.

    Attributes
    ----------
    scenario : str
    lead : Muscle
        The muscle that the case is judged on.
    outcome : Outcome
    tags : tuple of str
    duration_s : float
    time_s : ndarray of float64, shape (n_stimuli,)
        Of the AMR stimuli, rising.
    muscles : mapping of Muscle to ResponseTruth
    marks : tuple of (MarkName, float)
        What the operator marked, and where it stands.
    indeterminate : tuple of ExpectedIndeterminate
    missing_s : tuple of (float, float)
        Stretches whose samples never came.
    """

    scenario: str
    lead: Muscle
    outcome: Outcome
    tags: tuple[str, ...]
    duration_s: float
    time_s: FloatArray
    muscles: Mapping[Muscle, ResponseTruth]
    marks: tuple[tuple[MarkName, float], ...]
    indeterminate: tuple[ExpectedIndeterminate, ...]
    missing_s: tuple[tuple[float, float], ...]


def read_truth(path: Path) -> CaseTruth:
    """Return the truth of a file such as `surgery.truth.json`.

    Raises
    ------
    SourceFormatError
        It cannot be read, or is no truth of a simulated surgery.
    """
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise SourceFormatError(f"{path}: too large for a truth file")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        raise SourceFormatError(
            f"{path}: no such truth file; `amr-monitor simulate` writes one"
        ) from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise SourceFormatError(f"{path}: the truth cannot be read: {fault}") from fault
    return truth_from_json(text, place=str(path))


def truth_from_json(text: str, *, place: str) -> CaseTruth:
    """Return the truth that a text of JSON holds.

    Parameters
    ----------
    text : str
    place : str
        What to call it when it is wrong.

    Raises
    ------
    SourceFormatError
    """
    try:
        document = json.loads(text)
        return _truth(document)
    except KeyError as fault:
        raise SourceFormatError(
            f"{place}: no truth of a simulated surgery: {fault} is missing;"
            " write it with `amr-monitor simulate`"
        ) from fault
    except (ValueError, TypeError, AttributeError) as fault:
        raise SourceFormatError(f"{place}: no truth of a simulated surgery: {fault}") from fault


def _truth(document: dict[str, Any]) -> CaseTruth:
    time_s = np.asarray(document["sweeps"]["time_s"], dtype=np.float64)
    if time_s.ndim != 1 or time_s.size == 0 or np.any(np.diff(time_s) <= 0.0):
        raise ValueError("sweeps.time_s must be a rising list of times")
    muscles = {
        Muscle(name): _response(name, columns, time_s.size)
        for name, columns in document["muscles"].items()
    }
    lead = Muscle(document["lead"])
    if lead not in muscles:
        raise ValueError(f"the lead {lead} has no truth")
    return CaseTruth(
        scenario=str(document["scenario"]),
        lead=lead,
        outcome=Outcome(document["outcome"]),
        tags=tuple(document["tags"]),
        duration_s=float(document["duration_s"]),
        time_s=time_s,
        muscles=muscles,
        marks=tuple(_marks(document["marks"])),
        indeterminate=tuple(
            _expected(span, muscle)
            for span in document.get("expected_indeterminate", [])
            for muscle in ([Muscle(span["muscle"])] if span.get("muscle") else muscles)
        ),
        missing_s=tuple(
            (float(start_s), float(end_s)) for start_s, end_s in document.get("missing_s", [])
        ),
    )


def _expected(span: dict[str, Any], muscle: Muscle) -> ExpectedIndeterminate:
    return ExpectedIndeterminate(
        muscle=muscle,
        start_s=float(span["start_s"]),
        end_s=float(span["end_s"]),
        clear_s=float(span.get("clear_s", span["end_s"])),
        reasons=tuple(str(reason) for reason in span["reasons"]),
    )


def _response(name: str, columns: dict[str, Any], n_stimuli: int) -> ResponseTruth:
    gain = np.asarray(columns["gain"], dtype=np.float64)
    amplitude_uv = np.asarray(columns["amplitude_uv"], dtype=np.float64)
    usable = np.asarray(columns["usable"], dtype=np.bool_)
    f_wave, silent = (
        np.array([name in names for names in columns["confounders"]], dtype=np.bool_)
        for name in ("f_wave", "silent_run")
    )
    for column in (gain, amplitude_uv, usable, f_wave):
        if column.shape != (n_stimuli,):
            raise ValueError(f"{name}: its lists are not as long as sweeps.time_s")
    fired = (amplitude_uv > 0.0) & (gain > 0.5)
    typical_uv = float(np.median(amplitude_uv[fired] / gain[fired])) if fired.any() else 0.0
    return ResponseTruth(
        gain=gain,
        amplitude_uv=amplitude_uv,
        usable=usable,
        capable_uv=gain * typical_uv,
        f_wave=f_wave,
        silent=silent,
    )


def _marks(marks: list[dict[str, Any]]) -> list[tuple[MarkName, float]]:
    """Return the marks with a name of ours; free texts are left out."""
    names = {name.value: name for name in MarkName}
    found = []
    for mark in marks:
        said = str(mark["text"]).partition(":")[0].strip().lower().replace(" ", "_")
        if said in names:
            found.append((names[said], float(mark["time_s"])))
    return found
