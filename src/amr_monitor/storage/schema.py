"""The tables of the journal, as the present version has them.

A journal that an earlier version made is brought to this form by the scripts in
`migrations`; a new one is made so at once. What must never happen is refused by
the database itself (`guards`), whichever program opens it.
"""

from sqlalchemy import (
    REAL,
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.types import TypeEngine

APPLICATION_ID = 0x414D524A
"""'AMRJ': tells a journal from any other SQLite database."""

REVISIONS = ("0001", "0002", "0003")
"""Every form that a journal has had, the newest last; each has its migration."""

SCHEMA_VERSION = int(REVISIONS[-1])

VERSION_TABLE = "journal_schema"
"""Holds the revision. A name of our own: a database may serve other programs, too."""

metadata = MetaData()

_INDEX = Integer().with_variant(BigInteger(), "postgresql")
_SECONDS: TypeEngine[float] = REAL().with_variant(DOUBLE_PRECISION(), "postgresql")

cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("source_name", Text, nullable=False),
    Column("side", Text),
    Column("pseudonym", Text, nullable=False),
    Column("start_utc", Text),
    Column("content_hash", Text, nullable=False),
    Column("settings_hash", Text, nullable=False),
    Column("software_version", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("outcome", Text),
    Column("imported_at", Text),
    Column("settings", Text),
    sqlite_strict=True,
)

events = Table(
    "events",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True, nullable=False),
    Column("seq", _INDEX, primary_key=True, nullable=False, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("sample_index", _INDEX, nullable=False),
    Column("time_s", _SECONDS, nullable=False),
    Column("json", Text, nullable=False),
    Column("committed_at", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("software_version", Text, nullable=False),
    Column("settings_hash", Text, nullable=False),
    Column("chain_hash", Text, nullable=False),
    # Null in what was written before revision 0002; then they are not in the chain.
    Column("role", Text),
    Column("reason", Text),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

sweeps = Table(
    "sweeps",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True, nullable=False),
    Column("sample_index", _INDEX, primary_key=True, nullable=False, autoincrement=False),
    Column("time_s", _SECONDS, nullable=False),
    Column("header", Text, nullable=False),
    Column("samples", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    sqlite_strict=True,
)
"""Sweeps that a verdict rests on, each once however many verdicts it belongs to."""

verdicts = Table(
    "verdicts",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True, nullable=False),
    Column("seq", _INDEX, primary_key=True, nullable=False, autoincrement=False),
    Column("sample_indices", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    sqlite_strict=True,
)
"""Which sweeps stand beside which event (a JSON list), and the hash over them all."""

pages = Table(
    "pages",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True, nullable=False),
    Column("sample_index", _INDEX, primary_key=True, nullable=False, autoincrement=False),
    Column("last_sample_index", _INDEX, nullable=False),
    Column("start_s", _SECONDS, nullable=False),
    Column("end_s", _SECONDS, nullable=False),
    Column("n_sweeps", _INDEX, nullable=False),
    Column("seq", _INDEX, nullable=False),
    Column("form", Text, nullable=False),
    Column("trend", Text, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("samples", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    sqlite_strict=True,
)
"""Every judged sweep as it was shown, sixty to a page; from the first one's place to the last's.

`seq` is the newest event when the page was put in.
"""

baselines = Table(
    "baselines",
    metadata,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True, nullable=False),
    Column("seq", _INDEX, primary_key=True, nullable=False, autoincrement=False),
    Column("time_s", _SECONDS, nullable=False),
    Column("frame", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
    sqlite_strict=True,
)
"""Every baseline as it was shown behind the sweeps, beside the event that told it."""

tombstones = Table(
    "tombstones",
    metadata,
    Column("case_id", Text, primary_key=True, nullable=False),
    Column("deleted_at", Text, primary_key=True, nullable=False),
    Column("user", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("outcome", Text),
    Column("n_events", _INDEX, nullable=False),
    Column("head_hash", Text, nullable=False),
    sqlite_strict=True,
)
"""What remains of a case that a person deleted."""

journal_schema = Table(
    VERSION_TABLE,
    metadata,
    # As Alembic makes it.
    Column("version_num", Text, primary_key=True, nullable=False),
)
