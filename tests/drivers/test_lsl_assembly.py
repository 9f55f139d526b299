"""Chunks become blocks without a hole, and holes that are told."""

import numpy as np
import pytest

from amr_monitor.drivers.lsl_assembly import Assembler, Hole, Note, Piece, Stretch
from amr_monitor.drivers.lsl_layout import layout_of
from amr_monitor.drivers.lsl_network import Pulled
from amr_monitor.drivers.lsl_settings import LslSettings
from amr_monitor.drivers.montage import MontageSettings
from tests.drivers.lsl_fakes import RATE_HZ, Sent, described, sent

LAYOUT = layout_of(described(), MontageSettings(), LslSettings())


def pieces_of(assembler: Assembler, device: Sent, *, n_chunk: int = 40) -> list[Piece]:
    pieces: list[Piece] = []
    for step in device.cut([n_chunk]):
        assert isinstance(step, Pulled)
        pieces += assembler.push(step, arrived_s=float(step.stamps_s[-1]))
    return pieces


def test_a_value_is_scaled_and_put_on_the_steps_of_a_recording() -> None:
    layout = layout_of(
        described(channels=(("L OOc", "mV"), ("TRIG", ""))), MontageSettings(), LslSettings()
    )
    assembler = Assembler(layout)
    values = np.zeros((1000, 2), dtype=np.float32)
    values[:, 0] = 0.25
    pieces = pieces_of(assembler, Sent(values=values, stamps_s=np.arange(1000) / RATE_HZ))
    stretch = pieces[0]
    assert isinstance(stretch, Stretch)
    assert stretch.samples_uv[0, 0] == pytest.approx(250.0, abs=0.03)
    assert stretch.trigger is not None


def test_positions_are_found_in_what_was_received_and_nowhere_else() -> None:
    device = sent(n_channels=3).without(5000, 5200)
    assembler = Assembler(LAYOUT)
    pieces_of(assembler, device)
    assert assembler.position(101.0) == pytest.approx(2000.0)
    assert assembler.position(100.0 + 5100 / RATE_HZ) is None
    assert assembler.position(100.0 + 5300.5 / RATE_HZ) == pytest.approx(5100.5)
    assert assembler.newest_stamp_s == pytest.approx(106.0)


def test_positions_know_of_samples_that_were_no_numbers() -> None:
    device = sent(n_channels=3)
    device.values[3000:3100, 0] = np.nan
    assembler = Assembler(LAYOUT)
    pieces = pieces_of(assembler, device)
    assert [p.sample_index for p in pieces if isinstance(p, Hole)] == [3000]
    assert [p.code for p in pieces if isinstance(p, Note)] == ["samples_not_numbers"]
    assert assembler.position(100.0 + 3050 / RATE_HZ) is None
    assert assembler.position(100.0 + 3200 / RATE_HZ) == pytest.approx(3100.0)


def test_a_hole_over_two_reasons_is_one() -> None:
    device = sent(n_channels=3)
    device.values[3000:3100, 0] = np.nan
    assembler = Assembler(LAYOUT)
    pieces = pieces_of(assembler, device.without(3100, 3200))
    (hole,) = [p for p in pieces if isinstance(p, Hole)]
    assert hole.resumes_at_s == pytest.approx(3200 / RATE_HZ, abs=1e-4)
    assert "no numbers" in hole.reason
    assert "100 samples were lost" in hole.reason


def test_a_new_connection_goes_on_after_the_time_that_it_was_away() -> None:
    assembler = Assembler(LAYOUT)
    pieces_of(assembler, sent(seconds=1.0, n_channels=3))
    assembler.settle(is_over=True)
    assembler.connect(LAYOUT)
    later = sent(seconds=1.0, n_channels=3, start_s=104.0)
    (hole,) = [p for p in pieces_of(assembler, later) if isinstance(p, Hole)]
    assert hole.sample_index == 2000
    assert hole.resumes_at_s == pytest.approx(4.0, abs=0.05)
    assert assembler.end_index == 4000


def test_segments_begin_on_the_grid_of_a_recording() -> None:
    device = sent(n_channels=3, rate_hz=4096.0).without(3333, 3334)
    layout = layout_of(described(rate_hz=4096.0), MontageSettings(), LslSettings())
    (hole,) = [p for p in pieces_of(Assembler(layout), device) if isinstance(p, Hole)]
    assert hole.resumes_at_s == round(hole.resumes_at_s, 4)
    assert hole.resumes_at_s > 3333 / 4096
