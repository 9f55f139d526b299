import json

from amr_monitor.formats.edf import EdfFile
from amr_monitor.simulation import bundled_recording

MOST_BYTES = 8_000_000


def test_the_demo_ships_with_the_package_and_is_small() -> None:
    assert bundled_recording().stat().st_size < MOST_BYTES


def test_the_demo_says_that_it_is_simulated() -> None:
    recording = EdfFile(bundled_recording())
    assert recording.header.is_simulated
    assert recording.warnings == ()
    recording.close()


def test_the_demo_loses_its_amr_early_enough_to_be_watched() -> None:
    truth = json.loads(bundled_recording().with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert truth["outcome"] == "disappeared"
    times, present = truth["sweeps"]["time_s"], truth["muscles"]["orbicularis_oculi"]["present"]
    last_seen_s = max(at for at, seen in zip(times, present, strict=True) if seen)
    moved_s = next(m["time_s"] for m in truth["marks"] if m["text"].startswith("vessel moved"))
    assert times[0] < 1.0
    assert moved_s < last_seen_s < 120.0
    assert truth["duration_s"] < 300.0
