"""The program's own events on LSL."""

import threading

from amr_monitor.codec import entry_from_json
from amr_monitor.drivers.lsl_network import LslNetwork, Wanted, text_of
from amr_monitor.drivers.lsl_outlet import MOST_WAITING, EventOutlet
from amr_monitor.drivers.lsl_settings import EVENTS_STREAM
from amr_monitor.model.case import Branch, CaseMode, Muscle, Outcome
from amr_monitor.model.events import CaseClosed, CaseOpened, Event, JournalEntry, SourceStalled
from amr_monitor.model.source import Origin

WAIT_S = 5.3


STALLED = SourceStalled(sample_index=5, time_s=0.5, silent_s=0.6)


def entry(seq: int, event: Event = STALLED) -> JournalEntry:
    return JournalEntry(seq=seq, case_id="case", utc=None, origin=Origin.SIMULATED, event=event)


def opened(mode: CaseMode) -> CaseOpened:
    return CaseOpened(
        sample_index=0,
        time_s=0.0,
        pseudonym="",
        side=None,
        branch=Branch.MARGINAL_MANDIBULAR,
        mode=mode,
        muscles=(Muscle.ORBICULARIS_OCULI,),
        lead=Muscle.ORBICULARIS_OCULI,
        sampling_rate_hz=5000.0,
    )


CLOSED = CaseClosed(
    sample_index=9,
    time_s=0.9,
    outcome=Outcome.INDETERMINATE,
    tags=(),
    basis="",
    phase_known=False,
    residual_mentalis=False,
    after_mark=None,
    muscles=(),
    counts={},
    by="",
)


def sent(
    entries: list[JournalEntry], n_expected: int, *, is_silent: bool = False
) -> list[JournalEntry]:
    """Publish entries and return what comes over LSL."""
    outlet = EventOutlet(case_id="case", origin=Origin.SIMULATED, is_silent=is_silent)
    network = LslNetwork()
    (stream,) = network.find(Wanted(name=EVENTS_STREAM), timeout_s=WAIT_S, fewest=1)
    inlet = network.open(stream, timeout_s=WAIT_S)
    assert (stream.stream_type, stream.source_id) == ("Markers", "amr-monitor:case")
    assert inlet.description.origin == "simulated"
    outlet.publish(entries)
    texts: list[str] = []
    for _ in range(100):
        pulled = inlet.pull(timeout_s=0.1)
        if pulled is not None:
            texts += [text_of(row[0]) for row in pulled.values]
        if len(texts) >= n_expected:
            break
    inlet.close()
    outlet.close()
    outlet.close()
    return [entry_from_json(text) for text in texts]


def test_each_event_is_one_sample_with_its_json() -> None:
    entries = [entry(1, opened(CaseMode.LIVE)), entry(2), entry(3)]
    assert sent(entries, 3) == entries


def test_of_a_case_in_shadow_mode_only_opening_and_close_are_sent() -> None:
    entries = [entry(1, opened(CaseMode.SHADOW)), entry(2), entry(3), entry(4, CLOSED), entry(5)]
    assert [each.seq for each in sent(entries, 3)] == [1, 4, 5]


def test_an_outlet_of_a_shadow_case_that_goes_on_sends_its_close_alone() -> None:
    entries = [entry(7), entry(8), entry(9, CLOSED), entry(10)]
    assert [each.seq for each in sent(entries, 2, is_silent=True)] == [9, 10]


def test_a_case_that_is_opened_live_after_all_is_sent() -> None:
    entries = [entry(1), entry(2, opened(CaseMode.LIVE)), entry(3)]
    assert [each.seq for each in sent(entries, 2, is_silent=True)] == [2, 3]


def test_whoever_publishes_never_waits() -> None:
    outlet = EventOutlet(case_id="case", origin=Origin.SIMULATED)
    outlet.close()  # nobody sends any more
    publishing = threading.Thread(target=outlet.publish, args=([entry(1)] * (MOST_WAITING + 5),))
    publishing.start()
    publishing.join(timeout=30.0)
    assert not publishing.is_alive()
    assert outlet.n_lost == 5
