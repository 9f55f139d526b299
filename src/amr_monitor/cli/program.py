"""From arguments to an exit status: every error is one line, never a traceback.

Only the verb that was asked for imports what it needs: `--help` stays quick.
"""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from amr_monitor.cli.arguments import parse
from amr_monitor.cli.status import (
    INTERRUPTED,
    TERMINATED,
    USAGE,
    complain,
    status_of_fault,
)


class Terminated(BaseException):
    """SIGTERM came; like KeyboardInterrupt it is no error to handle."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit status.

    Parameters
    ----------
    arguments : sequence of str or None
        None takes those of the process.
    """
    # Products of these sizes are faster on one thread, and leave the other cores alone.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        chosen = parse(sys.argv[1:] if arguments is None else arguments)
    except SystemExit as leaving:  # argparse: 0 after help, 2 after wrong usage
        return leaving.code if isinstance(leaving.code, int) else USAGE
    chosen.debug = chosen.debug or bool(os.environ.get("AMR_MONITOR_DEBUG"))
    try:
        with _terminating():
            status = chosen.carry_out(chosen)
            sys.stdout.flush()
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except Terminated:
        complain("terminated")
        return TERMINATED
    except Exception as fault:  # told in one line, whatever it is
        return status_of_fault(fault, debug=chosen.debug)
    return status


@contextmanager
def _terminating() -> Iterator[None]:
    """Have SIGTERM end a verb as Ctrl-C does, with everything closed."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated
