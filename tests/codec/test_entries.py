import json
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.codec import (
    EVENT_CLASSES,
    LONGEST_ENTRY,
    entry_from_json,
    entry_schema,
    entry_to_json,
)
from amr_monitor.model.case import AmrState, Certainty, MarkName, Muscle, Outcome, Vessel
from amr_monitor.model.errors import ProtocolError
from amr_monitor.model.events import (
    AfterMark,
    AlarmEnded,
    AmrStateChanged,
    Evidence,
    GapReceived,
    JournalEntry,
)
from amr_monitor.model.source import Origin
from tests.codec.strategies import ANY_ENTRY, entries_of

DISAPPEARED = JournalEntry(
    seq=7,
    case_id="c1",
    utc=datetime(2026, 3, 1, 8, 30, 12, 250_000, tzinfo=UTC),
    origin=Origin.REPLAY,
    event=AmrStateChanged(
        sample_index=61_250,
        time_s=12.25,
        muscle=Muscle.ORBICULARIS_OCULI,
        from_state=AmrState.PRESENT,
        to_state=AmrState.DISAPPEARED,
        certainty=Certainty.CONFIRMED,
        evidence=Evidence(
            probability_present=0.001,
            log_odds_absent=6.9,
            valid_sweeps=12,
            amplitude_uv=4.0,
            amplitude_upper_bound_uv=12.0,
            amplitude_percent_of_baseline=5.0,
            onset_latency_ms=None,
            m_wave_percent_of_baseline=98.0,
            accepted_of_last_10=10,
            reasons=(),
            seen_of_last_10=0,
        ),
        after_mark=AfterMark(
            mark=MarkName.VESSEL_MOVED, vessel=Vessel.AICA, seconds=4.0, within_tolerance=False
        ),
        provisional_outcome=Outcome.DISAPPEARED,
        words="no response for 0:12, 12 sweeps",
    ),
)


def changed(**changes: Any) -> str:
    message = json.loads(entry_to_json(DISAPPEARED))
    message.update(changes)
    return json.dumps(message)


@pytest.mark.parametrize("name", sorted(EVENT_CLASSES))
def test_every_event_comes_back_as_it_was_and_fits_its_schema(name: str) -> None:
    validator = jsonschema.Draft7Validator(entry_schema(EVENT_CLASSES[name]))

    @given(entries_of(EVENT_CLASSES[name]))
    def round_trip(entry: JournalEntry) -> None:
        line = entry_to_json(entry)
        assert "\n" not in line
        assert entry_from_json(line) == entry
        assert entry_to_json(entry_from_json(line)) == line
        validator.validate(json.loads(line))

    round_trip()


def test_shared_keys_come_first_and_own_fields_follow_in_their_order() -> None:
    line = entry_to_json(DISAPPEARED)
    assert line.startswith(
        '{"type":"amr_state_changed","seq":7,"case_id":"c1","scope":"core",'
        '"sample_index":61250,"time_s":12.25,"utc":"2026-03-01T08:30:12.250000Z",'
        '"origin":"replay","muscle":"orbicularis_oculi","from":"present","to":"disappeared",'
        '"certainty":"confirmed","evidence":{"probability_present":0.001,'
    )


def test_whole_numbers_in_number_fields_are_written_alike_whatever_their_class() -> None:
    lines = {
        entry_to_json(
            JournalEntry(
                seq=1,
                case_id="c",
                utc=None,
                origin=Origin.DEVICE,
                event=GapReceived(sample_index=0, time_s=time_s, missing_s=2, reason="lost"),
            )
        )
        for time_s in (3, 3.0)
    }
    assert len(lines) == 1
    assert '"missing_s":2.0' in lines.pop()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_never_written(value: float) -> None:
    event = GapReceived(sample_index=0, time_s=value, missing_s=None, reason="")
    entry = JournalEntry(seq=1, case_id="c", utc=None, origin=Origin.DEVICE, event=event)
    with pytest.raises(ProtocolError, match="time_s"):
        entry_to_json(entry)


def test_a_time_without_zone_is_never_written() -> None:
    naive = datetime(2026, 3, 1, 8, 30)  # noqa: DTZ001  # the case under test
    event = AlarmEnded(sample_index=0, time_s=0.0, alarm_id="a")
    entry = JournalEntry(seq=1, case_id="c", utc=naive, origin=Origin.DEVICE, event=event)
    with pytest.raises(ProtocolError, match="time zone"):
        entry_to_json(entry)


def test_half_a_surrogate_pair_does_not_break_the_line() -> None:
    event = GapReceived(sample_index=0, time_s=0.0, missing_s=None, reason="bad \ud800 text")
    entry = JournalEntry(seq=1, case_id="c", utc=None, origin=Origin.DEVICE, event=event)
    assert "bad ? text" in entry_to_json(entry).encode("utf-8").decode("utf-8")


def test_unknown_keys_are_ignored_and_a_field_with_a_default_may_be_missing() -> None:
    message = json.loads(changed(added_later=[1, 2]))
    del message["evidence"]["seen_of_last_10"]
    assert entry_from_json(json.dumps(message)) == DISAPPEARED


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"type": NaN}', "not JSON"),
        ("9" * 10_000, "not JSON"),
        (" " * (LONGEST_ENTRY + 1), "too long"),
        ("[]", "JSON object"),
        ("{}", "unknown type"),
        (changed(type="amr_vanished"), "unknown type of event: 'amr_vanished'"),
        (changed(type=["x"]), "unknown type"),
        (changed(scope="shell"), "scope"),
        (changed(seq=0), "seq must be 1 or more"),
        (changed(seq=True), "seq must be a whole number"),
        (changed(seq=2**60), "seq must be a whole number"),
        (changed(seq=None), "seq must be a whole number"),
        (changed(case_id=3), "case_id must be a text"),
        (changed(utc="yesterday"), "utc must be a time"),
        (changed(utc="2026-03-01T08:30:00"), "utc must be a time with zone"),
        (changed(origin="dream"), "origin must be one of device, replay, simulated"),
        (changed(to="gone"), "amr_state_changed.to must be one of learning"),
        (changed(time_s="12"), "time_s must be a number"),
        (changed(time_s=10**400), "time_s must be a number"),
        (
            entry_to_json(DISAPPEARED).replace(":12.25,", ":1e999,"),
            "time_s must be a finite number",
        ),
        (changed(evidence=None), "evidence must be an object"),
        (changed(evidence={}), "evidence.probability_present is missing"),
        (changed(after_mark={"mark": "x"}), "after_mark.mark must be one of"),
    ],
)
def test_what_does_not_fit_is_told_by_its_field(line: str, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint) as caught:
        entry_from_json(line)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_bytes_whatever_bring_anything_but_a_protocol_error(noise: bytes | str) -> None:
    with pytest.raises(ProtocolError):
        entry_from_json(noise)


@given(
    entry=ANY_ENTRY,
    key=st.sampled_from(["seq", "time_s", "utc", "muscle", "evidence", "muscles", "counts"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=4,
    ),
)
def test_a_message_with_any_value_swapped_is_read_or_refused_but_never_crashes(
    entry: JournalEntry, key: str, value: Any
) -> None:
    message = json.loads(entry_to_json(entry))
    message[key] = value
    try:
        read = entry_from_json(json.dumps(message))
    except ProtocolError:
        return
    assert entry_from_json(entry_to_json(read)) == read
