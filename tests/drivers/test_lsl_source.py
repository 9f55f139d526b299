"""A live source fed by streams that lose, jump, come back and change."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from amr_monitor.drivers.lsl_inlet import StreamReader
from amr_monitor.drivers.lsl_opening import LslSourceSettings
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.lsl_source import LslSource, open_lsl
from amr_monitor.drivers.recording import RecordingSettings
from amr_monitor.dsp.triggers import TriggerSettings
from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import SourceLost
from amr_monitor.model.signal import Gap, SampleBlock
from amr_monitor.model.source import (
    Annotation,
    Origin,
    SourceChanged,
    SourceItem,
    SourceWarning,
    WarningCourse,
)
from amr_monitor.model.stimulation import Stimulus, StimulusClass, TriggerQuality
from tests.drivers.lsl_fakes import (
    EMG_CHANNELS,
    RATE_HZ,
    WITH_COUNTER,
    FakeNetwork,
    Sent,
    Step,
    all_items,
    described,
    markers,
    sent,
)

STIMULI_S = [0.8, 1.8, 2.8, 3.8, 4.8]
NO_TRIGGER = EMG_CHANNELS[:2]


def settings(
    *, use_markers: bool = True, trigger: TriggerSettings | None = None
) -> LslSourceSettings:
    return LslSourceSettings(
        lsl=LslSettings(use_context=False, use_markers=use_markers),
        recording=RecordingSettings(trigger=trigger or TriggerSettings()),
    )


@contextmanager
def opened(network: FakeNetwork, chosen: LslSourceSettings | None = None) -> Iterator[LslSource]:
    source = open_lsl(chosen or settings(), network=network)
    try:
        yield source
    finally:
        source.close()


def items_of(
    *streams: tuple[object, Sequence[Step]], chosen: LslSourceSettings | None = None
) -> list[SourceItem]:
    network = FakeNetwork(*streams)  # type: ignore[arg-type]
    with opened(network, chosen) as source:
        return all_items(source, network)


def of_kind(items: Sequence[SourceItem], kind: type) -> list:  # type: ignore[type-arg]
    return [item for item in items if isinstance(item, kind)]


def received(items: Sequence[SourceItem]) -> np.ndarray:
    """Return all samples; blocks follow each other."""
    blocks = of_kind(items, SampleBlock)
    expected = 0
    for block in blocks:
        assert block.first_index == expected
        expected = block.end_index
    return np.concatenate([block.samples_uv for block in blocks], axis=1)


def without_markers() -> LslSourceSettings:
    return settings(use_markers=False)


def test_samples_come_as_sent_in_microvolts_with_their_stimuli() -> None:
    device = sent(stimuli_s=STIMULI_S, n_channels=3)
    items = items_of((described(), device.cut([20])), chosen=without_markers())
    samples = received(items)
    assert samples.shape == (2, len(device.stamps_s))
    np.testing.assert_allclose(samples, device.values[:, :2].T, atol=0.04)
    assert not of_kind(items, Gap)
    positions = [s.position / RATE_HZ for s in of_kind(items, Stimulus)]
    # The first pulses teach the levels of the line; those of two seconds ago are past.
    np.testing.assert_allclose(positions[-3:], STIMULI_S[-3:], atol=0.6 / RATE_HZ)


def expectations(
    monkeypatch: pytest.MonkeyPatch, *streams: tuple[object, Sequence[Step]]
) -> tuple[list[bool], set[int]]:
    """Return what the reader is told to bring: in stretches or not, and where sweeps end."""
    stretches: list[bool] = []
    told: set[int] = set()

    def expect(reader: StreamReader, *, in_stretches: bool, ends: tuple[int, ...]) -> None:
        del reader
        stretches.append(in_stretches)
        told.update(ends)

    monkeypatch.setattr(StreamReader, "expect", expect)
    items_of(*streams, chosen=without_markers())
    return stretches, told


def test_the_reader_is_told_where_sweeps_end(monkeypatch: pytest.MonkeyPatch) -> None:
    device = sent(stimuli_s=STIMULI_S, n_channels=3)
    stretches, told = expectations(monkeypatch, (described(), device.cut([20])))
    assert stretches[-1]
    # 100 ms after the onset, and the sample that shows that no stimulus lies behind the last.
    assert {round((onset_s + 0.1) * RATE_HZ) + 1 for onset_s in STIMULI_S[3:]} <= told


def test_without_a_trigger_samples_come_as_soon_as_they_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device = sent(stimuli_s=STIMULI_S, n_channels=2)
    stretches, _ = expectations(monkeypatch, (described(channels=NO_TRIGGER), device.cut([20])))
    assert not any(stretches)


def test_a_stimulus_never_comes_after_its_own_sample() -> None:
    device = sent(stimuli_s=STIMULI_S, n_channels=3)
    items = items_of((described(), device.cut([7])), chosen=without_markers())
    given = 0
    late = []
    for item in items:
        if isinstance(item, SampleBlock):
            given = item.end_index
        elif isinstance(item, Stimulus) and item.sample_index < given:
            late.append(item.sample_index / RATE_HZ)
    assert all(time_s < 3.0 for time_s in late)  # those from which the levels were learnt


@pytest.mark.parametrize("sizes", [[1], [13, 400, 1], [10_000]])
def test_the_size_of_chunks_changes_nothing(sizes: list[int]) -> None:
    device = sent(stimuli_s=STIMULI_S, n_channels=4).without(5000, 5040)
    stream = described(channels=WITH_COUNTER)
    expected = items_of((stream, device.cut([40])), chosen=without_markers())
    found = items_of((stream, device.cut(sizes)), chosen=without_markers())
    np.testing.assert_array_equal(received(found), received(expected))
    assert of_kind(found, Gap) == of_kind(expected, Gap)
    assert [s.position for s in of_kind(found, Stimulus)][-3:] == [
        s.position for s in of_kind(expected, Stimulus)
    ][-3:]


@pytest.mark.parametrize("channels", [EMG_CHANNELS, WITH_COUNTER])
@pytest.mark.parametrize("n_lost", [1, 20, 3000])
def test_lost_samples_are_a_gap_of_their_length_where_they_were(
    channels: Sequence[tuple[str, str]], n_lost: int
) -> None:
    device = sent(n_channels=len(channels)).without(5000, 5000 + n_lost)
    items = items_of((described(channels=channels), device.cut([50])), chosen=without_markers())
    (gap,) = of_kind(items, Gap)
    assert gap.sample_index == 5000
    assert gap.resumes_at_s == pytest.approx((5000 + n_lost) / RATE_HZ, abs=1e-4)
    assert "lost" in gap.reason
    assert received(items).shape[1] == len(device.stamps_s)


@pytest.mark.parametrize("jump_s", [5.0, -5.0])
def test_a_jump_of_the_clock_is_no_loss_where_the_device_counts(jump_s: float) -> None:
    device = sent().later(5000, jump_s)
    items = items_of((described(channels=WITH_COUNTER), device.cut([50])), chosen=without_markers())
    assert not of_kind(items, Gap)
    assert [w.code for w in of_kind(items, SourceWarning)] == ["clock_jump"]
    assert f"{jump_s:+.0f}" in of_kind(items, SourceWarning)[0].message


def test_a_jump_back_without_a_counter_ends_the_segment_and_says_what_it_is() -> None:
    device = sent(n_channels=3).later(5000, -5.0)
    items = items_of((described(), device.cut([50])), chosen=without_markers())
    (gap,) = of_kind(items, Gap)
    assert gap.sample_index == 5000
    assert gap.resumes_at_s == pytest.approx(5001 / RATE_HZ, abs=1e-4)
    assert "clock" in gap.reason


@pytest.mark.parametrize("drift", [1e-4, -1e-4])
def test_a_drift_of_100_ppm_is_no_gap(drift: float) -> None:
    device = sent(seconds=30.0, drift=drift, n_channels=3)
    items = items_of((described(), device.cut([40])), chosen=without_markers())
    assert not of_kind(items, Gap)


def test_samples_that_are_no_numbers_are_left_out_and_told() -> None:
    device = sent(n_channels=3)
    device.values[4000:4200, 1] = np.nan
    items = items_of((described(), device.cut([50])), chosen=without_markers())
    (gap,) = of_kind(items, Gap)
    assert gap.sample_index == 4000
    assert gap.resumes_at_s == pytest.approx(4200 / RATE_HZ, abs=1e-4)
    assert np.isfinite(received(items)).all()
    assert [w.code for w in of_kind(items, SourceWarning)] == ["samples_not_numbers"]
    assert "L Mentalis" in gap.reason


def test_a_stream_that_comes_back_under_another_id_goes_on_after_a_gap() -> None:
    first = sent(seconds=2.0, n_channels=3)
    second = sent(seconds=2.0, n_channels=3, start_s=105.0, seed=4)
    items = items_of(
        (described(), first.cut([40])),
        (described(uid="uid-2", source_id="amp-2", host="other"), second.cut([40])),
        chosen=without_markers(),
    )
    assert received(items).shape[1] == 8000
    (gap,) = of_kind(items, Gap)
    assert gap.sample_index == 4000
    assert gap.resumes_at_s == pytest.approx(5.0, abs=0.1)
    assert not of_kind(items, SourceChanged)
    assert {"stream_gone", "stream_back"} <= {w.code for w in of_kind(items, SourceWarning)}


@pytest.mark.parametrize(
    ("channels", "rate_hz", "muscles"),
    [
        (EMG_CHANNELS, 4000.0, (Muscle.ORBICULARIS_OCULI, Muscle.MENTALIS)),
        ((EMG_CHANNELS[0], EMG_CHANNELS[2]), RATE_HZ, (Muscle.ORBICULARIS_OCULI,)),
    ],
)
def test_another_rate_or_a_channel_less_is_told_as_another_source(
    channels: Sequence[tuple[str, str]], rate_hz: float, muscles: tuple[Muscle, ...]
) -> None:
    second = sent(seconds=2.0, start_s=105.0, rate_hz=rate_hz)
    kept = [0, 2] if len(channels) == 2 else [0, 1, 2]
    second = Sent(values=second.values[:, kept], stamps_s=second.stamps_s)
    items = items_of(
        (described(), sent(seconds=2.0, n_channels=3).cut([40])),
        (described(uid="uid-2", channels=channels, rate_hz=rate_hz), second.cut([40])),
        chosen=without_markers(),
    )
    (changed,) = of_kind(items, SourceChanged)
    assert changed.info.sampling_rate_hz == rate_hz
    assert changed.info.montage.muscles == muscles
    at = items.index(changed)
    gap = items[at - 1]
    assert isinstance(gap, Gap)
    assert gap.sample_index == changed.sample_index == 4000
    after = of_kind(items[at:], SampleBlock)
    assert all(block.samples_uv.shape[0] == len(muscles) for block in after)


def test_a_stream_that_comes_back_without_muscles_is_told_and_not_used() -> None:
    items = items_of(
        (described(), sent(seconds=2.0, n_channels=3).cut([40])),
        (described(uid="uid-2", channels=(("EKG", "mV"),)), sent(n_channels=1).cut([40])),
        chosen=without_markers(),
    )
    assert received(items).shape[1] == 4000
    told = [w for w in of_kind(items, SourceWarning) if w.code == "stream_unusable"]
    assert "EKG" in told[0].message


def test_a_simulation_never_takes_the_place_of_a_device() -> None:
    items = items_of(
        (described(), sent(seconds=2.0, n_channels=3).cut([40])),
        (described(uid="uid-2", origin="simulated"), sent(n_channels=3, start_s=105.0).cut([40])),
        chosen=without_markers(),
    )
    assert received(items).shape[1] == 4000
    assert "stream_unusable" in {w.code for w in of_kind(items, SourceWarning)}


def test_a_simulation_says_that_it_is_one() -> None:
    network = FakeNetwork((described(origin="simulated"), []))
    with opened(network, without_markers()) as source:
        assert source.info.origin is Origin.SIMULATED
        assert source.info.name == "amp"
        assert source.info.trigger_quality is TriggerQuality.SAMPLE_LOCKED
        assert source.info is source.info


def test_markers_alone_are_moved_onto_the_artifacts() -> None:
    stimuli_s = [0.8 + 0.5 * k for k in range(24)]
    generator = np.random.default_rng(5)
    late_s = generator.normal(10.0, 3.0, size=24).clip(0.0, 20.0) / 1000.0
    texts = [(100.0 + t + d, "Stim 8.0 mA") for t, d in zip(stimuli_s, late_s, strict=True)]
    device = sent(seconds=14.0, stimuli_s=stimuli_s, rate_hz=10_000.0, n_channels=2)
    emg = described(channels=NO_TRIGGER, rate_hz=10_000.0)
    items = items_of((emg, device.cut([100])), markers(texts))
    found = of_kind(items, Stimulus)
    assert len(found) == 24
    off_ms = [1000.0 * (s.position / 10_000.0 - t) for s, t in zip(found, stimuli_s, strict=True)]
    assert np.abs(off_ms).max() <= 0.1
    assert {s.current_ma for s in found} == {8.0}


def test_where_markers_drift_from_the_artifacts_a_condition_begins() -> None:
    stimuli_s = [0.8 + 0.25 * k for k in range(90)]
    late_s = np.r_[np.full(40, 0.002), np.linspace(0.002, 0.016, 50)]
    texts = [(100.0 + t + d, "stim") for t, d in zip(stimuli_s, late_s, strict=True)]
    device = sent(seconds=24.0, stimuli_s=stimuli_s, n_channels=2)
    items = items_of((described(channels=NO_TRIGGER), device.cut([40])), markers(texts))
    told = [w for w in of_kind(items, SourceWarning) if w.code == "marker_artifact_drift"]
    assert [w.course for w in told] == [WarningCourse.BEGINS]


def test_a_trigger_gives_the_time_and_a_marker_class_and_current() -> None:
    texts = [(100.0 + t + 0.01, f"Stim {'zlr ' if t > 4 else ''}{t:.1f} mA") for t in STIMULI_S]
    device = sent(stimuli_s=STIMULI_S, n_channels=3)
    items = items_of((described(), device.cut([20])), markers(texts))
    found = of_kind(items, Stimulus)[-3:]
    np.testing.assert_allclose(
        [s.position / RATE_HZ for s in found], STIMULI_S[-3:], atol=0.6 / RATE_HZ
    )
    assert [s.current_ma for s in found] == [2.8, 3.8, 4.8]
    assert [s.stimulus_class for s in found] == [None, None, StimulusClass.ZLR]


def test_markers_of_another_clock_are_told_while_that_lasts() -> None:
    stimuli_s = [0.8 + 0.5 * k for k in range(18)]
    texts = [(100.0 + t - (50.0 if 4 <= k < 10 else 0.0), "stim") for k, t in enumerate(stimuli_s)]
    device = sent(seconds=11.0, stimuli_s=stimuli_s, n_channels=2)
    items = items_of((described(channels=NO_TRIGGER), device.cut([40])), markers(texts))
    told = [w for w in of_kind(items, SourceWarning) if w.code == "markers_outside"]
    assert [w.course for w in told] == [WarningCourse.BEGINS, WarningCourse.ENDS]
    assert len(of_kind(items, Stimulus)) == 12


def test_marks_commands_and_notes_of_a_marker_stream_are_annotations() -> None:
    texts = [(101.0, "dura opened"), (101.5, "vessel moved: AICA"), (102.0, "hello")]
    items = items_of((described(), sent(n_channels=3).cut([20])), markers(texts))
    found = of_kind(items, Annotation)
    assert [a.text for a in found] == ["dura opened", "vessel moved: AICA", "hello"]
    given = 0
    for item in items:
        if isinstance(item, Annotation):
            assert item.sample_index >= given
            assert item.sample_index % 2 == 0  # the grid of 1 ms
        elif isinstance(item, SampleBlock):
            given = item.end_index


def test_its_own_events_are_no_markers() -> None:
    own = markers([(101.0, "dura opened")], name="amr-monitor")
    network = FakeNetwork((described(), sent(n_channels=3).cut([20])), own)
    network.inlets[1].is_done.set()  # nobody opens it
    with opened(network, settings()) as source:
        items = all_items(source, network)
    assert not of_kind(items, Annotation)


def test_the_artifact_alone_where_asked() -> None:
    stimuli_s = [0.6 + 0.33 * k for k in range(40)]
    device = sent(seconds=15.0, stimuli_s=stimuli_s, n_channels=2)
    chosen = settings(use_markers=False, trigger=TriggerSettings(artifact_alone=True))
    items = items_of((described(channels=NO_TRIGGER), device.cut([40])), chosen=chosen)
    found = of_kind(items, Stimulus)
    assert len(found) >= 28
    off_ms = [1000.0 * min(abs(s.position / RATE_HZ - t) for t in stimuli_s) for s in found]
    assert max(off_ms) <= 0.5


def test_closing_ends_reading_and_may_be_done_twice() -> None:
    network = FakeNetwork((described(), sent(n_channels=3).cut([20])))
    source = open_lsl(settings(), network=network)
    source.close()
    source.close()
    assert source.read(timeout_s=0.0) is None


def test_a_thread_that_fails_is_told() -> None:
    def fail() -> None:
        raise ZeroDivisionError("of a test")

    network = FakeNetwork((described(), [fail]))
    with opened(network, without_markers()) as source, pytest.raises(SourceLost, match="test"):
        all_items(source, network)
