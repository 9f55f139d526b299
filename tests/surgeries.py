"""Short surgeries that many tests of the core look at; each is run once."""

from functools import cache

import numpy as np

from amr_monitor.model.case import Branch, CaseInfo, MarkName, Vessel
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.commands import AcknowledgeAlarm, SetContext
from tests.feeding import Told, mark, run, surgery
from tests.sweeps import FRONTALIS, MENTALIS, OCULI, Patient, Recording

LOST_AT = 150
"""Stimulus number from which on the response is gone in most of these."""

LOST_S = 0.7 + LOST_AT
"""Its time: the last response was one second earlier."""


@cache
def abrupt_loss() -> Told:
    """A vessel is moved and the response is gone with it."""
    r = Recording(300)
    r.amr[OCULI][LOST_AT:] = 0.0
    return run(
        r, surgery(r, dura=70, started=100, moved=LOST_S - 2.0, complete=170.0, closed=280.0)
    )


@cache
def steady_response() -> Told:
    """Nothing changes, and nobody marks anything."""
    return run(Recording(200))


@cache
def persistent_response() -> Told:
    """Decompression is complete and the response goes on for more than 3 min."""
    r = Recording(340, seed=2)
    return run(r, surgery(r, dura=65, started=70, moved=80, complete=90, closed=330))


@cache
def persistent_at_closure() -> Told:
    """The dura is closed before the 3 min are over."""
    r = Recording(250, seed=3)
    return run(r, surgery(r, dura=65, started=70, moved=80, complete=120, closed=200))


@cache
def re_explored() -> Told:
    """Persistent, explored again, another vessel, gone."""
    r = Recording(420, seed=4)
    r.amr[OCULI][320:] = 0.0
    return run(
        r,
        [
            *surgery(r, dura=65, started=70, moved=80, complete=90),
            mark(r, 300.0, MarkName.RE_EXPLORATION),
            mark(r, 318.0, MarkName.VESSEL_MOVED, vessel=Vessel.PICA),
            mark(r, 340.0, MarkName.DECOMPRESSION_COMPLETE),
        ],
    )


@cache
def lasting_return() -> Told:
    """Lost for good, it seemed; then it comes back and stays."""
    r = Recording(420, seed=5)
    r.amr[OCULI][100:200] = 0.0
    return run(r, surgery(r, dura=65, started=70, moved=99.5, complete=110))


@cache
def transient_return() -> Told:
    """A lost response is back for ten seconds."""
    r = Recording(340, seed=6)
    r.amr[OCULI][100:] = 0.0
    r.amr[OCULI][190:200] = 1.0
    return run(r, surgery(r, dura=65, started=70, moved=99.5, complete=110))


@cache
def early_loss() -> Told:
    """Gone as the dura is opened, long before decompression."""
    r = Recording(300, seed=7)
    r.amr[OCULI][90:] = 0.0
    return run(r, surgery(r, dura=85, started=200, moved=210, complete=220))


@cache
def attenuated_and_back() -> Told:
    """At a quarter for a while, then whole again."""
    r = Recording(260, seed=8)
    r.amr[OCULI][100:180] = 0.25
    return run(r)


@cache
def gradual_loss() -> Told:
    """Over two minutes after the vessel was moved."""
    r = Recording(360, seed=9)
    r.amr[OCULI] *= np.interp(np.arange(360), [120, 240], [1.0, 0.0])
    return run(r, surgery(r, dura=65, started=70, moved=120.2, complete=260))


@cache
def never_elicited() -> Told:
    """No response at baseline nor later."""
    r = Recording(200, patient=Patient(amplitude_uv={}), seed=10)
    return run(r, surgery(r, dura=70, started=100, moved=110, complete=120))


@cache
def elicited_later() -> Told:
    """No response at the first baseline, one before decompression, then gone."""
    r = Recording(420, seed=11)
    r.amr[OCULI][:100] = 0.0
    r.amr[OCULI][300:] = 0.0
    return run(r, surgery(r, started=280, moved=299.5, complete=320))


@cache
def first_seen_late() -> Told:
    """The first response ever appears after decompression began."""
    r = Recording(240, seed=12)
    r.amr[OCULI][:110] = 0.0
    return run(r, surgery(r, dura=70, started=90, moved=95))


@cache
def stimulus_failure() -> Told:
    """The stimulator's lead is off for 100 s and on again."""
    r = Recording(300, seed=13)
    r.delivered[120:220] = False
    return run(r, surgery(r, dura=70, started=100, moved=119.5, complete=130))


@cache
def weak_m_wave() -> Told:
    """The response is gone while the M wave is at 60 %."""
    r = Recording(300, seed=14)
    r.m_wave[120:] = 0.6
    r.amr[OCULI][120:] = 0.0
    return run(r, surgery(r, dura=70, started=100, moved=119.5, complete=130))


@cache
def slow_fall() -> Told:
    """Over eight minutes with a good M wave and no vessel moved; anaesthesia is entered late."""
    r = Recording(800, seed=15)
    r.amr[OCULI] *= np.interp(np.arange(800), [80, 560], [1.0, 0.0])
    return run(
        r,
        [
            *surgery(r, dura=70),
            AcknowledgeAlarm(sample_index=r.index(690.0), alarm_id="slow_fall"),
            SetContext(sample_index=r.index(700.0), name="MAC", value="1.0"),
            AcknowledgeAlarm(sample_index=r.index(710.0), alarm_id="slow_fall"),
        ],
    )


@cache
def residual_in_mentalis() -> Told:
    """Gone in the lead, still there in mentalis."""
    r = Recording(300, patient=Patient(amplitude_uv={OCULI: 100.0, MENTALIS: 80.0}), seed=16)
    r.amr[OCULI][LOST_AT:] = 0.0
    return run(r, surgery(r, dura=70, started=100, moved=LOST_S - 2.0, complete=170.0))


@cache
def zygomatic() -> Told:
    """The zygomatic branch is stimulated: mentalis leads."""
    r = Recording(300, direct=OCULI, patient=Patient(amplitude_uv={MENTALIS: 90.0}), seed=17)
    r.amr[MENTALIS][LOST_AT:] = 0.0
    return run(
        r,
        surgery(r, dura=70, started=100, moved=LOST_S - 2.0, complete=170.0),
        case=CaseInfo(branch=Branch.ZYGOMATIC),
    )


@cache
def frontalis_leads() -> Told:
    """Nothing in orbicularis oculi, a response in frontalis."""
    r = Recording(
        300,
        muscles=(OCULI, FRONTALIS, MENTALIS),
        patient=Patient(amplitude_uv={FRONTALIS: 90.0}),
        seed=18,
    )
    r.amr[FRONTALIS][LOST_AT:] = 0.0
    return run(r, surgery(r, dura=70, started=100, moved=LOST_S - 2.0, complete=170.0))


@cache
def challenged() -> Told:
    """After the loss the current is raised; a response comes at the higher current only."""
    r = Recording(340, seed=19)
    r.amr[OCULI][100:] = 0.0
    r.amr[OCULI][230:250] = 1.0
    for number in range(200, 260):
        r.current_ma[number] = 13.0
    for muscle in r.muscles:
        r.artifact[muscle][200:260] = 1.3
    return run(r, surgery(r, dura=65, started=70, moved=99.5, complete=110))


@cache
def long_pause() -> Told:
    """No stimuli for 90 s in the middle; the response is gone after it."""
    times = [0.7 + k for k in range(190)] + [280.7 + k for k in range(110)]
    r = Recording(0, times_s=times, seed=20)
    r.amr[OCULI][190:] = 0.0
    return run(r, surgery(r, dura=70, started=100, moved=185, complete=200))


@cache
def tetanus_and_clicks() -> Told:
    """Two seconds at 50 Hz, and clicks at 43.9 Hz for the last minute."""
    r = Recording(260, seed=21)
    r.extra = [(120.0 + 0.02 * k, None) for k in range(100)]
    r.extra += [(200.0 + k / 43.9, StimulusClass.BAEP_CLICK) for k in range(2600)]
    return run(r)
