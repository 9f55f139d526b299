from amr_monitor.qa.quantiles import quantiles


def test_quantiles_are_told_to_a_tenth() -> None:
    assert quantiles([float(n) for n in range(1, 102)]) == {
        "p50": 51.0,
        "p95": 96.0,
        "p99": 100.0,
        "max": 101.0,
    }


def test_of_nothing_nothing_is_told() -> None:
    assert quantiles([]) == {}
