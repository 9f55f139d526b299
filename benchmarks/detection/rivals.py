"""Rules and detectors in use elsewhere, on the same sweeps, each with its best bound.

Each gives one number a sweep that rises with silence. Its bound is set on the
judged patients themselves, so each is shown at its best: once for the median
delay of this detector, once for at most 0.1 false alarms an hour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import numpy as np
from scipy import stats

from amr_monitor.dsp.calibration import MuscleCalibration, calibrate
from amr_monitor.dsp.conditioning import ConditionedSweeps
from amr_monitor.dsp.detection import shifted
from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.simulation.potentials import Array
from benchmarks.detection.chain import Watch, judged
from benchmarks.detection.false_losses import losses_told
from benchmarks.detection.measures import quantile_over_patients, rate_per_hour, share
from benchmarks.detection.plan import (
    BASELINE_SWEEPS,
    Line,
    Result,
    Scale,
    Setting,
    Task,
    by_label,
)
from benchmarks.detection.population import LEAD, plain
from benchmarks.detection.recording import VirtualRecording
from benchmarks.detection.responses import BoolArray

PRESENT_SWEEPS = 3600
LOSS_SWEEPS = 120
LAST_SWEEPS = 40
RESIDUAL_SWEEPS = 300
RESIDUAL_UV = 20.0
RULE_UV = 50.0
AVERAGED = 20
LARGEST_STEP = 6.0
RATE = 0.1
CONDITIONS = {
    "50 uV on 5 uV noise, stable": plain(5, 50),
    "100 uV on 5 uV noise, stable": plain(5, 100),
    "50 uV on 5 uV noise, intermittent": plain(5, 50, intermittent=True),
}
RIVALS = {
    "rule": f"below {RULE_UV:g} uV for n sweeps",
    "ratio": "RMS ratio, cumulative sum",
    "average": f"running average of {AVERAGED} sweeps, peak to peak",
    "match": "matched filter, cumulative sum",
}
BOUNDS: dict[str, Array] = {
    "rule": np.arange(1.0, 61.0),
    "ratio": np.geomspace(1.0, 300.0, 60),
    "average": np.linspace(-1.0, -0.02, 60),
    "match": np.geomspace(1.0, 300.0, 60),
}
"""Of the average: minus its peak to peak over the amplitude at baseline."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figures:
    """What the rivals look at in each sweep, shape (n_sweeps,), and the cleaned sweeps."""

    peak_uv: Array
    log_ratio: Array
    match: Array
    window_uv: Array


class Readers:
    """The rivals of one patient, learnt from the same baseline.

    Parameters
    ----------
    calibration : MuscleCalibration
    baseline : ConditionedSweeps
    """

    def __init__(self, calibration: MuscleCalibration, baseline: ConditionedSweeps) -> None:
        self._calibration = calibration
        front_end = calibration.front_end
        times = front_end.plain_times_ms
        self._response = (times >= 8.0) & (times < 28.0)
        self._before = times < 0.0
        white = front_end.whiten(baseline.values_uv[:, 0])[:, front_end.window]
        mean = white.mean(axis=0)
        step = max(1, round(0.0002 * 10_000.0))
        lags = [shifted(mean, lag) for lag in range(-5 * step, 5 * step + 1, step)]
        self._templates = np.array(lags).T / max(float(np.linalg.norm(mean)), 1e-9)
        present = self.figures(baseline)
        silent = self.figures(baseline, shift=calibration.sham_columns or 0)
        self._steps = {
            name: _log_ratio_curve(getattr(silent, name), getattr(present, name))
            for name in ("log_ratio", "match")
        }

    def figures(self, sweeps: ConditionedSweeps, *, shift: int = 0) -> Figures:
        """Return what the rivals look at."""
        front_end = self._calibration.front_end
        values = sweeps.values_uv[:, 0]
        cleaned = front_end.cleaned(values, shift=shift)
        window = cleaned[:, self._response]
        white = front_end.whiten(values, shift=shift)[:, front_end.window]
        rms = np.sqrt((window**2).mean(axis=1)) / np.sqrt(
            (cleaned[:, self._before] ** 2).mean(axis=1)
        )
        return Figures(
            peak_uv=np.ptp(window, axis=1),
            log_ratio=np.log(rms),
            match=(white @ self._templates).max(axis=1),
            window_uv=window,
        )

    def silence(self, figures: Figures) -> dict[str, Array]:
        """Return each rival's number after each of consecutive sweeps."""
        return {
            "rule": _run_lengths(figures.peak_uv < RULE_UV),
            "ratio": _cumulative(self._steps["log_ratio"](figures.log_ratio)),
            "average": _averaged(figures.window_uv) / self._calibration.amplitude_uv,
            "match": _cumulative(self._steps["match"](figures.match)),
        }


def _log_ratio_curve(silent: Array, present: Array) -> Callable[[Array], Array]:
    """Return log p(x | silent) - log p(x | there) by smoothed densities.

    Falling between its highest value below the usual response and its lowest
    above usual silence, flat outside of them, clipped.
    """
    low = float(min(silent.min(), present.min()))
    high = float(max(silent.max(), present.max()))
    reach = 0.3 * (high - low)
    at = np.linspace(low - reach, high + reach, 400)
    curve = np.clip(_density(silent, at) - _density(present, at), -LARGEST_STEP, LARGEST_STEP)
    left = np.flatnonzero(at <= np.median(present))
    first = int(left[np.argmax(curve[left])])
    curve[:first] = curve[first]
    right = np.flatnonzero(at >= max(float(np.median(silent)), float(at[first])))
    last = int(right[np.argmin(curve[right])])
    curve[last:] = curve[last]
    falling = np.minimum.accumulate(curve)
    return lambda values: np.asarray(np.interp(values, at, falling))


def _density(values: Array, at: Array) -> Array:
    """Return the log density by Gaussian kernels, with a wide normal under the tails."""
    kernel = stats.gaussian_kde(values)(at)
    wide = stats.norm.pdf(at, np.median(values), 4.0 * values.std())
    return np.asarray(np.log(0.97 * kernel + 0.03 * wide + 1e-12))


def _run_lengths(silent: BoolArray) -> Array:
    out, run = np.zeros(silent.size), 0
    for index, is_silent in enumerate(silent):
        run = run + 1 if is_silent else 0
        out[index] = run
    return out


def _cumulative(steps: Array) -> Array:
    out, total = np.zeros(steps.size), 0.0
    for index, step in enumerate(steps):
        total = max(0.0, total + float(step))
        out[index] = total
    return out


def _averaged(window_uv: Array) -> Array:
    """Return minus the peak to peak of the mean of the last sweeps; low before there are any."""
    total = np.cumsum(window_uv, axis=0)
    total[AVERAGED:] -= total[:-AVERAGED].copy()
    out = -np.ptp(total / AVERAGED, axis=1)
    out[: AVERAGED - 1] = -1e9
    return np.asarray(out)


def n_alarms(number: Array, bound: float) -> int:
    """Return how often a number comes to its bound, armed again below half of it."""
    above = number >= bound
    rearm = number < (bound / 2.0 if bound > 0 else 1.5 * bound)
    count, armed = 0, True
    for is_above, is_low in zip(above, rearm, strict=True):
        if armed and is_above:
            count, armed = count + 1, False
        elif is_low:
            armed = True
    return count


def first_at(number: Array, bounds: Array) -> Array:
    """Return for each bound the sweep, 1 for the first, at which a number comes to it."""
    highest = np.maximum.accumulate(number)
    index = np.searchsorted(highest, bounds)
    return np.where(index < number.size, index + 1.0, inf)


class Rivals:
    """Hours with the response, abrupt losses, and residuals of 20 uV, for all alike."""

    name = "rivals"
    title = "Beside other detectors"

    def tasks(self, scale: Scale) -> list[Task]:
        """Return what is to be done."""
        return [
            Task(experiment=self.name, label=label, patient=patient, amount=scale.runs // 2)
            for label in CONDITIONS
            for patient in range(scale.patients)
        ]

    def run(self, task: Task, setting: Setting) -> Result:
        """Do one task."""
        recording = setting.recording(task, CONDITIONS[task.label])
        baseline = recording.sweeps(np.ones(BASELINE_SWEEPS)).conditioned
        calibration = calibrate(baseline, 0, LEAD, recording.geometry, setting.monitor.detector)
        readers = Readers(calibration, baseline)
        there = _Stretch(recording, calibration, readers, setting)
        before, numbers = there.followed(Watch(calibration, setting.monitor), PRESENT_SWEEPS, 1.0)
        told = losses_told(before.told)[Certainty.CONFIRMED]
        result: Result = {"hours": [PRESENT_SWEEPS / 3600.0], "alarms_ours": [float(len(told))]}
        for name, bounds in BOUNDS.items():
            result[f"alarms_{name}"] = [
                float(n_alarms(numbers[name], float(bound))) for bound in bounds
            ]
        fall = RESIDUAL_UV / recording.patient.amplitude_uv
        for what, n_sweeps, gain in (
            ("loss", LOSS_SWEEPS, 0.0),
            ("residual", RESIDUAL_SWEEPS, fall),
        ):
            for name in ("ours", *BOUNDS):
                result[f"{what}_{name}"] = []
            for _ in range(task.amount):
                watch = before.branched()
                watch.vessel_moved_s = float(watch.n_sweeps)
                since = watch.n_sweeps + LAST_SWEEPS
                watch, numbers = there.followed(watch, n_sweeps, gain, first=LAST_SWEEPS)
                at = watch.first(AmrState.DISAPPEARED, Certainty.CONFIRMED, since=since)
                result[f"{what}_ours"].append(inf if at is None else at - since + 1.0)
                for name, bounds in BOUNDS.items():
                    waits = first_at(numbers[name][LAST_SWEEPS:], bounds)
                    result[f"{what}_{name}"] += waits.tolist()
        return result

    def lines(self, results: dict[Task, Result]) -> list[Line]:
        """Return the figures of the table."""
        lines = []
        for label, found in by_label(results).items():
            hours = np.array([result["hours"][0] for result in found])
            waits = [np.array(result["loss_ours"]) for result in found]
            ours = quantile_over_patients(waits, 0.5)
            residual = np.concatenate([result["residual_ours"] for result in found])
            alarms = np.array([result["alarms_ours"][0] for result in found])
            lines.append(
                Line(
                    what=f"{label}; this detector, confirmed: false alarms",
                    unit="an hour",
                    found=rate_per_hour(alarms, hours),
                    note=_note(ours.value, quantile_over_patients(waits, 0.9).value, residual),
                )
            )
            for name, title in RIVALS.items():
                lines += self._rival_lines(f"{label}; {title}", name, found, hours, ours.value)
        return lines

    def _rival_lines(
        self, what: str, name: str, found: list[Result], hours: Array, delay: float
    ) -> list[Line]:
        n_bounds = BOUNDS[name].size
        alarms = np.array([result[f"alarms_{name}"] for result in found])
        waits = [np.array(result[f"loss_{name}"]).reshape(-1, n_bounds) for result in found]
        residual = [np.array(result[f"residual_{name}"]).reshape(-1, n_bounds) for result in found]
        medians = np.quantile(np.concatenate(waits), 0.5, axis=0, method="higher")
        rates = alarms.sum(axis=0) / hours.sum()
        as_quick = int(np.flatnonzero(medians <= delay).max(initial=0))
        quiet = np.flatnonzero(rates <= RATE)
        chosen = [(as_quick, "as quick")]
        if quiet.size:
            chosen.append((int(quiet[medians[quiet].argmin()]), "at most 0.1 an hour"))
        return [
            Line(
                what=f"{what}, {how}: false alarms",
                unit="an hour",
                found=rate_per_hour(alarms[:, index], hours),
                note=_note(
                    float(medians[index]),
                    float(
                        np.quantile(np.concatenate(waits)[:, index], 0.9, axis=0, method="higher")
                    ),
                    np.concatenate(residual)[:, index],
                ),
            )
            for index, how in chosen
        ]


def _note(median: float, nine: float, residual: Array) -> str:
    told = share(int(np.isfinite(residual).sum()), residual.size)
    return (
        f"loss told after {median:g} (90 % {nine:g}) sweeps; "
        f"20 uV left told as gone within 5 min: {told.value:.0%}"
    )


class _Stretch:
    """Draw sweeps for this detector and its rivals at once."""

    def __init__(
        self,
        recording: VirtualRecording,
        calibration: MuscleCalibration,
        readers: Readers,
        setting: Setting,
    ) -> None:
        self._recording = recording
        self._calibration = calibration
        self._readers = readers
        self._setting = setting

    def followed(
        self, watch: Watch, n_sweeps: int, gain: float, *, first: int = 0
    ) -> tuple[Watch, dict[str, Array]]:
        """Push `first` sweeps of full size and then others; return the rivals' numbers too."""
        gains = np.concatenate([np.ones(first), np.full(n_sweeps, gain)])
        parts = []
        for sweeps in judged(self._recording, self._calibration, gains, self._setting.monitor):
            watch.push(sweeps)
            parts.append(self._readers.figures(sweeps.drawn.conditioned))
        figures = Figures(
            peak_uv=np.concatenate([part.peak_uv for part in parts]),
            log_ratio=np.concatenate([part.log_ratio for part in parts]),
            match=np.concatenate([part.match for part in parts]),
            window_uv=np.concatenate([part.window_uv for part in parts]),
        )
        return watch, self._readers.silence(figures)
