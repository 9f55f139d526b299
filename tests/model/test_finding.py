import dataclasses

import numpy as np
import pytest

from amr_monitor.model.case import Muscle, Reason
from amr_monitor.model.finding import (
    BaselineView,
    Finding,
    Measurement,
    MuscleStatus,
    Quality,
    SweepReport,
)

MEASUREMENT = Measurement(
    peak_to_peak_uv=26.5,
    onset_latency_ms=None,
    noise_rms_uv=5.0,
    mains_uv=2.0,
    artifact_uv=800.0,
    m_wave_uv=40.0,
)


@pytest.mark.parametrize(
    "kind", [Quality, Measurement, Finding, MuscleStatus, SweepReport, BaselineView]
)
def test_what_a_sweep_says_cannot_be_changed(kind: type) -> None:
    parameters = kind.__dataclass_params__  # type: ignore[attr-defined]
    assert parameters.frozen


def test_a_rejected_sweep_says_why() -> None:
    quality = Quality(accepted=False, reasons=(Reason.SATURATED,))
    assert quality.reasons == (Reason.SATURATED,)
    assert Quality(accepted=True).reasons == ()


def test_nothing_is_told_in_percent_before_there_is_a_baseline() -> None:
    assert MEASUREMENT.m_wave_percent is None
    assert MEASUREMENT.artifact_percent is None


def test_a_response_that_does_not_stand_out_has_no_latency() -> None:
    assert MEASUREMENT.onset_latency_ms is None


def test_values_with_arrays_are_compared_as_objects() -> None:
    parts = {
        "muscle": Muscle.MENTALIS,
        "quality": Quality(accepted=True),
        "measurement": MEASUREMENT,
        "log_likelihood": np.zeros(3),
    }
    finding = Finding(**parts)  # type: ignore[arg-type]
    assert finding == finding
    assert finding != Finding(**parts)  # type: ignore[arg-type]


def test_a_status_carries_the_state_and_what_lies_over_it_apart() -> None:
    names = {field.name for field in dataclasses.fields(MuscleStatus)}
    assert {"state", "certainty", "indeterminate", "reasons", "words"} <= names
