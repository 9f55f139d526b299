import json
from pathlib import Path

import pytest

from amr_monitor.model.case import AmrState
from amr_monitor.model.errors import SourceFormatError
from amr_monitor.model.events import Event, JournalEntry
from amr_monitor.model.source import Origin
from amr_monitor.qa.hil_figures import Delays, HilBounds, SentTimes, delays
from amr_monitor.qa.judgement import FaultKind
from amr_monitor.qa.listening import Heard
from amr_monitor.qa.time_map import TimeMap
from amr_monitor.qa.watching import Resources
from tests.qa.truths import changed, opened, truth

ZERO_S = 5000.0
SENT = SentTimes(
    zero_lsl_s=ZERO_S,
    whole_lsl_s={float(at): ZERO_S + at + 0.102 for at in range(1, 301)},
    late_ms={},
)


def heard(*told: tuple[float, Event]) -> Heard:
    return Heard(
        entries=[
            (
                ZERO_S + at,
                JournalEntry(seq=n, case_id="x", utc=None, origin=Origin.SIMULATED, event=event),
            )
            for n, (at, event) in enumerate(told, start=1)
        ]
    )


def test_a_delay_is_counted_from_the_stimulus_and_from_the_whole_sweep() -> None:
    event = changed(150.0, AmrState.DISAPPEARED)
    taken = delays(truth(), heard((150.112, event)), TimeMap(), SENT)
    assert taken.stimulus_to_event == pytest.approx((112.0,))
    assert taken.whole_to_event == pytest.approx((10.0,))


def test_events_that_no_stimulus_caused_are_left_out() -> None:
    assert delays(truth(), heard((0.01, opened())), TimeMap(), SENT) == Delays()


def test_sweeps_for_display_are_counted_too() -> None:
    seen = heard()
    seen.sweeps.append((ZERO_S + 30.15, 10.0))
    taken = delays(truth(), seen, TimeMap(offsets_s=(20.0,)), SENT)
    assert taken.stimulus_to_sweep == pytest.approx((150.0,))


def test_slow_events_and_much_memory_break_their_bounds() -> None:
    slow = Delays(whole_to_event=(1500.0,))
    large = Resources(memory_mib=[2000.0])
    assert HilBounds().broken(Delays(whole_to_event=(10.0,)), Resources()) == []
    broken = HilBounds().broken(slow, large)
    assert [fault.kind for fault in broken] == [FaultKind.SLOW, FaultKind.SLOW]
    assert "1500 ms" in broken[0].words
    assert "2000 MiB" in broken[1].words


def test_what_a_simulator_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "timing.json"
    assert SentTimes.read(path) is None
    stimuli = [
        {"time_s": 1.5, "whole_pushed_lsl_s": 101.6},
        {"time_s": 2.5, "whole_pushed_lsl_s": None},
    ]
    path.write_text(json.dumps({"zero_lsl_s": 100.0, "late_ms": {"p50": 0.1}, "stimuli": stimuli}))
    sent = SentTimes.read(path)
    assert sent == SentTimes(zero_lsl_s=100.0, whole_lsl_s={1.5: 101.6}, late_ms={"p50": 0.1})


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"zero_lsl_s": "now"}'])
def test_what_no_simulator_wrote_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "timing.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceFormatError, match="no timing of a simulator"):
        SentTimes.read(path)
