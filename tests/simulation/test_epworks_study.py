import json
from pathlib import Path

import numpy as np
import pytest

from amr_monitor.drivers.registry import open_source
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.model.source import Origin, SourceItem
from amr_monitor.model.sweep import Sweep
from amr_monitor.simulation import Surgery, simulate
from amr_monitor.simulation.epworks_study import write_epworks
from amr_monitor.simulation.pre_cut import BEFORE_MS


@pytest.fixture(scope="module")
def surgery() -> Surgery:
    return simulate("abrupt_loss", seed=9, minutes=4, rate_hz=6000)


def sweeps_in(folder: Path) -> list[Sweep]:
    source = open_source([folder])
    items: list[SourceItem] = []
    while (read := source.read(timeout_s=0.0)) is not None:
        items += read
    return [item for item in items if isinstance(item, Sweep)]


def test_a_study_holds_a_sweep_for_each_stimulus_with_its_current(
    surgery: Surgery, tmp_path: Path
) -> None:
    truth_path = write_epworks(surgery, tmp_path / "study", rejected=(4,))
    sweeps = sweeps_in(tmp_path / "study")
    truth = json.loads(truth_path.read_text(encoding="utf-8"))
    assert len(sweeps) == len(truth["sweeps"]["time_s"])
    rate_hz = surgery.rate_hz
    times_s = [sweep.stimulus.position / rate_hz for sweep in sweeps]
    assert times_s == pytest.approx(truth["sweeps"]["time_s"], abs=0.51 / rate_hz)
    currents = [sweep.stimulus.current_ma for sweep in sweeps]
    assert currents == pytest.approx(truth["sweeps"]["current_ma"], abs=0.01)
    assert [k for k, sweep in enumerate(sweeps) if sweep.rejected_by_source] == [4]
    assert truth["phase_known"] is False
    assert truth["origin"] == "simulated"


def test_samples_are_those_of_the_surgery_in_step_with_the_stimulus(
    surgery: Surgery, tmp_path: Path
) -> None:
    write_epworks(surgery, tmp_path / "study")
    source = open_source([tmp_path / "study"])
    assert source.info.origin is Origin.SIMULATED
    assert (source.info.sweep_start_ms, source.info.sweep_end_ms) == (-20.0, 80.0)
    sweep = sweeps_in(tmp_path / "study")[3]
    k = 3
    position = (float(surgery.pulses.time_s[k]) - BEFORE_MS / 1000.0) * surgery.rate_hz
    first = int(position)
    around = surgery.samples_uv(first, first + 601)
    # Between two samples of the surgery, where it is calm, a straight line is near enough.
    calm = slice(0, 100)
    between = around[:, :-1] + (position - first) * np.diff(around)
    assert np.abs(sweep.samples_uv[:, calm] - between[:, calm]).max() < 15.0


def test_a_rate_that_no_timebase_gives_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="12000, 6000 or 3000 can be had"):
        write_epworks(simulate("abrupt_loss", minutes=4, rate_hz=7000), tmp_path / "study")


def test_what_is_there_is_not_written_over(surgery: Surgery, tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "x").touch()
    with pytest.raises(ConfigError, match="holds something already"):
        write_epworks(surgery, tmp_path / "study")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="holds something already"):
        write_epworks(surgery, tmp_path / "file")
    with pytest.raises(StorageError, match="cannot be written"):
        write_epworks(surgery, tmp_path / "file" / "study")


def test_how_far_it_is_can_be_shown(surgery: Surgery, tmp_path: Path) -> None:
    shares: list[float] = []
    write_epworks(surgery, tmp_path / "study", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
