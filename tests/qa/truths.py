"""Truths and events written by hand, one stimulus a second."""

from collections.abc import Sequence

import numpy as np

from amr_monitor.model.case import (
    AmrState,
    Branch,
    CaseMode,
    Certainty,
    IndeterminateClass,
    MarkName,
    Muscle,
    Outcome,
    Phase,
    Reason,
)
from amr_monitor.model.events import (
    AmrStateChanged,
    BaselineAccepted,
    CaseClosed,
    CaseOpened,
    Event,
    Evidence,
    IndeterminateEnded,
    IndeterminateStarted,
    MuscleBaseline,
    PhaseMarked,
)
from amr_monitor.qa.truth import CaseTruth, ExpectedIndeterminate, FloatArray, ResponseTruth

OCULI, MENTALIS = Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS
RATE_HZ = 1000.0
SIZE_UV = 100.0
N_STIMULI = 300
NO_EVIDENCE = Evidence(
    probability_present=None,
    log_odds_absent=None,
    valid_sweeps=0,
    amplitude_uv=None,
    amplitude_upper_bound_uv=None,
    amplitude_percent_of_baseline=None,
    onset_latency_ms=None,
    m_wave_percent_of_baseline=None,
    accepted_of_last_10=10,
    reasons=(),
)


def response(gain: Sequence[float] | FloatArray) -> ResponseTruth:
    gains = np.asarray(gain, dtype=np.float64)
    return ResponseTruth(
        gain=gains,
        amplitude_uv=SIZE_UV * gains,
        usable=np.ones(gains.size, dtype=np.bool_),
        capable_uv=SIZE_UV * gains,
        f_wave=np.zeros(gains.size, dtype=np.bool_),
        silent=np.zeros(gains.size, dtype=np.bool_),
    )


def gains(*lost: tuple[int, int]) -> FloatArray:
    """Return a response that is away in these stretches of stimuli."""
    gain = np.ones(N_STIMULI)
    for first, end in lost:
        gain[first:end] = 0.0
    return gain


def truth(
    *lost: tuple[int, int],
    outcome: Outcome = Outcome.PERSISTENT,
    indeterminate: tuple[ExpectedIndeterminate, ...] = (),
    missing_s: tuple[tuple[float, float], ...] = (),
    mentalis: ResponseTruth | None = None,
) -> CaseTruth:
    """Return the truth of a case of 300 stimuli at 1.0, 2.0 ... s."""
    muscles = {OCULI: response(gains(*lost))}
    if mentalis is not None:
        muscles[MENTALIS] = mentalis
    return CaseTruth(
        scenario="by hand",
        lead=OCULI,
        outcome=outcome,
        tags=(),
        duration_s=N_STIMULI + 1.0,
        time_s=np.arange(1.0, N_STIMULI + 1.0),
        muscles=muscles,
        marks=((MarkName.DURA_OPENED, 70.0), (MarkName.VESSEL_MOVED, 100.0)),
        indeterminate=indeterminate,
        missing_s=missing_s,
    )


def span(
    start_s: float, end_s: float, *reasons: str, muscle: Muscle = OCULI
) -> ExpectedIndeterminate:
    return ExpectedIndeterminate(
        muscle=muscle, start_s=start_s, end_s=end_s, clear_s=end_s, reasons=reasons
    )


def case(*between: Event, outcome: Outcome = Outcome.PERSISTENT) -> list[Event]:
    """Return a case: opened, baseline accepted at 61 s, what lies between, closed."""
    return [opened(), accepted(), *between, closed(outcome)]


def opened() -> CaseOpened:
    return CaseOpened(
        sample_index=0,
        time_s=0.0,
        pseudonym="",
        side=None,
        branch=Branch.MARGINAL_MANDIBULAR,
        mode=CaseMode.LIVE,
        muscles=(OCULI, MENTALIS),
        lead=OCULI,
        sampling_rate_hz=RATE_HZ,
    )


def accepted(time_s: float = 61.0, *, monitorable: bool = True) -> BaselineAccepted:
    of_oculi = MuscleBaseline(
        muscle=OCULI,
        elicited=True,
        monitorable=monitorable,
        amplitude_uv=SIZE_UV,
        onset_latency_ms=10.0,
        noise_rms_uv=2.0,
        snr=50.0,
        response_rate=1.0,
        longest_silent_run=0,
        expected_sweeps_to_decision=8,
        sweeps_to_sustain=60,
        m_wave_uv=1000.0,
        artifact_uv=1000.0,
        proof_of_life="artifact",
        hints=(),
    )
    return BaselineAccepted(
        sample_index=index(time_s),
        time_s=time_s,
        epoch=1,
        valid_sweeps=60,
        reference_current_ma=8.0,
        by="tests",
        lead=OCULI,
        basis="orbicularis_oculi",
        muscles=(of_oculi,),
    )


def changed(
    time_s: float,
    to: AmrState,
    certainty: Certainty = Certainty.CONFIRMED,
    *,
    muscle: Muscle = OCULI,
    was: AmrState = AmrState.PRESENT,
) -> AmrStateChanged:
    return AmrStateChanged(
        sample_index=index(time_s),
        time_s=time_s,
        muscle=muscle,
        from_state=was,
        to_state=to,
        certainty=certainty,
        evidence=NO_EVIDENCE,
        after_mark=None,
        provisional_outcome=None,
        words="",
    )


def indeterminate(
    start_s: float,
    end_s: float | None,
    *reasons: Reason,
    muscle: Muscle = OCULI,
) -> tuple[Event, ...]:
    started = IndeterminateStarted(
        sample_index=index(start_s),
        time_s=start_s,
        muscle=muscle,
        indeterminate_class=IndeterminateClass.TECHNICAL,
        reasons=reasons,
        last_state=AmrState.PRESENT,
        last_state_age_s=0.0,
    )
    if end_s is None:
        return (started,)
    ended = IndeterminateEnded(
        sample_index=index(end_s),
        time_s=end_s,
        muscle=muscle,
        indeterminate_class=IndeterminateClass.TECHNICAL,
        reasons=reasons,
        last_state=AmrState.PRESENT,
        last_state_age_s=end_s - start_s,
    )
    return (started, ended)


def marked(time_s: float, name: MarkName, mark_id: int = 1) -> PhaseMarked:
    return PhaseMarked(
        sample_index=index(time_s),
        time_s=time_s,
        mark_id=mark_id,
        mark=name,
        vessel=None,
        text="",
        effective_time_s=time_s,
        by="recorded",
        phase=Phase.DURA_OPEN,
        provisional_outcome=None,
    )


def closed(outcome: Outcome, time_s: float = N_STIMULI + 0.9) -> CaseClosed:
    return CaseClosed(
        sample_index=index(time_s),
        time_s=time_s,
        outcome=outcome,
        tags=(),
        basis="orbicularis_oculi",
        phase_known=True,
        residual_mentalis=False,
        after_mark=None,
        muscles=(),
        counts={},
        by="tests",
    )


def index(time_s: float) -> int:
    return round(time_s * RATE_HZ)
