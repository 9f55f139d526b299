"""Surgeries of the state table in which the response does something."""

import numpy as np

from amr_monitor.model.case import MarkName, Vessel
from amr_monitor.monitor.commands import (
    AcknowledgeAlarm,
    RestartBaseline,
    SetContext,
)
from tests.feeding import Told, mark, run, surgery
from tests.sweeps import FRONTALIS, MENTALIS, OCULI, Patient, Recording
from tests.system.situation import LOST_AT, lost, row, set_current, usual

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
