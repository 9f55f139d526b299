"""What an option can be, and what is refused."""

import argparse
import math
from datetime import date

import pytest

from amr_monitor.cli import argument_types


def test_what_is_meant_is_returned() -> None:
    assert argument_types.factor("2.5") == 2.5
    assert argument_types.seconds("-3") == -3.0
    assert argument_types.speed("max") == math.inf
    assert argument_types.day("2026-02-28") == date(2026, 2, 28)
    assert argument_types.whole("0") == 0
    assert argument_types.count("1") == 1
    assert argument_types.port("65535") == 65_535


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("factor", "0"),
        ("factor", "inf"),
        ("seconds", "nan"),
        ("speed", "-1"),
        ("whole", "-1"),
        ("count", "0"),
        ("port", "65536"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind: str, text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be"):
        getattr(argument_types, kind)(text)
