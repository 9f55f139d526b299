"""Cases in a journal that reports are made of."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from math import inf
from pathlib import Path

from amr_monitor.codec import KeptSweep, SweepRecord, kept_sweep
from amr_monitor.config import load_settings
from amr_monitor.daemon.composition import compose_replay
from amr_monitor.daemon.sources import open_recording
from amr_monitor.model.case import (
    AmrState,
    Branch,
    CaseMode,
    Certainty,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Side,
    Vessel,
)
from amr_monitor.model.events import (
    AmrStateChanged,
    CaseOpened,
    Event,
    Evidence,
    JournalEntry,
    PhaseMarked,
)
from amr_monitor.model.finding import SweepReport
from amr_monitor.model.source import Origin
from amr_monitor.qa.report.history import CaseHistory, read_history
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from tests.project.repository import ROOT

FIXTURES = ROOT / "fixtures"
START = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
RECORD = CaseRecord(
    case_id="20260301-073000-abcdef",
    kind=CaseKind.RUN,
    origin=Origin.DEVICE,
    source_name="theatre 3",
    side=Side.LEFT,
    pseudonym="P-17",
    start_utc=START,
    settings_hash="5e" * 32,
    software_version="0.1.0",
    opened_at=START,
)
OCULI, MENTALIS = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS


class FakeStore:
    """A journal with one case in it."""

    def __init__(
        self,
        events: Sequence[Event],
        *,
        record: CaseRecord = RECORD,
        kept: Sequence[KeptSweep] = (),
        beside: dict[int, list[SweepRecord]] | None = None,
    ) -> None:
        self.record = record
        self.kept = kept
        self.beside = beside or {}
        self.told = [
            JournalEntry(
                seq=seq,
                case_id=record.case_id,
                utc=None
                if record.start_utc is None
                else record.start_utc + timedelta(seconds=event.time_s),
                origin=record.origin,
                event=event,
            )
            for seq, event in enumerate(events, start=1)
        ]

    def case(self, case_id: str) -> CaseRecord | None:
        """Return the case."""
        return self.record if case_id == self.record.case_id else None

    def entries(self, case_id: str) -> list[JournalEntry]:
        """Return its events."""
        return self.told if case_id == self.record.case_id else []

    def head(self, case_id: str) -> tuple[int, str]:
        """Return a hash that is none."""
        return (len(self.told), "ab" * 32) if case_id == self.record.case_id else (0, "")

    def display_sweeps(self, case_id: str) -> Iterable[KeptSweep]:
        """Return what was kept."""
        return self.kept if case_id == self.record.case_id else ()

    def sweeps(self, case_id: str, *, seq: int | None = None) -> Sequence[SweepRecord]:
        """Return the sweeps beside an event."""
        return self.beside.get(seq or 0, []) if case_id == self.record.case_id else []

    @property
    def history(self) -> CaseHistory:
        """The case, read."""
        return read_history(self, self.record.case_id)


@cache
def replayed(name: str) -> FakeStore:
    """Return what a journal holds of the replay of a fixture, with every judged sweep."""
    settings = load_settings(None)
    reports: list[SweepReport] = []
    opened = open_recording([FIXTURES / name], settings, speed=inf, can_be_paced=False)
    try:
        composed = compose_replay(
            opened, settings, keeps=False, serves=False, on_reports=reports.extend
        )
        composed.begin()
        composed.session.run()
        case_id = composed.record.case_id
        entries = composed.journal.entries(case_id)
        record = composed.journal.case(case_id)
        composed.close()
    finally:
        opened.source.close()
    if record is None:
        raise LookupError(case_id)
    # Its wall time is another with every replay.
    record = replace(record, opened_at=START, closed_at=START)
    return FakeStore(
        [entry.event for entry in entries],
        record=record,
        kept=[kept_sweep(report, seq=1) for report in reports],
    )


def opened(*, mode: CaseMode = CaseMode.LIVE) -> CaseOpened:
    """Return the event that a case begins with."""
    return CaseOpened(
        sample_index=0,
        time_s=0.0,
        pseudonym="P-17",
        side=Side.LEFT,
        branch=Branch.MARGINAL_MANDIBULAR,
        mode=mode,
        muscles=(MENTALIS, OCULI),
        lead=OCULI,
        sampling_rate_hz=1000.0,
    )


def marked(
    mark_id: int,
    time_s: float,
    mark: MarkName,
    *,
    vessel: Vessel | None = None,
    text: str = "",
    by: str = "Kim",
) -> PhaseMarked:
    """Return a mark as it is made."""
    return PhaseMarked(
        sample_index=round(1000 * time_s),
        time_s=time_s,
        mark_id=mark_id,
        mark=mark,
        vessel=vessel,
        text=text,
        effective_time_s=time_s,
        by=by,
        phase=Phase.DURA_OPEN,
        provisional_outcome=None,
    )


def changed(
    time_s: float,
    to_state: AmrState,
    certainty: Certainty = Certainty.CONFIRMED,
    *,
    from_state: AmrState = AmrState.PRESENT,
    muscle: Muscle = OCULI,
    outcome: Outcome | None = None,
) -> AmrStateChanged:
    """Return a change of state."""
    return AmrStateChanged(
        sample_index=round(1000 * time_s),
        time_s=time_s,
        muscle=muscle,
        from_state=from_state,
        to_state=to_state,
        certainty=certainty,
        evidence=Evidence(
            probability_present=0.0123,
            log_odds_absent=7.5,
            valid_sweeps=20,
            amplitude_uv=0.4,
            amplitude_upper_bound_uv=3.2,
            amplitude_percent_of_baseline=1.0,
            onset_latency_ms=None,
            m_wave_percent_of_baseline=98.0,
            accepted_of_last_10=10,
            reasons=(),
        ),
        after_mark=None,
        provisional_outcome=outcome,
        words="no response for 0:12, 12 sweeps",
    )


def settings_text(**detector: float) -> str:
    """Return settings as a case keeps them."""
    return json.dumps({"monitor": {"detector": detector}})


def fixture_names() -> list[str]:
    """Return every recording among the fixtures."""
    files = [path for path in FIXTURES.iterdir() if _is_recording(path)]
    return sorted(path.name for path in files)


def _is_recording(path: Path) -> bool:
    return path.suffix in (".edf", ".bdf", ".xdf") or path.name in ("epworks", "sweep_table.csv")
