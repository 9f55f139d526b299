"""An amplifier that comes back with another rate or other channels, without a restart."""

from dataclasses import replace

import pytest

from amr_monitor.model.case import AmrState, CaseInfo, Certainty, IndeterminateClass, Reason
from amr_monitor.model.events import (
    BaselineAccepted,
    BaselineRestarted,
    ContextChanged,
    Event,
    GapReceived,
    IndeterminateStarted,
    MonitorFailed,
)
from amr_monitor.model.signal import Channel, Gap, SampleBlock
from amr_monitor.model.source import SourceChanged, SourceInfo
from amr_monitor.model.stimulation import Stimulus
from amr_monitor.monitor.commands import CloseCase, OpenCase
from amr_monitor.monitor.engine import Monitor
from tests.feeding import SETTINGS, Told
from tests.sweeps import MENTALIS, OCULI, Patient, Recording

AWAY_S = 7.0


def told_of(before: Recording, after: Recording, info: SourceInfo | None = None) -> Told:
    """Feed one recording and, after some seconds, another as the same source come back."""
    monitor = Monitor(info=before.info, settings=SETTINGS)
    events: list[Event] = list(monitor.receive(OpenCase(sample_index=0, case=CaseInfo())))
    for items in before.blocks(5000):
        events += monitor.receive(*items)
    first, resumes_s = before.n_samples, before.duration_s + AWAY_S
    events += monitor.receive(
        Gap(sample_index=first, resumes_at_s=resumes_s, reason="disconnected"),
        SourceChanged(sample_index=first, info=info or after.info),
    )
    for items in after.blocks(7001):
        for item in items:
            if isinstance(item, Stimulus):
                events += monitor.receive(replace(item, sample_index=item.sample_index + first))
            elif isinstance(item, SampleBlock):
                events += monitor.receive(replace(item, first_index=item.first_index + first))
    events += monitor.receive(CloseCase(sample_index=first + after.n_samples))
    events += monitor.flush()
    return Told(events=tuple(events), monitor=monitor)


def lost_after(n_sweeps: int, *, rate_hz: float, n_total: int = 110) -> Recording:
    r = Recording(n_total, rate_hz=rate_hz, seed=8)
    r.amr[OCULI][n_sweeps:] = 0.0
    return r


@pytest.mark.parametrize(("before_hz", "after_hz"), [(10_000.0, 20_000.0), (20_000.0, 10_000.0)])
def test_at_another_rate_the_baseline_still_holds_and_time_goes_on(
    before_hz: float, after_hz: float
) -> None:
    told = told_of(Recording(90, rate_hz=before_hz, seed=7), lost_after(40, rate_hz=after_hz))
    assert len(told.of(BaselineAccepted)) == 1
    assert not told.of(BaselineRestarted)
    assert [c.name for c in told.of(ContextChanged)] == ["source"]
    assert f"{after_hz:g} Hz" in told.one(ContextChanged).value
    assert told.one(GapReceived).missing_s == pytest.approx(AWAY_S)
    loss = told.change(AmrState.DISAPPEARED, Certainty.CONFIRMED)
    gone_s = 90.7 + AWAY_S + 40.7
    assert gone_s < loss.time_s < gone_s + 25.0
    sustained = told.change(AmrState.DISAPPEARED, Certainty.SUSTAINED)
    assert sustained.time_s > gone_s + 55.0


def test_a_response_that_stays_at_another_rate_is_not_lost() -> None:
    told = told_of(
        Recording(90, rate_hz=10_000.0, seed=7), Recording(110, rate_hz=25_000.0, seed=9)
    )
    assert all(event.to_state is AmrState.PRESENT for event in told.changes())


def test_a_channel_that_is_missing_is_told_and_never_taken_for_silence() -> None:
    after = Recording(60, rate_hz=10_000.0, seed=9, muscles=(MENTALIS,))
    told = told_of(Recording(90, rate_hz=10_000.0, seed=7), after)
    assert not told.of(MonitorFailed)
    started = [e for e in told.of(IndeterminateStarted) if e.muscle is OCULI]
    assert started[0].reasons == (Reason.NOT_A_NUMBER,)
    assert started[0].indeterminate_class is IndeterminateClass.TECHNICAL
    assert all(event.to_state is AmrState.PRESENT for event in told.changes())


def without_mentalis(artifact_uv: float) -> Told:
    """The response is lost while the muscle of the M wave is not recorded any more."""
    patient = replace(Patient(), artifact_uv=artifact_uv)
    before = Recording(90, rate_hz=10_000.0, seed=7, patient=patient)
    alone = Recording(120, rate_hz=10_000.0, seed=8, muscles=(OCULI,), patient=patient)
    alone.amr[OCULI][30:] = 0.0
    alone.m_wave[:] = 0.0
    return told_of(before, alone)


def test_without_the_muscle_of_the_m_wave_the_artifact_shows_delivery_and_that_is_told() -> None:
    told = without_mentalis(900.0)
    assert [note.name for note in told.of(ContextChanged)] == ["source", "delivery"]
    told.change(AmrState.DISAPPEARED, Certainty.CONFIRMED)
    assert told.monitor.status.muscles[0].m_wave_percent_of_baseline is None


def test_without_m_wave_and_artifact_no_silence_is_taken_for_a_loss() -> None:
    told = without_mentalis(20.0)
    assert all(event.to_state is AmrState.PRESENT for event in told.changes())
    assert Reason.EVIDENCE_LIMITED in [
        reason for e in told.of(IndeterminateStarted) if e.muscle is OCULI for reason in e.reasons
    ]


def test_another_electrode_begins_a_new_baseline() -> None:
    after = Recording(110, rate_hz=10_000.0, seed=9)
    channels = (
        Channel(label="oculi of the other amplifier", muscle=OCULI),
        after.info.montage.channels[1],
    )
    info = replace(after.info, montage=replace(after.info.montage, channels=channels))
    told = told_of(Recording(90, rate_hz=10_000.0, seed=7), after, info)
    assert "oculi of the other amplifier" in told.one(BaselineRestarted).reason
    assert len(told.of(BaselineAccepted)) == 2


def test_a_rate_below_the_detectors_begins_a_new_baseline() -> None:
    told = told_of(Recording(90, rate_hz=10_000.0, seed=7), Recording(110, rate_hz=4000.0, seed=9))
    assert "4000 Hz" in told.one(BaselineRestarted).reason
    assert len(told.of(BaselineAccepted)) == 2
    assert told.path()[-1][0] is AmrState.PRESENT
