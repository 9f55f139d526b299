"""A simulated surgery as a source of samples, like an amplifier or a recording."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from amr_monitor.formats.calibration import Calibration
from amr_monitor.model.signal import Channel, Montage, SampleBlock
from amr_monitor.model.source import Annotation, Origin, SourceInfo, SourceItem
from amr_monitor.model.stimulation import Stimulus, StimulusClass, TriggerQuality
from amr_monitor.simulation.recording import channel_label, emg_calibration, marked_pulses
from amr_monitor.simulation.stimulator import CLASSES
from amr_monitor.simulation.surgery import Surgery

BLOCK_SAMPLES = 500

UNSAID_CLASSES = (StimulusClass.AMR, StimulusClass.TETANUS)
"""Classes that no marker names: the rate tells them."""


class SimulatedSource:
    """Deliver a surgery block by block; who reads decides how fast.

    It holds to the contract of `SampleSource` and has no clock of its own: a
    read never waits. Samples are quantised as a recording of them would be.

    Parameters
    ----------
    surgery : Surgery
    block_samples : int
        Samples of each block; the last one may be shorter.
    start_utc : datetime or None
        Of the first sample; None where the simulation has no date.

    Raises
    ------
    ValueError
        A block would hold no sample.
    """

    def __init__(
        self,
        surgery: Surgery,
        *,
        block_samples: int = BLOCK_SAMPLES,
        start_utc: datetime | None = None,
    ) -> None:
        if block_samples < 1:
            raise ValueError(f"a block holds at least one sample, not {block_samples}")
        self._surgery = surgery
        self._block_samples = block_samples
        self._calibration: Calibration = emg_calibration(surgery.rail_uv, is_bdf=False)
        self._next_index = 0
        self._closed = False
        self._stimuli = _stimuli(surgery)
        self._annotations = _annotations(surgery)
        scenario = surgery.scenario
        self._info = SourceInfo(
            name=f"simulated {scenario.name}, seed {surgery.seed}",
            origin=Origin.SIMULATED,
            montage=Montage(
                channels=tuple(
                    Channel(
                        label=channel_label(muscle, scenario.side),
                        muscle=muscle,
                        side=scenario.side,
                        rail_uv=surgery.rail_uv,
                    )
                    for muscle in scenario.muscles
                )
            ),
            sampling_rate_hz=surgery.rate_hz,
            trigger_quality=TriggerQuality.SAMPLE_LOCKED,
            start_utc=start_utc,
            duration_s=surgery.duration_s,
            side=scenario.side,
            content_hash=_content_hash(surgery),
        )

    @property
    def info(self) -> SourceInfo:
        """What this source is."""
        return self._info

    def read(self, *, timeout_s: float) -> Sequence[SourceItem] | None:
        """Return the next block with its stimuli and marks; None at the end.

        Parameters
        ----------
        timeout_s : float
            Of no use here: the next block is always there.
        """
        del timeout_s
        first = self._next_index
        if self._closed or first >= self._surgery.n_samples:
            return None
        end = min(first + self._block_samples, self._surgery.n_samples)
        self._next_index = end
        items: list[SourceItem] = []
        while self._stimuli and self._stimuli[0].sample_index < end:
            items.append(self._stimuli.pop(0))
        while self._annotations and self._annotations[0].sample_index < end:
            items.append(self._annotations.pop(0))
        items.append(
            SampleBlock(
                first_index=first,
                samples_uv=self._calibration.quantised(self._surgery.samples_uv(first, end)),
            )
        )
        return items

    def close(self) -> None:
        """End it: the next read returns None."""
        self._closed = True


def _stimuli(surgery: Surgery) -> list[Stimulus]:
    pulses = surgery.pulses
    stimuli = []
    for k in marked_pulses(surgery):
        position = float(pulses.time_s[k]) * surgery.rate_hz
        index = int(np.floor(position))
        kind = CLASSES[int(pulses.class_number[k])]
        current_ma = float(pulses.current_ma[k])
        if index < surgery.n_samples:
            stimuli.append(
                Stimulus(
                    sample_index=index,
                    fraction=position - index,
                    stimulus_class=None if kind in UNSAID_CLASSES else kind,
                    current_ma=current_ma if np.isfinite(current_ma) else None,
                )
            )
    return stimuli


def _annotations(surgery: Surgery) -> list[Annotation]:
    return [
        Annotation(
            sample_index=int(np.ceil(mark.time_s * surgery.rate_hz)),
            time_s=mark.time_s,
            text=mark.text,
        )
        for mark in surgery.marks
    ]


def _content_hash(surgery: Surgery) -> str:
    identity = (surgery.scenario, surgery.seed, surgery.minutes, surgery.rate_hz)
    return hashlib.sha256(repr(identity).encode()).hexdigest()
