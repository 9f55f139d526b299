"""What one sweep says of one muscle, with every reason against it."""

from dataclasses import replace

import pytest

from amr_monitor.dsp.settings import GateSettings
from amr_monitor.model.case import Reason
from amr_monitor.monitor.evidence import SweepCircumstances, SweepEvidence, sweep_evidence
from tests.monitor.evidence import analysed
from tests.sweeps import OCULI

GATES = GateSettings()


def told(
    *,
    outside: tuple[Reason, ...] = (),
    relative_current: float = 1.0,
    relaxant: bool = False,
    alive_proven: bool = True,
    reasons: tuple[Reason, ...] = (),
    artifact: float = 1.0,
    own_m: float = 1.0,
    m_fraction: float | None = 1.0,
) -> SweepEvidence:
    return sweep_evidence(
        analysed(0, reasons=reasons, artifact=artifact, own_m=own_m, m_fraction=m_fraction),
        OCULI,
        SweepCircumstances(
            outside=outside,
            relative_current=relative_current,
            challenge_ma=None,
            relaxant=relaxant,
            alive_proven=alive_proven,
        ),
        GATES,
    )


def test_a_clean_sweep_counts_without_a_doubt() -> None:
    sweep = told()
    assert sweep.accepted
    assert sweep.doubts == ()
    assert sweep.latency_ms == 10.0


@pytest.mark.parametrize(
    "reason", [Reason.INTERFERENCE, Reason.BELOW_REFERENCE, Reason.AFTER_TETANUS]
)
def test_what_explains_everything_is_the_only_reason_told(reason: Reason) -> None:
    sweep = told(outside=(reason,), reasons=(Reason.SATURATED, Reason.NOISY), artifact=0.1)
    assert sweep.reasons == (reason,)
    assert not sweep.accepted


@pytest.mark.parametrize("artifact", [0.49, 2.01])
def test_a_changed_artifact_says_that_the_electrode_changed(artifact: float) -> None:
    assert told(artifact=artifact).reasons == (Reason.LEAD_CHANNEL_CHANGED,)


@pytest.mark.parametrize("artifact", [0.5, 2.0, float("nan")])
def test_an_artifact_within_bounds_or_unknown_says_nothing(artifact: float) -> None:
    assert told(artifact=artifact).accepted


def test_an_artifact_that_grew_with_the_current_is_no_change() -> None:
    assert told(artifact=2.4, relative_current=1.5).accepted
    assert not told(artifact=2.4).accepted


@pytest.mark.parametrize("own_m", [0.3, 2.6])
def test_a_far_m_wave_that_changed_beside_the_direct_one_is_the_electrode(own_m: float) -> None:
    assert told(own_m=own_m).reasons == (Reason.LEAD_CHANNEL_CHANGED,)


def test_a_far_m_wave_that_fell_with_the_direct_one_is_not() -> None:
    assert told(own_m=0.6, m_fraction=0.6).accepted
    assert told(own_m=0.3, m_fraction=0.45).reasons == ()


@pytest.mark.parametrize("reason", [Reason.NOISY, Reason.SATURATED, Reason.EMG_ACTIVITY])
def test_noise_that_drowns_the_far_m_wave_is_no_loose_electrode(reason: Reason) -> None:
    assert told(reasons=(reason,), own_m=5.0).reasons == (reason,)


def test_without_a_delivered_stimulus_nothing_is_said_of_the_electrode() -> None:
    for m_fraction in (0.1, None):
        sweep = told(reasons=(Reason.ARTIFACT_MISSING,), artifact=0.1, m_fraction=m_fraction)
        assert sweep.reasons == (Reason.ARTIFACT_MISSING,)


def test_an_artifact_that_is_missing_while_the_nerve_answers_is_the_electrodes() -> None:
    sweep = told(reasons=(Reason.ARTIFACT_MISSING, Reason.EMG_ACTIVITY), artifact=0.1)
    assert sweep.reasons == (Reason.LEAD_CHANNEL_CHANGED, Reason.EMG_ACTIVITY)


@pytest.mark.parametrize(("m_fraction", "doubted"), [(0.69, 1), (0.70, 0), (None, 0)])
def test_silence_with_a_low_m_wave_is_doubted(m_fraction: float | None, doubted: int) -> None:
    sweep = told(m_fraction=m_fraction)
    assert sweep.accepted
    assert sweep.doubts == (Reason.M_WAVE_LOW,) * doubted


def test_a_relaxant_is_named_where_the_m_wave_went_with_it() -> None:
    assert told(m_fraction=0.6, relaxant=True).doubts == (Reason.M_WAVE_LOW, Reason.RELAXANT)
    gone = told(m_fraction=0.1, relaxant=True, reasons=(Reason.M_WAVE_MISSING,))
    assert gone.reasons == (Reason.RELAXANT,)
    assert told(relaxant=True).doubts == ()


def test_a_channel_without_proof_of_life_is_doubted() -> None:
    assert told(alive_proven=False).doubts == (Reason.LEAD_CHANNEL_UNPROVEN,)


def test_a_sweep_without_a_response_has_no_latency() -> None:
    silent = analysed(0)
    silent.evidence[OCULI] = replace(silent.evidence[OCULI], latency_ms=float("nan"))
    sweep = sweep_evidence(
        silent,
        OCULI,
        SweepCircumstances(
            outside=(), relative_current=1.0, challenge_ma=None, relaxant=False, alive_proven=True
        ),
        GATES,
    )
    assert sweep.latency_ms is None


def test_without_an_m_wave_a_relaxant_makes_every_silence_doubtful() -> None:
    assert told(m_fraction=None, relaxant=True).doubts == (Reason.RELAXANT,)
    assert told(m_fraction=None).doubts == ()
    assert told(m_fraction=1.0, relaxant=True).doubts == ()
