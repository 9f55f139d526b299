"""Which stimuli a live stream has: trigger, markers, artifact."""

from itertools import pairwise

import numpy as np
import pytest

from amr_monitor.drivers.lsl_assembly import Stretch
from amr_monitor.drivers.lsl_stimuli import LATEST_S, LiveStimuli
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.source import WarningCourse
from amr_monitor.model.stimulation import Stimulus, StimulusClass, TriggerQuality
from amr_monitor.monitor.annotations import StimulusText
from tests.drivers.lsl_fakes import RATE_HZ, sent

STIMULI_S = [0.8 + k for k in range(12)]


def live(*, has_trigger: bool = True, settings: TriggerSettings | None = None) -> LiveStimuli:
    return LiveStimuli(
        name="amp",
        rate_hz=RATE_HZ,
        n_channels=2,
        has_trigger=has_trigger,
        settings=settings or TriggerSettings(),
        marker_wait_s=0.06,
    )


def stretches(n_chunk: int, *, has_trigger: bool = True) -> list[Stretch]:
    values = sent(seconds=14.0, stimuli_s=STIMULI_S).values.T
    return [
        Stretch(
            first_index=first,
            samples_uv=values[:2, first : first + n_chunk],
            trigger=values[2, first : first + n_chunk].astype(float) if has_trigger else None,
        )
        for first in range(0, values.shape[1], n_chunk)
    ]


def said(current_ma: float, kind: StimulusClass | None = None) -> StimulusText:
    return StimulusText(current_ma=current_ma, stimulus_class=kind)


@pytest.mark.parametrize("n_chunk", [20, 10_000])
def test_each_stimulus_keeps_its_own_text_in_chunks_of_any_length(n_chunk: int) -> None:
    stimuli = live()
    texts = [(s * RATE_HZ + 20.0, said(s)) for s in STIMULI_S]
    found: list[Stimulus] = []
    for stretch in stretches(n_chunk):
        end = stretch.first_index + stretch.samples_uv.shape[1]
        while texts and texts[0][0] < end:
            found += stimuli.text(*texts.pop(0))
        found += stimuli.push(stretch)
    assert [s.current_ma for s in found][-5:] == pytest.approx(STIMULI_S[-5:])
    assert not stimuli.take_warnings()


def test_where_each_has_its_text_one_without_is_left_to_its_rate() -> None:
    stimuli = live()
    found: list[Stimulus] = []
    texts = [(s * RATE_HZ + 20.0, said(3.0, StimulusClass.ZLR)) for s in STIMULI_S if s != 9.8]
    for stretch in stretches(20):
        while texts and texts[0][0] < stretch.first_index:
            found += stimuli.text(*texts.pop(0))
        found += stimuli.push(stretch)
    classes = {round(s.position / RATE_HZ, 1): s.stimulus_class for s in found}
    assert classes[8.8] is StimulusClass.ZLR
    assert classes[9.8] is None


def test_samples_wait_as_long_as_a_stimulus_may_still_lie_in_them() -> None:
    stimuli = live()
    for stretch in stretches(20):
        stimuli.push(stretch)
        end = stretch.first_index + stretch.samples_uv.shape[1]
        assert end - 1 <= stimuli.hold_index + 1 <= end
    alone = live(has_trigger=False)
    for stretch in stretches(20, has_trigger=False):
        alone.push(stretch)
    assert alone.hold_index == 28_000 - 120


def test_a_dead_trigger_gives_way_to_markers_and_says_so() -> None:
    stimuli = live()
    found: list[Stimulus] = []
    texts = [(s * RATE_HZ + 20.0, said(5.0)) for s in STIMULI_S]
    for stretch in stretches(20):
        assert stretch.trigger is not None
        dead = Stretch(
            first_index=stretch.first_index,
            samples_uv=stretch.samples_uv,
            trigger=np.zeros_like(stretch.trigger),
        )
        while texts and texts[0][0] < stretch.first_index:
            found += stimuli.text(*texts.pop(0))
        found += stimuli.push(dead)
    assert len(found) >= 8
    told = stimuli.take_warnings()
    assert [(w.code, w.course) for w in told if w.code == "trigger_never_rises"] == [
        ("trigger_never_rises", WarningCourse.BEGINS)
    ]


def test_markers_without_their_trigger_are_told() -> None:
    stimuli = live()
    for stretch in stretches(20):
        stimuli.push(stretch)
    for k in range(20):
        stimuli.text(20_000.0 + 400.0 * k + 150.0, said(5.0))
    assert "markers_without_trigger" in {w.code for w in stimuli.take_warnings()}


def test_a_marker_that_comes_too_late_is_told_and_gives_no_stimulus() -> None:
    stimuli = live(has_trigger=False)
    for stretch in stretches(20, has_trigger=False):
        stimuli.push(stretch)
    assert stimuli.text(28_000 - (LATEST_S + 0.5) * RATE_HZ, said(5.0)) == []
    assert [w.code for w in stimuli.take_warnings()] == ["marker_too_late"]


def test_markers_without_an_artifact_are_told_while_that_lasts() -> None:
    stimuli = live(has_trigger=False)
    done = 0
    for stretch in stretches(20, has_trigger=False):
        stimuli.push(stretch)
        done = stretch.first_index
        if done % 600 == 0 and done > 1200:
            stimuli.text(float(done - 300), said(5.0))
    told = [w for w in stimuli.take_warnings() if w.code == "stimuli_by_marker_alone"]
    assert told
    assert told[0].course is WarningCourse.BEGINS
    stimuli.end_warnings()
    assert stimuli.take_warnings()[0].course is WarningCourse.ENDS


def test_stimuli_come_in_order_and_once() -> None:
    stimuli = live(has_trigger=False, settings=TriggerSettings(align_by_artifact=False))
    for stretch in stretches(20, has_trigger=False)[:200]:
        stimuli.push(stretch)
    found = [
        *stimuli.text(3000.0, said(1.0)),
        *stimuli.text(3001.0, said(1.0)),
        *stimuli.text(2000.0, said(1.0)),
        *stimuli.text(3900.0, said(1.0)),
    ]
    assert [s.position for s in found] == [3000.0, 3900.0]
    assert all(a.position < b.position for a, b in pairwise(found))


def test_quality_is_what_the_stream_can_give() -> None:
    alone = TriggerSettings(align_by_artifact=False)
    assert live().quality is TriggerQuality.SAMPLE_LOCKED
    assert live(has_trigger=False).quality is TriggerQuality.STREAM_SYNCED
    assert live(has_trigger=False, settings=alone).quality is TriggerQuality.SOFTWARE
