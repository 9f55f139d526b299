"""The work of a replay with others' libraries: read, filter, cut, and our own statistic.

::

    python -m benchmarks.performance.peers_offline (edf|xdf) FILE
"""

import sys

import mne
import numpy as np
import pyxdf

from amr_monitor.dsp.detection import fit_response_model, log_likelihoods
from amr_monitor.dsp.settings import DetectorSettings

MUSCLES = 2
N_BASELINE = 60
BAND_HZ = (20.0, 3000.0)


def read_edf(path: str) -> mne.io.BaseRaw:
    """Return the muscles and the trigger of an EDF recording, in memory."""
    raw = mne.io.read_raw_edf(path, verbose="error")
    names = [name for name in raw.ch_names if not name.startswith("EEG")]
    return raw.pick(names).load_data(verbose="error")


def read_xdf(path: str) -> mne.io.BaseRaw:
    """Return the same of an XDF recording."""
    streams, _ = pyxdf.load_xdf(path, dejitter_timestamps=False)
    emg = next(stream for stream in streams if stream["info"]["type"][0] == "EMG")
    rate_hz = float(emg["info"]["nominal_srate"][0])
    names = [f"channel {n}" for n in range(emg["time_series"].shape[1])]
    info = mne.create_info(names, rate_hz, "emg")
    return mne.io.RawArray(emg["time_series"].T.astype(float) * 1e-6, info, verbose="error")


def main() -> int:
    """Do the work; return the exit status."""
    kind, path = sys.argv[1:]
    raw = read_edf(path) if kind == "edf" else read_xdf(path)
    rate_hz = raw.info["sfreq"]
    trigger = raw.get_data(picks=[MUSCLES])[0]
    high = trigger > 0.5 * (trigger.min() + trigger.max())
    onsets = np.flatnonzero(high[1:] & ~high[:-1]) + 1
    raw.filter(*BAND_HZ, picks=list(range(MUSCLES)), verbose="error")
    events = np.stack([onsets, np.zeros_like(onsets), np.ones_like(onsets)], axis=1)
    epochs = mne.Epochs(
        raw,
        events,
        tmin=-0.02,
        tmax=0.08,
        picks=list(range(MUSCLES)),
        baseline=(None, -0.0005),
        decim=round(rate_hz / 10_000.0),
        preload=True,
        verbose="error",
    )
    data_uv, times = epochs.get_data(copy=False) * 1e6, epochs.times
    settings = DetectorSettings()
    before, window = times < -0.0005, (times >= 0.008) & (times < 0.035)
    for muscle in range(MUSCLES):
        rows = data_uv[:, muscle]
        noise_uv = rows[:, before].std(axis=1)
        level_uv = float(np.median(noise_uv[:N_BASELINE]))
        white = np.ascontiguousarray(rows[:, window]) / level_uv
        model = fit_response_model(white[:N_BASELINE], epochs.info["sfreq"], settings)
        evidence = log_likelihoods(white, (noise_uv / level_uv) ** 2, model)
        if not np.isfinite(evidence).all():
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
