"""A simulated surgery as a source of samples, like an amplifier or a recording."""

import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from amr_monitor.model.signal import Channel, Gap, Montage, SampleBlock
from amr_monitor.model.source import (
    Annotation,
    Origin,
    SourceChanged,
    SourceInfo,
    SourceItem,
)
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.simulation.outbox import StreamSamples
from amr_monitor.simulation.recording import channel_label
from amr_monitor.simulation.surgery import Surgery
from amr_monitor.simulation.transport import (
    Connection,
    Passage,
    SentMarker,
    Transport,
    draw_transport,
)

BLOCK_SAMPLES = 500


class SimulatedSource:
    """Deliver a surgery block by block; who reads decides how fast.

    It holds to the contract of `SampleSource` and has no clock of its own: a
    read never waits. Samples are quantised as a recording of them would be.
    What a stream loses is a `Gap` here; where its markers are late, they are
    given as if the artifact had told the onset.

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
        self._start_utc = start_utc
        self._transport = draw_transport(surgery)
        self._samples = StreamSamples(surgery, self._transport)
        self._passages = deque(self._transport.passages())
        self._connection = self._transport.connections[0]
        self._at = 0
        self._received = 0
        self._closed = False
        self._stimuli = deque(_stimuli(surgery, self._transport))
        self._marks = deque(self._transport.kept_marks(surgery.marks))
        self._info = self._info_of(self._connection)

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
        if self._closed or not self._passages:
            return None
        items: list[SourceItem] = []
        passage = self._passages[0]
        if self._at < passage.first or passage.connection is not self._connection:
            items += self._over_hole(passage)
        end = min(self._at + self._block_samples, passage.end)
        items += self._stimuli_before(passage, end)
        items += self._annotations_before(passage, end)
        items.append(
            SampleBlock(
                first_index=self._received,
                samples_uv=self._samples.emg_uv(passage.connection, self._at, end),
            )
        )
        self._received += end - self._at
        self._at = end
        if end == passage.end:
            self._passages.popleft()
        return items

    def close(self) -> None:
        """End it: the next read returns None."""
        self._closed = True

    def _over_hole(self, passage: Passage) -> list[SourceItem]:
        """Go on behind what is missing, perhaps with other channels or another rate."""
        before, after = self._connection, passage.connection
        self._connection, self._at = after, passage.first
        items: list[SourceItem] = [
            Gap(
                sample_index=self._received,
                resumes_at_s=passage.first / after.rate_hz,
                reason="samples lost" if before is after else "the stream was away",
            )
        ]
        if (before.muscles, before.rate_hz) != (after.muscles, after.rate_hz):
            info = self._info_of(after)
            items.append(SourceChanged(sample_index=self._received, info=info))
        return items

    def _stimuli_before(self, passage: Passage, end: int) -> list[SourceItem]:
        """Return the stimuli of a passage before sample `end`; those in a hole are lost."""
        rate_hz = passage.connection.rate_hz
        items: list[SourceItem] = []
        while self._stimuli and self._stimuli[0][0] * rate_hz < end:
            time_s, told = self._stimuli.popleft()
            if time_s * rate_hz < passage.first:
                continue
            position = time_s * rate_hz - (self._at - self._received)
            index = int(np.floor(position))
            items.append(
                Stimulus(
                    sample_index=index,
                    fraction=position - index,
                    stimulus_class=None if told is None else told.stimulus_class,
                    current_ma=None if told is None else told.current_ma,
                )
            )
        return items

    def _annotations_before(self, passage: Passage, end: int) -> list[SourceItem]:
        rate_hz = passage.connection.rate_hz
        items: list[SourceItem] = []
        while self._marks and np.ceil(self._marks[0].time_s * rate_hz) < end:
            mark = self._marks.popleft()
            device_index = max(int(np.ceil(mark.time_s * rate_hz)), passage.first)
            items.append(
                Annotation(
                    sample_index=device_index - (self._at - self._received),
                    time_s=mark.time_s,
                    text=mark.text,
                )
            )
        return items

    def _info_of(self, connection: Connection) -> SourceInfo:
        surgery, scenario = self._surgery, self._surgery.scenario
        info = SourceInfo(
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
                    for muscle in connection.muscles
                )
            ),
            sampling_rate_hz=connection.rate_hz,
            trigger_quality=TriggerQuality.SAMPLE_LOCKED,
            start_utc=self._start_utc,
            duration_s=surgery.duration_s,
            side=scenario.side,
            content_hash=_content_hash(surgery),
        )
        if scenario.stream.trigger_channel:
            return info
        return replace(info, trigger_quality=TriggerQuality.STREAM_SYNCED)


def _stimuli(surgery: Surgery, transport: Transport) -> list[tuple[float, SentMarker | None]]:
    """Return onset, and what is told, of every stimulus that somebody hears of."""
    told: dict[int, SentMarker] = {}
    onsets: list[tuple[float, SentMarker | None]] = []
    for marker in sorted(transport.markers, key=lambda marker: marker.stamp_s):
        if marker.pulse is None:
            continue
        first = told.setdefault(marker.pulse, marker)
        later_s = marker.stamp_s - first.stamp_s
        onsets.append((float(surgery.pulses.time_s[marker.pulse]) + later_s, marker))
    if surgery.scenario.stream.trigger_channel:
        onsets = [
            (float(time_s), told.get(int(pulse)))
            for time_s, pulse in zip(transport.trigger_s, transport.trigger_pulses, strict=True)
        ]
    return sorted(onsets, key=lambda onset: onset[0])


def _content_hash(surgery: Surgery) -> str:
    identity = (surgery.scenario, surgery.seed, surgery.minutes, surgery.rate_hz)
    return hashlib.sha256(repr(identity).encode()).hexdigest()
