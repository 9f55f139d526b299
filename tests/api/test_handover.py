"""The page for the relief is read from status and journal alone."""

import json
from dataclasses import replace
from typing import Any

from amr_monitor.api.handover import Handover, handover_of, quality_of
from amr_monitor.codec import sweep_header
from amr_monitor.model.case import Certainty, Mark, MarkName, Reason, Vessel
from amr_monitor.model.events import AfterMark, BaselineAccepted
from amr_monitor.model.finding import Quality
from amr_monitor.model.status import CaseStatus
from tests.api.fakes import (
    CASE_ID,
    MUSCLES,
    SOURCE,
    FakeStore,
    a_change,
    a_closing,
    a_muscle_status,
    a_report,
    a_status,
    an_opening,
)

AFTER = AfterMark(
    mark=MarkName.VESSEL_MOVED, vessel=Vessel.AICA, seconds=4.0, within_tolerance=True
)


def a_handover(status: CaseStatus | None, *events: Any, in_shadow: bool = False) -> Handover:
    store = FakeStore()
    store.append(*events)
    return handover_of(
        case_id=CASE_ID,
        newest_seq=len(events),
        is_in_shadow=in_shadow,
        status=status,
        events=[json.loads(line) for line in store.lines(CASE_ID)],
        source=SOURCE,
        quality=quality_of(
            source=SOURCE,
            status=status,
            sweeps=[sweep_header(a_report(number), seq=1) for number in range(1, 11)],
            last_sample_age_s=0.21,
            delivery=None,
            sweeps_last_minute=60,
            recording=None,
        ),
    )


def a_mark(number: int, name: MarkName, at_s: float, *, voided: bool = False) -> Mark:
    return Mark(
        mark_id=number,
        name=name,
        sample_index=0,
        effective_time_s=at_s,
        voided=voided,
    )


def test_it_tells_states_with_their_marks_baseline_and_moment() -> None:
    accepted = BaselineAccepted(
        sample_index=0,
        time_s=60.0,
        epoch=1,
        valid_sweeps=60,
        reference_current_ma=8.0,
        by="anna",
        lead=MUSCLES[0],
        basis="orbicularis_oculi",
        muscles=(),
        hints=("M wave steady", "TOF not known"),
    )
    loss = a_change(after_mark=AFTER)
    told = a_handover(
        a_status(), an_opening(), accepted, a_change(certainty=Certainty.PROVISIONAL), loss
    )
    assert [change.words for change in told.changes] == [loss.words]
    lead, mentalis = told.muscles
    assert lead.is_lead
    assert lead.change is not None
    assert (lead.change.after_mark, lead.change.after_vessel) == ("vessel_moved", "AICA")
    assert mentalis.change is None
    assert (told.baseline_by, told.baseline_time_s) == ("anna", 60.0)
    assert told.utc is not None
    assert told.utc.isoformat() == "2026-03-01T08:32:00+00:00"
    assert told.quality.recent_sweeps == 10
    assert any("confirm its time" in line for line in told.watch)
    assert "baseline: M wave steady" in told.watch


def test_marks_stand_in_their_order_with_those_that_were_voided() -> None:
    marks = (
        a_mark(1, MarkName.DURA_OPENED, 90.0),
        a_mark(2, MarkName.INCISION, 30.0),
        a_mark(3, MarkName.NOTE, 40.0, voided=True),
    )
    told = a_handover(a_status(marks=marks))
    assert [(mark.mark, mark.voided) for mark in told.marks] == [
        (MarkName.INCISION, False),
        (MarkName.NOTE, True),
        (MarkName.DURA_OPENED, False),
    ]


def test_why_sweeps_were_rejected_is_counted() -> None:
    header = sweep_header(a_report(1), seq=1)
    bad = Quality(accepted=False, reasons=(Reason.SATURATED,))
    sweeps = [replace(header, quality=(bad, bad))] * 3 + [header]
    quality = quality_of(
        source=SOURCE,
        status=a_status(),
        sweeps=sweeps,
        last_sample_age_s=None,
        delivery=None,
        sweeps_last_minute=1,
        recording=None,
    )
    assert (quality.recent_sweeps, quality.recent_rejected) == (4, 3)
    assert quality.recent_reasons == ("amplifier saturated (3 x)",)


def test_a_closed_case_tells_its_outcome_and_no_case_is_told_as_none() -> None:
    closed = a_handover(a_status(is_open=False), an_opening(), a_closing())
    assert closed.outcome == "disappeared"
    assert not closed.is_open
    nobody = a_handover(None)
    assert nobody.watch == ("no case is open",)
    assert nobody.muscles == ()


def test_in_shadow_mode_no_muscle_and_no_change_is_told() -> None:
    # Status and events come veiled.
    told = a_handover(a_status(muscles=()), an_opening(), in_shadow=True)
    assert not told.muscles
    assert not told.changes
    assert any(line.startswith("shadow mode") for line in told.watch)


def test_a_muscle_of_the_case_is_told_with_its_figures() -> None:
    muscle = a_muscle_status(MUSCLES[1], returned_count=2)
    told = a_handover(a_status(muscles=(muscle,)))
    assert (told.muscles[0].returned_count, told.muscles[0].valid_sweeps) == (2, 40)
