"""The program's own events on LSL."""

import threading

from amr_monitor.codec import entry_from_json
from amr_monitor.drivers.lsl_network import LslNetwork, Wanted, text_of
from amr_monitor.drivers.lsl_outlet import MOST_WAITING, EventOutlet
from amr_monitor.drivers.lsl_settings import EVENTS_STREAM
from amr_monitor.model.events import JournalEntry, SourceStalled
from amr_monitor.model.source import Origin

WAIT_S = 5.3


def entry(seq: int) -> JournalEntry:
    return JournalEntry(
        seq=seq,
        case_id="case",
        utc=None,
        origin=Origin.SIMULATED,
        event=SourceStalled(sample_index=5, time_s=0.5, silent_s=0.6),
    )


def test_each_event_is_one_sample_with_its_json() -> None:
    outlet = EventOutlet(case_id="case", origin=Origin.SIMULATED)
    network = LslNetwork()
    (stream,) = network.find(Wanted(name=EVENTS_STREAM), timeout_s=WAIT_S, fewest=1)
    inlet = network.open(stream, timeout_s=WAIT_S)
    assert (stream.stream_type, stream.source_id) == ("Markers", "amr-monitor:case")
    assert inlet.description.origin == "simulated"
    outlet.publish([entry(1), entry(2)])
    texts: list[str] = []
    for _ in range(100):
        pulled = inlet.pull(timeout_s=0.1)
        if pulled is not None:
            texts += [text_of(row[0]) for row in pulled.values]
        if len(texts) == 2:
            break
    assert [entry_from_json(text) for text in texts] == [entry(1), entry(2)]
    inlet.close()
    outlet.close()
    outlet.close()


def test_whoever_publishes_never_waits() -> None:
    outlet = EventOutlet(case_id="case", origin=Origin.SIMULATED)
    outlet.close()  # nobody sends any more
    publishing = threading.Thread(target=outlet.publish, args=([entry(1)] * (MOST_WAITING + 5),))
    publishing.start()
    publishing.join(timeout=30.0)
    assert not publishing.is_alive()
    assert outlet.n_lost == 5
