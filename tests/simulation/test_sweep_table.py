import json
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.registry import open_source
from amr_monitor.model.errors import StorageError
from amr_monitor.model.source import Annotation, Origin
from amr_monitor.simulation import Surgery
from amr_monitor.simulation.pre_cut import locked_samples_uv
from amr_monitor.simulation.sweep_table import write_table
from tests.drivers.epworks_studies import items_of, sweeps_of


def test_a_table_holds_sweeps_marks_and_currents(lost: Surgery, tmp_path: Path) -> None:
    truth_path = write_table(lost, tmp_path / "surgery.csv", rejected=(3,))
    source = open_source([tmp_path / "surgery.csv"])
    assert source.info.origin is Origin.SIMULATED
    assert source.info.side is lost.scenario.side
    assert (source.info.sweep_start_ms, source.info.sweep_end_ms) == (-20.0, 80.0)
    items = items_of(source)
    texts = [item.text for item in items if isinstance(item, Annotation)]
    assert texts == [mark.text for mark in lost.marks]
    sweeps = sweeps_of(open_source([tmp_path / "surgery.csv"]))
    truth = json.loads(truth_path.read_text(encoding="utf-8"))
    assert len(sweeps) == len(truth["sweeps"]["time_s"])
    assert [k for k, sweep in enumerate(sweeps) if sweep.rejected_by_source] == [2]
    written = locked_samples_uv(lost, float(lost.pulses.time_s[5]) - 0.02, 200)
    np.testing.assert_allclose(sweeps[5].samples_uv, written, atol=0.06)
    assert truth["phase_known"] is True


def test_a_folder_that_is_not_there_is_told(lost: Surgery, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_table(lost, tmp_path / "none" / "surgery.csv")
