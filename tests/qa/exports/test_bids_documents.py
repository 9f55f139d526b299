import csv
import io
import json

from amr_monitor.qa.exports import bids_documents as documents
from amr_monitor.qa.exports.happenings import happenings_in
from tests.qa.exports.cases import Home


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter="\t"))


def test_events_hold_what_their_description_names(disappeared: Home) -> None:
    with disappeared.opened() as case:
        (stretch,) = case.stretches
        table = rows(documents.events(happenings_in(case, stretch), stretch))
    assert list(table[0]) == list(documents.EVENT_COLUMNS)
    moved = next(row for row in table if row["mark"] == "vessel_moved")
    assert (moved["onset"], moved["sample"], moved["vessel"]) == ("84", "420000", "AICA")
    levels = documents.EVENT_COLUMNS["trial_type"]["Levels"]
    assert {row["trial_type"] for row in table} <= set(levels)


def test_channels_are_told_with_muscle_and_rate(disappeared: Home) -> None:
    with disappeared.opened() as case:
        table = rows(documents.channels(case.stretches[0]))
    assert [(r["name"], r["type"], r["sampling_frequency"]) for r in table] == [
        ("L OOc", "EMG", "5000"),
        ("L Mentalis", "EMG", "5000"),
        ("TRIG", "TRIG", "1000"),
    ]
    assert table[0]["target_muscle"] == "orbicularis oculi, left"
    assert table[2]["units"] == "n/a"


def test_the_group_of_the_paper_follows_from_the_outcome(disappeared: Home) -> None:
    with disappeared.opened() as case:
        (row,) = rows(documents.participants("p1", case))
    assert row == {
        "participant_id": "sub-p1",
        "side": "left",
        "outcome": "disappeared",
        "group": "A",
    }


def test_a_simulation_says_that_it_is_one(disappeared: Home) -> None:
    with disappeared.opened() as case:
        assert "SIMULATED" in documents.readme(case)
        assert str(documents.dataset_description(case)["Name"]).startswith("Simulated")


def test_the_sidecar_counts_what_is_there(disappeared: Home) -> None:
    with disappeared.opened() as case:
        found = json.loads(documents.json_text(documents.sidecar(case.stretches[0])))
    assert (found["EMGChannelCount"], found["TriggerChannelCount"]) == (2, 1)
    assert found["SamplingFrequency"] == 5000.0


def test_what_is_not_known_is_said_as_bids_says_it() -> None:
    text = documents.table(("a", "b", "c"), [{"a": None, "b": float("nan"), "c": 1.250}])
    assert text == "a\tb\tc\nn/a\tn/a\t1.25\n"


def test_electrodes_are_named_and_not_placed(disappeared: Home) -> None:
    with disappeared.opened() as case:
        table = rows(documents.electrodes(case))
    assert [row["name"] for row in table] == ["left_orbicularis_oculi", "left_mentalis"]
    assert {row["x"] for row in table} == {"n/a"}
    assert {row["coordinate_system"] for row in table} == {documents.SPACE}
    assert documents.coordinate_system()["EMGCoordinateSystem"] == "Other"
