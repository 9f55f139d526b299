from collections.abc import Iterable

import pytest

from amr_monitor.model.case import Outcome
from amr_monitor.model.errors import ConfigError
from amr_monitor.qa.batch import agreement as agreement_module
from amr_monitor.qa.batch.agreement import Agreement, Rate, agreement_of, kappa, rate
from amr_monitor.qa.batch.readers import ReaderMark
from tests.qa.batch.tables import a_case, some_results

GONE, THERE = Outcome.DISAPPEARED, Outcome.PERSISTENT
UNKNOWN = Outcome.INDETERMINATE


def marks(*said: tuple[str, str, Outcome] | tuple[str, str, Outcome, float]) -> list[ReaderMark]:
    return [
        ReaderMark(
            line=line,
            case=each[0],
            reader=each[1],
            outcome=each[2],
            t_disappeared_s=each[3] if len(each) > 3 else None,
        )
        for line, each in enumerate(said, start=2)
    ]


def rates(agreement: Agreement) -> dict[str, tuple[int, int]]:
    return {r.name.partition(":")[0]: (r.n_events, r.n_cases) for r in agreement.rates}


def read(told: Iterable[tuple[str, Outcome]]) -> Agreement:
    """Return the agreement where the monitor told this of cases that one reader knew."""
    pairs = list(told)
    cases = [a_case(f"c{number}", monitor) for number, (monitor, _) in enumerate(pairs)]
    said = [(f"c{number}", "k", true) for number, (_, true) in enumerate(pairs)]
    return agreement_of(some_results(*cases), marks(*said))


def test_the_adjudicated_reading_has_the_last_word() -> None:
    told = marks(("a", "k", GONE), ("a", "l", THERE), ("a", "Adjudicated", THERE))
    (case,) = agreement_of(some_results(a_case("a")), told).cases
    assert (case.reference, case.basis, case.n_readers) == (THERE, "adjudicated", 2)


def test_readers_who_agree_need_nobody_and_those_who_do_not_are_left_out() -> None:
    told = marks(("a", "k", GONE), ("a", "l", GONE), ("b", "k", GONE), ("b", "l", THERE))
    agreement = agreement_of(some_results(a_case("a"), a_case("b"), a_case("c")), told)
    assert [(c.file, c.basis) for c in agreement.cases] == [("a", "agreed"), ("b", "disputed")]
    assert agreement.matrix == {("disappeared", "disappeared"): 1}
    assert agreement.n_unread == 1


def test_a_case_is_found_by_its_id_or_by_its_recording() -> None:
    told = marks(("a", "k", GONE), ("id-b", "k", THERE), ("z", "k", GONE))
    agreement = agreement_of(some_results(a_case("a"), a_case("b", "persistent")), told)
    assert [case.file for case in agreement.cases] == ["a", "b"]
    assert agreement.unknown == ("z",)


def test_a_withheld_verdict_is_no_right_answer_and_no_false_one() -> None:
    told = [("disappeared", GONE)] * 6 + [("persistent", GONE), ("indeterminate", GONE)]
    told += [("persistent", THERE)] * 3 + [("disappeared", THERE)]
    told += [("disappeared", UNKNOWN)]
    assert rates(read(told)) == {
        "sensitivity": (6, 8),
        "specificity": (3, 4),
        "false disappeared": (1, 4),
        "false persistent": (1, 8),
        "false outcome of any kind": (2, 12),
        "withheld, where the readers knew": (1, 12),
    }


def test_a_recording_without_a_verdict_counts_as_withheld() -> None:
    results = some_results(errors={"a": "a: it is broken"})
    agreement = agreement_of(results, marks(("a", "k", GONE)))
    assert agreement.matrix == {("disappeared", "no verdict"): 1}
    assert rates(agreement)["withheld, where the readers knew"] == (1, 1)


def test_300_cases_without_an_event_bound_the_rate_at_1_percent() -> None:
    none = rate("false", 0, 300)
    assert none.bound == pytest.approx(1 - 0.05 ** (1 / 300))
    assert none.bound is not None
    assert none.bound < 0.01
    less = rate("false", 0, 298).bound
    assert less is not None
    assert less > 0.01


def test_the_intervals_are_those_of_clopper_and_pearson() -> None:
    # Published: 1 of 10 gives 0.25 % to 44.5 %, 4 of 20 gives 5.73 % to 43.7 %.
    for n_events, n_cases, low, high in ((1, 10, 0.00253, 0.44502), (4, 20, 0.0573, 0.4366)):
        found = rate("x", n_events, n_cases)
        assert found.low == pytest.approx(low, abs=1e-4)
        assert found.high == pytest.approx(high, abs=1e-4)
    assert rate("x", 0, 0) == Rate(name="x", n_events=0, n_cases=0, low=None, high=None, bound=None)


def test_kappa_is_cohens() -> None:
    # Cohen's own arithmetic: 20 and 15 agreed of 50, 0.7 observed, 0.5 by chance.
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = kappa("a", "b", pairs)
    assert (found.kappa, found.n_agreed, found.n_cases) == (0.4, 35, 50)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.4 < found.high


def test_kappa_of_one_outcome_is_not_defined() -> None:
    assert kappa("a", "b", [("yes", "yes")] * 9).kappa is None
    assert kappa("a", "b", []).kappa is None


def test_kappa_is_told_of_every_two_readers_and_of_the_monitor() -> None:
    told = [
        (f"c{n}", reader, GONE) for n in range(4) for reader in "xyz" if (n, reader) != (3, "z")
    ]
    agreement = agreement_of(some_results(*(a_case(f"c{n}") for n in range(4))), marks(*told))
    assert [(k.first, k.second, k.n_cases) for k in agreement.kappas] == [
        ("x", "y", 4),
        ("x", "z", 3),
        ("y", "z", 3),
        ("readers", "monitor", 4),
    ]


def test_the_time_of_a_loss_is_held_against_the_median_of_the_readers() -> None:
    told = marks(("a", "k", GONE, 90.0), ("a", "l", GONE, 94.0), ("b", "k", THERE, 5.0))
    agreement = agreement_of(some_results(a_case("a"), a_case("b", "persistent")), told)
    assert [case.difference_s for case in agreement.cases] == [8.0, None]
    assert agreement.quartiles_s == (8.0, 8.0, 8.0)
    assert read([("persistent", THERE)]).quartiles_s is None


def test_without_statsmodels_it_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(agreement_module, "import_module", missing)
    with pytest.raises(ConfigError, match=r"amr-monitor\[cohort\]"):
        read([("persistent", THERE), ("disappeared", GONE)])
