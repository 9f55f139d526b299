"""What the detector must reach, in a short form, on patients drawn anew (simulated)."""

from functools import cache

import numpy as np
import pytest

from amr_monitor.model.case import AmrState, Certainty
from tests.feeding import Told, run
from tests.sweeps import OCULI, Patient, Recording

N_PATIENTS = 16
LOST_AT = 300
LOST_S = 0.7 + LOST_AT

pytestmark = pytest.mark.slow


@cache
def patients() -> tuple[Told, ...]:
    """Five minutes with the response there, then one and more without, in one channel.

    Amplitude 6 to 40 times the noise, noise 2 to 8 uV, up to a fifth of skips.
    """
    generator = np.random.default_rng(7)
    told = []
    for number in range(N_PATIENTS):
        noise_uv = float(generator.uniform(2.0, 8.0))
        snr = float(np.exp(generator.uniform(np.log(6.0), np.log(40.0))))
        patient = Patient(
            amplitude_uv={OCULI: snr * noise_uv},
            noise_uv=noise_uv,
            skip=float(generator.choice([0.0, 0.02, 0.05, 0.1, 0.2])),
            variation=float(generator.uniform(0.15, 0.4)),
            jitter_ms=float(generator.uniform(0.1, 0.3)),
            onset_ms={OCULI: float(np.clip(generator.normal(10.0, 1.0), 8.5, 12.0))},
        )
        recording = Recording(380, muscles=(OCULI,), patient=patient, seed=500 + number)
        recording.amr[OCULI][LOST_AT:] = 0.0
        told.append(run(recording, by_sweeps=True))
    return tuple(told)


def test_a_response_that_is_there_is_never_confirmed_as_gone() -> None:
    early = [
        event.time_s
        for told in patients()
        for event in told.changes()
        if event.to_state is AmrState.DISAPPEARED
        and event.certainty is not Certainty.PROVISIONAL
        and event.time_s < LOST_S
    ]
    assert early == []


def test_a_loss_is_confirmed_within_25_sweeps_in_the_median_and_40_in_nine_of_ten() -> None:
    delays = [told.change(AmrState.DISAPPEARED).time_s - LOST_S for told in patients()]
    assert np.median(delays) <= 25.0
    assert np.quantile(delays, 0.9) <= 40.0
    assert min(delays) >= 4.0


def test_a_loss_is_sustained_a_minute_after_it_and_not_before() -> None:
    delays = [
        told.change(AmrState.DISAPPEARED, Certainty.SUSTAINED).time_s - LOST_S
        for told in patients()
    ]
    assert min(delays) >= 58.0
    assert np.median(delays) <= 70.0


def test_the_last_response_is_dated_within_three_sweeps_in_nine_of_ten() -> None:
    off = []
    for told in patients():
        status = told.monitor.status
        off.append(abs(status.time_s - status.muscles[0].silent_s - (LOST_S - 1.0)))
    assert np.quantile(off, 0.9) <= 4.1


def test_silence_is_never_confirmed_as_a_return() -> None:
    back = [
        event.time_s
        for told in patients()
        for event in told.changes()
        if event.to_state is AmrState.REAPPEARED and event.certainty is Certainty.CONFIRMED
    ]
    assert back == []


def test_a_steady_residual_of_20_uv_is_attenuated_and_not_gone() -> None:
    gone = 0
    for number in range(10):
        recording = Recording(360, muscles=(OCULI,), seed=700 + number)
        recording.amr[OCULI][60:] = 0.2
        told = run(recording, by_sweeps=True)
        assert (AmrState.ATTENUATED, Certainty.CONFIRMED) in told.path()
        gone += (AmrState.DISAPPEARED, Certainty.CONFIRMED) in told.path()
    assert gone <= 1


def test_a_return_of_ten_seconds_is_seen_at_30_uv_and_more() -> None:
    for number, amplitude_uv in enumerate((30.0, 50.0, 100.0)):
        patient = Patient(amplitude_uv={OCULI: amplitude_uv}, skip=0.0)
        recording = Recording(260, muscles=(OCULI,), patient=patient, seed=800 + number)
        recording.amr[OCULI][100:200] = 0.0
        recording.amr[OCULI][210:] = 0.0
        change = run(recording, by_sweeps=True).change(AmrState.REAPPEARED)
        assert change.time_s - 200.7 <= 9.0
