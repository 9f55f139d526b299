"""What the baseline teaches about one muscle: noise, response, skips, landmarks."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from amr_monitor.dsp.conditioning import (
    Array,
    ConditionedSweeps,
    EvidenceReach,
    SweepGeometry,
    evidence_reach,
    noise_columns,
    sham_columns,
)
from amr_monitor.dsp.detection import (
    ResponseModel,
    estimated_gain,
    fit_response_model,
    log_likelihoods,
)
from amr_monitor.dsp.front_end import FrontEnd, fit_front_end
from amr_monitor.dsp.measurement import (
    m_wave_uv,
    onset_latency_ms,
    onset_latency_sd_ms,
    peak_to_peak_uv,
    root_mean_square_uv,
)
from amr_monitor.dsp.quality import Flags
from amr_monitor.dsp.scan import scan_p_value
from amr_monitor.dsp.settings import DetectorSettings
from amr_monitor.dsp.skips import Skips
from amr_monitor.dsp.tracking import PresenceFilter, TransitionRates, state_likelihood
from amr_monitor.model.case import Muscle

SCAN_P = 1e-4
LATE_NOISE_FACTOR = 2.5
LATE_SHARE = 0.05
NOISE_STRETCH_MS = (-107.0, -7.0)
SHAM_QUANTILE = 0.99
HIGHEST_SHAM_THRESHOLD = 3.0
LONGEST_WAIT_SWEEPS = 120
EXPECTED_STARTS = 5
LAST_SWEEPS = 20
FIRING_GAIN = 0.25
RESIDUAL_GAIN = 0.1
FIRING_PASSES = 2
FEWEST_FIRING = 10
FEWEST_FIRING_SHARE = 0.15
SURE_SHARE = 0.25
NOISE_PEAK_TO_PEAK = 5.3
"""Of noise alone in 15 ms, over its RMS. [lit]"""
SIMULATED_SILENCE = 100
INVARIANT_STRENGTH = 15.0
INVARIANT_SHARE = 0.3
INVARIANT_VARIATION = 0.1
M_WAVE_DEVIATIONS = 8.0
M_WAVE_SPREAD = 0.25


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MuscleCalibration:
    """Reference of one muscle in one epoch.

    Attributes
    ----------
    muscle : Muscle
    channel : int
    front_end : FrontEnd
    model : ResponseModel
    elicited : bool
        A response was there at baseline.
    invariant : bool
        A strong wave that does not vary from sweep to sweep: an M wave or an
        artifact, not taken for a response.
    scan_p : float
        Chance of so much time-locked energy without a response.
    amplitude_uv : float
        Peak to peak of the response.
    onset_ms : float or None
    onset_sd_ms : float or None
        Its standard deviation; None where it is not known.
    noise_uv : float
        RMS before the stimulus.
    skips : Skips
        How often the response skips, and for how long.
    early_variation : float
        Power of what varies from sweep to sweep in the 3 ms before the window,
        over that of the noise: an F wave varies there, an M wave does not.
    use_late : bool
        False where the baseline has afterdischarge: the stretch from 45 ms on
        is then no control.
    reference_gain : float
        Mean estimated gain of the baseline sweeps.
    artifact_uv : float
    own_m_uv : float or None
        Far M wave in this channel where it stands out; proof of life.
    sham_columns : int or None
        Shift of the sham stimulus in analysis columns; None where pre-cut sweeps
        leave no room for one.
    reach : EvidenceReach
        What the sweeps can be used for.
    sham_threshold : float
        What noise alone reaches in the control windows in one of a hundred
        baseline sweeps.
    expected_sweeps : int or None
        Silent sweeps until a loss would be confirmed, as the baseline knows the patient;
        None if never.
    last_evidence : ndarray of float64, shape (n_last, n_gains + 1)
        Of the last sweeps of the baseline.
    silent_evidence : ndarray of float64, shape (n_silent, n_gains + 1)
        Of the patient's own stretches without stimulus; of drawn noise where
        pre-cut sweeps have none.
    mean_uv, spread_uv : ndarray of float64, shape (n_times,)
        Of the sweeps, mains off, for the screen.
    """

    muscle: Muscle
    channel: int
    front_end: FrontEnd
    model: ResponseModel
    elicited: bool
    invariant: bool
    scan_p: float
    amplitude_uv: float
    onset_ms: float | None
    onset_sd_ms: float | None
    noise_uv: float
    skips: Skips
    early_variation: float
    use_late: bool
    reference_gain: float
    artifact_uv: float
    own_m_uv: float | None
    sham_columns: int | None
    reach: EvidenceReach
    sham_threshold: float
    expected_sweeps: int | None
    last_evidence: Array
    silent_evidence: Array
    mean_uv: Array
    spread_uv: Array

    @property
    def late_is_recorded(self) -> bool:
        """Whether sweeps reach as far as the late control."""
        return bool(self.front_end.late.stop > self.front_end.late.start)

    @property
    def snr(self) -> float:
        """Amplitude over noise RMS."""
        return self.amplitude_uv / max(self.noise_uv, 1e-9)

    def lowest_gain(self, settings: DetectorSettings) -> float:
        """Return the gain at or below which the response counts as gone."""
        return float(np.clip(settings.residual_uv / max(self.amplitude_uv, 1e-9), 0.02, 0.5))

    def return_gain(self, settings: DetectorSettings) -> float:
        """Return the gain at or below which a lost response does not count as back."""
        return float(np.clip(settings.return_uv / max(self.amplitude_uv, 1e-9), 0.02, 0.5))

    def rates(
        self, settings: DetectorSettings, *, watch: str, skips: Skips | None = None
    ) -> TransitionRates:
        """Return the filter's rates; `watch` is `loss`, `return` or `bound`.

        `skips` are the baseline's, or what is known of them by now.
        """
        loss, appearance = {
            "loss": (settings.loss_rate_per_sweep, settings.loss_return_rate_per_sweep),
            "return": (settings.return_loss_rate_per_sweep, settings.return_rate_per_sweep),
            "bound": (settings.loss_rate_per_sweep, settings.return_rate_per_sweep),
        }[watch]
        skips = skips or self.skips
        leaves = skips.blocked_exit(settings)
        entry = leaves * skips.miss_rate / (1.0 - skips.miss_rate)
        return TransitionRates(
            loss=loss,
            appearance=appearance,
            blocked_entry=min(max(entry, 0.003), 0.9),
            blocked_exit=leaves,
            diffusion=settings.bound_diffusion if watch == "bound" else settings.gain_diffusion,
            floor=settings.likelihood_floor,
        )

    def presence_filter(self, settings: DetectorSettings, *, watch: str) -> PresenceFilter:
        """Return a fresh filter for this muscle."""
        return PresenceFilter(
            gains=self.model.gains[1:],
            lowest_gain=(
                self.return_gain(settings) if watch == "return" else self.lowest_gain(settings)
            ),
            rates=self.rates(settings, watch=watch),
        )


def control_windows(
    late: Array | None, sham: Array | None, noise_ratio: Array, front_end: FrontEnd
) -> list[tuple[Array, Array]]:
    """Return what stands where no stimulus was, each with its noise ratios.

    Before the stimulus, and late in the sweep where the response has no
    afterdischarge: a muscle that is active by itself shows there too.

    Parameters
    ----------
    late : ndarray of float64, shape (n_sweeps, n_late), or None
        From `FrontEnd.late_alone`; None where it is no control.
    sham : ndarray of float64, shape (n_sweeps, n_white), or None
        Around the stimulus that never was; None where sweeps are too short for it.
    noise_ratio : ndarray of float64, shape (n_sweeps,)
    front_end : FrontEnd
    """
    windows = []
    if sham is not None:
        before = np.ascontiguousarray(sham[:, front_end.window])
        windows.append((before, front_end.noise_power(sham, late=None)))
    if late is not None:
        control = np.zeros((late.shape[0], front_end.window.stop - front_end.window.start))
        found = late[:, : control.shape[1]]
        control[:, : found.shape[1]] = found
        windows.append((control, noise_ratio))
    return windows


def control_log_odds(controls: list[Array], model: ResponseModel, n_sweeps: int) -> Array:
    """Return the detector's statistic where no stimulus was, shape (n_sweeps,).

    Best of the full-sized gains, in the worse of the windows; minus infinity
    where there is no window to look at.

    Parameters
    ----------
    controls : list of ndarray of float64, shape (n_sweeps, n_gains + 1)
        Evidence in each of `control_windows`, of the full-sized gains at least.
    model : ResponseModel
    n_sweeps : int
    """
    log_odds: Array = np.full(n_sweeps, -np.inf)
    for evidence in controls:
        log_odds = np.maximum(log_odds, evidence[:, model.full_size].max(axis=1))
    return log_odds


def _early_variation(
    values_uv: Array, times_ms: Array, start_ms: float, noise: npt.NDArray[np.intp]
) -> float:
    early = values_uv[:, (times_ms >= start_ms - 3.2) & (times_ms < start_ms - 0.2)]
    before = values_uv[:, noise]
    mean = early.mean(axis=0)
    scale = early @ mean / max(float(mean @ mean), 1e-9)
    rest = early - scale[:, None] * mean
    rest = rest - rest.mean(axis=1, keepdims=True)
    noise = before - before.mean(axis=1, keepdims=True)
    return float((rest**2).mean() / max(float((noise**2).mean()), 1e-9))


def fires(evidence: Array, gains: Array) -> Flags:
    """Whether more than a quarter of the response explains each sweep better than none.

    Nor may a residual of a tenth explain it better: at high SNR an F wave
    conducted into the channel fits better than none does, and is no response.
    """
    return np.asarray(
        evidence[:, gains > FIRING_GAIN].max(axis=1)
        >= evidence[:, gains <= RESIDUAL_GAIN].max(axis=1)
    )


def _fit_to_firing(
    white: Array, noise_ratio: Array, rate_hz: float, settings: DetectorSettings
) -> tuple[ResponseModel, Flags]:
    """Learn the response from the sweeps in which it fires.

    Silent sweeps of an intermittent response would make its mean too small,
    and a full response would lie beyond the grid of gains.
    """
    n_sweeps = white.shape[0]
    fired = np.ones(n_sweeps, dtype=bool)
    model = fit_response_model(white, rate_hz, settings)
    for _ in range(FIRING_PASSES):
        now = fires(log_likelihoods(white, noise_ratio, model), model.gains)
        if now.all() or now.sum() < max(FEWEST_FIRING, FEWEST_FIRING_SHARE * n_sweeps):
            break
        fired = now
        model = fit_response_model(np.ascontiguousarray(white[fired]), rate_hz, settings)
    return model, fired


def _size_variation(white: Array, mean: Array) -> float:
    """Return how much the size of a wave differs from sweep to sweep, over its size.

    From neighbouring sweeps, less what noise adds: a slow drift is no variation.
    An M wave keeps within 3-8 %, a response varies by 15-40 % [lit].
    """
    energy = max(float(mean @ mean), 1e-9)
    sizes = white @ mean / energy
    variance = 0.5 * float((np.diff(sizes) ** 2).mean()) - 1.0 / energy
    return float(np.sqrt(max(variance, 0.0)))


def calibrate(
    sweeps: ConditionedSweeps,
    channel: int,
    muscle: Muscle,
    geometry: SweepGeometry,
    settings: DetectorSettings,
) -> MuscleCalibration:
    """Learn one muscle from the valid sweeps of the baseline.

    Parameters
    ----------
    sweeps : ConditionedSweeps
        Those that passed the gates without a baseline, at one current.
    channel : int
    muscle : Muscle
    geometry : SweepGeometry
    settings : DetectorSettings

    Returns
    -------
    MuscleCalibration
    """
    windows = settings.windows
    times = geometry.times_ms
    rate = geometry.analysis_rate_hz
    start = windows.start_ms(muscle)
    values = np.ascontiguousarray(sweeps.values_uv[:, channel])
    fitted = sweeps.mains_hz[sweeps.mains_hz > 0]
    mains_hz = settings.mains_hz or (float(np.median(fitted)) if fitted.size else 50.0)
    noise = noise_columns(geometry, settings)
    quiet = np.flatnonzero((times >= NOISE_STRETCH_MS[0]) & (times < NOISE_STRETCH_MS[1]))
    quiet = quiet if quiet.size >= noise.size else noise
    front_end = fit_front_end(values[:, quiet], geometry, start, mains_hz, settings)

    # The innovation level of the filter is not quite that of projected noise:
    # one pass sets the median local noise power before the stimulus to 1.
    white = front_end.whiten(values)
    scale = float(np.sqrt(np.median(front_end.noise_power(white, late=None))))
    front_end = front_end.rescaled(scale)
    white = white / scale

    late = front_end.late_alone(white)
    before = front_end.noise_power(white, late=None)
    both = front_end.noise_power(white, late=late)
    active_before = float((before > LATE_NOISE_FACTOR).mean())
    active_late = float((both > LATE_NOISE_FACTOR * np.maximum(before, 1.0)).mean())
    has_late = front_end.late.stop > front_end.late.start
    use_late = has_late and active_late <= LATE_SHARE + 2.0 * active_before
    noise_ratio = both if use_late else before
    calm = noise_ratio < 4.0
    if calm.sum() < max(20, values.shape[0] // 2):
        calm[:] = True
    window = np.ascontiguousarray(white[:, front_end.window])
    model, fired = _fit_to_firing(window[calm], noise_ratio[calm], rate, settings)
    control = late[calm] if use_late else white[calm][:, front_end.pre]
    scan_p = scan_p_value(window[calm], control, rate)

    cleaned = front_end.cleaned(values)
    plain_times = front_end.plain_times_ms
    response = (plain_times >= start) & (plain_times < windows.response_end_ms)
    mean_clean = cleaned[calm][fired].mean(axis=0)
    noise_uv = float(np.median(root_mean_square_uv(values[:, noise])))
    shift = sham_columns(geometry, settings)
    sham = None if shift is None else front_end.whiten(values, shift=shift)
    mean_amplitude = float(np.ptp(mean_clean[response]))
    evidence = log_likelihoods(window, noise_ratio, model)
    # Where latencies vary the mean is small; single sweeps tell the amplitude,
    # but only sweeps that surely show a response: noise has an amplitude too.
    sure = evidence[calm][:, model.gains > FIRING_GAIN].max(axis=1) > settings.seen_log_odds
    single_amplitude = 0.0
    if sure.mean() >= SURE_SHARE:
        single = float(np.median(peak_to_peak_uv(cleaned[calm][sure][:, response])))
        floor = (
            NOISE_PEAK_TO_PEAK * noise_uv
            if shift is None
            else float(
                np.median(peak_to_peak_uv(front_end.cleaned(values, shift=shift)[:, response]))
            )
        )
        single_amplitude = float(np.sqrt(max(single**2 - floor**2, 0.0)))
    amplitude = max(mean_amplitude, single_amplitude)
    strength = float(np.sqrt(model.mean @ model.mean))
    invariant = (
        strength > INVARIANT_STRENGTH
        and model.varying_share < INVARIANT_SHARE
        and _size_variation(window[calm][fired], model.mean) < INVARIANT_VARIATION
    )
    elicited = scan_p < SCAN_P and amplitude >= settings.residual_uv and not invariant
    windows_without = control_windows(late if use_late else None, sham, noise_ratio, front_end)
    without = [log_likelihoods(rows, noise, model) for rows, noise in windows_without]
    controls = control_log_odds(without, model, white.shape[0])
    sham_evidence = without[0] if sham is not None else None
    own_m = m_wave_uv(values, times, windows.artifact_end_ms, windows.m_end_ms)
    own_m_median = float(np.median(own_m))
    m_stands_out = (
        own_m_median > M_WAVE_DEVIATIONS * noise_uv
        and float(np.median(np.abs(own_m - own_m_median))) * 1.48 < M_WAVE_SPREAD * own_m_median
    )
    if sham_evidence is None:
        silent = np.random.default_rng(0).standard_normal((SIMULATED_SILENCE, window.shape[1]))
        sham_evidence = log_likelihoods(silent, np.ones(SIMULATED_SILENCE), model)
    calibration = MuscleCalibration(
        muscle=muscle,
        channel=channel,
        front_end=front_end,
        model=model,
        elicited=elicited,
        invariant=invariant,
        scan_p=scan_p,
        amplitude_uv=amplitude,
        onset_ms=onset_latency_ms(
            mean_clean[response], plain_times[response], noise_uv / np.sqrt(fired.sum())
        ),
        onset_sd_ms=onset_latency_sd_ms(
            cleaned[calm][fired][:, response], plain_times[response], noise_uv
        ),
        noise_uv=noise_uv,
        skips=Skips.of(fires(evidence[calm], model.gains).tolist()),
        early_variation=_early_variation(
            values,
            times,
            start,
            np.flatnonzero((times >= -25.0) & (times < -6.0)) if shift is not None else noise,
        ),
        use_late=use_late,
        reference_gain=float(estimated_gain(evidence[calm], model.gains).mean()),
        artifact_uv=float(np.median(sweeps.artifact_uv[:, channel])),
        own_m_uv=own_m_median if m_stands_out else None,
        sham_columns=shift,
        reach=evidence_reach(geometry, settings),
        sham_threshold=(
            float(np.clip(np.quantile(controls[calm], SHAM_QUANTILE), 0.0, HIGHEST_SHAM_THRESHOLD))
            if use_late or sham is not None
            else 0.0
        ),
        expected_sweeps=None,
        last_evidence=evidence[calm][-LAST_SWEEPS:],
        silent_evidence=sham_evidence,
        mean_uv=values.mean(axis=0),
        spread_uv=values.std(axis=0),
    )
    return replace(calibration, expected_sweeps=expected_sweeps_to_loss(calibration, settings))


def expected_sweeps_to_loss(
    calibration: MuscleCalibration, settings: DetectorSettings, skips: Skips | None = None
) -> int | None:
    """Return how many silent sweeps a confirmed loss would take in this patient.

    Measured, not derived: after the last sweeps of the baseline the loss watch is run
    over the patient's own stretches without stimulus, from `EXPECTED_STARTS` places, and
    the median taken.

    Parameters
    ----------
    calibration : MuscleCalibration
    settings : DetectorSettings
    skips : Skips, optional
        What is known of skipping by now; the baseline's without it.

    Returns
    -------
    int or None
        None where `LONGEST_WAIT_SWEEPS` do not suffice.
    """
    evidence = calibration.silent_evidence
    n_silent = evidence.shape[0]
    rates = calibration.rates(settings, watch="loss", skips=skips)
    # Every start takes the same sweeps: what each says of the states is worked out once.
    present = [state_likelihood(row, rates.floor) for row in calibration.last_evidence]
    silent = [state_likelihood(row, rates.floor) for row in evidence]
    waits = []
    for start in range(0, n_silent, max(1, -(-n_silent // EXPECTED_STARTS))):
        watch = calibration.presence_filter(settings, watch="loss")
        watch.learn(rates)
        watch.reset(probability_present=1.0)
        for likelihood, best in present:
            watch.take(likelihood, best)
        for sweep in range(LONGEST_WAIT_SWEEPS):
            watch.take(*silent[(start + sweep) % n_silent])
            if watch.log_odds_absent >= settings.confirmed_log_odds:
                waits.append(sweep + 1)
                break
        else:
            waits.append(LONGEST_WAIT_SWEEPS + 1)
    median = sorted(waits)[len(waits) // 2]
    return median if median <= LONGEST_WAIT_SWEEPS else None
