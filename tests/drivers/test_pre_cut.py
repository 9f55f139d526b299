from dataclasses import replace

import numpy as np
import pytest

from amr_monitor.drivers.pre_cut import CutSweep, PreCutRecording, PreCutSource, SweepWindow
from amr_monitor.model.case import Muscle
from amr_monitor.model.signal import Channel, Montage
from amr_monitor.model.source import Annotation, Origin, ReceivedUpTo, SourceInfo, SourceItem
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.model.sweep import Sweep, sweep_offsets

WINDOW = SweepWindow(rate_hz=6000.0, n_samples=300, onset=60.0)


def recording(n_sweeps: int = 5, *, lacking: int | None = None) -> PreCutRecording:
    sweeps = tuple(
        CutSweep(
            stimulus=WINDOW.stimulus(k * 6000, current_ma=8.0),
            is_complete=k != lacking,
            is_rejected=k == 2,
        )
        for k in range(n_sweeps)
    )
    info = SourceInfo(
        name="x",
        origin=Origin.REPLAY,
        montage=Montage(channels=(Channel(label="OOc", muscle=Muscle.ORBICULARIS_OCULI),)),
        sampling_rate_hz=WINDOW.rate_hz,
        trigger_quality=TriggerQuality.SWEEP_LOCKED,
        sweep_start_ms=WINDOW.start_ms,
        sweep_end_ms=WINDOW.end_ms,
    )
    return PreCutRecording(
        info=info,
        window=WINDOW,
        sweeps=sweeps,
        annotations=(Annotation(sample_index=7000, time_s=7000 / 6000, text="dura opened"),),
        read_uv=lambda number: np.full((1, 300), number, dtype=np.float32),
        close=lambda: None,
    )


def everything(source: PreCutSource) -> list[SourceItem]:
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += read
    return items


def test_a_sweep_follows_its_stimulus_and_texts_stand_where_they_belong() -> None:
    items = everything(PreCutSource(recording()))
    kinds = [type(item) for item in items]
    assert kinds[:4] == [Stimulus, Sweep, Stimulus, Sweep]
    assert kinds[4] is Annotation
    assert kinds[-1] is ReceivedUpTo
    sweeps = [item for item in items if isinstance(item, Sweep)]
    assert [sweep.samples_uv[0, 0] for sweep in sweeps] == [0, 1, 2, 3, 4]
    assert [sweep.rejected_by_source for sweep in sweeps] == [False, False, True, False, False]


def test_a_stimulus_that_lacks_a_channel_has_no_sweep() -> None:
    items = everything(PreCutSource(recording(lacking=1)))
    assert sum(isinstance(item, Stimulus) for item in items) == 5
    assert [i.samples_uv[0, 0] for i in items if isinstance(i, Sweep)] == [0, 2, 3, 4]


def test_paced_it_gives_one_sweep_a_read_and_the_same_ones() -> None:
    source = PreCutSource(recording(), paced=True)
    while (read := source.read(timeout_s=0.0)) is not None:
        assert sum(isinstance(item, Sweep) for item in read) <= 1
    many = everything(PreCutSource(recording()))
    few = everything(PreCutSource(recording(), paced=True))
    assert [type(item) for item in many] == [type(item) for item in few]


@pytest.mark.parametrize("onset", [0.0, 59.6, 60.0, 60.4])
def test_a_window_gives_back_where_its_stimulus_is(onset: float) -> None:
    window = replace(WINDOW, onset=onset)
    stimulus = window.stimulus(1000)
    assert stimulus.position == pytest.approx(1000 + onset)
    assert window.first_index(stimulus) == 1000
    before, after = sweep_offsets(window.rate_hz, window.start_ms, window.end_ms)
    assert before == window.onset_sample
    assert before + after == window.n_samples


def test_sweeps_that_overlap_know_of_each_other() -> None:
    base = recording(2)
    near = replace(
        base, sweeps=tuple(CutSweep(stimulus=WINDOW.stimulus(first)) for first in (0, 200))
    )
    items = everything(PreCutSource(near))
    assert [type(item) for item in items[:4]] == [Stimulus, Stimulus, Sweep, Sweep]
    sweeps = [item for item in items if isinstance(item, Sweep)]
    assert sweeps[0].other_stimuli_ms == (33.33,)
    assert sweeps[1].other_stimuli_ms == (-33.33,)


def test_after_close_there_is_nothing() -> None:
    source = PreCutSource(recording())
    source.close()
    source.close()
    assert source.read(timeout_s=0.0) is None
