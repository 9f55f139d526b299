from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from amr_monitor.model.case import AmrState, Certainty, IndeterminateClass, Muscle
from amr_monitor.model.events import (
    AmrStateChanged,
    CaseClosed,
    Event,
    IndeterminateEnded,
    IndeterminateStarted,
    JournalEntry,
)
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.stimulation import TriggerQuality
from amr_monitor.qa.batch.columns import CASES, CHANGES, SWEEPS, Row
from amr_monitor.qa.batch.job import JobResult
from amr_monitor.qa.batch.rows import SweepRows, case_cells, change_columns, lead_of, rounded
from tests.surgeries import abrupt_loss

OCULI = Muscle.ORBICULARIS_OCULI


def entries(events: Sequence[Event]) -> list[JournalEntry]:
    return [
        JournalEntry(seq=seq, case_id="c1", utc=None, origin=Origin.SIMULATED, event=event)
        for seq, event in enumerate(events, start=1)
    ]


def case_of(events: Sequence[Event]) -> Row:
    """Return the row of a case of these events, without sweeps."""
    told = entries(events)
    closed = next(e for e in reversed(events) if isinstance(e, CaseClosed))
    channel = Channel(label="OOc", muscle=OCULI)
    info = SourceInfo(
        name="x",
        origin=Origin.SIMULATED,
        montage=Montage(channels=(channel,)),
        sampling_rate_hz=2000.0,
        trigger_quality=TriggerQuality.SAMPLE_LOCKED,
    )
    lead = lead_of(told)
    sweeps = SweepRows().finished(file="f", case_id="c1", lead=lead)
    return case_cells(told, closed, info=info, lead=lead, sweeps=sweeps)


def lead_change(state: AmrState, certainty: Certainty, time_s: float) -> AmrStateChanged:
    changes = [e for e in abrupt_loss().events if isinstance(e, AmrStateChanged)]
    return replace(changes[0], muscle=OCULI, to_state=state, certainty=certainty, time_s=time_s)


def with_changes(*changes: Event) -> Row:
    """Return the row of a case whose changes are these alone."""
    others = [
        e
        for e in abrupt_loss().events
        if not isinstance(e, AmrStateChanged | IndeterminateStarted | IndeterminateEnded)
    ]
    return case_of([*others[:-1], *changes, others[-1]])


def test_every_column_of_a_case_is_filled_from_what_was_told(judged: JobResult) -> None:
    assert judged.case.keys() == {column.name for column in CASES}
    assert judged.case["lead"] == "orbicularis_oculi"
    assert judged.case["vessel"] == "AICA"
    assert judged.case["n_sweeps"] == len(set(judged.sweeps["sweep_number"]))


def test_the_rows_of_the_sweeps_are_all_sweeps_of_all_muscles(judged: JobResult) -> None:
    assert list(judged.sweeps) == [column.name for column in SWEEPS]
    n_rows = {len(cells) for cells in judged.sweeps.values()}
    assert n_rows == {2 * int(str(judged.case["n_sweeps"]))}
    assert judged.sweeps["time_s"] == sorted(judged.sweeps["time_s"], key=lambda s: float(str(s)))
    assert {True, False} == set(judged.sweeps["is_lead"]) == set(judged.sweeps["accepted"])


def test_a_rejected_sweep_says_why(judged: JobResult) -> None:
    rejected = judged.sweeps["rejected"]
    for accepted, reasons in zip(judged.sweeps["accepted"], rejected, strict=True):
        assert accepted or reasons


def test_the_changes_are_those_of_the_events(judged: JobResult) -> None:
    assert list(judged.changes) == [column.name for column in CHANGES]
    table = change_columns(entries(abrupt_loss().events), file="f", lead=OCULI)
    told = [e for e in abrupt_loss().events if isinstance(e, AmrStateChanged)]
    states = [s for s in table["to_state"] if s is not None]
    assert states == [change.to_state.value for change in told]


def test_the_loss_that_stands_is_the_last_one_that_did_not_return() -> None:
    gone, back = AmrState.DISAPPEARED, AmrState.REAPPEARED
    sure, proven = Certainty.CONFIRMED, Certainty.SUSTAINED
    once = with_changes(lead_change(gone, sure, 100.0), lead_change(gone, proven, 160.0))
    assert (once["t_disappeared_s"], once["t_sustained_s"], once["n_returns"]) == (100.0, 160.0, 0)
    twice = with_changes(
        lead_change(gone, sure, 100.0), lead_change(back, sure, 120.0), lead_change(gone, sure, 150)
    )
    assert (twice["t_disappeared_s"], twice["t_sustained_s"]) == (150.0, None)
    assert (twice["n_changes"], twice["n_returns"]) == (3, 1)
    back_again = with_changes(lead_change(gone, sure, 100.0), lead_change(back, sure, 120.0))
    assert back_again["t_disappeared_s"] is None
    drawn = with_changes(lead_change(gone, Certainty.PROVISIONAL, 100.0))
    assert drawn["t_disappeared_s"] is None


def test_stretches_that_could_not_be_judged_are_added_up() -> None:
    def began(time_s: float) -> IndeterminateStarted:
        return IndeterminateStarted(
            sample_index=0,
            time_s=time_s,
            muscle=OCULI,
            indeterminate_class=IndeterminateClass.TECHNICAL,
            reasons=(),
            last_state=AmrState.PRESENT,
            last_state_age_s=0.0,
        )

    def ended(time_s: float) -> IndeterminateEnded:
        return IndeterminateEnded(
            sample_index=0,
            time_s=time_s,
            muscle=OCULI,
            indeterminate_class=IndeterminateClass.TECHNICAL,
            reasons=(),
            last_state=AmrState.PRESENT,
            last_state_age_s=0.0,
        )

    end_s = abrupt_loss().events[-1].time_s
    row = with_changes(began(20.0), ended(32.5), began(end_s - 4.0))
    assert (row["n_indeterminate"], row["indeterminate_s"]) == (2, 16.5)


def test_figures_have_six_digits_and_what_is_none_is_empty() -> None:
    assert rounded(123.456789) == 123.457
    assert rounded(float(np.float32(0.1))) == 0.1
    assert rounded(None) is rounded(float("nan")) is rounded(float("inf")) is None


def test_the_hash_of_the_events_changes_with_any_field() -> None:
    events = list(abrupt_loss().events)
    before = case_of(events)["events_sha256"]
    assert case_of(events)["events_sha256"] == before
    place = next(i for i, e in enumerate(events) if isinstance(e, AmrStateChanged))
    change = events[place]
    assert isinstance(change, AmrStateChanged)
    events[place] = replace(change, words=f"{change.words}!")
    assert case_of(events)["events_sha256"] != before
