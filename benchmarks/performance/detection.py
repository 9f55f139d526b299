"""Detection alone, on arrays in memory, beside what numpy needs to read and multiply them."""

import statistics
import time
from collections.abc import Callable

import numpy as np

from benchmarks.performance.rows import Row, interleaved, spread

LEAST_PER_S = 50_000.0
MOST_TIMES_ROOF = 2.0
N_SWEEPS, N_BASELINE = 512, 100
AT_ONCE = 64
REPEATS = 8


def detection_row(*, runs: int, tell: Callable[[str], None]) -> Row:
    """Measure evidence of (sweeps, channels, samples) at 10 kHz, conditioned, on one core.

    The roof is one read of the array as it is given and the matrix products that the method
    cannot do without: whitening, projection out and back of the nuisance for the sweep and
    the sham, and mean and directions of variation at every lag, in float64.
    """
    from amr_monitor.dsp.analysis import channel_evidence, channel_figures
    from amr_monitor.dsp.calibration import calibrate
    from amr_monitor.dsp.conditioning import condition, sweep_geometry
    from amr_monitor.dsp.settings import DetectorSettings
    from tests.sweeps import SWEEP_MS, Recording

    recording = Recording(N_SWEEPS, rate_hz=10_000.0, seed=3)
    settings = DetectorSettings()
    geometry = sweep_geometry(10_000.0, *SWEEP_MS, settings)
    sweeps = condition(recording.sweeps(), geometry, settings)
    calibrations = [
        calibrate(sweeps.rows(slice(0, N_BASELINE)), row, muscle, geometry, settings)
        for row, muscle in enumerate(recording.muscles)
    ]
    batches = [sweeps.rows(slice(at, at + AT_ONCE)) for at in range(0, N_SWEEPS, AT_ONCE)]
    fraction = np.ones(AT_ONCE)
    n_weighed = N_SWEEPS * len(calibrations) * REPEATS

    def detect() -> float:
        begun = time.perf_counter()
        for _ in range(REPEATS):
            for batch in batches:
                for row, calibration in enumerate(calibrations):
                    figures = channel_figures(
                        batch, row, calibration.muscle, None, geometry, settings
                    )
                    channel_evidence(batch, figures, calibration, fraction, settings)
        return (time.perf_counter() - begun) / n_weighed

    front_end, model = calibrations[0].front_end, calibrations[0].model
    n_white, n_window = front_end.nuisance.shape[0], model.mean.size
    white = np.random.default_rng(1).standard_normal((AT_ONCE, n_white))
    plain = np.random.default_rng(4).standard_normal((AT_ONCE, front_end.plain_nuisance.shape[0]))
    filters = np.random.default_rng(2).standard_normal((28, 16))
    stretches = np.random.default_rng(3).standard_normal((AT_ONCE * -(-n_white // 16), 28))

    def roof() -> float:
        begun = time.perf_counter()
        for _ in range(REPEATS):
            for batch in batches:
                for row in range(len(calibrations)):
                    batch.values_uv[:, row].sum()
                    for _ in ("sweep", "sham"):
                        stretches @ filters
                        (white @ front_end.nuisance) @ front_end.nuisance_back
                    for _ in ("sweep", "sham", "late"):
                        white[:, :n_window] @ model.projections
                    (plain @ front_end.plain_nuisance) @ front_end.plain_nuisance_back
        return (time.perf_counter() - begun) / n_weighed

    taken = interleaved(runs, {"detection": detect, "roof": roof}, tell)
    per_s = [1.0 / each for each in taken["detection"]]
    ratios = [ours / least for ours, least in zip(taken["detection"], taken["roof"], strict=True)]
    holds = statistics.median(per_s) >= LEAST_PER_S or statistics.median(ratios) <= MOST_TIMES_ROOF
    return Row(
        key="detection",
        work=f"detection alone: ({N_SWEEPS}, {len(calibrations)}, {geometry.times_ms.size})"
        " conditioned at 10 kHz, figures, gates, three windows, gain grid, one core",
        bound=f"{LEAST_PER_S:,.0f} channel-sweeps a second, or within {MOST_TIMES_ROOF:g} x of one"
        " read and the matrix products in numpy",
        found=f"{spread(per_s, 'a second', 0)}; {spread(ratios, 'x the roof', 2)},"
        f" which is {1e6 * statistics.median(taken['roof']):.1f} us",
        holds=holds,
        figures={
            "per_s": per_s,
            "times_roof": ratios,
            "roof_us": [1e6 * each for each in taken["roof"]],
        },
    )
