from pathlib import Path

import numpy as np

from amr_monitor.drivers.edf_channels import EdfPart, EmgReader, Piece, TriggerReader
from amr_monitor.formats.edf import EdfFile
from tests.formats.edf_bytes import RawFile, RawSignal

VALUES = np.random.default_rng(1).integers(-3000, 3000, 400).astype(np.int32)
TRIGGER = np.where(np.arange(400) % 100 < 10, 1000, 0).astype(np.int32)


def pieces(path: Path, trigger: RawSignal, *, onsets_s: list[float]) -> list[Piece]:
    raw = RawFile(
        signals=[RawSignal(samples=VALUES), trigger],
        reserved="BDF+D" if trigger.dimension == "Boolean" else "EDF+D",
        is_bdf=trigger.dimension == "Boolean",
        record_onsets_s=onsets_s,
    )
    path.write_bytes(raw.content())
    file = EdfFile(path)
    emg, trig = file.signals
    part = EdfPart(file=file, emg=(emg,), lines=(file.calibration(emg),), triggers=(trig,))
    found = []
    first = 0
    for number, segment in enumerate(file.segments):
        n_samples = segment.n_samples(part.per_record)
        found.append(
            Piece(
                part=part,
                number=number,
                first_index=first,
                n_samples=n_samples,
                onset_s=segment.onset_s,
            )
        )
        first += n_samples
    return found


HOLE = [0.0, 0.1, 5.0, 5.1]


def test_emg_is_read_across_pieces(tmp_path: Path) -> None:
    reader = EmgReader(pieces(tmp_path / "x.edf", RawSignal(samples=TRIGGER), onsets_s=HOLE))
    np.testing.assert_allclose(reader.read_uv(0, 400)[0], VALUES * 0.1, atol=1e-3)
    np.testing.assert_array_equal(reader.read_uv(150, 100), reader.read_uv(0, 400)[:, 150:250])


def test_a_trigger_is_read_across_pieces(tmp_path: Path) -> None:
    found = pieces(tmp_path / "x.edf", RawSignal(label="TTL", samples=TRIGGER), onsets_s=HOLE)
    reader = TriggerReader(found, 0)
    assert reader.label == "TTL"
    assert reader.rate_hz == 1000.0
    assert (reader.stretch(0, 1), reader.stretch(0, 2)) == ((0, 200), (0, 400))
    np.testing.assert_array_equal(reader.read(150, 100), TRIGGER[150:250])
    assert reader.level(100.0) == 1000.0


def test_positions_of_a_slow_trigger_lie_on_the_grid_of_the_emg(tmp_path: Path) -> None:
    slow = RawSignal(samples=TRIGGER, samples_per_record=20)
    reader = TriggerReader(pieces(tmp_path / "x.edf", slow, onsets_s=HOLE), 0)
    np.testing.assert_array_equal(
        reader.on_grid(np.array([1.5, 39.25, 40.0, 70.1])), [7.5, 196.25, 200.0, 350.5]
    )


def test_an_inverted_channel_rises_where_the_voltage_rises(tmp_path: Path) -> None:
    inverted = RawSignal(samples=-TRIGGER, physical=("10", "-10"))
    reader = TriggerReader(pieces(tmp_path / "x.edf", inverted, onsets_s=HOLE), 0)
    np.testing.assert_array_equal(reader.read(0, 400), TRIGGER)
    level = reader.level(0.15)
    assert level is not None
    assert 0 < level < 1000


def test_any_code_but_the_one_of_rest_is_a_pulse_on_a_status_channel(tmp_path: Path) -> None:
    codes = (0xFF00 | np.where(TRIGGER > 0, np.arange(400) % 7 + 1, 0) | 0x100000).astype(np.int32)
    status = RawSignal(
        label="Status",
        dimension="Boolean",
        digital=("-8388608", "8388607"),
        physical=("-8388608", "8388607"),
        samples=codes,
    )
    reader = TriggerReader(pieces(tmp_path / "x.bdf", status, onsets_s=HOLE), 0)
    np.testing.assert_array_equal(reader.read(0, 400), TRIGGER > 0)
    assert reader.level(3.0) is None
