"""A progress bar, on a terminal only."""

import shutil
import sys
from typing import Never, Self

from tqdm import tqdm


class ProgressBar:
    """Draw how far something is, where stderr is a terminal.

    Parameters
    ----------
    total : float or None
        From beginning to end, in any unit; None where the end is not known.
    what : str
    shown : bool
        False never draws.
    start : float
        Position of the beginning.
    """

    def __init__(self, total: float | None, what: str, *, shown: bool, start: float = 0.0) -> None:
        self._start = start
        self._bar: tqdm[Never] = tqdm(
            total=total,
            desc=what,
            leave=False,
            # A terminal that does not know its size is taken to have 80 columns, 24 lines.
            ncols=min(100, shutil.get_terminal_size().columns),
            nrows=shutil.get_terminal_size().lines,
            disable=None if shown else True,
            bar_format="{desc} {percentage:3.0f} % |{bar}| {elapsed} < {remaining}",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def reach(self, position: float) -> None:
        """Draw as far as `position`; it never goes back."""
        self._bar.update(max(0.0, position - self._start - self._bar.n))


def announce(text: str) -> None:
    """Say once on stderr what begins, where no bar is drawn since it is no terminal."""
    if not sys.stderr.isatty():
        print(text, file=sys.stderr, flush=True)
