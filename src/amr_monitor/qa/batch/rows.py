"""What a case told, as rows: one of the case, one a change of state, one a sweep and muscle.

Figures are rounded to six digits after every decision: the last bits of a
float64 differ between processors, and results are compared byte for byte.
"""

import hashlib
from collections.abc import Iterable, Sequence
from math import isfinite

from amr_monitor.codec import entry_to_json
from amr_monitor.model.case import AmrState, Certainty, Muscle
from amr_monitor.model.events import (
    AfterMark,
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
    CaseOpened,
    GapReceived,
    IndeterminateEnded,
    IndeterminateStarted,
    JournalEntry,
    SourceWarned,
)
from amr_monitor.model.finding import Finding, MuscleStatus, SweepReport
from amr_monitor.model.source import SourceInfo
from amr_monitor.qa.batch.columns import CHANGES, SWEEPS, Cell, Columns, Row

DIGITS = 6


def rounded(value: float | None) -> float | None:
    """Return a figure to six digits; None where it is none."""
    if value is None or not isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")


def empty_columns(names: Iterable[str]) -> Columns:
    """Return a table without rows."""
    return {name: [] for name in names}


def lead_of(entries: Sequence[JournalEntry]) -> Muscle | None:
    """Return the muscle that the case was judged on; the last word counts."""
    lead = None
    for entry in entries:
        if isinstance(entry.event, CaseOpened | BaselineAccepted):
            lead = entry.event.lead or lead
    return lead


class SweepRows:
    """Gather the rows of the sweeps as they come.

    Attributes
    ----------
    columns : dict of str to list
    """

    def __init__(self) -> None:
        self.columns = empty_columns(
            column.name for column in SWEEPS if column.name not in ("file", "case_id", "is_lead")
        )

    def take(self, reports: Sequence[SweepReport]) -> None:
        """Add a row a sweep and muscle."""
        for report in reports:
            for finding, status in zip(report.findings, report.statuses, strict=True):
                for name, cell in _sweep_cells(report, finding, status).items():
                    self.columns[name].append(cell)

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return len(self.columns["time_s"])

    def finished(self, *, file: str, case_id: str, lead: Muscle | None) -> Columns:
        """Return the table, with what is the same in every row."""
        fixed: dict[str, list[Cell]] = {
            "file": [file] * self.n_rows,
            "case_id": [case_id] * self.n_rows,
            "is_lead": [muscle == lead for muscle in self.columns["muscle"]],
        }
        together = self.columns | fixed
        return {column.name: together[column.name] for column in SWEEPS}


def _sweep_cells(report: SweepReport, finding: Finding, status: MuscleStatus) -> Row:
    measured = finding.measurement
    return {
        "sweep_number": report.sweep_number,
        "sample_index": report.sample_index,
        "time_s": _time(report.time_s),
        "current_ma": rounded(report.current_ma),
        "muscle": finding.muscle.value,
        "accepted": finding.quality.accepted,
        "rejected": " ".join(finding.quality.reasons),
        "state": status.state.value,
        "certainty": status.certainty.value,
        "indeterminate": status.indeterminate and status.indeterminate.value,
        "held_back": " ".join(status.reasons),
        "peak_to_peak_uv": rounded(measured.peak_to_peak_uv),
        "onset_latency_ms": rounded(measured.onset_latency_ms),
        "noise_rms_uv": rounded(measured.noise_rms_uv),
        "mains_uv": rounded(measured.mains_uv),
        "artifact_uv": rounded(measured.artifact_uv),
        "m_wave_uv": rounded(measured.m_wave_uv),
        "m_wave_percent": rounded(measured.m_wave_percent),
        "artifact_percent": rounded(measured.artifact_percent),
        "amplitude_uv": rounded(status.amplitude_uv),
        "amplitude_upper_bound_uv": rounded(status.amplitude_upper_bound_uv),
        "amplitude_percent": rounded(status.amplitude_percent_of_baseline),
        "probability_present": rounded(status.probability_present),
        "log_odds_absent": rounded(status.log_odds_absent),
    }


def change_columns(entries: Sequence[JournalEntry], *, file: str, lead: Muscle | None) -> Columns:
    """Return a row for each change of state, and for each begin and end of not knowing."""
    table = empty_columns(column.name for column in CHANGES)
    for entry in entries:
        event = entry.event
        if not isinstance(event, AmrStateChanged | IndeterminateStarted | IndeterminateEnded):
            continue
        row: Row = {
            "file": file,
            "case_id": entry.case_id,
            "seq": entry.seq,
            "sample_index": event.sample_index,
            "time_s": _time(event.time_s),
            "type": event.type,
            "muscle": event.muscle.value,
            "is_lead": event.muscle is lead,
            **(
                _state_cells(event)
                if isinstance(event, AmrStateChanged)
                else _indeterminate_cells(event)
            ),
        }
        for name, cells in table.items():
            cells.append(row.get(name))
    return table


def _state_cells(event: AmrStateChanged) -> Row:
    evidence = event.evidence
    outcome = event.provisional_outcome
    return {
        "from_state": event.from_state.value,
        "to_state": event.to_state.value,
        "certainty": event.certainty.value,
        "reasons": " ".join(evidence.reasons),
        "probability_present": rounded(evidence.probability_present),
        "log_odds_absent": rounded(evidence.log_odds_absent),
        "valid_sweeps": evidence.valid_sweeps,
        "seen_of_last_10": evidence.seen_of_last_10,
        "amplitude_uv": rounded(evidence.amplitude_uv),
        "amplitude_upper_bound_uv": rounded(evidence.amplitude_upper_bound_uv),
        "amplitude_percent": rounded(evidence.amplitude_percent_of_baseline),
        "onset_latency_ms": rounded(evidence.onset_latency_ms),
        "m_wave_percent": rounded(evidence.m_wave_percent_of_baseline),
        "provisional_outcome": outcome and outcome.value,
        **_after_cells(event.after_mark),
    }


def _indeterminate_cells(event: IndeterminateStarted | IndeterminateEnded) -> Row:
    return {
        "from_state": event.last_state.value,
        "class": event.indeterminate_class.value,
        "reasons": " ".join(event.reasons),
    }


def _after_cells(after: AfterMark | None) -> Row:
    if after is None:
        return {"after_mark": None, "vessel": None, "after_s": None}
    return {
        "after_mark": after.mark.value,
        "vessel": after.vessel and after.vessel.value,
        "after_s": _time(after.seconds),
    }


def case_cells(
    entries: Sequence[JournalEntry],
    closed: CaseClosed,
    *,
    info: SourceInfo,
    lead: Muscle | None,
    sweeps: Columns,
) -> Row:
    """Return the row of a case, but for its name, its hashes and the version."""
    events = [entry.event for entry in entries]
    of_lead = next((each for each in closed.muscles if each.muscle is lead), None)
    return {
        "case_id": entries[-1].case_id,
        "outcome": closed.outcome.value,
        "tags": " ".join(closed.tags),
        "basis": closed.basis,
        "phase_known": closed.phase_known,
        "residual_mentalis": closed.residual_mentalis,
        "lead": lead and lead.value,
        "lead_state": None if of_lead is None else of_lead.state.value,
        "lead_certainty": None if of_lead is None else of_lead.certainty.value,
        **_after_cells(closed.after_mark),
        **_change_cells(events, lead),
        **_baseline_cells([e for e in events if isinstance(e, BaselineAccepted)], lead),
        **_indeterminate_totals(events, lead, end_s=closed.time_s),
        **_sweep_totals(sweeps),
        "n_gaps": sum(isinstance(event, GapReceived) for event in events),
        "n_warnings": sum(isinstance(event, SourceWarned) for event in events),
        "n_events": len(entries),
        "origin": info.origin.value,
        "side": info.side and info.side.value,
        "start_utc": None if info.start_utc is None else info.start_utc.isoformat(),
        "duration_s": rounded(info.duration_s),
        "sampling_rate_hz": rounded(info.sampling_rate_hz),
        "trigger": info.trigger_quality.value,
        "events_sha256": _events_hash(entries),
    }


def _change_cells(events: Sequence[object], lead: Muscle | None) -> Row:
    """Return the loss that stands at the end, and how much went before."""
    told = [
        event
        for event in events
        if isinstance(event, AmrStateChanged)
        and event.muscle is lead
        and event.certainty is not Certainty.PROVISIONAL
    ]
    lost_s: float | None = None
    sustained_s: float | None = None
    for event in told:
        if event.to_state is not AmrState.DISAPPEARED:
            lost_s = sustained_s = None
            continue
        lost_s = event.time_s if lost_s is None else lost_s
        if event.certainty is Certainty.SUSTAINED:
            sustained_s = event.time_s
    return {
        "t_disappeared_s": None if lost_s is None else _time(lost_s),
        "t_sustained_s": None if sustained_s is None else _time(sustained_s),
        "n_changes": len(told),
        "n_returns": sum(event.to_state is AmrState.REAPPEARED for event in told),
    }


def _baseline_cells(accepted: Sequence[BaselineAccepted], lead: Muscle | None) -> Row:
    if not accepted:
        return {"n_epochs": 0}
    last = accepted[-1]
    cells: Row = {
        "n_epochs": len(accepted),
        "baseline_sweeps": last.valid_sweeps,
        "baseline_current_ma": rounded(last.reference_current_ma),
    }
    muscle = next((each for each in last.muscles if each.muscle is lead), None)
    if muscle is not None:
        cells |= {
            "baseline_amplitude_uv": rounded(muscle.amplitude_uv),
            "baseline_latency_ms": rounded(muscle.onset_latency_ms),
            "baseline_noise_uv": rounded(muscle.noise_rms_uv),
            "baseline_snr": rounded(muscle.snr),
            "baseline_rate": rounded(muscle.response_rate),
        }
    return cells


def _indeterminate_totals(events: Sequence[object], lead: Muscle | None, *, end_s: float) -> Row:
    n_stretches, total_s = 0, 0.0
    began_s: float | None = None
    for event in events:
        if isinstance(event, IndeterminateStarted) and event.muscle is lead:
            n_stretches += 1
            began_s = event.time_s if began_s is None else began_s
        elif isinstance(event, IndeterminateEnded) and event.muscle is lead:
            total_s += 0.0 if began_s is None else event.time_s - began_s
            began_s = None
    if began_s is not None:
        total_s += end_s - began_s
    return {"n_indeterminate": n_stretches, "indeterminate_s": _time(total_s)}


def _sweep_totals(sweeps: Columns) -> Row:
    of_lead = [row for row, is_lead in enumerate(sweeps["is_lead"]) if is_lead]
    percents = sweeps["amplitude_percent"]
    return {
        "n_sweeps": len(set(sweeps["sweep_number"])),
        "n_valid": sum(bool(sweeps["accepted"][row]) for row in of_lead),
        "last_amplitude_percent": percents[of_lead[-1]] if of_lead else None,
    }


def _events_hash(entries: Sequence[JournalEntry]) -> str:
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(f"{entry_to_json(entry)}\n".encode())
    return digest.hexdigest()


def _time(time_s: float) -> float:
    return round(time_s, 6)
