"""Values from the room out of a stream."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amr_monitor.drivers.lsl_context import ContextStream
from amr_monitor.drivers.lsl_layout import StreamDescription
from amr_monitor.drivers.lsl_network import Pulled
from amr_monitor.drivers.montage import FoundChannel


def description(*channels: tuple[str, str], channel_format: str = "float32") -> StreamDescription:
    return StreamDescription(
        name="room",
        stream_type="Context",
        host="anaesthesia-pc",
        source_id="",
        uid="1",
        channel_format=channel_format,
        rate_hz=0.0,
        n_channels=len(channels),
        channels=tuple(FoundChannel(label=label, dimension=unit) for label, unit in channels),
    )


def pulled(*rows: tuple[float, Sequence[object]], kind: npt.DTypeLike = np.float32) -> Pulled:
    return Pulled(
        stamps_s=np.array([stamp for stamp, _ in rows]),
        values=np.array([values for _, values in rows], dtype=kind),
    )


def test_numbers_come_as_recorded_commands_by_the_labels() -> None:
    stream = ContextStream()
    stream.connect(description(("MAC", ""), ("TOF ratio", "%"), ("BIS", "")))
    texts = stream.push(pulled((10.0, [0.5, float("nan"), 45.0]), (11.0, [0.5, 92.0, 46.0])))
    assert texts == [
        "cmd: context by=lsl name=MAC value=0.5",
        "cmd: context by=lsl name=BIS value=45",
        "cmd: context by=lsl name=TOF_ratio value=92 unit=%",
    ]
    assert stream.take_warnings() == []


def test_texts_come_each_time_that_they_say_something_else() -> None:
    stream = ContextStream()
    stream.connect(
        description(("TOF", ""), ("MAC", ""), ("anaesthesia", ""), channel_format="string")
    )
    rows = [(1.0, ["", "0.5", "TIVA"]), (2.0, ["", "0.5", "TIVA"]), (3.0, ["", "low", "TIVA"])]
    texts = stream.push(pulled(*rows, kind=object))
    assert texts == [
        "cmd: context by=lsl name=MAC value=0.5",
        "cmd: context by=lsl name=anaesthesia value=TIVA",
    ]
    unknown, refused = stream.take_warnings()
    assert unknown == (
        "LSL stream 'room' of anaesthesia-pc: channels without a known name or unit: 'TOF'"
    )
    assert refused == "context MAC low: MAC is a number"


def test_channels_that_are_not_known_are_named_and_left_out() -> None:
    stream = ContextStream()
    stream.connect(description(("HR", "/min"), ("propofol", "mL/h"), ("MAC", "")))
    assert stream.push(pulled((1.0, [60.0, 10.0, 0.5]))) == [
        "cmd: context by=lsl name=MAC value=0.5"
    ]
    (line,) = stream.take_warnings()
    assert line.endswith("without a known name or unit: 'HR /min', 'propofol mL/h'")


def test_a_stream_without_labels_is_told() -> None:
    stream = ContextStream()
    stream.connect(description())
    assert stream.take_warnings()[0].endswith("it has no labels")


def test_values_that_cannot_be_are_told_once() -> None:
    stream = ContextStream()
    stream.connect(description(("BIS", "")))
    assert stream.push(pulled((1.0, [655.0]))) == []
    assert stream.take_warnings() == ["context stream: values that cannot be are left out: BIS"]
    assert stream.take_warnings() == []


def test_another_stream_begins_anew() -> None:
    stream = ContextStream()
    stream.connect(description(("BIS", "")))
    stream.push(pulled((1.0, [45.0])))
    stream.connect(description(("MAC", ""), ("BIS", "")))
    assert len(stream.push(pulled((2.0, [0.5, 45.0])))) == 2
