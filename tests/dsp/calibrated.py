"""A patient calibrated for the tests of the DSP."""

from dataclasses import dataclass

from amr_monitor.dsp.analysis import ChannelEvidence, channel_evidence, channel_figures
from amr_monitor.dsp.calibration import MuscleCalibration, calibrate
from amr_monitor.dsp.conditioning import (
    Array,
    ConditionedSweeps,
    SweepGeometry,
    condition,
    sweep_geometry,
)
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.model.sweep import Sweep
from tests.sweeps import OCULI, SWEEP_MS, Recording

N_BASELINE = 80


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Sweeps of one recording and what its first 80 teach about orbicularis oculi."""

    recording: Recording
    sweeps: tuple[Sweep, ...]
    geometry: SweepGeometry
    settings: DetectorSettings
    conditioned: ConditionedSweeps
    calibration: MuscleCalibration

    def evidence(
        self, chosen: slice = slice(None), *, m_fraction: Array | None = None
    ) -> ChannelEvidence:
        """Return what some of the sweeps say, analysed in one call."""
        conditioned = condition(self.sweeps[chosen], self.geometry, self.settings)
        figures = channel_figures(
            conditioned, 0, OCULI, self.recording.patient.rail_uv, self.geometry, self.settings
        )
        return channel_evidence(conditioned, figures, self.calibration, m_fraction, self.settings)


def calibrated(recording: Recording) -> Calibrated:
    """Condition everything and calibrate on the first 80 sweeps."""
    settings = DetectorSettings()
    geometry = sweep_geometry(recording.rate_hz, *SWEEP_MS, settings)
    sweeps = recording.sweeps()
    conditioned = condition(sweeps, geometry, settings)
    return Calibrated(
        recording=recording,
        sweeps=sweeps,
        geometry=geometry,
        settings=settings,
        conditioned=conditioned,
        calibration=calibrate(conditioned.rows(slice(0, N_BASELINE)), 0, OCULI, geometry, settings),
    )
