"""Every row of "What happens, and what is told" in docs/glossary.md, through the monitor.

The table is read from the document, so neither can say what the other does not.
Rows are compared without provisional changes, which are drawn and not told.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.model.case import AmrState, Certainty, MarkName, Muscle, Vessel
from amr_monitor.model.events import (
    AlarmRaised,
    AmrStateChanged,
    EpochStarted,
    IndeterminateStarted,
    MonitorFailed,
    ResponseAtHigherCurrent,
)
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.commands import (
    AcknowledgeAlarm,
    AmendMark,
    Command,
    RestartBaseline,
    SetContext,
)
from tests.feeding import Told, mark, run, surgery
from tests.sweeps import FRONTALIS, MENTALIS, OCULI, Patient, Recording

pytestmark = pytest.mark.slow

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
HEADING = "## What happens, and what is told"
LOST_AT = 150
"""Stimulus from which on the response is gone in most rows, a second after a vessel was moved."""

ROWS: dict[str, Callable[[], Told]] = {}
Row = Callable[[], Told]


def row(number: str) -> Callable[[Row], Row]:
    """Enter the surgery of a row."""

    def entered(tell: Row) -> Row:
        ROWS[number] = tell
        return tell

    return entered


def usual(
    recording: Recording,
    *,
    dura: float | None = 70.0,
    started: float | None = 100.0,
    moved: float | None = 149.0,
    complete: float | None = 170.0,
    closed: float | None = None,
) -> list[Command]:
    """Return the marks of a surgery in which the vessel is moved before stimulus 150."""
    return surgery(
        recording, dura=dura, started=started, moved=moved, complete=complete, closed=closed
    )


def lost(
    n: int = 300, *, seed: int, patient: Patient | None = None, at: int = LOST_AT
) -> Recording:
    """Return a recording whose response in the lead is gone from a stimulus on."""
    r = Recording(n, seed=seed, patient=patient)
    r.amr[OCULI][at:] = 0.0
    return r


def set_current(r: Recording, first: int, last: int, current_ma: float) -> None:
    """Give stimuli another current; the artifact follows, the M wave is supramaximal."""
    for number in range(first, last):
        r.current_ma[number] = current_ma
    for muscle in r.muscles:
        r.artifact[muscle][first:last] = current_ma / 10.0


def bursts(*, each: int, apart_s: float, n: int, then: int) -> list[float]:
    """Return the times of bursts at 1 Hz, and of a continuous run after them."""
    times: list[float] = []
    for burst in range(n):
        times += [0.7 + burst * apart_s + k for k in range(each)]
    return times + [0.7 + n * apart_s + k for k in range(then)]


# ------------------------------------------------------------ baseline


@row("B1")
def response_at_baseline() -> Told:
    return run(Recording(100, seed=101))


@row("B2")
def no_response_at_baseline() -> Told:
    r = Recording(260, seed=102, patient=Patient(amplitude_uv={}))
    return run(r, usual(r))


@row("B3")
def response_appears_before_decompression() -> Told:
    r = Recording(420, seed=103)
    r.amr[OCULI][:100] = 0.0
    r.amr[OCULI][300:] = 0.0
    return run(r, usual(r, started=280, moved=299.5, complete=320))


@row("B4")
def response_appears_after_decompression_began() -> Told:
    r = Recording(240, seed=104)
    r.amr[OCULI][:110] = 0.0
    return run(r, usual(r, started=90, moved=95, complete=None))


@row("B5")
def baseline_learnt_again() -> Told:
    r = lost(360, seed=105, at=220)
    again = RestartBaseline(sample_index=r.index(90.0), reason="needle moved")
    return run(r, [*usual(r, dura=160, started=170, moved=219, complete=240), again])


@row("B6")
def baseline_learnt_again_while_lost() -> Told:
    r = lost(300, seed=106)
    again = RestartBaseline(sample_index=r.index(240.0), reason="by mistake")
    return run(r, [*usual(r), again])


@row("B7")
def current_ramp_at_baseline() -> Told:
    r = Recording(140, seed=107)
    set_current(r, 0, 30, 8.0)
    set_current(r, 30, 60, 9.0)
    return run(r)


@row("B8")
def mentalis_alone_has_a_response() -> Told:
    r = Recording(300, seed=108, patient=Patient(amplitude_uv={MENTALIS: 90.0}))
    r.amr[MENTALIS][LOST_AT:] = 0.0
    return run(r, usual(r))


@row("B9")
def frontalis_leads() -> Told:
    patient = Patient(amplitude_uv={FRONTALIS: 90.0})
    r = Recording(300, seed=109, muscles=(OCULI, FRONTALIS, MENTALIS), patient=patient)
    r.amr[FRONTALIS][LOST_AT:] = 0.0
    return run(r, usual(r))


# ---------------------------------------------------------------- loss


@row("L1")
def abrupt_loss() -> Told:
    r = lost(seed=111)
    return run(r, usual(r))


@row("L2")
def fades_after_the_vessel_was_moved() -> Told:
    r = Recording(360, seed=112)
    r.amr[OCULI] *= np.interp(np.arange(360), [120, 240], [1.0, 0.0])
    return run(r, usual(r, moved=120.2, complete=260))


@row("L3")
def smaller_for_a_while() -> Told:
    r = Recording(420, seed=113)
    r.amr[OCULI][150:230] = 0.25
    return run(r, usual(r))


@row("L4")
def smaller_for_good() -> Told:
    r = Recording(420, seed=114)
    r.amr[OCULI][150:] = 0.25
    return run(r, usual(r))


@row("L5")
def misses_single_sweeps() -> Told:
    r = Recording(420, seed=115, patient=Patient(skip=0.08))
    return run(r, usual(r))


@row("L6")
def silent_runs_as_at_baseline() -> Told:
    r = Recording(420, seed=116)
    for first in range(12, 420, 30):
        r.amr[OCULI][first : first + 6] = 0.0
    return run(r, usual(r))


@row("L7")
def silent_run_of_25_s() -> Told:
    r = Recording(420, seed=117)
    r.amr[OCULI][110:135] = 0.0
    return run(r, usual(r))


@row("L8")
def falls_slowly_with_a_good_m_wave() -> Told:
    r = Recording(800, seed=118)
    r.amr[OCULI] *= np.interp(np.arange(800), [80, 560], [1.0, 0.0])
    return run(r, surgery(r, dura=70))


def _two_slow_falls() -> Recording:
    r = Recording(1700, seed=119)
    shape = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0]
    r.amr[OCULI] *= np.interp(np.arange(1700), [80, 560, 760, 780, 1050, 1550], shape)
    return r


@row("L9")
def second_slow_fall() -> Told:
    r = _two_slow_falls()
    return run(
        r,
        [
            SetContext(sample_index=r.index(640.0), name="MAC", value="1.0"),
            AcknowledgeAlarm(sample_index=r.index(650.0), alarm_id="slow_fall"),
        ],
    )


@row("L10")
def m_wave_at_60_percent() -> Told:
    r = lost(seed=120)
    r.m_wave[LOST_AT:] = 0.6
    return run(r, usual(r))


@row("L11")
def m_wave_fades_with_a_relaxant() -> Told:
    r = Recording(360, seed=121)
    fade = np.interp(np.arange(360), [120, 260], [1.0, 0.05])
    r.m_wave *= fade
    r.amr[OCULI] *= fade
    return run(r, [*usual(r, moved=None, complete=None), mark(r, 115, MarkName.RELAXANT_GIVEN)])


@row("L12")
def lead_without_proof_of_life() -> Told:
    patient = Patient(artifact_uv=8.0, m_copy=0.0)
    r = lost(seed=122, patient=patient)
    return run(r, usual(r))


@row("L13")
def lost_behind_a_pause() -> Told:
    times = [0.7 + k for k in range(150)] + [250.7 + k for k in range(120)]
    r = Recording(0, times_s=times, seed=123)
    r.amr[OCULI][150:] = 0.0
    pause = mark(r, 152.0, MarkName.STIMULATION_PAUSED)
    return run(r, [*usual(r), pause])


@row("L14")
def lost_behind_cautery() -> Told:
    r = lost(seed=124, at=150)
    for muscle in r.muscles:
        r.burst[muscle] = [(150.2, 190.2, 2000.0)]
    return run(r, usual(r))


# ------------------------------------------------------- after a loss


@row("R1")
def back_for_good() -> Told:
    r = Recording(420, seed=131)
    r.amr[OCULI][150:230] = 0.0
    return run(r, usual(r, complete=None))


@row("R2")
def back_for_ten_seconds() -> Told:
    r = lost(360, seed=132)
    r.amr[OCULI][240:250] = 1.0
    return run(r, usual(r))


@row("R3")
def still_gone_behind_cautery() -> Told:
    r = lost(420, seed=133)
    for muscle in r.muscles:
        r.burst[muscle] = [(230.2, 250.2, 2000.0)]
    return run(r, usual(r))


@row("R4")
def back_behind_a_failed_stimulator() -> Told:
    r = Recording(420, seed=134)
    r.amr[OCULI][150:260] = 0.0
    r.delivered[240:300] = False
    return run(r, usual(r))


@row("R5")
def challenge_without_response() -> Told:
    r = lost(420, seed=135)
    set_current(r, 220, 280, 13.0)
    return run(r, usual(r))


@row("R6")
def challenge_with_response() -> Told:
    r = lost(420, seed=136)
    set_current(r, 220, 300, 13.0)
    r.amr[OCULI][240:300] = 1.0
    return run(r, usual(r))


@row("R7")
def response_at_the_old_current_after_a_challenge() -> Told:
    r = lost(420, seed=137)
    set_current(r, 220, 300, 13.0)
    r.amr[OCULI][300:] = 1.0
    return run(r, usual(r, complete=None))


@row("R8")
def wave_of_20_uv_after_a_loss() -> Told:
    r = lost(420, seed=138)
    r.amr[OCULI][230:] = 0.12
    return run(r, usual(r))


# --------------------------------------------------------- persistence


@row("P1")
def still_there_after_decompression() -> Told:
    r = Recording(380, seed=141)
    return run(r, usual(r))


@row("P2")
def dura_closed_before_three_minutes() -> Told:
    r = Recording(300, seed=142)
    return run(r, usual(r, closed=250))


@row("P3")
def explored_again_and_gone() -> Told:
    r = lost(520, seed=143, at=420)
    again = [
        mark(r, 380.0, MarkName.RE_EXPLORATION),
        mark(r, 419.0, MarkName.VESSEL_MOVED, vessel=Vessel.PICA),
        mark(r, 440.0, MarkName.DECOMPRESSION_COMPLETE),
    ]
    return run(r, [*usual(r), *again])


@row("P4")
def gone_after_persistent() -> Told:
    r = lost(520, seed=144, at=400)
    return run(r, usual(r))


# ------------------------------------------------- currents and epochs


@row("C1")
def raised_before_a_loss() -> Told:
    r = lost(420, seed=151, at=250)
    set_current(r, 100, 420, 13.0)
    return run(r, usual(r, moved=249, complete=270))


@row("C2")
def raised_ten_sweeps_before_a_loss() -> Told:
    r = lost(420, seed=152)
    set_current(r, 140, 420, 13.0)
    return run(r, usual(r))


@row("C3")
def lowered_and_gone() -> Told:
    r = lost(300, seed=153)
    set_current(r, 120, 300, 7.0)
    return run(r, usual(r))


@row("C4")
def lowered_and_restored() -> Told:
    r = Recording(380, seed=154)
    set_current(r, 120, 180, 7.0)
    return run(r, usual(r))


@row("C5")
def polarity_turned() -> Told:
    r = lost(420, seed=155, at=250)
    r.polarity = [1] * 100 + [-1] * 320
    return run(r, usual(r, moved=249, complete=270))


@row("C6")
def unknown_current_seems_changed() -> Told:
    r = Recording(260, seed=156, current_ma=None)
    for muscle in r.muscles:
        r.artifact[muscle][150:] = 1.3
    return run(r, usual(r))


# ------------------------------------------- stimulator and electrodes


@row("E1")
def stimulus_fails() -> Told:
    r = Recording(420, seed=161)
    r.delivered[150:220] = False
    return run(r, usual(r))


@row("E2")
def stimulator_stops() -> Told:
    times = [0.7 + k for k in range(250)] + [300.7 + k for k in range(80)]
    r = Recording(0, times_s=times, seed=162)
    return run(r, usual(r))


@row("E3")
def bursts_before_the_dura() -> Told:
    r = Recording(0, times_s=bursts(each=90, apart_s=300.0, n=2, then=150), seed=163)
    return run(r)


@row("E4")
def marked_pause() -> Told:
    times = [0.7 + k for k in range(250)] + [400.7 + k for k in range(80)]
    r = Recording(0, times_s=times, seed=164)
    return run(r, [*usual(r), mark(r, 251.0, MarkName.STIMULATION_PAUSED)])


@row("E5")
def lead_electrode_off() -> Told:
    r = lost(seed=165)
    r.artifact[OCULI][LOST_AT:] = 0.1
    r.noise[OCULI][LOST_AT:] = 1.5
    r.mains_times[OCULI] = [(150.2, 301.0, 60.0)]
    return run(r, usual(r))


@row("E6")
def only_channel_floats() -> Told:
    r = Recording(300, seed=166, muscles=(OCULI,))
    r.amr[OCULI][LOST_AT:] = 0.0
    r.artifact[OCULI][LOST_AT:] = 0.0
    r.noise[OCULI][LOST_AT:] = 4.0
    return run(r, usual(r))


@row("E7")
def lead_channel_flat() -> Told:
    r = Recording(300, seed=167)
    r.flat = [(OCULI, 150.2, 301.0)]
    return run(r, usual(r))


@row("E8")
def no_numbers_in_mentalis() -> Told:
    r = Recording(300, seed=168)
    r.lost = [(MENTALIS, 150.2, 301.0)]
    return run(r, usual(r))


@row("E9")
def tetanus() -> Told:
    r = Recording(260, seed=169)
    r.extra = [(150.0 + 0.02 * k, None) for k in range(100)]
    return run(r, usual(r, moved=None, complete=None))


@row("E10")
def clicks_in_the_ear() -> Told:
    r = lost(seed=170)
    r.extra = [(100.0 + k / 43.9, StimulusClass.BAEP_CLICK) for k in range(8000)]
    return run(r, usual(r))


# --------------------------------------------------------- both muscles


@row("M1")
def gone_in_the_lead_alone() -> Told:
    patient = Patient(amplitude_uv={OCULI: 100.0, MENTALIS: 80.0})
    r = lost(300, seed=171, patient=patient)
    return run(r, usual(r))


@row("M2")
def gone_in_mentalis_alone() -> Told:
    r = Recording(380, seed=172, patient=Patient(amplitude_uv={OCULI: 100.0, MENTALIS: 80.0}))
    r.amr[MENTALIS][LOST_AT:] = 0.0
    return run(r, usual(r))


@row("M3")
def gone_in_mentalis_while_the_lead_is_off() -> Told:
    patient = Patient(amplitude_uv={OCULI: 100.0, MENTALIS: 80.0})
    r = lost(300, seed=173, patient=patient)
    r.amr[MENTALIS][LOST_AT:] = 0.0
    r.artifact[OCULI][LOST_AT:] = 0.1
    return run(r, usual(r))


# ---------------------------------------------------------------- marks


@row("K1")
def no_marks_at_all() -> Told:
    return run(lost(seed=181))


@row("K2")
def vessel_moved_alone() -> Told:
    r = lost(seed=182)
    return run(r, usual(r, dura=None, started=None, complete=None))


@row("K3")
def vessel_marked_20_s_late() -> Told:
    r = lost(seed=183)
    return run(r, usual(r, started=None, moved=170.0, complete=None))


@row("K4")
def vessel_marked_two_minutes_late() -> Told:
    r = lost(420, seed=184)
    return run(r, usual(r, started=None, moved=270.0, complete=280.0))


@row("K5")
def late_mark_put_right() -> Told:
    r = lost(420, seed=185)
    right = AmendMark(
        sample_index=r.index(300.0), mark_id=2, effective_time_s=149.0, reason="was late"
    )
    return run(r, [*usual(r, started=None, moved=270.0, complete=280.0), right])


@row("K6")
def gone_with_the_dura() -> Told:
    r = lost(300, seed=186, at=90)
    return run(r, usual(r, dura=88, started=200, moved=210, complete=220))


@row("K7")
def gone_with_the_dura_back_and_gone_again() -> Told:
    r = Recording(640, seed=187)
    r.amr[OCULI][90:150] = 0.0
    r.amr[OCULI][300:] = 0.0
    return run(r, usual(r, dura=88, started=200, moved=299, complete=320))


@row("K8")
def complete_before_started() -> Told:
    r = lost(300, seed=188)
    return run(r, usual(r, started=200, moved=149, complete=120))


@row("K9")
def complete_never_marked() -> Told:
    r = lost(300, seed=189)
    return run(r, usual(r, complete=None))


@row("K10")
def closed_and_stimulated_on() -> Told:
    r = lost(420, seed=190)
    r.amr[OCULI][330:] = 1.0
    return run(r, usual(r, closed=300))


@row("K11")
def decompression_voided() -> Told:
    r = lost(300, seed=191)
    void = [
        AmendMark(sample_index=r.index(250.0), mark_id=number, void=True, reason="wrong case")
        for number in (2, 3, 4)
    ]
    return run(r, [*usual(r), *void])


@row("K12")
def marked_twice() -> Told:
    r = lost(300, seed=192)
    return run(r, [*usual(r), *usual(r, dura=None, started=None)])


# -------------------------------------------------------------- the table


def table() -> dict[str, tuple[str, str]]:
    """Return what the document says of each row: what is told, and the outcome."""
    section = GLOSSARY.read_text(encoding="utf-8").split(HEADING, 1)[1].split("\n## ", 1)[0]
    rows: dict[str, tuple[str, str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[A-Z]\d+", cells[0]):
            rows[cells[0]] = cells[2], cells[3]
    return rows


def steps(told: Told, muscle: Muscle) -> list[str]:
    """Return what was told of a muscle, as the document writes it."""
    found: list[str] = []
    pending: AmrState | None = None
    for event in told.events:
        if isinstance(event, AmrStateChanged) and event.muscle is muscle:
            withdrawn = event.from_state is pending
            pending = event.to_state if event.certainty is Certainty.PROVISIONAL else None
            if withdrawn or pending is not None:
                continue
            is_sustained = event.certainty is Certainty.SUSTAINED
            found.append(f"`{event.to_state}`" + (" sustained" if is_sustained else ""))
        elif isinstance(event, IndeterminateStarted) and event.muscle is muscle:
            found.append("cannot tell")
        elif isinstance(event, ResponseAtHigherCurrent) and event.muscle is muscle:
            found.append("`response_at_higher_current`")
    return found


def reasons(told: Told) -> set[str]:
    """Return every reason for which nothing could be told."""
    found = {reason for e in told.of(IndeterminateStarted) for reason in e.reasons}
    return {str(reason) for reason in found}


def parts(cell: str) -> Iterable[tuple[Muscle | None, list[str]]]:
    """Return the steps of each muscle that a cell tells of; None for the lead."""
    for part in cell.split(";"):
        name, colon, rest = part.strip().partition(": ")
        muscle = Muscle(name) if colon and name in set(Muscle) else None
        text = rest if muscle is not None else part
        yield muscle, [step.strip() for step in text.split(",") if step.strip()]


def test_the_document_and_the_surgeries_have_the_same_rows() -> None:
    assert list(table()) == list(ROWS)


@pytest.mark.parametrize("number", ROWS)
def test_what_is_told_is_what_the_document_says(number: str) -> None:
    cell, outcome = table()[number]
    told = ROWS[number]()
    assert not told.of(MonitorFailed)
    lead = told.closed.basis or OCULI
    for muscle, wanted in parts(cell):
        said = steps(told, Muscle(lead) if muscle is None else muscle)
        plain = [re.sub(r"^cannot tell.*", "cannot tell", step) for step in wanted]
        assert said == plain
        for step in wanted:
            for reason in re.findall(r"`(\w+)`", step) if step.startswith("cannot tell") else ():
                assert reason in reasons(told)
    wanted_outcome, *tags = re.findall(r"`(\w+)`", outcome)
    assert told.outcome == wanted_outcome
    assert set(tags) <= set(told.closed.tags)
    assert ("alarm" in outcome) == bool(told.of(AlarmRaised))
    assert ("epoch" in outcome) == bool(told.of(EpochStarted))
