"""Exit statuses, and faults in one line."""

import os
import signal
import sys
import traceback
from pathlib import Path

from amr_monitor.cli.arguments import PROGRAM
from amr_monitor.model.errors import AmrMonitorError

DONE = 0
NO = 1
"""The answer to a question is no."""
USAGE = 2
"""Wrong usage, input or settings."""
BUG = 70
"""EX_SOFTWARE of sysexits.h: a fault of the program itself."""
SIGNALLED = 128
"""Plus the number of the signal that ended it."""
INTERRUPTED = SIGNALLED + signal.SIGINT
NOBODY_READS = SIGNALLED + signal.SIGPIPE
TERMINATED = SIGNALLED + signal.SIGTERM


def complain(text: str) -> None:
    """Write one line to stderr, whatever the text holds."""
    print(f"{PROGRAM}: {' '.join(text.split())}", file=sys.stderr, flush=True)


def status_of_fault(fault: Exception, *, debug: bool) -> int:
    """Tell a fault in one line and return the exit status that it deserves.

    Parameters
    ----------
    fault : Exception
    debug : bool
        With the traceback.
    """
    if isinstance(fault, BrokenPipeError):
        # Have the interpreter flush into nothing at exit: nobody reads any more.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
        return NOBODY_READS
    if debug:
        traceback.print_exception(fault)
    if isinstance(fault, AmrMonitorError):
        complain(str(fault))
        return USAGE
    frames = traceback.extract_tb(fault.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    complain(
        f"a fault of the program itself: {type(fault).__name__}{where}: {fault};"
        " please report it; --debug shows where it came from"
    )
    return BUG
