"""Settings of a stream, as a scenario file gives them."""

import pytest

from amr_monitor.model.case import Muscle
from amr_monitor.model.errors import ConfigError
from amr_monitor.simulation.distributions import Uniform, fixed
from amr_monitor.simulation.scenario_file import parse_scenario
from amr_monitor.simulation.stream import Disconnect, JumpingClock, StreamSettings

TEXT = """
description = "a stream"
[stream]
trigger_channel = false
counter_channel = true
chunk_samples = [1, 500]
clock_drift_ppm = 100
[[fault]]
kind = "disconnect"
new_source_id = true
missing = "mentalis"
rate_hz = 4000
[[fault]]
kind = "clock_jump"
clock = "markers"
"""


def test_a_scenario_file_gives_them() -> None:
    scenario = parse_scenario(TEXT, name="s", where="s.toml")
    assert scenario.stream == StreamSettings(
        trigger_channel=False,
        counter_channel=True,
        chunk_samples=Uniform(low=1.0, high=500.0),
        clock_drift_ppm=fixed(100.0),
    )
    away, jump = scenario.faults
    assert isinstance(away, Disconnect)
    assert (away.new_source_id, away.missing, away.rate_hz) == (True, Muscle.MENTALIS, 4000.0)
    assert getattr(jump, "clock", None) is JumpingClock.MARKERS


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'counter_channel'"):
        parse_scenario('description = ""\n[stream]\ncounter = true\n', name="s", where="s.toml")
