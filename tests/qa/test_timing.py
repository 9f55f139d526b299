from pathlib import Path

import pytest

from amr_monitor.model.errors import SourceError
from amr_monitor.qa import timing
from amr_monitor.qa.timing import measured_timing


@pytest.mark.slow
def test_a_machine_is_measured_and_nothing_stays_behind(tmp_path: Path) -> None:
    told: list[float] = []
    measured = measured_timing(seconds=1.0, folder=tmp_path, on_progress=told.append)
    assert measured.delivery_fault == ""
    for taken in (measured.delivery_ms, measured.jitter_ms, measured.flush_ms, measured.sweep_ms):
        assert taken
        assert all(ms > -1.0 for ms in taken)
    assert len(measured.sweep_ms) == timing.SWEEPS_MEASURED
    assert told[-1] <= 1.0
    assert list(tmp_path.iterdir()) == []


def test_lsl_that_cannot_be_used_is_told_and_the_rest_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_config_file: Path | None = None) -> None:
        raise SourceError("LSL cannot be used: liblsl is not there")

    monkeypatch.setattr(timing, "library", fail)
    monkeypatch.setattr(timing, "sweep_times_ms", lambda: (1.0,))
    measured = measured_timing(seconds=0.1, folder=tmp_path)
    assert "liblsl" in measured.delivery_fault
    assert measured.delivery_ms == ()
    assert measured.jitter_ms
    assert measured.flush_ms
