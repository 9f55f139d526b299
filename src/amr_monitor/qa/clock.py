"""Whether the clock of this machine is set, and stays so."""

import ctypes
import sys
import time
from dataclasses import dataclass

_STA_UNSYNC = 0x0040
_MICROSECONDS = 1e-6


class _Timex(ctypes.Structure):
    """`struct timex` of Linux, as far as it is read here."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchrony:
    """What the kernel says of its clock.

    Attributes
    ----------
    is_synchronised : bool or None
        By a time server; None where the system does not tell.
    largest_error_s : float or None
    """

    is_synchronised: bool | None
    largest_error_s: float | None


def synchrony() -> Synchrony:
    """Return whether a time server sets this machine's clock."""
    if sys.platform != "linux":
        return Synchrony(is_synchronised=None, largest_error_s=None)
    told = _Timex()  # modes 0: nothing is changed
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told)) < 0:
        return Synchrony(is_synchronised=None, largest_error_s=None)
    return Synchrony(
        is_synchronised=not told.status & _STA_UNSYNC,
        largest_error_s=told.maxerror * _MICROSECONDS,
    )


class StepWatch:
    """Notice that the time of day was set while something was measured."""

    def __init__(self) -> None:
        self._shift_s = time.time() - time.monotonic()

    @property
    def step_s(self) -> float:
        """By how much the time of day has moved against the steady clock since."""
        return time.time() - time.monotonic() - self._shift_s
