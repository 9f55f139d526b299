"""Run a program and tell what it took, as the operating system counts it."""

import os
import re
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one process took.

    Attributes
    ----------
    status : int
        Its exit status.
    wall_s, processor_s : float
    peak_mib : float
        Largest resident memory.
    """

    status: int
    wall_s: float
    processor_s: float
    peak_mib: float


def resident_mib(pid: int, *, peak: bool) -> float:
    """Return the resident memory of a running process, 0.0 once it has ended.

    The kernel's own high-water mark: that of `rusage` begins with the parent's
    memory at the fork and is of no use here.
    """
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return 0.0
    found = re.search(rf"^{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found.group(1)) / 1024.0 if found else 0.0


def measured(words: Sequence[str]) -> Usage:
    """Run a command to its end; what it says in the end is not shown, its complaints are."""
    started = time.perf_counter()
    peak_mib = 0.0
    child = subprocess.Popen(list(words), stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    while True:
        peak_mib = max(peak_mib, resident_mib(child.pid, peak=True))
        ended, wait_status, taken = os.wait4(child.pid, os.WNOHANG)
        if ended:
            break
        time.sleep(LOOK_EVERY_S)
    child.returncode = os.waitstatus_to_exitcode(wait_status)
    return Usage(
        status=child.returncode,
        wall_s=time.perf_counter() - started,
        processor_s=taken.ru_utime + taken.ru_stime,
        peak_mib=peak_mib,
    )
