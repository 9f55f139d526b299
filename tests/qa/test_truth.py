import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amr_monitor.model.case import MarkName, Muscle, Outcome
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.qa.truth import read_truth, truth_from_json

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "disappeared.truth.json"
OCULI = Muscle.ORBICULARIS_OCULI


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
    return found


def test_the_truth_beside_a_recording_is_read() -> None:
    true = read_truth(FIXTURE)
    assert true.lead is OCULI
    assert true.outcome is Outcome.DISAPPEARED
    assert true.time_s.size == len(document()["sweeps"]["time_s"])
    assert (MarkName.VESSEL_MOVED, *_moment("vessel moved")) in true.marks
    lead = true.muscles[OCULI]
    assert lead.capable_uv[0] == pytest.approx(np.median(lead.amplitude_uv[lead.gain > 0.5]), rel=1)
    assert lead.capable_uv[-1] == 0.0


def _moment(said: str) -> tuple[float]:
    marks = document()["marks"]
    return (next(mark["time_s"] for mark in marks if mark["text"].startswith(said)),)


def test_stretches_that_nobody_can_know_are_read_for_one_muscle_or_for_all() -> None:
    changed = document()
    changed["expected_indeterminate"] = [
        {"muscle": "mentalis", "start_s": 1, "end_s": 2, "reasons": ["noisy"]},
        {"muscle": None, "start_s": 3, "end_s": 4, "reasons": []},
    ]
    true = truth_from_json(json.dumps(changed), place="here")
    assert [(span.muscle, span.start_s) for span in true.indeterminate] == [
        (Muscle.MENTALIS, 1.0),
        *((muscle, 3.0) for muscle in true.muscles),
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("lead"),
        lambda document: document.update(lead="frontalis"),
        lambda document: document.update(lead="biceps"),
        lambda document: document["sweeps"].update(time_s=[]),
        lambda document: document["sweeps"].update(time_s=[2.0, 1.0]),
        lambda document: document["sweeps"].update(time_s="now"),
        lambda document: document["muscles"]["mentalis"]["gain"].pop(),
        lambda document: document.update(muscles=[]),
        lambda document: document.update(marks=[{"text": "dura opened"}]),
    ],
)
def test_what_is_no_truth_is_one_line_that_names_the_file(spoil: Any) -> None:
    changed = document()
    spoil(changed)
    with pytest.raises(SourceFormatError, match=r"^here: no truth of a simulated surgery"):
        truth_from_json(json.dumps(changed), place="here")


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "17"])
def test_what_is_no_json_object_is_one_line_too(text: str) -> None:
    with pytest.raises(SourceFormatError, match=r"^here: "):
        truth_from_json(text, place="here")


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="no such truth file"):
        read_truth(tmp_path / "none.truth.json")
    binary = tmp_path / "binary.truth.json"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceFormatError, match="cannot be read"):
        read_truth(binary)
