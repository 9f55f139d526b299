from collections.abc import Iterable

import pytest

from amr_monitor.config import Settings, SourceSettings
from amr_monitor.daemon.sources import OpenedSource
from amr_monitor.model.errors import SourceError
from amr_monitor.model.signal import Gap
from amr_monitor.model.source import SourceInfo, SourceItem, SourceWarning
from amr_monitor.model.stimulation import Stimulus, TriggerQuality
from amr_monitor.qa import source_check
from amr_monitor.qa.source_check import SourceFound, found_source
from tests.daemon.scripted import RATE_HZ, ScriptedSource, block, source_info

SETTINGS = Settings(source=SourceSettings(address="lsl:amp"))


def looked_at(script: Iterable[list[SourceItem]], info: SourceInfo | None = None) -> SourceFound:
    source = ScriptedSource(script, info=info)

    def open_it(address: str, settings: Settings) -> OpenedSource:
        assert address == "lsl:amp"
        assert settings is SETTINGS
        return OpenedSource(source=source, is_live=True)

    found = found_source(SETTINGS, opened_by=open_it, look_s=1.0)
    assert source.n_closed == 1
    return found


def test_a_simulated_source_is_opened_as_the_daemon_would() -> None:
    settings = Settings(source=SourceSettings(address="sim:abrupt_loss?minutes=4"))
    found = found_source(settings)
    assert not found.fault
    assert found.n_channels == 2
    assert "orbicularis oculi" in found.words
    assert found.trigger is TriggerQuality.SAMPLE_LOCKED


@pytest.mark.parametrize("address", ["", "/no/such/recording.edf", "sim:no_such_scenario"])
def test_a_source_that_cannot_be_opened_is_one_line(address: str) -> None:
    found = found_source(Settings(source=SourceSettings(address=address)))
    assert found.fault
    assert "\n" not in found.fault


def test_what_comes_from_a_live_source_is_counted() -> None:
    found = looked_at([[block(0, 500), Stimulus(sample_index=100, fraction=0.0)], [block(500, 9)]])
    assert "1 stimuli" in found.words
    assert found.rate_hz == RATE_HZ


def test_gaps_and_warnings_of_a_live_source_are_told() -> None:
    gap = Gap(sample_index=500, resumes_at_s=1.0, reason="lost")
    odd = SourceWarning(sample_index=0, code="odd", message="the clock jumped")
    found = looked_at([[block(0, 500)], [gap, odd, block(500, 500)]])
    assert any("1 gaps" in warning for warning in found.warnings)
    assert "the clock jumped" in found.warnings


def test_a_live_source_that_sends_nothing_is_told() -> None:
    found = looked_at([])
    assert any("no samples came" in warning for warning in found.warnings)


def test_a_source_that_breaks_while_it_is_looked_at_is_a_fault() -> None:
    class Broken(ScriptedSource):
        def read(self, *, timeout_s: float) -> None:
            raise SourceError("the stream went away")

    opened = OpenedSource(source=Broken([]), is_live=True)
    found = found_source(SETTINGS, opened_by=lambda address, settings: opened, look_s=1.0)
    assert found.fault == "the stream went away"


def test_every_quality_of_a_trigger_has_words() -> None:
    assert set(source_check.TRIGGER_WORDS) == set(TriggerQuality)


def test_the_scripted_source_says_who_it_is() -> None:
    assert "scripted" in looked_at([[block(0, 500)]], source_info()).words
