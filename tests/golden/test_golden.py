"""Every fixture is replayed and compared with the events that are expected of it.

Type, state, order and sample index exactly, numbers to one step of rounding:
another processor may round the other way, and may do no more than that.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden.regenerate import (
    Entry,
    entries,
    golden_of,
    recordings,
    replayed,
    truth_of,
)

LEAD = "orbicularis_oculi"

STEPS = (
    (re.compile(r"probability"), 1e-4),
    (re.compile(r"_ms$"), 0.01),
    (re.compile(r"_uv$|percent|log_odds|^snr$"), 0.1),
    (re.compile(r"rate$"), 0.01),
)
"""How finely a figure is told, by the name of its field."""

NOT_COMPARED = {"case_id"}
"""A hash of content and settings: it changes with any setting, told or not."""

EVERY = pytest.mark.parametrize("recording", recordings(), ids=lambda path: path.name)


def step_of(name: str) -> float:
    return next((step for pattern, step in STEPS if pattern.search(name)), 0.0)


def differences(name: str, got: object, wanted: object) -> list[str]:
    """Return where two values differ by more than a step of rounding."""
    if isinstance(got, dict) and isinstance(wanted, dict):
        if got.keys() != wanted.keys():
            return [f"{name}: fields {sorted(got)} instead of {sorted(wanted)}"]
        return [
            line
            for key in wanted
            if key not in NOT_COMPARED
            for line in differences(key, got[key], wanted[key])
        ]
    if isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        pairs = zip(got, wanted, strict=True)
        return [line for one, other in pairs for line in differences(name, one, other)]
    if isinstance(got, float) and isinstance(wanted, (float, int)) and step_of(name):
        if abs(got - wanted) <= 1.01 * step_of(name):
            return []
    elif name == "words" and isinstance(got, str) and isinstance(wanted, str):
        # A figure in a sentence may have been rounded the other way too.
        got, wanted = (re.sub(r"\d+", "0", text) for text in (got, wanted))
    return [] if got == wanted else [f"{name}: {got!r} instead of {wanted!r}"]


def lead_states(events: list[Entry]) -> list[tuple[str, str]]:
    return [
        (event["to"], event["certainty"])
        for event in events
        if event["type"] == "amr_state_changed" and event["muscle"] == LEAD
    ]


def at(events: list[Entry], kind: str, **fields: object) -> list[float]:
    """Return the times of the events of a kind with these fields."""
    return [
        event["time_s"]
        for event in events
        if event["type"] == kind and all(event.get(name) == value for name, value in fields.items())
    ]


def fixture(name: str) -> Path:
    return next(path for path in recordings() if path.name == name)


Replay = Callable[[Path], list[Entry]]


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Return what gives the events of a recording; each is replayed once."""
    folder = tmp_path_factory.mktemp("replays")
    kept: dict[Path, list[Entry]] = {}

    def events_of(recording: Path) -> list[Entry]:
        if recording not in kept:
            kept[recording] = entries(replayed(recording, folder))
        return kept[recording]

    return events_of


@EVERY
def test_a_replay_tells_the_events_that_are_expected(recording: Path, replay: Replay) -> None:
    got = replay(recording)
    wanted = entries(golden_of(recording).read_bytes())
    assert [event["type"] for event in got] == [event["type"] for event in wanted]
    for event, expected in zip(got, wanted, strict=True):
        assert differences("", event, expected) == [], f"{event['type']} {event['seq']}"


@EVERY
def test_the_outcome_is_the_truth(recording: Path, replay: Replay) -> None:
    closed = replay(recording)[-1]
    truth = truth_of(recording)
    assert closed["type"] == "case_closed"
    assert closed["outcome"] == truth["outcome"]
    assert closed["phase_known"] == truth["phase_known"]
    assert set(truth["tags"]) <= set(closed["tags"])


@EVERY
def test_no_event_passes_for_a_patient(recording: Path, replay: Replay) -> None:
    assert {event["origin"] for event in replay(recording)} == {"simulated"}


@pytest.mark.parametrize(
    "options", [("--block-samples", "37"), ("--block-samples", "20000"), ("--batch", "1")]
)
@pytest.mark.parametrize(
    "name", ["discontinuous.edf", "trigger_only.edf", "lab_recorder.xdf", "epworks"]
)
def test_the_size_of_what_is_read_changes_no_byte(
    name: str, options: tuple[str, str], tmp_path: Path
) -> None:
    recording = fixture(name)
    assert replayed(recording, tmp_path, *options) == replayed(recording, tmp_path)


def test_a_loss_names_the_vessel_that_was_moved_before_it(replay: Replay) -> None:
    recording = fixture("disappeared.edf")
    closed = replay(recording)[-1]
    assert closed["after_mark"]["mark"] == "vessel_moved"
    assert closed["after_mark"]["vessel"] == "AICA"
    truth = truth_of(recording)
    seen = zip(truth["sweeps"]["time_s"], truth["muscles"][LEAD]["present"], strict=True)
    last_seen_s = max(time_s for time_s, present in seen if present)
    moved_s = next(m["time_s"] for m in truth["marks"] if m["text"].startswith("vessel"))
    assert closed["after_mark"]["seconds"] == pytest.approx(last_seen_s - moved_s, abs=3.1)


def test_a_stimulator_that_fails_is_indeterminate_and_never_a_loss(replay: Replay) -> None:
    recording = fixture("stimulator_failed.edf")
    events = replay(recording)
    (fault,) = truth_of(recording)["faults"]
    started = at(events, "indeterminate_started", muscle=LEAD)
    ended = at(events, "indeterminate_ended", muscle=LEAD)
    assert any(fault["start_s"] < time_s < fault["start_s"] + 10.0 for time_s in started)
    assert any(fault["end_s"] - 1.0 < time_s < fault["end_s"] + 10.0 for time_s in ended)
    assert "disappeared" not in {state for state, _ in lead_states(events)}


def test_a_lead_electrode_that_is_off_is_never_a_loss(replay: Replay) -> None:
    recording = fixture("lead_electrode_off.edf")
    events = replay(recording)
    (fault,) = truth_of(recording)["faults"]
    started = at(events, "indeterminate_started", muscle=LEAD)
    assert any(fault["start_s"] < time_s < fault["start_s"] + 10.0 for time_s in started)
    assert "disappeared" not in {state for state, _ in lead_states(events)}


def test_a_response_that_comes_back_is_told_as_such(replay: Replay) -> None:
    states = lead_states(replay(fixture("returned.edf")))
    assert states.index(("disappeared", "confirmed")) < states.index(("reappeared", "confirmed"))


def test_what_was_never_there_is_never_lost(replay: Replay) -> None:
    states = lead_states(replay(fixture("not_elicited.edf")))
    assert {state for state, _ in states} == {"not_elicited"}


def test_the_demo_says_within_four_minutes_that_the_response_is_lost(replay: Replay) -> None:
    events = replay(fixture("demo.edf"))
    (sustained,) = [
        event
        for event in events
        if event["type"] == "amr_state_changed"
        and (event["muscle"], event["certainty"]) == (LEAD, "sustained")
    ]
    assert sustained["to"] == "disappeared"
    assert sustained["time_s"] < 240.0
    assert sustained["after_mark"]["vessel"] == "AICA"
