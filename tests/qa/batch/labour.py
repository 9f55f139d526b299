"""Work for the pools: importable by name, as what a worker process is given must be."""

import os
import signal
from pathlib import Path


def doubled(number: int) -> tuple[int, int]:
    """Return a number, its double."""
    return number, 2 * number


def said_why(number: int, why: str) -> tuple[int, str]:
    """Return what stands in place of a result."""
    return number, why


def die_at_three(number: int) -> tuple[int, int]:
    """End this process, whatever holds it, at the number 3."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return doubled(number)


def die_once(path: str) -> str:
    """End this process the first time that a path is met."""
    marker = Path(path)
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path


def leave(_number: int) -> tuple[int, int]:
    """End this process with a status."""
    os._exit(7)


def own_pid(_number: int) -> int:
    """Return which process does the work."""
    return os.getpid()
