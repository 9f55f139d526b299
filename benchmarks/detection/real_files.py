"""Try the detector on evoked responses of other kinds, recorded from people.

::

    python -m benchmarks.detection.real_files FOLDER

Takes every `.mat` (one column a sweep, microvolts, `--rate` Hz) and every
`.csv` (recording_index, time_point in ms, amplitude_mV) of a folder. The
recorded responses are put at the latency of an abnormal muscle response, on
noise made from an autoregressive model of the quiet stretch of the same file:
no file has as much of it as the detector looks at. Each file is tried as it was
recorded, though no larger than 500 uV, and as a response of 60 uV on so much of
its noise that it is 6, 10 and 20 times that.

Of the file's responses the first 60 % make the baseline, the others are what
comes after it. While they come no confirmed `disappeared` may be told; once
they stop, a provisional one within 18 sweeps and a confirmed one within 25.
Ends with status 1 where that is not so.
"""

import argparse
import csv
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import io, signal

from amr_monitor.dsp.analysis import channel_evidence, channel_figures
from amr_monitor.dsp.calibration import MuscleCalibration, calibrate
from amr_monitor.dsp.conditioning import (
    ConditionedSweeps,
    SweepGeometry,
    condition,
    sweep_geometry,
)
from amr_monitor.dsp.front_end import whitening_filter
from amr_monitor.model.case import AmrState, Certainty
from amr_monitor.monitor.settings import MonitorSettings
from amr_monitor.simulation.potentials import Array
from benchmarks.detection.chain import JudgedSweeps, Watch
from benchmarks.detection.population import LEAD
from benchmarks.detection.recording import DrawnSweeps, as_sweeps

LATENCY_MS = 10.0
LONGEST_RESPONSE_MS = 30.0
EDGE_MS = 0.7
ARTIFACT_MS = 1.2
STANDS_OUT = 6.0
NOISE_ORDER = 12
LARGEST_UV = 500.0
SCALED_UV = 60.0
TIMES_NOISE = (6.0, 10.0, 20.0)
LEAST_TIMES_NOISE = 5.99
BASELINE_SHARE = 0.6
BASELINE_SWEEPS = 100
PRESENT_SWEEPS = 600
ABSENT_SWEEPS = 60
MOST_PROVISIONAL, MOST_CONFIRMED = 18, 25
SMALLEST_SHARE = 0.1

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedResponses:
    """The responses of one file.

    Attributes
    ----------
    name : str
    rate_hz : float
    responses_uv : ndarray of float64, shape (n_responses, n_times)
        From shortly before their common onset to their end, edges faded.
    quiet_uv : ndarray of float64, shape (n_responses, n_quiet)
        Before the response.
    """

    name: str
    rate_hz: float
    responses_uv: Array
    quiet_uv: Array

    @property
    def amplitude_uv(self) -> float:
        """Median peak to peak."""
        return float(np.median(np.ptp(self.responses_uv, axis=1)))

    @property
    def noise_uv(self) -> float:
        """Median RMS of the quiet stretch."""
        centred = self.quiet_uv - self.quiet_uv.mean(axis=1, keepdims=True)
        return float(np.median(np.sqrt((centred**2).mean(axis=1))))


def read_mat(path: Path, rate_hz: float) -> tuple[Array, float, float | None]:
    """Return sweeps (n_sweeps, n_times) in microvolts, their rate, and no stimulus time."""
    arrays = [
        np.asarray(value, dtype=np.float64)
        for name, value in io.loadmat(path).items()
        if not name.startswith("_") and getattr(value, "ndim", 0) == 2 and min(value.shape) > 1
    ]
    if not arrays:
        raise ValueError(f"{path}: holds no array of sweeps")
    return arrays[0].T, rate_hz, None


def read_csv(path: Path) -> tuple[Array, float, float | None]:
    """Return sweeps (n_sweeps, n_times) in microvolts, their rate, the stimulus in ms."""
    rows: dict[int, list[tuple[float, float]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            point = float(row["time_point"]), 1000.0 * float(row["amplitude_mV"])
            rows[int(row["recording_index"])].append(point)
    times = np.array([time for time, _ in next(iter(rows.values()))])
    sweeps = np.array([[value for _, value in points] for points in rows.values()])
    return sweeps, 1000.0 / float(np.median(np.diff(times))), -float(times[0])


def recorded_responses(path: Path, rate_hz: float) -> RecordedResponses:
    """Cut the responses of a file out of its sweeps.

    Where they stand out of the quiet stretch by six times is found over all
    sweeps at once. A response of less than a tenth of the largest is left
    out: a stimulus that reached too little.
    """
    sweeps, rate_hz, stimulus_ms = (
        read_csv(path) if path.suffix == ".csv" else read_mat(path, rate_hz)
    )
    per_ms = rate_hz / 1000.0
    n_quiet = sweeps.shape[1] // 4
    if stimulus_ms is not None:
        n_quiet = max(round(stimulus_ms * per_ms), 8)
    level = np.median(sweeps[:, :n_quiet], axis=1, keepdims=True)
    sweeps = sweeps - level
    size = np.sqrt((sweeps**2).mean(axis=0))
    noise = float(np.median(size[:n_quiet]))
    begins_after = 0 if stimulus_ms is None else round((stimulus_ms + ARTIFACT_MS) * per_ms)
    # At least 3 % of the peak too: the noise of these files is small beside it.
    bound = max(STANDS_OUT * noise, 0.03 * float(size[begins_after:].max()))
    found = np.flatnonzero(size > bound)
    found = found[found >= begins_after]
    first = max(int(found[0]) - round(EDGE_MS * per_ms), 0)
    last = min(int(found[-1]) + 1, first + round(LONGEST_RESPONSE_MS * per_ms), sweeps.shape[1])
    cut = sweeps[:, first:last]
    peaks = np.ptp(cut, axis=1)
    kept = cut[peaks >= SMALLEST_SHARE * peaks.max()]
    fade = signal.windows.tukey(kept.shape[1], 2.0 * EDGE_MS * per_ms / kept.shape[1])
    return RecordedResponses(
        name=path.name,
        rate_hz=rate_hz,
        responses_uv=kept * fade,
        quiet_uv=sweeps[:, :n_quiet] if stimulus_ms is None else sweeps[peaks < np.inf, :n_quiet],
    )


class NoiseModel:
    """Noise like that of the quiet stretch of a file, as much of it as is wanted."""

    def __init__(
        self, recorded: RecordedResponses, noise_uv: float, generator: np.random.Generator
    ) -> None:
        order = min(NOISE_ORDER, recorded.quiet_uv.shape[1] // 4)
        self._filter, _ = whitening_filter(recorded.quiet_uv, order)
        self._noise_uv = noise_uv
        self._generator = generator

    def rows(self, n_rows: int, n_times: int) -> Array:
        """Return stretches of noise, shape (n_rows, n_times), microvolts."""
        settle = 500
        innovations = self._generator.standard_normal((n_rows, n_times + settle))
        rows = np.asarray(signal.lfilter([1.0], self._filter, innovations, axis=1))[:, settle:]
        return rows * (self._noise_uv / float(rows.std()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was told of one file at one size.

    Attributes
    ----------
    false_losses : int
        Confirmed while the response was there.
    provisional, confirmed : int or None
        Sweeps from the last response until it was told.
    """

    false_losses: int
    provisional: int | None
    confirmed: int | None

    @property
    def is_good(self) -> bool:
        """Whether what is asked of it holds."""
        return (
            not self.false_losses
            and self.provisional is not None
            and self.provisional <= MOST_PROVISIONAL
            and self.confirmed is not None
            and self.confirmed <= MOST_CONFIRMED
        )


class FileRecording:
    """Sweeps made of the responses and the noise of a file.

    Parameters
    ----------
    recorded : RecordedResponses
    amplitude_uv, noise_uv : float
        That responses and noise are given.
    generator : numpy Generator
    settings : MonitorSettings
    """

    def __init__(
        self,
        recorded: RecordedResponses,
        amplitude_uv: float,
        noise_uv: float,
        generator: np.random.Generator,
        settings: MonitorSettings,
    ) -> None:
        self._recorded = recorded
        self._factor = amplitude_uv / recorded.amplitude_uv
        self._detector = settings.detector
        self._noise = NoiseModel(recorded, noise_uv, generator)
        windows = settings.detector.windows
        self.geometry: SweepGeometry = sweep_geometry(
            recorded.rate_hz, windows.sweep_start_ms, windows.sweep_end_ms, settings.detector
        )

    def sweeps(self, picks: Numbers | None, n_sweeps: int) -> ConditionedSweeps:
        """Return conditioned sweeps with the responses of given numbers, or with none."""
        geometry = self.geometry
        rows = self._noise.rows(n_sweeps, geometry.n_before + geometry.n_after)
        if picks is not None:
            at = geometry.n_before + round((LATENCY_MS - EDGE_MS) * self._recorded.rate_hz / 1000.0)
            responses = self._factor * self._recorded.responses_uv[picks]
            rows[:, at : at + responses.shape[1]] += responses
        samples = np.asarray(rows[:, None, :], dtype=np.float32)
        return condition(as_sweeps(samples, geometry), geometry, self._detector)

    def judged(self, sweeps: ConditionedSweeps, calibration: MuscleCalibration) -> JudgedSweeps:
        """Weigh sweeps against a baseline."""
        n = len(sweeps)
        figures = channel_figures(sweeps, 0, LEAD, None, self.geometry, self._detector)
        nothing = np.zeros(n)
        return JudgedSweeps(
            drawn=DrawnSweeps(
                conditioned=sweeps,
                m_fraction=np.ones(n),
                gain=nothing,
                fires=nothing > 0.0,
                silent_run_s=nothing,
            ),
            evidence=channel_evidence(sweeps, figures, calibration, np.ones(n), self._detector),
        )


def tried(
    recorded: RecordedResponses,
    amplitude_uv: float,
    noise_uv: float,
    seed: int,
    settings: MonitorSettings,
) -> Trial:
    """Run baseline, presence and loss of one file at one size."""
    generator = np.random.default_rng(seed)
    recording = FileRecording(recorded, amplitude_uv, noise_uv, generator, settings)
    n_responses = recorded.responses_uv.shape[0]
    n_baseline = round(BASELINE_SHARE * n_responses)
    learnt = recording.sweeps(generator.integers(n_baseline, size=BASELINE_SWEEPS), BASELINE_SWEEPS)
    calibration = calibrate(learnt, 0, LEAD, recording.geometry, settings.detector)
    watch = Watch(calibration, settings)
    later = generator.integers(n_baseline, n_responses, size=PRESENT_SWEEPS)
    watch.push(recording.judged(recording.sweeps(later, PRESENT_SWEEPS), calibration))
    before = watch.first(AmrState.DISAPPEARED, Certainty.CONFIRMED)
    loss = watch.n_sweeps
    watch.vessel_moved_s = float(loss)
    watch.push(recording.judged(recording.sweeps(None, ABSENT_SWEEPS), calibration))
    waits = {
        certainty: watch.first(AmrState.DISAPPEARED, certainty, since=loss)
        for certainty in (Certainty.PROVISIONAL, Certainty.CONFIRMED)
    }
    return Trial(
        false_losses=int(before is not None),
        provisional=_since(waits[Certainty.PROVISIONAL], loss),
        confirmed=_since(waits[Certainty.CONFIRMED], loss),
    )


def _since(told: int | None, loss: int) -> int | None:
    return None if told is None else told - loss + 1


def main() -> int:
    """Try every file of a folder; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection.real_files",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rate", type=float, default=3000.0, help="of .mat files, in Hz")
    parser.add_argument("--repeats", type=int, default=5, help="of each trial, other noise")
    options = parser.parse_args()
    settings = MonitorSettings()
    paths = [path for path in sorted(options.folder.iterdir()) if path.suffix in (".mat", ".csv")]
    if not paths:
        print(f"{options.folder}: no .mat and no .csv file", file=sys.stderr)
        return 2
    print(f"{'file':16}{'uV':>8}{'x noise':>9}{'false':>7}{'provisional':>13}{'confirmed':>11}")
    all_good = True
    for path in paths:
        recorded = recorded_responses(path, options.rate)
        own = min(recorded.amplitude_uv, LARGEST_UV), recorded.noise_uv
        for amplitude_uv, noise_uv in [own, *((SCALED_UV, SCALED_UV / n) for n in TIMES_NOISE)]:
            trials = [
                tried(recorded, amplitude_uv, noise_uv, seed, settings)
                for seed in range(options.repeats)
            ]
            good = all(trial.is_good for trial in trials)
            is_asked = amplitude_uv >= LEAST_TIMES_NOISE * noise_uv
            all_good &= good or not is_asked
            print(
                f"{recorded.name:16}{amplitude_uv:8.1f}{amplitude_uv / noise_uv:9.1f}"
                f"{sum(trial.false_losses for trial in trials):7d}"
                f"{_worst([trial.provisional for trial in trials]):>13}"
                f"{_worst([trial.confirmed for trial in trials]):>11}"
                + ("" if good else "  not as asked" if is_asked else "  (nothing asked)")
            )
    return 0 if all_good else 1


def _worst(waits: list[int | None]) -> str:
    """Return the longest wait of the repeats."""
    told = [wait for wait in waits if wait is not None]
    return "never" if len(told) < len(waits) else str(max(told))


if __name__ == "__main__":
    sys.exit(main())
