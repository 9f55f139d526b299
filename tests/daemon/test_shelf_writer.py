"""What comes after the events is written in its order, and holds up nothing."""

import threading

import pytest

from amr_monitor.daemon import shelf_writer
from amr_monitor.daemon.shelf_writer import ATTEMPTS, MOST_WAITING, ShelfWriter
from amr_monitor.model.errors import StorageError


def test_without_a_thread_it_is_written_at_once() -> None:
    written: list[int] = []
    writer = ShelfWriter(writes_at_once=True)
    writer.hand_over("it", lambda: written.append(1))
    assert written == [1]


def test_all_is_written_in_order_before_it_is_closed_and_at_once_after() -> None:
    written: list[int] = []
    free = threading.Event()
    writer = ShelfWriter(writes_at_once=False)
    writer.hand_over("the first", lambda: written.append(int(free.wait(timeout=60))))
    for n in range(2, 10):
        writer.hand_over("another", lambda n=n: written.append(n))  # type: ignore[misc]
    assert written == []
    free.set()
    writer.close()
    assert written == list(range(1, 10))
    writer.hand_over("a late one", lambda: written.append(10))
    assert written[-1] == 10
    assert writer.take_faults() == ()


def test_what_is_refused_is_tried_again_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_writer, "RETRY_S", 0.0)
    tried: list[int] = []

    def refuse() -> None:
        tried.append(1)
        raise StorageError("the disk is full")

    writer = ShelfWriter(writes_at_once=False)
    writer.hand_over("the page", refuse)
    writer.close()
    assert len(tried) == ATTEMPTS
    assert writer.take_faults() == ("the page could not be kept: the disk is full",)
    assert writer.take_faults() == ()


def test_beyond_the_bound_it_is_not_kept_and_told() -> None:
    free = threading.Event()
    writer = ShelfWriter(writes_at_once=False)

    def wait() -> None:
        free.wait(timeout=60)

    for n in range(MOST_WAITING + 2):
        writer.hand_over(f"page {n}", wait)
    faults = writer.take_faults()
    assert 1 <= len(faults) <= 2
    assert "too many wait" in faults[-1]
    free.set()
    writer.close()
