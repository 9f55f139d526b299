"""The analysis as one HTML file: no script, nothing from elsewhere, made to be printed."""

from html import escape

from amr_monitor import __version__
from amr_monitor.qa.cohort.analysis import Cohort, Comparison, Which
from amr_monitor.qa.cohort.flow_chart import flow_chart, flow_sentence
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

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --text: #0d1620; --soft: #435465;
  --line: #8b9aaa; --a: #f1e4f9; --b: #faf3d2; --out: #eef2f6; }
@media (prefers-color-scheme: dark) { :root { --ground: #0b1016; --text: #f2f6fa; --soft: #b3c1cf;
  --line: #5d7083; --a: #3a2348; --b: #40380f; --out: #1c2733; } }
@page { size: A4; margin: 15mm; }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
figure { margin: 1rem 0; } .flow { width: 100%; max-width: 47rem; height: auto; }
.flow rect { fill: var(--ground); stroke: var(--line); stroke-width: 1.5; }
.flow rect.a { fill: var(--a); } .flow rect.b { fill: var(--b); }
.flow rect.out { fill: var(--out); }
.flow line { stroke: var(--line); stroke-width: 1.5; }
.flow text { fill: var(--text); font: 15px system-ui, sans-serif; text-anchor: middle; }
.flow text.head { font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 54rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; font-weight: 400; }
thead th { border-top: 2px solid; border-bottom: 1px solid; font-weight: 600; }
tbody { border-bottom: 1px solid var(--line); } tbody th[scope=rowgroup] { font-weight: 600; }
tbody th.sub { padding-left: 1.2rem; } td.p { white-space: nowrap; }
th:last-child, td:last-child { min-width: 15em; padding-right: 0; }
small, .soft { color: var(--soft); font-size: .88em; }
@media print { :root { --ground: #fff; --text: #000; --soft: #333; --line: #666; --a: #fff;
  --b: #fff; --out: #fff; } body { margin: 0; font-size: 12px; }
  .wide { overflow: visible; } .wide table { min-width: 0; }
  tbody, figure { break-inside: avoid; } h2 { break-after: avoid; } }
"""


def cohort_page(cohort: Cohort) -> str:
    """Return the whole file."""
    groups = cohort.groups
    name = escape(cohort.table.name)
    share = ""
    if cohort.persistent_share is not None:
        found = cohort.persistent_share
        share = (
            f"<p>The AMR persisted in <strong>{found.value:.1f} %</strong> of those compared"
            f" (95 % interval {found.low:.1f} to {found.high:.1f} %).</p>"
        )
    notes = "".join(f"<li>{escape(note)}</li>" for note in notes_of(cohort))
    said = "".join(f"<p>{escape(text)}</p>" for text in (*METHOD, *LIMITS))
    tables = "".join(_table(cohort, which) for which in Which)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>AMR cohort of {groups.n_patients} patients</title><style>{STYLE}</style></head>"
        f"<body><main><h1>AMR after decompression: {groups.n_patients} patients</h1>"
        f'<p class="soft">From {name}, by amr-monitor {escape(__version__)}.</p>'
        + "".join(f"<p><strong>{escape(note)}</strong></p>" for note in cohort.table.notes)
        + f"<h2>Patients</h2><figure>{flow_chart(groups)}"
        f"<figcaption>{escape(flow_sentence(groups))}</figcaption></figure>{share}"
        + (f"<h2>Comparison</h2>{tables}" if tables else "")
        + (f"<h2>Notes</h2><ul>{notes}</ul>" if notes else "")
        + f"<h2>Method and limits</h2>{said}</main></body></html>\n"
    )


def _table(cohort: Cohort, which: Which) -> str:
    rows = [each for each in cohort.comparisons if each.which is which]
    if not rows:
        return ""
    groups = cohort.groups
    return (
        # The frame scrolls where the screen is small: it must be reached by keys, too.
        f'<div class="wide" role="region" tabindex="0" aria-label="Table {which}"><table>'
        f"<caption>{escape(TABLE_TITLES[which])}</caption><thead><tr>"
        '<th scope="col">Character</th>'
        f'<th scope="col">{GROUP_A}<br>n = {len(groups.disappeared)}</th>'
        f'<th scope="col">{GROUP_B}<br>n = {len(groups.persistent)}</th>'
        '<th scope="col">P</th><th scope="col">Effect, B against A (95 % interval)</th>'
        "</tr></thead>" + "".join(_block(each, cohort) for each in rows) + "</table></div>"
    )


def _block(comparison: Comparison, cohort: Cohort) -> str:
    known = known_text(comparison, cohort)
    head = escape(comparison.label) + (f" <small>{known}</small>" if known else "")
    effects = "<br>".join(escape(effect_text(each)) for each in comparison.compared.effects)
    test = test_text(comparison)
    p_value = escape(p_value_text(comparison)) + (
        f"<br><small>{escape(test)}</small>" if test else ""
    )
    means = comparison.means
    cells = (
        ("", "")
        if means is None
        else (mean_text(means.mean_a, means.sd_a), mean_text(means.mean_b, means.sd_b))
    )
    rows = [
        f'<tr><th scope="rowgroup">{head}</th><td>{cells[0]}</td><td>{cells[1]}</td>'
        f'<td class="p">{p_value}</td><td>{effects}</td></tr>'
    ]
    for line in comparison.counts:
        effect = "" if line.difference is None else escape(effect_text(line.difference))
        rows.append(
            f'<tr><th scope="row" class="sub">{escape(line.label)}</th>'
            f"<td>{count_text(line, comparison, group='a')}</td>"
            f"<td>{count_text(line, comparison, group='b')}</td><td></td><td>{effect}</td></tr>"
        )
    return f"<tbody>{''.join(rows)}</tbody>"
