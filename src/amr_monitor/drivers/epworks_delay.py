"""Where the stimulus stands in stored sweeps, when the settings can be read two ways.

Nobody has verified the sign of `TriggerDelay`. Taken as the time from the
stimulus to the first sample, a positive one puts the stimulus outside its
sweep; then the stimulus artifact decides whether it is the time before it.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from amr_monitor.drivers.epworks_blocks import StoredBlock
from amr_monitor.drivers.epworks_selection import SweepKind, kind_of
from amr_monitor.model.errors import SourceError
from amr_monitor.model.signal import FloatArray

ARTIFACT_WITHIN_MS = (-1.0, 2.0)
"""Where the artifact stands if the trigger delay was read rightly."""

ARTIFACT_OVER_REST = 20.0
"""How far the steepest step stands out of the usual one to be an artifact."""

FEWEST_SWEEPS, MOST_SWEEPS = 5, 64


def artifact_sample(sweeps_uv: FloatArray) -> int | None:
    """Return the sample behind the steepest step of all sweeps; None where none stands out.

    Parameters
    ----------
    sweeps_uv : ndarray of float32, shape (n_sweeps, n_channels, n_samples)
    """
    if sweeps_uv.shape[2] < 2:
        return None
    with np.errstate(all="ignore"):
        steps = np.abs(np.diff(sweeps_uv.astype(np.float64), axis=2))
        usual = np.median(steps, axis=0)
        usual = usual / np.maximum(np.median(usual, axis=1, keepdims=True), 1e-9)
    combined = usual.max(axis=0)
    at = int(np.argmax(combined)) if np.isfinite(combined).all() else -1
    if at < 0 or combined[at] < ARTIFACT_OVER_REST:
        return None
    return at + 1


def is_pre_trigger(blocks: Sequence[StoredBlock], kind: SweepKind) -> bool:
    """Tell whether the positive delay of a kind is the time before the stimulus.

    Parameters
    ----------
    blocks : sequence of StoredBlock
        Of all kinds.
    kind : SweepKind
    """
    if not kind.delay_ms > 0.0:
        return False
    own = [block for block in blocks if kind_of(block) == kind]
    chosen = [own[i] for i in np.unique(np.linspace(0, len(own) - 1, MOST_SWEEPS).astype(int))]
    if len(chosen) < FEWEST_SWEEPS:
        return False
    try:
        rows = [b.track.rec.samples(b.number, b.track.header_bytes) for b in chosen]
    except SourceError:
        return False  # cut meanwhile: the sweeps themselves will tell
    at = artifact_sample(np.stack(rows)[:, None, :])
    if at is None:
        return False
    off_ms = at * 1000.0 / kind.rate_hz - kind.delay_ms
    return ARTIFACT_WITHIN_MS[0] <= off_ms <= ARTIFACT_WITHIN_MS[1]


def with_pre_trigger(blocks: Sequence[StoredBlock], kinds: set[SweepKind]) -> list[StoredBlock]:
    """Return the blocks, the delay of these kinds taken as the time before the stimulus."""
    return [
        replace(block, delay_ms=-block.delay_ms) if kind_of(block) in kinds else block
        for block in blocks
    ]
