"""Small live sources that the tests of the recorder make up."""

from datetime import UTC, datetime

import numpy as np

from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.signal import Channel, FloatArray, Montage, SampleBlock
from amr_monitor.model.source import Origin, SourceInfo
from amr_monitor.model.stimulation import TriggerQuality

START = datetime(2026, 3, 1, 7, 30, 12, 345_678, tzinfo=UTC)
LABELS = {Muscle.ORBICULARIS_OCULI: "L OOc", Muscle.MENTALIS: "L Mentalis"}


def info(
    *,
    rate_hz: float = 1000.0,
    first_time_s: float = 0.0,
    start: datetime | None = START,
    rail_uv: float | None = 5000.0,
    origin: Origin = Origin.DEVICE,
) -> SourceInfo:
    channels = tuple(
        Channel(label=label, muscle=muscle, side=Side.LEFT, rail_uv=rail_uv)
        for muscle, label in LABELS.items()
    )
    return SourceInfo(
        name="amplifier",
        origin=origin,
        montage=Montage(channels=channels),
        sampling_rate_hz=rate_hz,
        trigger_quality=TriggerQuality.SAMPLE_LOCKED,
        start_utc=start,
        first_time_s=first_time_s,
        side=Side.LEFT,
    )


def samples(first_index: int, n_samples: int, *, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng([seed, first_index])
    return rng.normal(0.0, 40.0, (2, n_samples)).astype(np.float32)


def block(first_index: int, n_samples: int, *, seed: int = 0) -> SampleBlock:
    return SampleBlock(
        first_index=first_index, samples_uv=samples(first_index, n_samples, seed=seed)
    )
