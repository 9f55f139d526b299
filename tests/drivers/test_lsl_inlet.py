"""The thread that reads one stream, loses it and finds it again."""

from collections.abc import Sequence

import pytest

from amr_monitor.drivers.lsl_inlet import (
    MOST_WAITING,
    Connected,
    Disconnected,
    Mailbox,
    Message,
    Received,
    StreamReader,
)
from amr_monitor.drivers.lsl_layout import StreamDescription
from amr_monitor.drivers.lsl_network import Wanted
from amr_monitor.drivers.lsl_opening import most_alike
from tests.drivers.lsl_fakes import FakeNetwork, described, sent

MOST_TAKES = 2000


def choose(
    found: Sequence[StreamDescription], last: StreamDescription | None
) -> StreamDescription | None:
    return most_alike(found, last or described())


def reader_of(network: FakeNetwork, mailbox: Mailbox) -> StreamReader:
    return StreamReader(
        network=network,
        wanted=Wanted(stream_type="EMG"),
        choose=choose,
        mailbox=mailbox,
        name="test",
        pause_s=0.0,
    )


def messages(network: FakeNetwork, mailbox: Mailbox, *, n_chunks: int) -> list[Message]:
    """Take until so many chunks have come."""
    taken: list[Message] = []
    for _ in range(MOST_TAKES):
        network.turns.release(8)
        taken += mailbox.take(timeout_s=0.01)
        if sum(isinstance(message, Received) for message in taken) >= n_chunks:
            break
    return taken


def test_a_stream_is_read_and_read_again_when_it_is_back() -> None:
    chunks = sent(seconds=0.2, n_channels=3).cut([40])
    network = FakeNetwork((described(), chunks), (described(uid="uid-2"), chunks))
    mailbox = Mailbox()
    reader = reader_of(network, mailbox)
    reader.start()
    taken = messages(network, mailbox, n_chunks=20)
    reader.close()
    kinds = [type(message) for message in taken]
    assert kinds == [Connected, *[Received] * 10, Disconnected, Connected, *[Received] * 10]
    connected = [m.description.uid for m in taken if isinstance(m, Connected)]
    assert connected == ["uid-1", "uid-2"]
    assert reader.fault is None


def test_it_pulls_in_stretches_that_end_where_someone_waits() -> None:
    network = FakeNetwork((described(), sent(seconds=0.04, n_channels=3).cut([8])))
    mailbox = Mailbox()
    reader = reader_of(network, mailbox)
    reader.expect(in_stretches=True, ends=(4, 50))
    reader.start()
    messages(network, mailbox, n_chunks=10)
    reader.close()
    assert list(dict.fromkeys(network.inlets[0].wanted)) == [4, 20, 18, 10, 2]
    assert network.inlets[0].wanted[-1] == 20


def test_it_leaves_to_the_inlet_how_much_comes_where_nothing_is_said() -> None:
    network = FakeNetwork((described(), sent(seconds=0.04, n_channels=3).cut([8])))
    mailbox = Mailbox()
    reader = reader_of(network, mailbox)
    reader.start()
    messages(network, mailbox, n_chunks=10)
    reader.close()
    assert set(network.inlets[0].wanted) == {0}


def test_a_silent_stream_is_given_up_for_another_of_its_name() -> None:
    chunks = sent(seconds=0.2, n_channels=3).cut([40])
    network = FakeNetwork((described(), chunks))
    mailbox = Mailbox()
    reader = reader_of(network, mailbox)
    reader.start()
    messages(network, mailbox, n_chunks=10)
    second = FakeNetwork((described(uid="uid-2", host="other"), chunks))
    second.clock = network.clock
    second.inlets[0].clock = network.clock
    second.inlets[0].turns = network.turns
    network.add(second.inlets[0])  # the first one is silent, and never says that it is gone
    taken = messages(network, mailbox, n_chunks=10)
    reader.close()
    assert [type(message) for message in taken[:2]] == [Disconnected, Connected]


def test_the_offset_of_its_clock_is_known_by_its_stream() -> None:
    network = FakeNetwork((described(), []))
    network.inlets[0].correction = 3.5
    mailbox = Mailbox()
    reader = reader_of(network, mailbox)
    reader.start()
    for _ in range(MOST_TAKES):
        mailbox.take(timeout_s=0.005)
        if reader.correction_s("uid-1") is not None:
            break
    assert reader.correction_s("uid-1") == 3.5
    assert reader.correction_s("uid-2") is None
    reader.close()


def test_a_fault_of_the_thread_is_kept_for_who_reads() -> None:
    def fail() -> None:
        raise ZeroDivisionError("of a test")

    network = FakeNetwork((described(), [fail]))
    mailbox = Mailbox()
    reader = reader_of(network, mailbox)
    reader.start()
    for _ in range(MOST_TAKES):
        network.turns.release()
        mailbox.take(timeout_s=0.005)
        if reader.fault is not None:
            break
    assert reader.fault == "ZeroDivisionError: of a test"
    reader.close()


def test_a_closed_mailbox_lets_everybody_go() -> None:
    network = FakeNetwork((described(), []))
    mailbox = Mailbox()
    message = Disconnected(reader=reader_of(network, mailbox))
    for _ in range(MOST_WAITING):
        mailbox.put(message)
    mailbox.close()
    mailbox.put(message)  # does not wait
    assert len(mailbox.take(timeout_s=10.0)) == MOST_WAITING + 1
    assert mailbox.take(timeout_s=10.0) == []


@pytest.mark.parametrize("n_closes", [1, 2])
def test_closing_ends_its_threads(n_closes: int) -> None:
    network = FakeNetwork()
    reader = reader_of(network, Mailbox())
    reader.start()
    for _ in range(n_closes):
        reader.close()
    assert reader.fault is None
