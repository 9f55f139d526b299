import json
import tomllib
from pathlib import Path

import pytest

from amr_monitor.codec import entry_to_json
from amr_monitor.config import load_settings
from amr_monitor.model.case import Outcome
from amr_monitor.model.errors import ConfigError
from amr_monitor.model.events import Event, JournalEntry
from amr_monitor.model.source import Origin
from amr_monitor.qa import hil
from amr_monitor.qa.hil import ExternalPlan, HilPlan, run_external, run_hil
from amr_monitor.qa.judgement import FaultKind
from amr_monitor.qa.listening import Heard
from tests.qa.truths import closed, opened, truth


def test_the_daemon_is_configured_as_a_person_would(tmp_path: Path) -> None:
    path = tmp_path / "or.toml"
    path.write_text(hil._config("amp", tmp_path), encoding="utf-8")  # noqa: SLF001
    settings = load_settings(path, environment={})
    assert settings.source.address == "lsl:amp"
    assert settings.lsl.markers == "amp-markers"
    assert settings.api.port == 0
    assert not settings.monitor.baseline.auto_accept
    assert str(settings.storage.journal_path()).startswith(str(tmp_path))


def test_lsl_stays_on_this_machine_in_a_session_of_its_own() -> None:
    text = hil.LSL_CONFIG.format(session="mine")
    assert "ResolveScope = machine" in text
    assert "SessionID = mine" in text


def test_settings_from_outside_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMR_MONITOR_API_PORT", "8765")
    assert not [n for n in hil._environment() if n.startswith("AMR_MONITOR_")]  # noqa: SLF001


def entries(*seqs: int) -> Heard:
    events: list[Event] = [opened(), *([closed(Outcome.PERSISTENT)] * (len(seqs) - 1))]
    return Heard(
        entries=[
            (
                0.0,
                JournalEntry(seq=seq, case_id="x", utc=None, origin=Origin.SIMULATED, event=event),
            )
            for seq, event in zip(seqs, events, strict=True)
        ]
    )


def test_lost_doubled_and_altered_events_are_found() -> None:
    whole = entries(1, 2)
    kept = [json.loads(entry_to_json(entry)) for _, entry in whole.entries]
    later = {"type": "source_stalled", "seq": 3}
    assert hil._lost_events(whole, [*kept, later]) == []  # noqa: SLF001
    for wrong, journal in (
        (entries(1, 3), kept),
        (entries(1), kept),
        (whole, kept[:1]),
        (whole, [kept[0], kept[1] | {"outcome": "disappeared"}]),
    ):
        found = hil._lost_events(wrong, journal)  # noqa: SLF001
        assert {fault.kind for fault in found} == {FaultKind.EVENT_LOST}


def test_a_refused_scenario_and_a_stream_that_is_not_there_are_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hil, "CONNECT_WITHIN_S", 60.0)
    with pytest.raises(ConfigError, match="simulator ended") as refused:
        run_hil(HilPlan(scenario="no_such_scenario", duration_s=10.0))
    assert "\n" not in str(refused.value)


def test_a_config_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "or.toml"
    config.write_text("[lsl]\nno_such_key = 1\n", encoding="utf-8")
    assert tomllib.loads(config.read_text(encoding="utf-8"))
    with pytest.raises(ConfigError, match="no_such_key"):
        run_external(ExternalPlan(truth=truth(), stream="amp", config=config))
