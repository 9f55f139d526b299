"""A case in the journal -> its report, as one HTML file or as PDF."""

from enum import StrEnum

from amr_monitor.qa.report.averages import blocks
from amr_monitor.qa.report.changes import changes_section, vessels_section
from amr_monitor.qa.report.course import course_of
from amr_monitor.qa.report.document import Document, Facts, Section
from amr_monitor.qa.report.history import CaseHistory, CaseStore, read_history
from amr_monitor.qa.report.html_page import html_of
from amr_monitor.qa.report.limits import cannot_section, context_section
from amr_monitor.qa.report.outcome import opening, outcome_section
from amr_monitor.qa.report.pdf_print import pdf_of
from amr_monitor.qa.report.provenance import provenance_section
from amr_monitor.qa.report.quality import alarms_section, quality_section, room_section
from amr_monitor.qa.report.signals import (
    baseline_section,
    others_section,
    picture_section,
    trends_section,
)
from amr_monitor.qa.report.timeline import marks_section, timeline_section
from amr_monitor.qa.report.words import ORIGINS, one_line


class ReportForm(StrEnum):
    """How a report is written."""

    HTML = "html"
    PDF = "pdf"


def make_report(store: CaseStore, case_id: str, form: ReportForm) -> bytes:
    """Return the report of a case; of the same journal the same bytes.

    Raises
    ------
    StorageError
        There is nothing to report, or nothing that may be told yet.
    """
    document = report_document(read_history(store, case_id))
    return html_of(document) if form is ReportForm.HTML else pdf_of(document)


def report_document(history: CaseHistory) -> Document:
    """Return what a report of a case says."""
    course = course_of(history)
    compared = blocks(history, course)
    record = history.record
    sections = (
        outcome_section(history, course, compared),
        vessels_section(course),
        picture_section(history, course),
        timeline_section(history, course),
        changes_section(history, course),
        baseline_section(history, course, compared),
        trends_section(history, course),
        others_section(history, course),
        room_section(history),
        marks_section(course),
        alarms_section(course),
        quality_section(history, course),
        cannot_section(),
        context_section(),
        provenance_section(history),
        _signature(),
    )
    preliminary = "" if history.closed else "Preliminary report, case open: "
    dated = history.entries[-1].utc or record.closed_at or record.opened_at
    return Document(
        title=f"{preliminary}AMR monitoring, case {record.case_id}",
        subtitle="Abnormal muscle response (lateral spread response) during microvascular"
        " decompression for hemifacial spasm",
        language="en",
        dated=dated,
        footer=_footer(history),
        opening=opening(history, course),
        sections=tuple(section for section in sections if section is not None),
    )


def _footer(history: CaseHistory) -> str:
    record = history.record
    parts = (
        ORIGINS[record.origin][0],
        f"case {record.case_id}",
        one_line(record.pseudonym),
        f"head {history.head_hash[:16]}",
        "" if history.closed else "PRELIMINARY",
    )
    return " \u00b7 ".join(part for part in parts if part)


def _signature() -> Section:
    return Section(
        name="read",
        title="Read by",
        blocks=(
            Facts(
                caption="Who has read this report and agrees, or what is to be said against it",
                rows=(
                    ("Neurophysiologist", ""),
                    ("Surgeon", ""),
                    ("Date", ""),
                    ("Remarks", ""),
                ),
            ),
        ),
    )
