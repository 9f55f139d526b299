"""Who a patient is outside: a pseudonym; and when: nothing but the order of things.

Dates, names, notes and the texts of a header never leave: the day of an
operation is enough to find a patient in a list.
"""

import hashlib
import re
import uuid
from datetime import UTC, datetime, timedelta

from amr_monitor.storage.catalog import CaseRecord

NO_DATE = datetime(1985, 1, 1, tzinfo=UTC)
"""What EDF+ prescribes where the start is not known, or removed; here in DICOM, too."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_OID, "amr-monitor exports")


def subject_of(record: CaseRecord) -> str:
    """Return the pseudonym; without one, a key from which nothing can be told.

    The id of a case begins with the day of the operation, so that it stands
    nowhere in an export: its hash does.
    """
    pseudonym = "".join(c for c in record.pseudonym if c.isprintable()).strip()
    return pseudonym or f"case{hashlib.sha256(record.case_id.encode()).hexdigest()[:10]}"


def bids_label(subject: str) -> str:
    """Return a subject as BIDS allows it: letters and digits alone."""
    label = re.sub(r"[^0-9A-Za-z]", "", subject)
    # Nothing left, or something else than was asked for that could be two patients' own.
    if not label:
        return f"case{hashlib.sha256(subject.encode()).hexdigest()[:10]}"
    return label


def dicom_uid(record: CaseRecord, *what: object) -> str:
    """Return the UID of a thing of a case: the same for the same case, whoever exports it."""
    name = "/".join([record.case_id, *map(str, what)])
    return f"2.25.{uuid.uuid5(_NAMESPACE, name).int}"


def shifted(onset_s: float) -> datetime:
    """Return a moment of a case as if it had begun on the day that stands for none."""
    return NO_DATE + timedelta(seconds=max(onset_s, 0.0))
