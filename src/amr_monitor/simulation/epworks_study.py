"""A simulated surgery as the folder that EPWorks would leave, with the truth beside it."""

from collections.abc import Callable
from math import ceil
from pathlib import Path

import numpy as np

from amr_monitor.formats.epworks_writer import (
    AMPLIFIER_HZ,
    ChannelToWrite,
    GroupToWrite,
    StudyWriter,
    SweepToWrite,
)
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.simulation.files import RecordingLayout
from amr_monitor.simulation.pre_cut import (
    BEFORE_MS,
    LENGTH_MS,
    locked_samples_uv,
    nerve_pulses,
    write_truth,
)
from amr_monitor.simulation.recording import channel_label
from amr_monitor.simulation.surgery import Surgery

USUAL_RATE_HZ = 6000
"""Of stored sweeps at 10 ms a division."""

GROUP_NAME = "AMR"


def write_epworks(
    surgery: Surgery,
    folder: Path,
    *,
    rejected: tuple[int, ...] = (),
    progress: Callable[[float], None] | None = None,
) -> Path:
    """Write the sweeps of a surgery as an EPWorks study, and the truth beside it.

    Marks have no place in it: EPWorks keeps them in notes that nobody can read.

    Parameters
    ----------
    surgery : Surgery
        At a rate that divides 60 kHz: what EPWorks stores is its amplifier's
        rate divided by the timebase.
    folder : Path
        Must not hold anything yet.
    rejected : tuple of int
        Numbers of sweeps, from 0, that somebody has discarded.
    progress : callable or None
        Called with the share done, 0 to 1, after each sweep.

    Returns
    -------
    Path
        Of the truth: `DIR.truth.json` for `DIR`.

    Raises
    ------
    ConfigError
        The rate cannot be stored, or the folder is in use.
    StorageError
        The disk does not take it.
    """
    group = _group(surgery)
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigError(f"{folder}: holds something already; name a new folder")
        writer = StudyWriter(folder, RecordingLayout().start, [group])
        writer.begin_session()
    except OSError as fault:
        raise StorageError(f"{folder}: cannot be written: {fault.strerror}") from fault
    pulses = surgery.pulses
    numbers = nerve_pulses(surgery)
    for n, k in enumerate(numbers):
        time_s = float(pulses.time_s[k]) - BEFORE_MS / 1000.0
        current_ma = float(pulses.current_ma[k])
        writer.append(
            SweepToWrite(
                time_s=time_s,
                samples_uv=locked_samples_uv(surgery, time_s, group.n_samples).astype(np.float32),
                current_ma=current_ma if np.isfinite(current_ma) else 0.0,
                set_number=n + 1,
                is_rejected=n in rejected,
            )
        )
        if progress is not None:
            progress((n + 1) / len(numbers))
    writer.save()
    truth_path = folder.with_name(f"{folder.name}.truth.json")
    write_truth(surgery, truth_path, ())
    return truth_path


def _group(surgery: Surgery) -> GroupToWrite:
    timebase_ms = round(AMPLIFIER_HZ / surgery.rate_hz)
    if timebase_ms * surgery.rate_hz != AMPLIFIER_HZ:
        raise ConfigError(
            f"an EPWorks study stores {AMPLIFIER_HZ:g} Hz divided by its timebase in ms: "
            f"{surgery.rate_hz:g} Hz is none; 12000, 6000 or 3000 can be had"
        )
    scenario = surgery.scenario
    labels = [channel_label(muscle, scenario.side) for muscle in scenario.muscles]
    return GroupToWrite(
        name=GROUP_NAME,
        channels=tuple(ChannelToWrite(name=f"{label}-Ref", electrode=label) for label in labels),
        timebase_ms=timebase_ms,
        n_divisions=ceil(LENGTH_MS / timebase_ms),
        trigger_delay_ms=-BEFORE_MS,
    )
