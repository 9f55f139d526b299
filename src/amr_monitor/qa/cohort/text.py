"""The analysis as plain text, for a terminal."""

from amr_monitor.qa.cohort.analysis import Cohort, Comparison, Which
from amr_monitor.qa.cohort.wording import (
    GROUP_A,
    GROUP_B,
    LIMITS,
    METHOD,
    TABLE_TITLES,
    count_text,
    effect_text,
    known_text,
    mean_text,
    notes_of,
    p_value_text,
    test_text,
)

WIDTH = 100
_WIDTHS = (34, 18, 18, 12)


def cohort_text(cohort: Cohort) -> str:
    """Return flow chart, tables, effects and notes."""
    parts = [_flow(cohort)]
    parts += [_table(cohort, which) for which in Which if _rows(cohort, which)]
    if notes := notes_of(cohort):
        parts.append("\n".join(["Notes", *(_wrapped(f"- {note}") for note in notes)]))
    parts.append("\n".join(_wrapped(line) for line in (*METHOD, *LIMITS)))
    return "\n\n".join(parts) + "\n"


def _flow(cohort: Cohort) -> str:
    groups = cohort.groups
    lines = [*cohort.table.notes, f"{groups.n_patients} patients in {cohort.table.name}"]
    if groups.n_excluded:
        lines.append(f"  |-- {groups.n_excluded} left out")
        lines += [f"  |     {each.n_patients:5d}  {each.reason}" for each in groups.exclusions]
    lines += [
        f"{groups.n_compared} compared",
        f"  |-- {len(groups.disappeared)} {GROUP_A}",
        f"  `-- {len(groups.persistent)} {GROUP_B}",
    ]
    if cohort.persistent_share is not None:
        found = cohort.persistent_share
        lines.append(
            f"persistent in {found.value:.1f} % of them"
            f" (95 % interval {found.low:.1f} to {found.high:.1f} %)"
        )
    return "\n".join(lines)


def _rows(cohort: Cohort, which: Which) -> list[Comparison]:
    return [each for each in cohort.comparisons if each.which is which]


def _table(cohort: Cohort, which: Which) -> str:
    n_a, n_b = len(cohort.groups.disappeared), len(cohort.groups.persistent)
    lines = [
        TABLE_TITLES[which],
        _line("", f"A (n = {n_a})", f"B (n = {n_b})", "P"),
        "-" * WIDTH,
    ]
    for comparison in _rows(cohort, which):
        known = known_text(comparison, cohort)
        head = comparison.label + (f", {known}" if known else "")
        p_value = p_value_text(comparison)
        if comparison.means is not None:
            means = comparison.means
            lines.append(
                _line(
                    head,
                    mean_text(means.mean_a, means.sd_a),
                    mean_text(means.mean_b, means.sd_b),
                    p_value,
                )
            )
        else:
            lines.append(_line(head, "", "", p_value))
        for count in comparison.counts:
            lines.append(
                _line(
                    f"  {count.label}",
                    count_text(count, comparison, group="a"),
                    count_text(count, comparison, group="b"),
                    "",
                )
            )
        if found := "; ".join(
            [test_text(comparison), *map(effect_text, comparison.compared.effects)]
        ).strip("; "):
            lines.append(_wrapped(f"    {found}"))
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "".join(f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _wrapped(text: str) -> str:
    """Return text in lines of at most `WIDTH`, each as far in as the first."""
    indent = text[: len(text) - len(text.lstrip())]
    lines, line = [], indent
    for word in text.split():
        if len(line) + len(word) + 1 > WIDTH and line.strip():
            lines.append(line)
            line = indent + ("  " if text.lstrip().startswith("- ") else "")
        line += word if line == "" or line.endswith(" ") else f" {word}"
    return "\n".join([*lines, line])
