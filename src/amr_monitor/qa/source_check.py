"""Open the source of the configuration as the daemon would, and look at it for a moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from amr_monitor.config import Settings
from amr_monitor.daemon.sources import OpenedSource, open_address
from amr_monitor.model.errors import AmrMonitorError
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import SourceInfo, SourceWarning
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.model.sweep import Sweep

LIVE = "lsl:"
LOOK_S = 4.0
READ_TIMEOUT_S = 0.1
RATE_TOLERANCE = 0.05

TRIGGER_WORDS = {
    TriggerQuality.SAMPLE_LOCKED: "sample-locked: a trigger channel of the amplifier",
    TriggerQuality.STREAM_SYNCED: "stream-synced: markers, aligned by the artifact",
    TriggerQuality.SWEEP_LOCKED: "sweep-locked: the device cuts the sweeps",
    TriggerQuality.SOFTWARE: "software: markers alone, so no latency is claimed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFound:
    """What stands at the other end of `[source] address`.

    Attributes
    ----------
    words : str
    n_channels : int
    rate_hz : float
    trigger : TriggerQuality or None
        How stimuli are told; None where nothing was opened.
    warnings : tuple of str
    fault : str
        Why it cannot be used; "" where it can.
    """

    words: str = ""
    n_channels: int = 0
    rate_hz: float = 0.0
    trigger: TriggerQuality | None = None
    warnings: tuple[str, ...] = ()
    fault: str = ""


def found_source(
    settings: Settings,
    *,
    opened_by: Callable[[str, Settings], OpenedSource] = open_address,
    look_s: float = LOOK_S,
) -> SourceFound:
    """Open the source, look at what comes for a moment if it is live, and close it.

    Parameters
    ----------
    settings : Settings
    opened_by : callable
        Opens an address, as the daemon does.
    look_s : float
    """
    address = settings.source.address
    if not address:
        return SourceFound(fault="[source] address names nothing")
    try:
        opened = opened_by(address, settings)
    except AmrMonitorError as fault:
        return SourceFound(fault=str(fault))
    try:
        info = opened.source.info
        warnings = [warning.message for warning in info.warnings]
        words = _words(info)
        if opened.is_live:
            coming, more = _looked_at(opened, info, look_s)
            words += f"; {coming}"
            warnings += more
        return SourceFound(
            words=words,
            n_channels=len(info.montage.channels),
            rate_hz=info.sampling_rate_hz,
            trigger=info.trigger_quality,
            warnings=tuple(dict.fromkeys(warnings)),
        )
    except AmrMonitorError as fault:
        return SourceFound(fault=str(fault))
    finally:
        opened.source.close()


def _words(info: SourceInfo) -> str:
    channels = ", ".join(
        f"{channel.label} = {channel.muscle.replace('_', ' ')}" for channel in info.montage.channels
    )
    return f"{info.name} ({info.origin}), {info.sampling_rate_hz:g} Hz: {channels}"


def _looked_at(opened: OpenedSource, info: SourceInfo, look_s: float) -> tuple[str, list[str]]:
    """Return what came in a few seconds, and what was odd about it."""
    n_samples = n_sweeps = n_stimuli = n_gaps = 0
    warnings = []
    begun_s = first_s = time.monotonic()
    while (now_s := time.monotonic()) - begun_s < look_s:
        items = opened.source.read(timeout_s=READ_TIMEOUT_S)
        if items is None:
            break
        for item in items:
            if isinstance(item, SampleBlock):
                if not n_samples:
                    # What was held before the first read is not counted into the rate.
                    first_s = now_s
                    n_samples = 1
                else:
                    n_samples += item.samples_uv.shape[1]
            # A source that cuts its sweeps itself gives no blocks.
            n_sweeps += isinstance(item, Sweep)
            n_stimuli += isinstance(item, Stimulus)
            n_gaps += isinstance(item, Gap)
            if isinstance(item, SourceWarning):
                warnings.append(item.message)
    if n_sweeps:
        return f"{n_sweeps} sweeps in {look_s:.0f} s", warnings
    looked_s = max(time.monotonic() - first_s, READ_TIMEOUT_S)
    rate_hz = n_samples / looked_s
    if not n_samples:
        warnings.append("no samples came while it was looked at")
    elif abs(rate_hz / info.sampling_rate_hz - 1.0) > RATE_TOLERANCE + 0.2 / looked_s:
        warnings.append(f"samples came at {rate_hz:.0f} Hz, not at {info.sampling_rate_hz:g}")
    if n_gaps:
        warnings.append(f"{n_gaps} gaps in {looked_s:.0f} s: see to cable, network and load")
    return f"{n_samples} samples and {n_stimuli} stimuli in {looked_s:.0f} s", warnings
