import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amr_monitor.formats.edf import EdfFile
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.simulation import RecordingLayout, Surgery, simulate, write_recording


def truth(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def onsets_s(recording: EdfFile, surgery: Surgery) -> list[float]:
    """Return where the trigger channel rises, as any reader would find it."""
    signal = next(s for s in recording.signals if s.label == "TRIG")
    level = recording.read_physical(signal, 0, recording.n_samples(signal))
    rate_hz = recording.rate_hz(signal)
    low = np.flatnonzero((level[:-1] < 2.5) & (level[1:] >= 2.5))
    crossing = low + (2.5 - level[low]) / (level[low + 1] - level[low])
    assert surgery.duration_s > 0
    return [float(at) / rate_hz for at in crossing]


@pytest.mark.parametrize("ending", ["edf", "bdf"])
def test_a_recording_holds_what_was_simulated(lost: Surgery, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"lost.{ending}"
    assert write_recording(lost, path) == tmp_path / "lost.truth.json"
    recording = EdfFile(path)
    assert recording.header.is_simulated
    assert recording.warnings == ()
    assert [s.label for s in recording.signals] == ["L OOc", "L Mentalis", "TRIG"]
    for row, signal in enumerate(recording.signals[:2]):
        assert signal.calibration is not None
        samples = recording.read_physical(signal, 0, lost.n_samples)
        wanted = lost.samples_uv(0, lost.n_samples)[row]
        assert np.abs(samples - wanted).max() <= 0.51 * signal.calibration.gain + 2e-4
    assert onsets_s(recording, lost) == pytest.approx(list(lost.pulses.time_s), abs=1e-7)
    recording.close()


def test_annotations_tell_every_stimulus_and_mark(lost: Surgery, tmp_path: Path) -> None:
    path = tmp_path / "lost.edf"
    write_recording(lost, path)
    recording = EdfFile(path)
    stimuli = [a for a in recording.annotations if a.text.startswith("Stim ")]
    marks = [a.text for a in recording.annotations if not a.text.startswith("Stim")]
    assert [a.onset_s for a in stimuli] == pytest.approx(list(lost.pulses.time_s), abs=6e-5)
    assert {a.text for a in stimuli} == {f"Stim {lost.pulses.current_ma[0]:.1f} mA"}
    assert marks == [mark.text for mark in lost.marks]
    recording.close()


def test_the_truth_tells_each_sweep_of_each_muscle(lost: Surgery, tmp_path: Path) -> None:
    content = truth(write_recording(lost, tmp_path / "lost.edf"))
    assert content["origin"] == "simulated"
    assert content["outcome"] == "disappeared"
    assert (content["scenario"], content["seed"]) == ("abrupt_loss", 5)
    n_sweeps = len(content["sweeps"]["time_s"])
    assert n_sweeps == lost.pulses.time_s.size
    for muscle in ("orbicularis_oculi", "mentalis"):
        figures = content["muscles"][muscle]
        assert {len(values) for values in figures.values()} == {n_sweeps}
        assert figures["present"] == [uv > 0.0 for uv in figures["amplitude_uv"]]
    assert [mark["text"] for mark in content["marks"]] == [mark.text for mark in lost.marks]


def test_the_same_surgery_gives_the_same_bytes(lost: Surgery, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_recording(lost, tmp_path / f"{name}.edf")
    for ending in ("edf", "truth.json"):
        one, other = (tmp_path / f"{name}.{ending}" for name in ("a", "b"))
        assert one.read_bytes() == other.read_bytes()


def test_trigger_and_annotations_can_each_be_left_out(lost: Surgery, tmp_path: Path) -> None:
    write_recording(lost, tmp_path / "annotated.edf", trigger=False)
    write_recording(lost, tmp_path / "triggered.edf", annotations=False)
    annotated, triggered = EdfFile(tmp_path / "annotated.edf"), EdfFile(tmp_path / "triggered.edf")
    assert "TRIG" not in [s.label for s in annotated.signals]
    assert triggered.annotations == ()
    content = truth(tmp_path / "triggered.truth.json")
    assert (content["outcome"], content["phase_known"], content["marks"]) == (
        "disappeared",
        False,
        [],
    )
    annotated.close()
    triggered.close()


def test_marks_alone_can_be_annotated(lost: Surgery, tmp_path: Path) -> None:
    write_recording(lost, tmp_path / "x.edf", layout=RecordingLayout(stimulus_annotations=False))
    recording = EdfFile(tmp_path / "x.edf")
    assert [a.text for a in recording.annotations] == [mark.text for mark in lost.marks]
    recording.close()


def test_another_order_unit_and_rate_hold_the_same_surgery(lost: Surgery, tmp_path: Path) -> None:
    layout = RecordingLayout(
        dimension="mV",
        labels=("Oculi L", "Ment L"),
        reversed_order=True,
        other_channels=("EEG Cz", "EEG Cz"),
        trigger_rate_hz=500,
    )
    write_recording(lost, tmp_path / "x.edf", layout=layout)
    recording = EdfFile(tmp_path / "x.edf")
    labels = [s.label for s in recording.signals]
    assert labels == ["Ment L", "Oculi L", "EEG Cz", "EEG Cz", "TRIG"]
    oculi = recording.signals[1]
    assert oculi.dimension == "mV"
    samples_mv = recording.read_physical(oculi, 0, lost.n_samples)
    wanted = lost.samples_uv(0, lost.n_samples)[0]
    assert np.abs(1000.0 * samples_mv - wanted).max() <= 0.051
    assert onsets_s(recording, lost) == pytest.approx(list(lost.pulses.time_s), abs=1e-6)
    recording.close()


def test_a_hole_makes_a_discontinuous_file_and_is_in_the_truth(
    lost: Surgery, tmp_path: Path
) -> None:
    layout = RecordingLayout(holes_s=((30.0, 41.25),))
    write_recording(lost, tmp_path / "x.edf", layout=layout)
    recording = EdfFile(tmp_path / "x.edf")
    assert [round(s.onset_s, 4) for s in recording.segments] == [0.0, 41.25]
    signal = recording.signals[0]
    after = recording.read_physical(signal, 30 * 2000, 500)
    wanted = lost.samples_uv(round(41.25 * 2000), round(41.25 * 2000) + 500)[0]
    assert after == pytest.approx(wanted, abs=0.051)
    figures = truth(tmp_path / "x.truth.json")["muscles"]["mentalis"]
    in_gap = ["gap" in names for names in figures["confounders"]]
    assert 11 <= sum(in_gap) <= 12
    recording.close()


def test_a_recording_without_any_stimulus_is_refused(lost: Surgery, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no stimulus could be found"):
        write_recording(lost, tmp_path / "x.edf", trigger=False, annotations=False)


@pytest.mark.parametrize(
    ("name", "layout", "message"),
    [
        ("x.txt", RecordingLayout(), "ending tells the format"),
        ("x.edf", RecordingLayout(dimension="mA"), "is no voltage"),
        ("x.edf", RecordingLayout(labels=("OOc",)), "2 muscles are recorded, but 1 labels"),
        ("x.edf", RecordingLayout(labels=("OOc", "M" * 17)), "16 characters"),
        ("x.edf", RecordingLayout(trigger_rate_hz=333.3), "not a whole number"),
    ],
)
def test_a_form_that_cannot_be_written_is_told_in_one_line(
    lost: Surgery, tmp_path: Path, name: str, layout: RecordingLayout, message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        write_recording(lost, tmp_path / name, layout=layout)
    assert "\n" not in str(error.value)


def test_a_folder_that_is_not_there_is_told(lost: Surgery, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_recording(lost, tmp_path / "nowhere" / "x.edf")


def test_progress_is_told_record_by_record(tmp_path: Path) -> None:
    surgery = simulate("persistent", seed=1, minutes=3.2, rate_hz=1000)
    shares: list[float] = []
    write_recording(surgery, tmp_path / "x.edf", progress=shares.append)
    assert shares[-1] == 1.0
    assert len(shares) == int(surgery.duration_s)
