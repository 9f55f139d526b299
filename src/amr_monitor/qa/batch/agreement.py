"""The monitor against people who read the same cases; the unit is the case, never the sweep.

What the monitor is held against is the adjudicated reading where there is one,
else the outcome on which all readers agree. Cases on which they do not agree
are counted and left out until somebody adjudicates. Kappa is that of
statsmodels, the intervals are exact (Clopper-Pearson, scipy).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from statistics import median
from typing import Any

import numpy as np
from scipy.stats import binomtest

from amr_monitor.model.case import Outcome
from amr_monitor.model.errors import ConfigError
from amr_monitor.qa.batch.readers import ReaderMark
from amr_monitor.qa.batch.results import BatchResults

NO_VERDICT = "no verdict"
"""What the monitor said of a recording that it could not judge."""

MONITOR = "monitor"
REFERENCE = "readers"
CONFIDENCE = 0.95
INSTALL = "pip install 'amr-monitor[cohort]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCase:
    """One case that people have read.

    Attributes
    ----------
    file, case_id : str
    monitor : str
        Its outcome, or `no verdict`.
    reference : Outcome or None
        None where readers do not agree and nobody has adjudicated.
    basis : str
        `adjudicated`, `agreed`, `single` or `disputed`.
    n_readers : int
        Without the adjudicator.
    monitor_t_s, reference_t_s : float or None
        When the response disappeared; the median over readers.
    """

    file: str
    case_id: str
    monitor: str
    reference: Outcome | None
    basis: str
    n_readers: int
    monitor_t_s: float | None
    reference_t_s: float | None

    @property
    def difference_s(self) -> float | None:
        """By how much the monitor was later."""
        if self.monitor_t_s is None or self.reference_t_s is None:
            return None
        return round(self.monitor_t_s - self.reference_t_s, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Cohen's kappa of two who have read the same cases.

    Attributes
    ----------
    first, second : str
    n_cases, n_agreed : int
    kappa, low, high : float or None
        None where all cases have one outcome: kappa is not defined then.
    """

    first: str
    second: str
    n_cases: int
    n_agreed: int
    kappa: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share of cases, with its exact 95 % interval.

    Attributes
    ----------
    name : str
    n_events, n_cases : int
    low, high : float or None
        Two-sided; None without a case.
    bound : float or None
        One-sided upper bound: what the rate is below with 95 % confidence.
    """

    name: str
    n_events: int
    n_cases: int
    low: float | None
    high: float | None
    bound: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What came out of it.

    Attributes
    ----------
    cases : tuple of ReadCase
        In the order of their names.
    matrix : dict of (str, str) to int
        Cases by what the readers and what the monitor said.
    kappas : tuple of Kappa
        Between readers, then of the monitor and the reference.
    rates : tuple of Rate
    quartiles_s : tuple of float or None
        Of how much later the monitor was: lower, median, upper.
    unknown : tuple of str
        Cases that are read and not in the results.
    n_unread : int
        Cases in the results that nobody has read.
    """

    cases: tuple[ReadCase, ...]
    matrix: dict[tuple[str, str], int]
    kappas: tuple[Kappa, ...]
    rates: tuple[Rate, ...]
    quartiles_s: tuple[float, float, float] | None
    unknown: tuple[str, ...]
    n_unread: int


def agreement_of(results: BatchResults, marks: Sequence[ReaderMark]) -> Agreement:
    """Return how far monitor and readers agree.

    Raises
    ------
    ConfigError
        statsmodels is not installed.
    """
    by_file, unknown = _by_file(results, marks)
    cases = tuple(_read_case(results, file, by_file[file]) for file in sorted(by_file))
    judged = [case for case in cases if case.reference is not None]
    matrix = Counter((str(case.reference), case.monitor) for case in judged)
    differences = [case.difference_s for case in cases if case.difference_s is not None]
    return Agreement(
        cases=cases,
        matrix=dict(sorted(matrix.items())),
        kappas=(
            *_between_readers(by_file),
            kappa(REFERENCE, MONITOR, [(str(c.reference), c.monitor) for c in judged]),
        ),
        rates=tuple(_rates(judged)),
        quartiles_s=_quartiles(differences),
        unknown=tuple(unknown),
        n_unread=len((results.cases.keys() | results.errors.keys()) - by_file.keys()),
    )


def _by_file(
    results: BatchResults, marks: Sequence[ReaderMark]
) -> tuple[dict[str, dict[str, ReaderMark]], list[str]]:
    """Return the marks by recording and reader, and the cases that are not in the results."""
    files = {str(row["case_id"]): file for file, row in reversed(results.cases.items())}
    files |= {file: file for file in (*results.cases, *results.errors)}
    found: dict[str, dict[str, ReaderMark]] = {}
    unknown: dict[str, None] = {}
    for mark in marks:
        if mark.case in files:
            found.setdefault(files[mark.case], {})[mark.reader.casefold()] = mark
        else:
            unknown[mark.case] = None
    return found, list(unknown)


def _read_case(results: BatchResults, file: str, marks: dict[str, ReaderMark]) -> ReadCase:
    row = results.cases.get(file)
    readers = [mark for mark in marks.values() if not mark.is_adjudicated]
    last_word = [mark for mark in marks.values() if mark.is_adjudicated]
    said = {mark.outcome for mark in (last_word or readers)}
    reference = said.pop() if len(said) == 1 else None
    if last_word:
        basis = "adjudicated"
    elif reference is None:
        basis = "disputed"
    else:
        basis = "agreed" if len(readers) > 1 else "single"
    times = [
        mark.t_disappeared_s for mark in (last_word or readers) if mark.t_disappeared_s is not None
    ] or [mark.t_disappeared_s for mark in readers if mark.t_disappeared_s is not None]
    told_s = None if row is None else row["t_disappeared_s"]
    return ReadCase(
        file=file,
        case_id="" if row is None else str(row["case_id"]),
        monitor=NO_VERDICT if row is None else str(row["outcome"]),
        reference=reference,
        basis=basis,
        n_readers=len(readers),
        monitor_t_s=float(told_s) if isinstance(told_s, float) else None,
        reference_t_s=median(times) if times and reference is Outcome.DISAPPEARED else None,
    )


def _between_readers(by_file: dict[str, dict[str, ReaderMark]]) -> Iterator[Kappa]:
    readers = sorted(
        {
            mark.reader.casefold()
            for marks in by_file.values()
            for mark in marks.values()
            if not mark.is_adjudicated
        }
    )
    for first, second in combinations(readers, 2):
        pairs = [
            (marks[first].outcome.value, marks[second].outcome.value)
            for marks in by_file.values()
            if first in marks and second in marks
        ]
        if pairs:
            yield kappa(first, second, pairs)


def kappa(first: str, second: str, pairs: Sequence[tuple[str, str]]) -> Kappa:
    """Return Cohen's kappa, unweighted, with its 95 % interval.

    Parameters
    ----------
    first, second : str
        Who they are.
    pairs : sequence of (str, str)
        What each said of a case.
    """
    words = sorted({word for pair in pairs for word in pair})
    figures: tuple[float, float, float] | tuple[None, None, None] = (None, None, None)
    if len(words) > 1:
        table = np.zeros((len(words), len(words)))
        for one, other in pairs:
            table[words.index(one), words.index(other)] += 1
        # It also divides by a spread that may be 0, for a test that nobody asks for here.
        with np.errstate(divide="ignore", invalid="ignore"):
            found = _inter_rater().cohens_kappa(table)
        low, middle, high = (
            round(float(value), 4) for value in (found.kappa_low, found.kappa, found.kappa_upp)
        )
        figures = middle, low, high
    return Kappa(
        first=first,
        second=second,
        n_cases=len(pairs),
        n_agreed=sum(one == other for one, other in pairs),
        kappa=figures[0],
        low=figures[1],
        high=figures[2],
    )


def _inter_rater() -> Any:
    try:
        return import_module("statsmodels.stats.inter_rater")
    except ImportError as fault:
        raise ConfigError(f"--readers needs statsmodels for kappa: {INSTALL}") from fault


def rate(name: str, n_events: int, n_cases: int) -> Rate:
    """Return a share with its exact intervals (Clopper-Pearson)."""
    if n_cases == 0:
        return Rate(name=name, n_events=0, n_cases=0, low=None, high=None, bound=None)
    two_sided = binomtest(n_events, n_cases).proportion_ci(CONFIDENCE, method="exact")
    above = binomtest(n_events, n_cases, alternative="less")
    return Rate(
        name=name,
        n_events=n_events,
        n_cases=n_cases,
        low=float(two_sided.low),
        high=float(two_sided.high),
        bound=float(above.proportion_ci(CONFIDENCE, method="exact").high),
    )


def _rates(judged: Sequence[ReadCase]) -> Iterator[Rate]:
    """Yield the rates; a verdict that was withheld is no right answer, and no false one."""
    known = [case for case in judged if case.reference is not Outcome.INDETERMINATE]
    gone = [case.monitor for case in known if case.reference is Outcome.DISAPPEARED]
    there = [case.monitor for case in known if case.reference is Outcome.PERSISTENT]
    withheld = {NO_VERDICT, Outcome.INDETERMINATE.value}
    disappeared, persistent = Outcome.DISAPPEARED.value, Outcome.PERSISTENT.value
    yield rate("sensitivity: told as disappeared, where it was", gone.count(disappeared), len(gone))
    yield rate("specificity: told as persistent, where it was", there.count(persistent), len(there))
    yield rate(
        "false disappeared: told so of a persistent one", there.count(disappeared), len(there)
    )
    yield rate("false persistent: told so of a disappeared one", gone.count(persistent), len(gone))
    n_false = sum(c.monitor not in withheld and c.monitor != c.reference for c in known)
    yield rate("false outcome of any kind", n_false, len(known))
    yield rate(
        "withheld, where the readers knew", sum(c.monitor in withheld for c in known), len(known)
    )


def _quartiles(differences_s: Sequence[float]) -> tuple[float, float, float] | None:
    if not differences_s:
        return None
    low, middle, high = (round(float(q), 3) for q in np.quantile(differences_s, [0.25, 0.5, 0.75]))
    return low, middle, high
