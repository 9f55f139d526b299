"""What one sweep says about one muscle."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amr_monitor.model.case import AmrState, Certainty, IndeterminateClass, Muscle, Reason
from amr_monitor.model.signal import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Whether a sweep may count as evidence, and if not, why."""

    accepted: bool
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Figures of one sweep in one muscle, for eyes and gates, not for verdicts.

    Attributes
    ----------
    peak_to_peak_uv : float
        In the measurement window, after mains and tail are taken off. Noise
        alone gives about 5.3 sigma in 15 ms: it is never zero.
    onset_latency_ms : float or None
        None where no response stands out of this sweep.
    noise_rms_uv : float
        Before the stimulus.
    mains_uv : float
        Amplitude of the mains fundamental taken off.
    artifact_uv : float
        Peak to peak of the stimulus artifact.
    m_wave_uv : float
        Peak to peak in the M window of this channel.
    m_wave_percent : float or None
        Of the direct muscle's M wave at baseline.
    artifact_percent : float or None
        Of this channel's artifact at baseline.
    """

    peak_to_peak_uv: float
    onset_latency_ms: float | None
    noise_rms_uv: float
    mains_uv: float
    artifact_uv: float
    m_wave_uv: float
    m_wave_percent: float | None = None
    artifact_percent: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finding:
    """One muscle in one sweep.

    Attributes
    ----------
    muscle : Muscle
    quality : Quality
    measurement : Measurement
    log_likelihood : ndarray of float64, shape (n_gains,)
        log p(sweep | gain) - log p(sweep | no response); empty before the
        baseline is accepted.
    """

    muscle: Muscle
    quality: Quality
    measurement: Measurement
    log_likelihood: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MuscleStatus:
    """What the screen says of one muscle after a sweep.

    Attributes
    ----------
    muscle : Muscle
    is_lead : bool
        The case is judged on it.
    state : AmrState
        The last determinate state.
    certainty : Certainty
    since_time_s : float
        When that state was entered.
    indeterminate : IndeterminateClass or None
        Lies over the state where the monitor cannot know.
    reasons : tuple of Reason
        Of the indeterminate, or what holds a verdict back.
    probability_present : float or None
    log_odds_absent : float or None
    amplitude_uv, amplitude_upper_bound_uv, amplitude_percent_of_baseline : float or None
    onset_latency_ms : float or None
    m_wave_percent_of_baseline : float or None
    valid_sweeps : int
        Since the state was entered.
    accepted_of_last_10 : int
    silent_s, silent_sweeps : float, int
        Time and valid sweeps since the last response seen.
    returned_count : int
        "returned n x".
    words : str
        One line for the screen, decided here and not in a browser.
    onset_latency_sd_ms : float or None
        Standard deviation of the onset latency.
    """

    muscle: Muscle
    is_lead: bool
    state: AmrState
    certainty: Certainty
    since_time_s: float
    indeterminate: IndeterminateClass | None
    reasons: tuple[Reason, ...]
    probability_present: float | None
    log_odds_absent: float | None
    amplitude_uv: float | None
    amplitude_upper_bound_uv: float | None
    amplitude_percent_of_baseline: float | None
    onset_latency_ms: float | None
    m_wave_percent_of_baseline: float | None
    valid_sweeps: int
    accepted_of_last_10: int
    silent_s: float
    silent_sweeps: int
    returned_count: int
    words: str
    onset_latency_sd_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SweepReport:
    """One sweep as it is shown: cleaned waveforms, findings and status.

    Attributes
    ----------
    sweep_number : int
        1, 2, 3 ... over the sweeps of class `amr` in the case.
    sample_index : int
        Of the stimulus.
    time_s : float
        Of the stimulus.
    current_ma : float or None
    start_ms : float
        Time of the first column of `cleaned_uv` relative to the stimulus.
    step_ms : float
        Between columns.
    cleaned_uv : ndarray of float32, shape (n_muscles, n_columns)
        Mains and slow tail taken off; the artifact is left for the eye.
    findings : tuple of Finding
        In row order.
    statuses : tuple of MuscleStatus
        In row order.
    raw_uv : ndarray of float32, shape (n_muscles, n_raw_columns), or None
        The same stretch as it was received; None where it is not at hand.
    raw_start_ms, raw_step_ms : float
        Of its columns, relative to the stimulus.
    """

    sweep_number: int
    sample_index: int
    time_s: float
    current_ma: float | None
    start_ms: float
    step_ms: float
    cleaned_uv: FloatArray
    findings: tuple[Finding, ...]
    statuses: tuple[MuscleStatus, ...]
    raw_uv: FloatArray | None = None
    raw_start_ms: float = 0.0
    raw_step_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BaselineView:
    """The accepted baseline as a ghost behind the live sweep.

    Attributes
    ----------
    epoch : int
    start_ms, step_ms : float
    mean_uv, spread_uv : ndarray of float32, shape (n_muscles, n_columns)
        Mean and standard deviation over the accepted sweeps.
    windows_ms : tuple of (float, float)
        Measurement window per muscle.
    """

    epoch: int
    start_ms: float
    step_ms: float
    mean_uv: FloatArray
    spread_uv: FloatArray
    windows_ms: tuple[tuple[float, float], ...]
