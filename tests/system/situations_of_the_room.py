"""Surgeries of the state table in which currents, electrodes or marks do something."""

import numpy as np

from amr_monitor.model.case import MarkName
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.commands import (
    AmendMark,
)
from tests.feeding import Told, mark, run
from tests.sweeps import MENTALIS, OCULI, Patient, Recording
from tests.system.situation import LOST_AT, bursts, lost, row, set_current, usual

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


@row("C7")
def measured_current_scatters() -> Told:
    r = lost(300, seed=157)
    scatter = np.random.default_rng(157).standard_normal(300)
    r.current_ma = [round(10.0 * (1.0 + 0.03 * float(away)), 2) for away in scatter]
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
