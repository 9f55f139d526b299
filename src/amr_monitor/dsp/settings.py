"""Windows, thresholds and rates of the detector, each with its unit and source.

Sources: [paper] Xu 2020; [lit] other published work; [ours] found on simulated
patients, stated as ours in docs/detector.md. Nothing here is fitted to one
patient: that is what the baseline does.
"""

from dataclasses import dataclass

from amr_monitor.model.case import Muscle
from amr_monitor.model.sweep import ResponseWindow


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSettings:
    """Where in a sweep things are looked for, in ms after the stimulus."""

    sweep_start_ms: float = -500.0
    """First sample kept of each sweep; the 500 ms before the stimulus hold the mains fit."""
    sweep_end_ms: float = 100.0
    """One past the last sample kept of each sweep."""
    artifact_start_ms: float = -0.2
    """Stimulus artifact, from ..."""
    artifact_end_ms: float = 1.5
    """... to; the M window starts here. [lit]"""
    m_end_ms: float = 7.0
    """End of the M wave window of the direct muscle. [lit]"""
    orbicularis_oculi_start_ms: float = 8.0
    """First moment at which a response of orbicularis oculi counts. [lit]"""
    mentalis_start_ms: float = 11.0
    """The same of mentalis: earlier windows learn the M wave and stick. [ours]"""
    response_end_ms: float = 28.0
    """End of the measurement window. [ours]"""
    detection_end_ms: float = 35.0
    """End of the window in which evidence is gathered. [ours]"""
    late_start_ms: float = 45.0
    """From here on the sweep is a control without response. [ours]"""
    post_end_ms: float = 79.5
    """Last moment after the stimulus that detection looks at. [ours]"""
    prestimulus_start_ms: float = -19.5
    """Local noise before the stimulus, from ..."""
    prestimulus_end_ms: float = -0.5
    """... to."""
    sham_shift_ms: float = -83.5
    """A stimulus that never was: the same windows, shifted to before the real one. [ours]"""

    def start_ms(self, muscle: Muscle) -> float:
        """Return where the response window of a muscle starts."""
        if muscle is Muscle.MENTALIS:
            return self.mentalis_start_ms
        return self.orbicularis_oculi_start_ms

    def response(self, muscle: Muscle) -> ResponseWindow:
        """Return the measurement window of a muscle."""
        return ResponseWindow(start_ms=self.start_ms(muscle), end_ms=self.response_end_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """When a sweep is no evidence either way. [ours unless said]."""

    saturation_uv: float = 1500.0
    """Excursion in the noise or response windows; less where the rail is lower."""
    rail_fraction: float = 0.9
    """Of the amplifier's rail, where the source tells it."""
    highest_noise_ratio: float = 9.0
    """Local noise power over that of the baseline: above it is interference."""
    lowest_noise_ratio: float = 0.1
    """Below it the channel is flat."""
    lowest_median_noise_ratio: float = 0.35
    """Median of 5 sweeps below it: the electrode may be off."""
    lowest_artifact_fraction: float = 0.35
    """Of the baseline's artifact: below it no stimulus was delivered."""
    smallest_artifact_uv: float = 60.0
    """An artifact below this at baseline proves nothing."""
    lowest_m_fraction: float = 0.30
    """Of the baseline's M wave: below it the sweep is rejected."""
    lowest_median_m_fraction: float = 0.50
    """Median of 5 below it: indeterminate."""
    clean_m_fraction: float = 0.70
    """Below it silence is no evidence of absence."""
    outdated_m_fraction: float = 1.30
    """Above it the baseline is outdated."""
    smallest_m_uv: float = 50.0
    """An M wave below this at baseline proves nothing."""
    highest_mains_uv: float = 100.0
    """Amplitude of the mains fundamental."""
    flat_uv: float = 0.01
    """Peak to peak of the prestimulus below this is a dead channel."""
    interference_hold_s: float = 1.5
    """After interference on all channels nothing counts for so long."""
    alive_low: float = 0.5
    """Proof of life of a channel: its artifact over baseline, from ..."""
    alive_high: float = 2.0
    """... to."""
    alive_m_low: float = 0.4
    """And its own far M wave over baseline, relative to the direct one's, from ..."""
    alive_m_high: float = 2.5
    """... to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """Everything the DSP needs to know."""

    windows: WindowSettings = WindowSettings()
    gates: GateSettings = GateSettings()
    mains_hz: float = 0.0
    """50 or 60; 0 finds out which."""
    analysis_rate_hz: float = 10000.0
    """Faster recordings are decimated to at least this before detection."""
    whitening_order: int = 12
    """Order of the autoregressive noise model. [ours]"""
    n_components: int = 6
    """Most directions of variation of the response about its mean. [ours]"""
    lag_reach_ms: float = 1.0
    """The response may come earlier or later by so much. [ours]"""
    lag_step_ms: float = 0.2
    """Step of the grid of lags."""
    lag_sd_ms: float = 0.3
    """Prior standard deviation of the lag. [ours]"""
    degrees_of_freedom: float = 200.0
    """Of the multivariate t; robustness against a wrong local noise level. [ours]"""
    lowest_gain: float = 0.02
    """Lowest gain of a response that is present, over baseline."""
    highest_gain: float = 1.6
    """Highest gain of the grid."""
    n_gains: int = 14
    """Geometric levels between them."""
    residual_uv: float = 10.0
    """A response below this counts as gone; it sets the lowest gain of `present`. [ours]"""
    return_uv: float = 20.0
    """A lost response must be back with at least this to count as reappeared. [ours]"""
    loss_rate_per_sweep: float = 1.0 / 600.0
    """Prior of the loss watch: present to absent. [ours]"""
    loss_return_rate_per_sweep: float = 1e-5
    """Prior of the loss watch: absent to present. [ours]"""
    return_loss_rate_per_sweep: float = 1e-5
    """Prior of the return watch: present to absent. [ours]"""
    return_rate_per_sweep: float = 1.0 / 3600.0
    """Prior of the return watch: absent to present. [ours]"""
    gain_diffusion: float = 0.04
    """Chance a sweep to move one step up, and one down, the grid of gains. [ours]"""
    bound_diffusion: float = 0.1
    """The same for the upper bound of the amplitude that is told. [ours]"""
    likelihood_floor: float = 1e-3
    """No single sweep counts for more than this allows. [ours]"""
    blocked_exit: float = 0.6
    """Chance a sweep that a blocked response fires again, before any was seen to. [ours]"""
    blocked_exit_misses: float = 4.0
    """So many misses that prior is worth. [ours]"""
    highest_blocked_exit: float = 0.85
    """What is learnt of it never goes above this. [ours]"""
    provisional_log_odds: float = 4.6
    """Log odds of absence for a provisional change. [ours]"""
    confirmed_log_odds: float = 6.9
    """Log odds of absence for a confirmed loss. [ours]"""
    present_log_odds: float = -2.2
    """Below it the response is held to be there. [ours]"""
    return_step: float = 6.0
    """One sweep adds at most this to the return's cumulative sum. [ours]"""
    return_threshold: float = 20.0
    """Cumulative sum at which a return is confirmed. [ours]"""
    seen_log_odds: float = 4.0
    """A single sweep with so much evidence counts as a response seen. [ours]"""
