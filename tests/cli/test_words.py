"""Outcomes and events read in plain words."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given

from amr_monitor.cli.words import (
    after_mark_in_words,
    entry_line,
    event_in_words,
    summary,
)
from amr_monitor.model.case import (
    AmrState,
    Certainty,
    IndeterminateClass,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Reading,
    Reason,
    Vessel,
)
from amr_monitor.model.events import (
    AfterMark,
    BaselineAccepted,
    CaseClosed,
    ContextChanged,
    GapReceived,
    IndeterminateStarted,
    JournalEntry,
    MarkAmended,
    MuscleOutcome,
    PhaseMarked,
    ReadingEntered,
)
from amr_monitor.model.source import Origin
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from tests.codec.strategies import ANY_ENTRY

RECORD = CaseRecord(
    case_id="4f2a99",
    kind=CaseKind.REPLAY,
    origin=Origin.REPLAY,
    source_name="surgery.edf",
    settings_hash="5e" * 32,
    software_version="0.1.0",
    opened_at=datetime(2026, 3, 1, 7, 30, tzinfo=UTC),
)
AFTER = AfterMark(
    mark=MarkName.VESSEL_MOVED, vessel=Vessel.AICA, seconds=4.0, within_tolerance=False
)
CLOSED = CaseClosed(
    sample_index=100,
    time_s=0.1,
    outcome=Outcome.DISAPPEARED,
    tags=("early_loss_returned",),
    basis="lead",
    phase_known=True,
    residual_mentalis=True,
    after_mark=AFTER,
    muscles=(
        MuscleOutcome(
            muscle=Muscle.ORBICULARIS_OCULI,
            state=AmrState.DISAPPEARED,
            certainty=Certainty.SUSTAINED,
            outcome=Outcome.DISAPPEARED,
            block_valid_sweeps=60,
            block_responses=0,
        ),
    ),
    counts={"valid": 200, "stimuli": 240},
    by="amr-monitor",
)
GAP = JournalEntry(
    seq=3,
    case_id="4f2a99",
    utc=None,
    origin=Origin.REPLAY,
    event=GapReceived(sample_index=65_000, time_s=65.0, missing_s=2.5, reason="hole"),
)


def test_the_summary_gives_outcome_tags_muscles_and_counts() -> None:
    text = summary(CLOSED, RECORD)
    assert text.splitlines() == [
        "disappeared  (surgery.edf, replay, 4f2a99)",
        "  tags      early loss returned",
        "  basis     lead",
        "  loss      last response 4 s after vessel moved AICA",
        "  mentalis  late wave remains: F wave or AMR, cannot be told",
        "  orbicularis oculi: disappeared, sustained;"
        " response held to be there in 0 of the last 60 sweeps judged",
        "  counts    stimuli 240, valid 200",
    ]


def test_a_case_without_a_verdict_has_no_blank_basis() -> None:
    assert "basis" not in summary(replace(CLOSED, basis=""), RECORD)


def test_a_mark_is_written_as_on_the_pages() -> None:
    assert after_mark_in_words(replace(AFTER, mark=MarkName.CSF_DRAINED, vessel=None)) == (
        "last response 4 s after CSF drained"
    )


def test_the_summary_says_where_the_phase_is_not_known() -> None:
    assert "judged on the last sweeps" in summary(replace(CLOSED, phase_known=False), RECORD)


def test_a_loss_within_the_tolerance_of_its_mark_asks_to_be_confirmed() -> None:
    words = after_mark_in_words(replace(AFTER, seconds=-12.5, within_tolerance=True))
    assert words == (
        "last response 12.5 s before vessel moved AICA (within mark tolerance, confirm)"
    )


def test_an_event_is_one_line_with_number_and_time() -> None:
    assert entry_line(GAP) == "    3      1:05  gap of 2.5 s: hole"


@given(ANY_ENTRY)
def test_every_event_can_be_told_in_one_line(entry: JournalEntry) -> None:
    line = entry_line(entry)
    assert len(line.splitlines()) == 1
    assert len(line.split()) > 2


def test_a_value_from_the_room_is_told_with_its_unit() -> None:
    told = ContextChanged(
        sample_index=0, time_s=60.0, name="TOF_ratio", value="92", unit="%", by="anna"
    )
    assert event_in_words(told) == "context: TOF ratio 92 %"
    assert event_in_words(replace(told, name="MAC", value="0.9", unit="")) == "context: MAC 0.9"


def test_an_accepted_baseline_tells_what_was_shown() -> None:
    accepted = BaselineAccepted(
        sample_index=0,
        time_s=60.0,
        epoch=1,
        valid_sweeps=60,
        reference_current_ma=8.0,
        by="anna",
        lead=Muscle.ORBICULARIS_OCULI,
        basis="orbicularis_oculi",
        muscles=(),
        hints=("TOF not known", "no M wave"),
    )
    assert event_in_words(accepted).endswith("(60 sweeps): ; TOF not known; no M wave")


def test_an_indeterminate_names_class_reasons_and_last_state() -> None:
    event = IndeterminateStarted(
        sample_index=0,
        time_s=0.0,
        muscle=Muscle.ORBICULARIS_OCULI,
        indeterminate_class=IndeterminateClass.TECHNICAL,
        reasons=(Reason.STIMULUS_FAILED,),
        last_state=AmrState.PRESENT,
        last_state_age_s=3.0,
    )
    assert event_in_words(event) == (
        "orbicularis oculi: cannot tell (technical): stimulus failed; last known: present"
    )


def test_a_back_dated_mark_tells_by_how_much() -> None:
    mark = PhaseMarked(
        sample_index=0,
        time_s=100.0,
        mark_id=2,
        mark=MarkName.VESSEL_MOVED,
        vessel=Vessel.AICA,
        text="",
        effective_time_s=70.0,
        by="recording",
        phase=Phase.DECOMPRESSION,
        provisional_outcome=None,
    )
    assert event_in_words(mark) == "mark 2 vessel moved AICA, 30 s ago"


def test_an_amended_and_a_voided_mark_differ() -> None:
    amended = MarkAmended(
        sample_index=0,
        time_s=100.0,
        mark_id=2,
        mark=MarkName.VESSEL_MOVED,
        vessel=Vessel.PICA,
        effective_time_s=65.0,
        voided=False,
        reason="wrong vessel",
        by="local",
        provisional_outcome=None,
    )
    assert event_in_words(amended) == "mark 2 is vessel moved PICA at 1:05: wrong vessel"
    voided = event_in_words(replace(amended, voided=True))
    assert voided == "mark 2 vessel moved voided: wrong vessel"


def test_a_reading_is_told_beside_what_the_monitor_says() -> None:
    entered = ReadingEntered(
        sample_index=100,
        time_s=0.1,
        muscle=Muscle.ORBICULARIS_OCULI,
        reading=Reading.PRESENT,
        monitor_reading=Reading.ABSENT,
        monitor_state=AmrState.DISAPPEARED,
        monitor_words="DISAPPEARED: no response for 1:00, 60 sweeps",
        text="small but there",
        by="Kim",
    )
    words = "orbicularis oculi as read by Kim: present (small but there); monitor: absent"
    assert event_in_words(entered) == words
    untold = replace(entered, monitor_reading=None, text="")
    assert event_in_words(untold).endswith("present; monitor: no verdict")
