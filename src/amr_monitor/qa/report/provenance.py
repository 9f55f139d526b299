"""Where the report comes from, and how that is proven."""

import json

import amr_monitor
from amr_monitor.config import Settings
from amr_monitor.model.events import RecorderFileClosed
from amr_monitor.qa.report.document import Block, Facts, Paragraph, Section, Table
from amr_monitor.qa.report.history import CaseHistory
from amr_monitor.qa.report.words import ORIGINS, moment, one_line


def provenance_section(history: CaseHistory) -> Section:
    """Return origin, versions, hashes and settings."""
    record = history.record
    title, line = ORIGINS[record.origin]
    rows = [
        ("Origin", f"{title}: {line}"),
        ("Source", one_line(record.source_name)),
        ("Kind", record.kind.value),
        ("Opened", moment(record.opened_at)),
        ("Closed", moment(record.closed_at) if record.closed_at else "still open"),
        ("Judged by", f"amr-monitor {record.software_version}"),
        ("Report by", f"amr-monitor {amr_monitor.__version__}"),
        ("Events", str(history.n_events)),
        ("Head hash", history.head_hash),
        ("Recording hash", record.content_hash or "none: a live source"),
        ("Settings hash", record.settings_hash),
    ]
    if record.imported_at is not None:
        rows.insert(5, ("Imported", moment(record.imported_at)))
    blocks: list[Block] = [
        Facts(caption="Origin and versions", rows=tuple(rows)),
        Paragraph(
            text=f"amr-monitor verify {record.case_id} recomputes the chain of hashes of the"
            " journal. Where its head is the head hash above, the journal holds the events that"
            " this report was made of, none altered, added or taken out."
        ),
    ]
    files = [event for event in history.events if isinstance(event, RecorderFileClosed)]
    if files:
        blocks.append(
            Table(
                caption="Files of the recording",
                heads=("File", "Samples", "SHA-256 over its records"),
                rows=tuple(
                    (one_line(each.file), str(each.n_samples), each.sha256 or "none")
                    for each in files
                ),
                numeric=frozenset({1}),
                wide=2,
            )
        )
    blocks += _settings(history)
    return Section(name="provenance", title="Origin, versions and settings", blocks=tuple(blocks))


def _settings(history: CaseHistory) -> list[Block]:
    used = _flat(history.settings)
    if not used:
        return [Paragraph(text="The journal of this case holds no text of its settings.")]
    default = _flat(json.loads(Settings().verdict_text))
    changed = [
        (name, value, default.get(name, "none"))
        for name, value in used.items()
        if default.get(name) != value
    ]
    groups: dict[str, list[str]] = {}
    for name, value in used.items():
        group, _, last = name.rpartition(".")
        groups.setdefault(group, []).append(f"{last} = {value}")
    parts: list[Block] = [
        Table(
            caption="All settings that can change a verdict",
            heads=("Section", "Settings"),
            rows=tuple((group, ", ".join(each)) for group, each in groups.items()),
            wide=1,
        )
    ]
    if changed:
        parts.insert(
            0,
            Table(
                caption="Settings that differ from the defaults of this version",
                heads=("Setting", "Here", "Default"),
                rows=tuple(changed),
                wide=0,
            ),
        )
    else:
        parts.insert(0, Paragraph(text="Every setting is the default of this version."))
    return parts


def _flat(value: object, name: str = "") -> dict[str, str]:
    """Return settings one a name, "monitor.states.sustained_s"."""
    if isinstance(value, dict) and value:
        found: dict[str, str] = {}
        for key, inner in sorted(value.items()):
            found |= _flat(inner, f"{name}.{key}" if name else str(key))
        return found
    if not name:
        return {}
    return {name: one_line(value if isinstance(value, str) else json.dumps(value)) or '""'}
