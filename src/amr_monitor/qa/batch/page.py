"""The list of the cases as one HTML file: sortable, readable without its script, from a disk.

Style and script stand in the file itself and are named by their hashes, so that
a page whose names of files say something else than they should runs nothing.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import quote

from amr_monitor.model.source import Origin
from amr_monitor.qa.batch.columns import Cell, Row
from amr_monitor.qa.batch.parts import report_name, write_whole
from amr_monitor.qa.batch.results import BatchResults

PAGE_FILE = "index.html"

DISCLAIMER = (
    "Does not monitor hearing or facial nerve safety."
    " Decision support, not a certified medical device."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """One column of the list.

    Attributes
    ----------
    title : str
    is_figure : bool
        Sorted and aligned as a number.
    """

    title: str
    is_figure: bool = False


_HEADS = (
    _Head(title="Recording"),
    _Head(title="Case"),
    _Head(title="Outcome"),
    # Far left, to be seen without scrolling: who reads an outcome must see what it was of.
    _Head(title="Origin"),
    _Head(title="Tags"),
    _Head(title="Lead muscle"),
    _Head(title="State at the end"),
    _Head(title="Lost at (s)", is_figure=True),
    _Head(title="After mark"),
    _Head(title="Returns", is_figure=True),
    _Head(title="Baseline (uV)", is_figure=True),
    _Head(title="Last amplitude (%)", is_figure=True),
    _Head(title="Valid sweeps", is_figure=True),
    _Head(title="Not judged (s)", is_figure=True),
    _Head(title="Length (min)", is_figure=True),
)


def write_page(results: BatchResults) -> Path:
    """Write the list of the cases beside their tables, and return where.

    Raises
    ------
    StorageError
    """
    path = results.folder / PAGE_FILE
    content = page_html(results).encode()
    if not path.is_file() or path.read_bytes() != content:
        write_whole(path, content)
    return path


def page_html(results: BatchResults) -> str:
    """Return the list of the cases."""
    parts = files("amr_monitor.qa.batch") / "pages"
    template, style, script = (
        (parts / name).read_text(encoding="utf-8")
        for name in ("cases.html", "cases.css", "cases.js")
    )
    outcomes = sorted({str(row["outcome"]) for row in results.cases.values()})
    return Template(template).substitute(
        style=style,
        script=script,
        style_hash=_source_hash(style),
        script_hash=_source_hash(script),
        n_cases=len(results.cases),
        version=escape(results.version),
        settings=escape(results.settings_sha256[:12]),
        simulated=_simulated(results),
        counts="".join(_count(results, outcome) for outcome in outcomes),
        heads="".join(_head(head) for head in _HEADS),
        rows="\n".join(_row(results, row) for row in results.cases.values()),
        errors=_errors(results),
        disclaimer=DISCLAIMER,
    )


def _source_hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"


def _simulated(results: BatchResults) -> str:
    n_simulated = sum(row["origin"] == Origin.SIMULATED.value for row in results.cases.values())
    if not n_simulated:
        return ""
    return f'<p class="simulated">{n_simulated} of these cases are SIMULATED: no patients.</p>\n'


def _count(results: BatchResults, outcome: str) -> str:
    count = sum(row["outcome"] == outcome for row in results.cases.values())
    return f"<dt>{escape(_plain(outcome))}</dt><dd>{count}</dd>"


def _head(head: _Head) -> str:
    kind = ' class="figure"' if head.is_figure else ""
    return f'<th scope="col"{kind}>{escape(head.title)}</th>'


def _row(results: BatchResults, row: Row) -> str:
    case_id = str(row["case_id"])
    report = report_name(case_id)
    shown_id = escape(case_id)
    if (results.folder / report).is_file():
        shown_id = f'<a href="{quote(report)}">{shown_id}</a>'
    after = " ".join(str(row[name]) for name in ("after_mark", "vessel") if row[name] is not None)
    after = after.replace("csf_drained", "CSF drained")
    duration_s = row["duration_s"]
    minutes = duration_s / 60.0 if isinstance(duration_s, float) else None
    cells = [
        f'<th scope="row">{escape(str(row["file"]))}</th>',
        f"<td>{shown_id}</td>",
        *(
            f"<td>{escape(_plain(text))}</td>"
            for text in (
                row["outcome"],
                row["origin"],
                row["tags"],
                row["lead"],
                f"{row['lead_state'] or ''} {row['lead_certainty'] or ''}",
            )
        ),
        _figure(row["t_disappeared_s"], 1),
        f"<td>{escape(_plain(after))}</td>",
        _figure(row["n_returns"], 0),
        _figure(row["baseline_amplitude_uv"], 1),
        _figure(row["last_amplitude_percent"], 0),
        _figure(row["n_valid"], 0),
        _figure(row["indeterminate_s"], 0),
        _figure(minutes, 1),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _figure(value: Cell, digits: int) -> str:
    if not isinstance(value, int | float):
        return '<td class="figure"></td>'
    return f'<td class="figure">{value:.{digits}f}</td>'


def _plain(text: Cell) -> str:
    return "" if text is None else str(text).replace("_", " ").strip()


def _errors(results: BatchResults) -> str:
    if not results.errors:
        return "<p>Every recording has a verdict.</p>"
    return _table(
        "Recordings without a verdict, and why",
        ("Recording", "Why"),
        [
            f'<tr><th scope="row">{escape(file)}</th><td>{escape(why)}</td></tr>'
            for file, why in results.errors.items()
        ],
    )


def _table(caption: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    titles = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{titles}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
