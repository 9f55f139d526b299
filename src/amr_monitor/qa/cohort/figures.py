"""The analysis as JSON and as CSV, for other programs."""

import csv
import io
import json
import math
from typing import Any

from amr_monitor import __version__
from amr_monitor.qa.cohort.analysis import Cohort, Comparison
from amr_monitor.qa.cohort.statistics import Effect
from amr_monitor.qa.cohort.wording import notes_of

CSV_COLUMNS = (
    "table",
    "column",
    "row",
    "n_a",
    "n_b",
    "count_a",
    "count_b",
    "percent_a",
    "percent_b",
    "mean_a",
    "sd_a",
    "mean_b",
    "sd_b",
    "test",
    "p_value",
    "effect",
    "effect_value",
    "effect_low",
    "effect_high",
    "effect_unit",
    "note",
)


def cohort_json(cohort: Cohort) -> str:
    """Return everything, unrounded; null where there is no figure or no bound."""
    groups = cohort.groups
    found = {
        "format": "amr-monitor cohort",
        "version": __version__,
        "source": cohort.table.name,
        "missing_columns": list(cohort.table.missing_columns),
        "flow": {
            "n_patients": groups.n_patients,
            "n_excluded": groups.n_excluded,
            "exclusions": [
                {"reason": each.reason, "n_patients": each.n_patients} for each in groups.exclusions
            ],
            "n_compared": groups.n_compared,
            "group_a_disappeared": len(groups.disappeared),
            "group_b_persistent": len(groups.persistent),
            "persistent_share": _effect(cohort.persistent_share),
        },
        "comparisons": [_comparison(each) for each in cohort.comparisons],
        "notes": [*cohort.table.notes, *notes_of(cohort)],
    }
    return json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def cohort_csv(cohort: Cohort) -> str:
    """Return one row for each line of the tables and for each effect.

    The flow chart stands first, with table `flow`.
    """
    rows: list[dict[str, Any]] = []
    groups = cohort.groups
    flow = [
        ("patients", groups.n_patients),
        *((f"left out: {each.reason}", each.n_patients) for each in groups.exclusions),
        ("group A: AMR disappeared", len(groups.disappeared)),
        ("group B: AMR persistent", len(groups.persistent)),
    ]
    rows += [{"table": "flow", "row": name, "count_a": n} for name, n in flow]
    rows += [{"table": "flow", "note": note} for note in cohort.table.notes]
    for comparison in cohort.comparisons:
        rows += _csv_rows(comparison)
    target = io.StringIO()
    writer = csv.DictWriter(target, CSV_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def _csv_rows(comparison: Comparison) -> list[dict[str, Any]]:
    head: dict[str, Any] = {
        "table": comparison.which.value,
        "column": comparison.column,
        "n_a": comparison.n_a,
        "n_b": comparison.n_b,
    }
    first = {**head, "row": comparison.label, "note": "; ".join(comparison.compared.notes)}
    if comparison.compared.test is not None:
        first["test"] = comparison.compared.test.name
        first["p_value"] = comparison.compared.test.p_value
    if comparison.means is not None:
        means = comparison.means
        first |= {
            "mean_a": means.mean_a,
            "sd_a": means.sd_a,
            "mean_b": means.mean_b,
            "sd_b": means.sd_b,
        }
    rows = [first]
    for effect in comparison.compared.effects:
        rows.append({**head, "row": comparison.label, **_effect_cells(effect)})
    for line in comparison.counts:
        rows.append(
            {
                **head,
                "row": f"{comparison.label}: {line.label}",
                "count_a": line.a,
                "count_b": line.b,
                "percent_a": 100.0 * line.a / comparison.n_a if comparison.n_a else None,
                "percent_b": 100.0 * line.b / comparison.n_b if comparison.n_b else None,
                **({} if line.difference is None else _effect_cells(line.difference)),
            }
        )
    return rows


def _effect_cells(effect: Effect) -> dict[str, Any]:
    return {
        "effect": effect.name,
        "effect_value": _finite(effect.value),
        "effect_low": _finite(effect.low),
        "effect_high": _finite(effect.high),
        "effect_unit": effect.unit,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    test = comparison.compared.test
    means = comparison.means
    return {
        "table": comparison.which.value,
        "column": comparison.column,
        "label": comparison.label,
        "n_a": comparison.n_a,
        "n_b": comparison.n_b,
        "counts": [
            {"label": c.label, "a": c.a, "b": c.b, "difference": _effect(c.difference)}
            for c in comparison.counts
        ],
        "means": None
        if means is None
        else {
            "mean_a": means.mean_a,
            "sd_a": means.sd_a,
            "mean_b": means.mean_b,
            "sd_b": means.sd_b,
        },
        "test": None
        if test is None
        else {"name": test.name, "p_value": test.p_value, "statistic": test.statistic},
        "effects": [_effect(each) for each in comparison.compared.effects],
        "notes": list(comparison.compared.notes),
    }


def _effect(effect: Effect | None) -> dict[str, Any] | None:
    if effect is None:
        return None
    return {
        "name": effect.name,
        "value": _finite(effect.value),
        "low": _finite(effect.low),
        "high": _finite(effect.high),
        "unit": effect.unit,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
