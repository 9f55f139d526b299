"""How often a response skips sweeps by itself, and how soon it fires again.

It decides how fast silence may count as absence: a response that never skips
twice in a row is missed at once, one with silent runs is waited for. Learnt
at the baseline and from every run that ended with a response since.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from amr_monitor.dsp.settings import DetectorSettings

LOWEST_MISS_RATE, HIGHEST_MISS_RATE = 0.004, 0.7
PRIOR_MISSES, PRIOR_SWEEPS = 0.5, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skips:
    """Counts over sweeps with a response that is known to be there.

    Attributes
    ----------
    n_sweeps : int
    n_missed : int
        Sweeps without a response among them.
    n_runs : int
        Runs that they form.
    longest_run : int
    """

    n_sweeps: int = 0
    n_missed: int = 0
    n_runs: int = 0
    longest_run: int = 0

    @classmethod
    def of(cls, fired: Iterable[bool]) -> "Skips":
        """Count over consecutive sweeps; a run at the end counts as it is."""
        skips, run = cls(), 0
        for fires in fired:
            if fires:
                skips = skips.after_run(run)
                run = 0
            else:
                run += 1
        return skips.after_run(run, fired=False) if run else skips

    def after_run(self, run: int, *, fired: bool = True) -> "Skips":
        """Return the counts after a run of misses, and the response that ended it."""
        return Skips(
            n_sweeps=self.n_sweeps + run + fired,
            n_missed=self.n_missed + run,
            n_runs=self.n_runs + (run > 0),
            longest_run=max(self.longest_run, run),
        )

    @property
    def miss_rate(self) -> float:
        """Share of sweeps in which the response skips, from a weak prior."""
        rate = (self.n_missed + PRIOR_MISSES) / (self.n_sweeps + PRIOR_SWEEPS)
        return min(max(rate, LOWEST_MISS_RATE), HIGHEST_MISS_RATE)

    def blocked_exit(self, settings: DetectorSettings) -> float:
        """Return the chance a sweep that a response which skips fires again.

        A run ends with this chance at each sweep, so it is runs over misses,
        from a prior worth a few misses.
        """
        prior = settings.blocked_exit_misses
        exit_rate = (self.n_runs + settings.blocked_exit * prior) / (self.n_missed + prior)
        return min(settings.highest_blocked_exit, exit_rate)
