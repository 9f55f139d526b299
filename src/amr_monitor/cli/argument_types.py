"""What an option on the command line can be; what it cannot be is refused by argparse."""

import argparse
from datetime import date


def factor(text: str) -> float:
    """Return a number above 0."""
    value = float(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above 0, not {text}")
    return value


factor.__name__ = "number"  # what argparse calls it: "invalid number value"


def seconds(text: str) -> float:
    """Return a finite number."""
    value = float(text)
    if not abs(value) < float("inf"):
        raise argparse.ArgumentTypeError(f"must be finite, not {text}")
    return value


seconds.__name__ = "number"


def speed(text: str) -> float | None:
    """Return how many times real time; infinite for `max`."""
    return float("inf") if text == "max" else factor(text)


speed.__name__ = "speed"


def day(text: str) -> date:
    """Return a date."""
    return date.fromisoformat(text)


day.__name__ = "date (YYYY-MM-DD)"


def whole(text: str) -> int:
    """Return a whole number from 0 on."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must be 0 or more, not {text}")
    return value


whole.__name__ = "whole number"


def count(text: str) -> int:
    """Return a whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, not {text}")
    return value


count.__name__ = "whole number"


def port(text: str) -> int:
    """Return a port, 0 for a free one."""
    value = int(text)
    if not 0 <= value <= 65_535:
        raise argparse.ArgumentTypeError(f"must be 0 to 65535, not {text}")
    return value


port.__name__ = "port"
