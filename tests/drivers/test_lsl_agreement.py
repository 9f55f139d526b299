"""Markers and artifacts: do they drift apart, is there an artifact at all."""

import numpy as np

from amr_monitor.drivers.lsl_agreement import Agreement


def test_jitter_of_markers_is_no_drift() -> None:
    for seed in range(20):
        agreement = Agreement()
        distances = np.random.default_rng(seed).normal(-10.0, 3.0, size=400)
        assert not any(agreement.push(float(ms)).has_drifted for ms in distances)


def test_a_drift_is_told_while_it_lasts() -> None:
    agreement = Agreement()
    verdicts = [agreement.push(-5.0) for _ in range(30)]
    verdicts += [agreement.push(-15.0) for _ in range(30)]
    verdicts += [agreement.push(-5.0) for _ in range(30)]
    drifted = [verdict.has_drifted for verdict in verdicts]
    assert not any(drifted[:30])
    assert drifted[59]
    assert verdicts[59].drift_ms == -10.0
    assert not drifted[-1]


def test_markers_without_artifacts_are_told_while_that_lasts() -> None:
    agreement = Agreement()
    lone = [agreement.push(None).is_marker_alone for _ in range(20)]
    lone += [agreement.push(-5.0).is_marker_alone for _ in range(20)]
    assert lone[:9] == [False] * 9  # too few to say
    assert all(lone[9:20])
    assert not lone[-1]
