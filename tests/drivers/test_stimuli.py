import numpy as np
import pytest

from amr_monitor.drivers.recording import Segment, TimeAxis
from amr_monitor.drivers.stimuli import (
    TextAt,
    TriggerEdges,
    aligned,
    apart,
    find_stimuli,
    from_trigger,
    stimulus_at,
)
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.signal import FloatArray
from amr_monitor.model.stimulation import Stimulus, StimulusClass, TriggerQuality
from amr_monitor.monitor.annotations import StimulusText, stimulus_from_text
from tests.drivers.surgeries import Surgery

RATE_HZ = 10_000.0
ONE_A_SECOND = np.arange(1.0, 21.0, dtype=np.float64) * np.float64(RATE_HZ)


def texts(*told: tuple[float, str]) -> list[TextAt]:
    found = []
    for time_s, text in told:
        said = stimulus_from_text(text)
        assert said is not None
        found.append(TextAt(position=time_s * RATE_HZ, said=said))
    return found


def by_trigger(*told: tuple[float, str]) -> tuple[Stimulus, ...]:
    return from_trigger(ONE_A_SECOND, texts(*told), rate_hz=RATE_HZ)[0]


def test_the_trigger_gives_the_time_and_the_text_the_current() -> None:
    stimuli, n_lone = from_trigger(
        ONE_A_SECOND,
        texts(*((k + 0.02, f"Stim {k}.5 mA") for k in range(1, 21))),
        rate_hz=RATE_HZ,
    )
    assert [s.position for s in stimuli] == ONE_A_SECOND.tolist()
    assert [s.current_ma for s in stimuli] == [k + 0.5 for k in range(1, 21)]
    assert n_lone == 0


def test_a_text_belongs_to_the_nearest_edge_within_100_ms() -> None:
    stimuli, n_lone = from_trigger(
        np.array([10_000.0, 11_000.0]),
        texts((1.04, "Stim zlr 3 mA"), (1.3, "Stim mep 9 mA")),
        rate_hz=RATE_HZ,
    )
    assert [s.stimulus_class for s in stimuli] == [StimulusClass.ZLR, None]
    assert n_lone == 1


def test_without_texts_current_and_class_are_unknown() -> None:
    assert all(s.current_ma is None and s.stimulus_class is None for s in by_trigger())


def test_a_current_told_only_at_changes_holds_until_the_next() -> None:
    stimuli = by_trigger((3.5, "Stim 8.0 mA"), (10.0, "Stim 12.0 mA"))
    assert [s.current_ma for s in stimuli] == [None] * 3 + [8.0] * 6 + [12.0] * 11
    assert {s.stimulus_class for s in stimuli} == {None}


def test_a_class_told_only_at_changes_holds_until_the_next() -> None:
    stimuli = by_trigger((5.0, "Stim zlr 3.0 mA"), (9.0, "Stim amr 8.0 mA"))
    assert [s.stimulus_class for s in stimuli] == [None] * 4 + [StimulusClass.ZLR] * 4 + [
        StimulusClass.AMR
    ] * 12
    assert stimuli[5].current_ma == 3.0
    assert stimuli[-1].current_ma == 8.0


def test_where_each_stimulus_has_its_text_a_lone_edge_is_left_to_its_rate() -> None:
    told = [(float(k), "Stim 8.0 mA") for k in range(1, 20)]
    told[9] = (10.0, "Stim zlr 3.0 mA")
    stimuli = by_trigger(*told)
    assert stimuli[9].stimulus_class is StimulusClass.ZLR
    assert stimuli[9].current_ma == 3.0
    assert stimuli[19].stimulus_class is None
    assert stimuli[19].current_ma == 8.0


def test_a_click_has_no_current_of_the_nerve() -> None:
    stimuli = by_trigger(*((float(k), "Stim 8.0 mA") for k in range(1, 20)), (20.0, "stim baep"))
    assert stimuli[19].stimulus_class is StimulusClass.BAEP_CLICK
    assert stimuli[19].current_ma is None


def test_texts_that_repeat_are_one_stimulus() -> None:
    kept = apart(
        texts((1.0, "Stim 1 mA"), (1.001, "Stim 2 mA"), (2.0, "Stim 3 mA")),
        rate_hz=RATE_HZ,
        refractory_ms=5.0,
    )
    assert [text.said.current_ma for text in kept] == [1.0, 3.0]


def test_a_position_just_below_a_sample_is_kept() -> None:
    stimulus = stimulus_at(np.nextafter(5.0, 0.0), StimulusText())
    assert stimulus.sample_index == 4
    assert stimulus.position <= 5.0


SURGERY = Surgery(rate_hz=RATE_HZ, seconds=15.0, stimuli_s=np.arange(0.7, 14.5, 0.5).tolist())
EMG_UV = np.array([SURGERY.emg_uv(RATE_HZ, row) for row in range(2)], dtype=np.float32)
AXIS = TimeAxis([Segment(first_index=0, n_samples=EMG_UV.shape[1], onset_s=0.0)], rate_hz=RATE_HZ)


def read_uv(first: int, n_samples: int) -> FloatArray:
    assert 0 <= first <= first + n_samples <= EMG_UV.shape[1]
    return EMG_UV[:, first : first + n_samples]


def find(
    *,
    edges: TriggerEdges | None = None,
    told: list[TextAt] | None = None,
    settings: TriggerSettings | None = None,
) -> tuple[tuple[Stimulus, ...], TriggerQuality, list[str]]:
    found = find_stimuli(
        edges=edges,
        silent_triggers=[],
        texts=told or [],
        read_uv=read_uv,
        axis=AXIS,
        settings=settings or TriggerSettings(),
        name="x.edf",
    )
    return found.stimuli, found.quality, [w.code for w in found.warnings]


def offsets_ms(stimuli: tuple[Stimulus, ...]) -> np.ndarray:
    return np.array([s.position for s in stimuli]) / 10.0 - 1000.0 * np.array(SURGERY.stimuli_s)


def late_texts(seed: int = 1) -> list[TextAt]:
    lateness = np.random.default_rng(seed).uniform(0.0, 0.02, len(SURGERY.stimuli_s))
    return texts(
        *((s + late, "Stim 8.0 mA") for s, late in zip(SURGERY.stimuli_s, lateness, strict=True))
    )


def test_late_markers_are_put_on_the_artifact() -> None:
    stimuli, quality, warnings = find(told=late_texts())
    assert quality is TriggerQuality.STREAM_SYNCED
    assert warnings == []
    assert np.ptp(offsets_ms(stimuli)) < 0.05
    assert {s.current_ma for s in stimuli} == {8.0}


@pytest.mark.parametrize("after_s", [0.002, 0.02, 0.035, 0.05])
def test_a_marker_that_came_twice_is_one_stimulus(after_s: float) -> None:
    told = late_texts()
    doubles = [
        TextAt(position=text.position + after_s * RATE_HZ, said=text.said) for text in told[::3]
    ]
    stimuli, quality, _ = find(told=sorted([*told, *doubles], key=lambda text: text.position))
    assert quality is TriggerQuality.STREAM_SYNCED
    assert len(stimuli) == len(told)
    assert np.ptp(offsets_ms(stimuli)) < 0.05


def test_a_click_beside_a_stimulus_is_no_repetition_of_it() -> None:
    told = late_texts()
    clicks = texts(*((s + 0.05, "Stim baep") for s in SURGERY.stimuli_s[::2]))
    stimuli, _, _ = find(told=sorted([*told, *clicks], key=lambda text: text.position))
    assert len(stimuli) == len(told) + len(clicks)


def test_alignment_can_be_switched_off() -> None:
    stimuli, quality, warnings = find(
        told=late_texts(), settings=TriggerSettings(align_by_artifact=False)
    )
    assert quality is TriggerQuality.SOFTWARE
    assert warnings == ["stimuli_by_annotation_alone"]
    assert np.ptp(offsets_ms(stimuli)) > 10.0


def test_markers_without_artifacts_stay_where_they_are() -> None:
    flat = np.random.default_rng(2).normal(0, 5, EMG_UV.shape).astype(np.float32)
    told = late_texts()
    moved, quality = aligned(told, read_uv=lambda first, n: flat[:, first : first + n], axis=AXIS)
    assert moved == told
    assert quality is TriggerQuality.SOFTWARE


def test_a_current_holds_between_texts_that_name_none() -> None:
    told = texts((0.7, "Stim 8.0 mA"), (1.2, "Stim"), (1.7, "Stim"), (2.2, "stim baep"))
    stimuli, _, _ = find(told=told, settings=TriggerSettings(align_by_artifact=False))
    assert [s.current_ma for s in stimuli] == [8.0, 8.0, 8.0, None]


def test_a_slow_digital_trigger_is_refined_by_the_artifact() -> None:
    positions = np.ceil(np.array(SURGERY.stimuli_s) * 1000.0 - 0.3) * 10.0 - 5.0
    stimuli, quality, _ = find(edges=TriggerEdges(positions=positions, step_samples=10.0))
    assert quality is TriggerQuality.SAMPLE_LOCKED
    assert np.ptp(offsets_ms(stimuli)) < 0.05
    exact, _, _ = find(edges=TriggerEdges(positions=positions))
    assert [s.position for s in exact] == positions.tolist()


def test_texts_far_from_every_edge_are_told() -> None:
    edges = TriggerEdges(positions=np.array(SURGERY.stimuli_s) * RATE_HZ)
    _, _, warnings = find(edges=edges, told=texts((0.4, "Stim 8.0 mA")))
    assert warnings == ["annotations_without_trigger"]


def test_the_artifact_alone_gives_stimuli_where_it_is_asked_for() -> None:
    stimuli, quality, warnings = find(settings=TriggerSettings(artifact_alone=True))
    assert len(stimuli) == len(SURGERY.stimuli_s)
    assert np.ptp(offsets_ms(stimuli)) < 0.05
    assert quality is TriggerQuality.STREAM_SYNCED
    assert warnings == ["stimuli_by_artifact_alone"]


def test_no_stimulus_at_all_is_told() -> None:
    with pytest.raises(SourceFormatError, match=r"x.edf: holds no stimulus"):
        find()
    silent = np.random.default_rng(3).normal(0, 5, EMG_UV.shape).astype(np.float32)
    with pytest.raises(SourceFormatError, match=r"only \d artifacts"):
        find_stimuli(
            edges=None,
            silent_triggers=[],
            texts=[],
            read_uv=lambda first, n: silent[:, first : first + n],
            axis=AXIS,
            settings=TriggerSettings(artifact_alone=True),
            name="x.edf",
        )
