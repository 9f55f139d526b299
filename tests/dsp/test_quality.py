"""What disqualifies a sweep, at its very limits."""

import numpy as np
import pytest

from amr_monitor.dsp.conditioning import Array, ConditionedSweeps
from amr_monitor.dsp.quality import (
    baseline_flags,
    raw_flags,
    reasons_of,
    saturation_limit_uv,
)
from amr_monitor.dsp.settings import GateSettings
from amr_monitor.model.case import Reason

GATES = GateSettings()


def sweeps(*, mains_uv: float = 0.0, finite: bool = True) -> ConditionedSweeps:
    """Return one conditioned sweep of one channel."""
    return ConditionedSweeps(
        values_uv=np.zeros((1, 1, 10)),
        mains_uv=np.full((1, 1), mains_uv),
        mains_hz=np.full(1, 50.0),
        artifact_uv=np.full((1, 1), 500.0),
        finite=np.full((1, 1), finite),
    )


def raw(
    conditioned: ConditionedSweeps,
    *,
    range_uv: float = 30.0,
    excursion_uv: float = 30.0,
    limit_uv: float = 1500.0,
) -> set[Reason]:
    """Return what disqualifies it without a baseline."""
    flags = raw_flags(
        conditioned, 0, np.array([range_uv]), np.array([excursion_uv]), limit_uv, GATES
    )
    return set(reasons_of(flags)[0])


def against_baseline(
    *,
    noise_ratio: float = 1.0,
    sham: float = -1.0,
    artifact: float | None = 1.0,
    m_wave: float | None = 1.0,
) -> set[Reason]:
    """Return what disqualifies one sweep against its baseline."""

    def row(value: float | None) -> Array | None:
        return None if value is None else np.array([value])

    flags = baseline_flags(
        noise_ratio=np.array([noise_ratio]),
        sham_log_odds=np.array([sham]),
        artifact_fraction=row(artifact),
        m_fraction=row(m_wave),
        gates=GATES,
    )
    return set(reasons_of(flags)[0])


def test_a_clean_sweep_has_no_reason_against_it() -> None:
    assert raw(sweeps()) == set()
    assert against_baseline() == set()


@pytest.mark.parametrize(
    ("rail_uv", "limit_uv"), [(None, 1500.0), (5000.0, 1500.0), (1000.0, 900.0)]
)
def test_the_limit_follows_the_rail_of_the_amplifier(
    rail_uv: float | None, limit_uv: float
) -> None:
    assert saturation_limit_uv(rail_uv, GATES) == limit_uv


def test_limits_without_a_baseline() -> None:
    assert raw(sweeps(), excursion_uv=1500.0) == set()
    assert raw(sweeps(), excursion_uv=1500.1) == {Reason.SATURATED}
    assert raw(sweeps(mains_uv=100.1)) == {Reason.MAINS}
    assert raw(sweeps(finite=False)) == {Reason.NOT_A_NUMBER}
    assert raw(sweeps(), range_uv=0.0) == {Reason.FLAT}


def test_limits_against_the_baseline() -> None:
    assert against_baseline(noise_ratio=9.1) == {Reason.NOISY}
    assert against_baseline(noise_ratio=9.0) == set()
    assert against_baseline(noise_ratio=0.09) == {Reason.FLAT}
    assert against_baseline(artifact=0.34) == {Reason.ARTIFACT_MISSING}
    assert against_baseline(artifact=0.35) == set()
    assert against_baseline(m_wave=0.29) == {Reason.M_WAVE_MISSING}
    assert against_baseline(m_wave=0.30) == set()
    assert against_baseline(sham=0.01) == {Reason.EMG_ACTIVITY}


def test_what_proves_nothing_at_baseline_rejects_nothing() -> None:
    assert against_baseline(artifact=None, m_wave=None) == set()


def test_reasons_come_in_a_fixed_order() -> None:
    flags = {
        Reason.FLAT: np.array([False, True]),
        Reason.NOISY: np.array([False, False]),
        Reason.MAINS: np.array([True, True]),
    }
    assert reasons_of(flags)[0] == (Reason.MAINS,)
    assert reasons_of(flags)[1] == (Reason.FLAT, Reason.MAINS)
