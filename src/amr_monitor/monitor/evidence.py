"""What one sweep says of one muscle, as the state machine takes it."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.analysis import SweepFigures, SweepWeight
from amr_monitor.dsp.conditioning import ConditionedSweeps
from amr_monitor.dsp.settings import GateSettings
from amr_monitor.model.case import Muscle, Reason
from amr_monitor.model.stimulation import Stimulus

EXPLAINS_ALL = frozenset(
    {
        Reason.INTERFERENCE,
        Reason.BELOW_REFERENCE,
        Reason.AFTER_TETANUS,
        Reason.OTHER_STIMULUS,
        Reason.SWEEPS_REJECTED,
    }
)
"""With one of these, whatever else is odd about a sweep is its consequence."""

DROWNS_M_WAVE = frozenset({Reason.NOISY, Reason.SATURATED, Reason.EMG_ACTIVITY})
"""With one of these a small M wave cannot be measured: its change proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnalysedSweep:
    """One sweep of class `amr` after the DSP.

    Attributes
    ----------
    stimulus : Stimulus
    time_s : float
        Of the stimulus.
    conditioned : ConditionedSweeps
        Of length 1.
    figures : tuple of SweepFigures
        Per channel.
    evidence : dict of Muscle to SweepWeight
        Of the muscles with a reference; empty before there is one.
    m_fraction : float or None
        Direct muscle's M wave over the reference.
    m_is_missing : bool
        The reference has an M wave, and here it cannot be measured.
    rejected_by_source : bool
        The program that recorded it has discarded it.
    """

    stimulus: Stimulus
    time_s: float
    conditioned: ConditionedSweeps
    figures: tuple[SweepFigures, ...]
    evidence: dict[Muscle, SweepWeight]
    m_fraction: float | None
    m_is_missing: bool = False
    rejected_by_source: bool = False

    @property
    def sample_index(self) -> int:
        """Of the stimulus."""
        return self.stimulus.sample_index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepEvidence:
    """One sweep in one muscle against its baseline.

    Attributes
    ----------
    sample_index, time_s : int, float
        Of the stimulus.
    reasons : tuple of Reason
        Why it is rejected; empty where it counts.
    doubts : tuple of Reason
        Why silence in it is no sign of absence, though a response would count:
        M wave low, lead channel unproven, ...
    challenge_ma : float or None
        The current, where it is raised above the reference after a loss.
    log_likelihood : ndarray of float64, shape (n_gains + 1,)
    fired : bool
        More than a quarter of the response explains it better than none.
    log_odds_present : float
        Of this sweep alone.
    log_odds_back : float
        The same for a response large enough to count as a return.
    gain : float
        Estimated from this sweep alone, 1 for the baseline.
    latency_ms : float or None
    m_fraction : float or None
        Direct muscle's M wave over baseline.
    noise_ratio : float
    """

    sample_index: int
    time_s: float
    reasons: tuple[Reason, ...]
    doubts: tuple[Reason, ...]
    challenge_ma: float | None
    log_likelihood: npt.NDArray[np.float64]
    fired: bool
    log_odds_present: float
    log_odds_back: float
    gain: float
    latency_ms: float | None
    m_fraction: float | None
    noise_ratio: float

    @property
    def accepted(self) -> bool:
        """Whether it counts."""
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCircumstances:
    """What is known of a sweep beside its samples.

    Attributes
    ----------
    outside : tuple of Reason
        Why it cannot count in any muscle: tetanus, recovery, current, ...
    relative_current : float
        Over the reference; 1 where it is not known.
    challenge_ma : float or None
    relaxant : bool
        A relaxant was given and may still act.
    alive_proven : bool
        The channel has a proof of life at all.
    """

    outside: tuple[Reason, ...]
    relative_current: float
    challenge_ma: float | None
    relaxant: bool
    alive_proven: bool


def sweep_evidence(
    sweep: AnalysedSweep,
    muscle: Muscle,
    circumstances: SweepCircumstances,
    gates: GateSettings,
) -> SweepEvidence:
    """Return what a sweep says of one muscle, with every reason against it."""
    channel = sweep.evidence[muscle]
    reasons = list(circumstances.outside)
    if sweep.m_is_missing:
        reasons.append(Reason.EVIDENCE_LIMITED)
    shown = channel.figures.reasons
    if Reason.NOT_A_NUMBER in shown:
        # Nothing else can be said of samples that are none.
        reasons.append(Reason.NOT_A_NUMBER)
    elif not EXPLAINS_ALL & set(reasons):
        reasons += shown
        m_fraction = None if DROWNS_M_WAVE & set(reasons) else sweep.m_fraction
        if Reason.ARTIFACT_MISSING not in reasons and not is_alive(
            channel, circumstances.relative_current, m_fraction, gates
        ):
            reasons.append(Reason.LEAD_CHANNEL_CHANGED)
        if Reason.ARTIFACT_MISSING in reasons and _is_delivered(sweep.m_fraction, gates):
            # The nerve answers: the stimulus is there, this channel does not see it.
            reasons[reasons.index(Reason.ARTIFACT_MISSING)] = Reason.LEAD_CHANNEL_CHANGED
    doubts = []
    if sweep.m_fraction is not None and sweep.m_fraction < gates.clean_m_fraction:
        doubts.append(Reason.M_WAVE_LOW)
        if circumstances.relaxant:
            doubts.append(Reason.RELAXANT)
            if Reason.M_WAVE_MISSING in reasons and Reason.ARTIFACT_MISSING not in reasons:
                reasons[reasons.index(Reason.M_WAVE_MISSING)] = Reason.RELAXANT
    if sweep.m_fraction is None and circumstances.relaxant:
        # Nothing here shows how far the relaxant acts.
        doubts.append(Reason.RELAXANT)
    if not circumstances.alive_proven:
        doubts.append(Reason.LEAD_CHANNEL_UNPROVEN)
    return SweepEvidence(
        sample_index=sweep.sample_index,
        time_s=sweep.time_s,
        reasons=tuple(dict.fromkeys(reasons)),
        doubts=tuple(doubts),
        challenge_ma=circumstances.challenge_ma,
        log_likelihood=channel.log_likelihood,
        fired=channel.fired,
        log_odds_present=channel.log_odds_present,
        log_odds_back=channel.log_odds_back,
        gain=channel.gain,
        latency_ms=channel.latency_ms if isfinite(channel.latency_ms) else None,
        m_fraction=sweep.m_fraction,
        noise_ratio=channel.noise_ratio,
    )


def _is_delivered(m_fraction: float | None, gates: GateSettings) -> bool:
    return m_fraction is not None and m_fraction >= gates.lowest_median_m_fraction


def is_alive(
    channel: SweepWeight,
    relative_current: float,
    m_fraction: float | None,
    gates: GateSettings,
) -> bool:
    """Whether the channel's artifact and far M wave are still those of the baseline.

    An M wave in mentalis proves nothing about the electrode of another
    muscle: each channel must show that it is connected.
    """
    artifact = channel.artifact_fraction / max(relative_current, 1e-6)
    if isfinite(artifact) and not gates.alive_low <= artifact <= gates.alive_high:
        return False
    own_m = channel.own_m_fraction
    if not isfinite(own_m) or m_fraction is None or m_fraction < gates.lowest_median_m_fraction:
        return True
    relative = own_m / m_fraction
    return gates.alive_m_low <= relative <= gates.alive_m_high
