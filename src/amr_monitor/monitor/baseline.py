"""Gathering the reference of a case: which sweeps, how many, what they teach."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from amr_monitor.dsp.analysis import SweepFigures
from amr_monitor.dsp.calibration import MuscleCalibration, calibrate
from amr_monitor.dsp.conditioning import ConditionedSweeps, EvidenceReach, SweepGeometry, joined
from amr_monitor.model.case import DIRECT_MUSCLE, LEAD_MUSCLES, Branch, Muscle
from amr_monitor.model.context import BaselineConditions
from amr_monitor.model.events import MuscleBaseline
from amr_monitor.model.signal import Montage
from amr_monitor.monitor.baseline_conditions import baseline_conditions, current_spread_hints
from amr_monitor.monitor.settings import MonitorSettings

FEWEST_TO_CALIBRATE = 20
DELIVERED_SHARE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BaselineSweep:
    """One sweep kept for the baseline.

    Attributes
    ----------
    time_s : float
    sweep : ConditionedSweeps
        Of length 1.
    figures : tuple of SweepFigures
        Per channel.
    """

    time_s: float
    sweep: ConditionedSweeps
    figures: tuple[SweepFigures, ...]

    def is_clean(self, channel: int) -> bool:
        """Whether nothing disqualifies this channel."""
        return not self.figures[channel].reasons


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """What sweeps are compared with in one epoch.

    Attributes
    ----------
    epoch : int
    current_ma : float or None
    polarity : int
    m_wave_uv : float or None
        Of the direct muscle; None where it proves nothing.
    calibrations : dict of Muscle to MuscleCalibration
        Of the muscles that had enough clean sweeps.
    n_sweeps : int
    direct : Muscle or None
        The muscle of the M wave.
    m_is_recorded : bool
        It still is, as it was at baseline.
    """

    epoch: int
    current_ma: float | None
    polarity: int
    m_wave_uv: float | None
    calibrations: dict[Muscle, MuscleCalibration]
    n_sweeps: int
    direct: Muscle | None = None
    m_is_recorded: bool = True

    @property
    def m_control_uv(self) -> float | None:
        """The M wave that sweeps are held against; None where the artifact stands for it."""
        return self.m_wave_uv if self.m_is_recorded else None

    def without(
        self, missing: frozenset[Muscle], leads: Sequence[Muscle], settings: MonitorSettings
    ) -> "Reference":
        """Return the reference where these muscles are not recorded any more.

        Without the direct muscle the artifact shows that stimuli are delivered, if
        a lead muscle has one; else its sweeps prove nothing, and say so.
        """
        smallest_uv = settings.detector.gates.smallest_artifact_uv
        has_artifact = any(
            self.calibrations[muscle].artifact_uv >= smallest_uv
            for muscle in leads
            if muscle in self.calibrations and muscle not in missing
        )
        return replace(self, m_is_recorded=self.direct not in missing or not has_artifact)


class BaselineCollector:
    """Keep the clean sweeps at one current and polarity.

    Parameters
    ----------
    montage : Montage
    branch : Branch
    geometry : SweepGeometry
    settings : MonitorSettings
    """

    def __init__(
        self,
        *,
        montage: Montage,
        branch: Branch,
        geometry: SweepGeometry,
        settings: MonitorSettings,
    ) -> None:
        self._montage = montage
        self._branch = branch
        self._geometry = geometry
        self._settings = settings
        self._sweeps: deque[BaselineSweep] = deque(maxlen=settings.baseline.most_sweeps)
        self._key: tuple[float | None, int] | None = None
        self._lead_channels = [
            montage.muscles.index(muscle)
            for muscle in LEAD_MUSCLES[branch]
            if muscle in montage.muscles
        ] or [0]

    @property
    def n_valid(self) -> int:
        """Sweeps kept so far."""
        return len(self._sweeps)

    @property
    def current_ma(self) -> float | None:
        """The current of the sweeps kept."""
        return None if self._key is None else self._key[0]

    def push(self, sweep: BaselineSweep, *, current_ma: float | None, polarity: int) -> bool:
        """Take a sweep; a change of current or polarity starts over.

        A current that is told for the first time names that of the sweeps so far.

        Returns
        -------
        bool
            Whether it was kept.
        """
        tolerance = self._settings.stimulus.current_tolerance
        if self._key == (None, polarity):
            self._key = (current_ma, polarity)
        if (
            self._key is None
            or polarity != self._key[1]
            or not is_same_current(current_ma, self._key[0], tolerance)
        ):
            self._sweeps.clear()
            self._key = (current_ma, polarity)
        if not any(sweep.is_clean(channel) for channel in self._lead_channels):
            return False
        self._sweeps.append(sweep)
        return True

    def is_acceptable(self, *, dura_open: bool) -> bool:
        """Whether there is enough to compare with."""
        rules = self._settings.baseline
        return self.n_valid >= (rules.needed_sweeps_at_dura if dura_open else rules.needed_sweeps)

    @property
    def hints(self) -> tuple[str, ...]:
        """What a person should know before accepting."""
        if not self._sweeps:
            return ()
        hints = []
        gates = self._settings.detector.gates
        direct = self._direct_channel
        if direct is None:
            hints.append("no channel of the stimulated branch: the artifact stands for delivery")
        elif self._m_reference_uv(list(self._sweeps), direct) is None:
            hints.append("no M wave: delivery of the stimulus is not proven by it")
        artifacts = [
            sweep.figures[channel].artifact_uv
            for sweep in self._sweeps
            for channel in self._lead_channels
        ]
        if float(np.median(artifacts)) < gates.smallest_artifact_uv:
            hints.append("no stimulus artifact in the lead channel")
        if self.current_ma is None:
            hints.append("current unknown")
        return tuple(hints)

    def conditions(self, tof: str) -> BaselineConditions:
        """Return what is shown of room and M wave where it is to be accepted."""
        sweeps, direct = list(self._sweeps), self._direct_channel
        m_waves = None
        if direct is not None and self._m_reference_uv(sweeps, direct) is not None:
            m_waves = [
                s.figures[direct].m_wave_uv if s.is_clean(direct) else float("nan") for s in sweeps
            ]
        times = [sweep.time_s for sweep in sweeps]
        return baseline_conditions(times, m_waves, tof, self._settings.baseline)

    @property
    def _direct_channel(self) -> int | None:
        direct = DIRECT_MUSCLE[self._branch]
        muscles = self._montage.muscles
        return muscles.index(direct) if direct in muscles else None

    def _m_reference_uv(self, sweeps: list[BaselineSweep], direct: int) -> float | None:
        clean = [sweep for sweep in sweeps if sweep.is_clean(direct)]
        if len(clean) < FEWEST_TO_CALIBRATE:
            return None
        m_wave = float(np.median([s.figures[direct].m_wave_uv for s in clean]))
        noise = float(np.median([s.figures[direct].noise_uv for s in clean]))
        gates = self._settings.detector.gates
        return m_wave if m_wave >= max(gates.smallest_m_uv, 8.0 * noise) else None

    def reference(self, *, epoch: int) -> Reference:
        """Learn every muscle from the sweeps kept.

        Sweeps without delivery (no artifact, no M wave beside their median)
        are left out before anything is learnt.
        """
        sweeps = list(self._sweeps)
        gates = self._settings.detector.gates
        direct = self._direct_channel
        m_reference = None if direct is None else self._m_reference_uv(sweeps, direct)
        if m_reference is not None and direct is not None:
            lowest = gates.lowest_median_m_fraction * m_reference
            sweeps = [s for s in sweeps if s.figures[direct].m_wave_uv >= lowest]
        calibrations = {}
        for channel, muscle in enumerate(self._montage.muscles):
            clean = [sweep for sweep in sweeps if sweep.is_clean(channel)]
            if clean:
                artifacts = np.array([float(s.sweep.artifact_uv[0, channel]) for s in clean])
                low = gates.lowest_artifact_fraction * float(np.median(artifacts))
                clean = [s for s, a in zip(clean, artifacts, strict=True) if a >= low]
            if len(clean) < FEWEST_TO_CALIBRATE:
                continue
            calibrations[muscle] = calibrate(
                joined([sweep.sweep for sweep in clean]),
                channel,
                muscle,
                self._geometry,
                self._settings.detector,
            )
        return Reference(
            epoch=epoch,
            current_ma=self.current_ma,
            polarity=0 if self._key is None else self._key[1],
            m_wave_uv=m_reference,
            calibrations=calibrations,
            n_sweeps=len(sweeps),
            direct=DIRECT_MUSCLE[self._branch],
        )


def is_same_current(current_ma: float | None, other_ma: float | None, tolerance: float) -> bool:
    """Whether two currents are one setting of the stimulator: measured ones scatter."""
    if current_ma is None or other_ma is None:
        return current_ma is other_ma
    return abs(current_ma - other_ma) <= tolerance * max(abs(other_ma), 1e-9)


def is_monitorable(calibration: MuscleCalibration, settings: MonitorSettings) -> bool:
    """Whether silence of this muscle could be told from skipping within reason."""
    if not calibration.elicited or calibration.expected_sweeps is None:
        return False
    intermittent = 1.0 - calibration.skips.miss_rate < settings.baseline.intermittent_rate
    return not (intermittent and calibration.snr < settings.baseline.monitorable_snr)


def proof_of_life(calibration: MuscleCalibration, settings: MonitorSettings) -> str:
    """Return what shows, sweep by sweep, that the channel is connected."""
    proofs = []
    if calibration.artifact_uv >= settings.detector.gates.smallest_artifact_uv:
        proofs.append("artifact")
    if calibration.own_m_uv is not None:
        proofs.append("M wave")
    return " and ".join(proofs) or "none"


def muscle_baseline(
    calibration: MuscleCalibration,
    *,
    m_wave_uv: float,
    expected_sweeps: int | None,
    sweeps_to_sustain: int,
    is_lead: bool,
    settings: MonitorSettings,
) -> MuscleBaseline:
    """Return what is told of one muscle when the baseline is accepted."""
    hints = []
    monitorable = is_monitorable(calibration, settings)
    proof = proof_of_life(calibration, settings)
    if calibration.elicited and not monitorable:
        hints.append("not monitorable: intermittent and small against the noise")
    if is_lead and proof == "none":
        hints.append("no proof of life in the lead channel: a loss cannot be confirmed")
    if is_lead:
        hints += current_spread_hints(calibration, m_wave_uv=m_wave_uv, settings=settings.baseline)
    if calibration.invariant:
        hints.append("a wave without variation: M wave or artifact, not taken for a response")
    if calibration.reach is EvidenceReach.LIMITED:
        hints.append("short sweeps: evidence limited to what was recorded of each")
    if calibration.sham_columns is None:
        hints.append("no stretch before the stimulus to tell spontaneous activity by")
    if not calibration.use_late and calibration.late_is_recorded:
        hints.append("afterdischarge: activity late in the sweep goes with the response")
    onset, onset_sd = calibration.onset_ms, calibration.onset_sd_ms
    return MuscleBaseline(
        muscle=calibration.muscle,
        elicited=calibration.elicited,
        monitorable=monitorable,
        amplitude_uv=round(calibration.amplitude_uv, 1),
        onset_latency_ms=None if onset is None else round(onset, 2),
        noise_rms_uv=round(calibration.noise_uv, 2),
        snr=round(calibration.snr, 1),
        response_rate=round(1.0 - calibration.skips.miss_rate, 3),
        longest_silent_run=calibration.skips.longest_run,
        expected_sweeps_to_decision=expected_sweeps,
        sweeps_to_sustain=sweeps_to_sustain,
        m_wave_uv=round(m_wave_uv, 1),
        artifact_uv=round(calibration.artifact_uv, 1),
        proof_of_life=proof,
        hints=tuple(hints),
        onset_latency_sd_ms=None if onset is None or onset_sd is None else round(onset_sd, 2),
    )
