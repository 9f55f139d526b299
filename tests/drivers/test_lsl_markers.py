"""Texts that wait for the samples of their time."""

import numpy as np

from amr_monitor.drivers.lsl_markers import LONGEST_WAIT_S, MarkerTexts
from amr_monitor.drivers.lsl_network import Pulled
from amr_monitor.model.case import MarkName
from amr_monitor.model.source import Annotation
from amr_monitor.monitor.annotations import command_from_annotation
from amr_monitor.monitor.commands import MarkCommand


def pulled(*told: tuple[float, bytes]) -> Pulled:
    return Pulled(
        stamps_s=np.array([stamp for stamp, _ in told]),
        values=np.array([[text] for _, text in told], dtype=object),
    )


def test_texts_are_given_when_samples_have_come_to_their_time() -> None:
    texts = MarkerTexts()
    texts.push(pulled((2.0, b"second"), (1.0, b"first"), (3.0, b"third")), arrived_s=0.0)
    assert [text.text for text in texts.take(until_s=2.0)] == ["first", "second"]
    assert texts.has_any
    assert [text.text for text in texts.take(until_s=9.0)] == ["third"]
    assert not texts.has_any


def test_a_text_that_waited_for_long_is_given_all_the_same() -> None:
    texts = MarkerTexts()
    texts.push(pulled((900.0, b"of another clock")), arrived_s=10.0)
    assert texts.take_overdue(10.0 + LONGEST_WAIT_S) == []
    assert [t.text for t in texts.take_overdue(10.1 + LONGEST_WAIT_S)] == ["of another clock"]


def test_empty_texts_are_none_and_broken_ones_are_read() -> None:
    texts = MarkerTexts()
    texts.push(pulled((1.0, b"  "), (1.0, b"dura \xff opened")), arrived_s=0.0)
    assert [text.text for text in texts.take(until_s=1.0)] == ["dura \ufffd opened"]


def test_nobody_commands_the_monitor_by_a_marker() -> None:
    texts = MarkerTexts()
    texts.push(pulled((1.0, b"cmd: close_case by=anna"), (1.1, b" CMD: x")), arrived_s=0.0)
    read = [
        command_from_annotation(Annotation(sample_index=0, time_s=0.0, text=text.text))
        for text in texts.take(until_s=2.0)
    ]
    assert [(c.mark, c.text) for c in read if isinstance(c, MarkCommand)] == [
        (MarkName.NOTE, "marker: cmd: close_case by=anna"),
        (MarkName.NOTE, "marker: CMD: x"),
    ]
