"""The verb that writes the report of a case."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from amr_monitor.cli.arguments import Chosen
from amr_monitor.cli.catalogue import found_case, opened_journal
from amr_monitor.cli.output import tombstone_line
from amr_monitor.cli.status import DONE
from amr_monitor.model.errors import ConfigError, StorageError
from amr_monitor.storage.catalog import CaseRecord, Tombstone
from amr_monitor.storage.journal import Journal

FORMS = (".html", ".pdf")
LIBRARIES = ("jinja2", "matplotlib", "typst")
"""Of the extra `report`."""


def report(chosen: Chosen) -> int:
    """Write the report of one case."""
    target: Path | None = chosen.output
    if target is not None and target.suffix.lower() not in FORMS:
        raise ConfigError(f"-o {target}: the name must end in {' or '.join(FORMS)}")
    with opened_journal(chosen.config) as journal:
        record = _case(journal, chosen.case)
        if target is None:
            target = Path(f"amr-report-{record.case_id}.html")
        written = report_of(journal, record.case_id, target.suffix.lower().removeprefix("."))
    try:
        target.write_bytes(written)
    except OSError as fault:
        raise StorageError(
            f"-o {target}: cannot be written: {fault.strerror}; see whether the folder exists"
            " and has space"
        ) from fault
    outcome = "open" if record.outcome is None else record.outcome.replace("_", " ")
    print(f"{target}: case {record.case_id}, {outcome} ({record.origin})")
    return DONE


def report_of(journal: Journal, case_id: str, form: str) -> bytes:
    """Return the report of a case as `html` or `pdf`.

    Raises
    ------
    ConfigError
        The libraries of the extra `report` are not installed.
    StorageError
        There is nothing to report, or nothing that may be told yet.
    """
    # Drawing and setting a page need libraries whose import takes its time.
    try:
        from amr_monitor.qa.report.maker import ReportForm, make_report
    except ModuleNotFoundError as fault:
        if (fault.name or "").startswith("amr_monitor"):
            raise
        raise ConfigError(
            f"the report needs {fault.name}, which is not installed:"
            " pip install 'amr-monitor[report]'"
        ) from fault
    return make_report(journal, case_id, ReportForm(form))


def html_reporter() -> Callable[[Journal, str], bytes] | None:
    """Return what writes a report as HTML, for a server; None without the extra `report`."""
    if any(find_spec(name) is None for name in LIBRARIES):
        return None
    return lambda journal, case_id: report_of(journal, case_id, "html")


def _case(journal: Journal, wanted: str) -> CaseRecord:
    try:
        record = found_case(journal, wanted)
    except StorageError as fault:
        if not Path(wanted).exists():
            raise
        raise ConfigError(
            f"report {wanted}: a report is made of a case in the journal;"
            f" `amr-monitor replay {wanted}` enters a recording as one and tells its id"
        ) from fault
    if isinstance(record, Tombstone):
        raise StorageError(tombstone_line(record))
    return record
