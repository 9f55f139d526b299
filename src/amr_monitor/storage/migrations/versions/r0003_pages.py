"""Every judged sweep as it was shown, in pages, and every baseline."""

from alembic import op

revision = "0003"
down_revision = "0002"

_TYPES = {
    "sqlite": {"index": "INTEGER", "seconds": "REAL", "bytes": "BLOB", "end": " STRICT"},
    "postgresql": {"index": "BIGINT", "seconds": "DOUBLE PRECISION", "bytes": "BYTEA", "end": ""},
}

_TABLES = (
    """CREATE TABLE pages (
         case_id TEXT NOT NULL REFERENCES cases (case_id), sample_index {index} NOT NULL,
         last_sample_index {index} NOT NULL, start_s {seconds} NOT NULL, end_s {seconds} NOT NULL,
         n_sweeps {index} NOT NULL, seq {index} NOT NULL, form TEXT NOT NULL, trend TEXT NOT NULL,
         headers {bytes} NOT NULL, samples {bytes} NOT NULL, sha256 TEXT NOT NULL,
         PRIMARY KEY (case_id, sample_index)){end}""",
    """CREATE TABLE baselines (
         case_id TEXT NOT NULL REFERENCES cases (case_id), seq {index} NOT NULL,
         time_s {seconds} NOT NULL, frame {bytes} NOT NULL, sha256 TEXT NOT NULL,
         PRIMARY KEY (case_id, seq)){end}""",
)

_ALTERED = (
    ("pages", "a page of sweeps is never altered"),
    ("baselines", "a baseline is never altered"),
)
_REMOVED = (
    ("pages", "pages of a run are never removed"),
    ("baselines", "baselines of a run are never removed"),
)
_NOT_FREE = (
    "(SELECT kind FROM cases WHERE case_id = OLD.case_id) IS NOT 'replay'"
    " AND NOT EXISTS (SELECT 1 FROM tombstones WHERE case_id = OLD.case_id)"
)


def upgrade() -> None:
    """Bring a journal of revision 0002 here."""
    dialect = op.get_bind().dialect.name
    for table in _TABLES:
        op.execute(table.format(**_TYPES[dialect]))
    for guard in _sqlite_guards() if dialect == "sqlite" else _postgresql_guards():
        op.execute(guard)


def _sqlite_guards() -> list[str]:
    guards = [
        (f"{table}_are_never_altered", f"UPDATE ON {table}", message) for table, message in _ALTERED
    ] + [
        (f"{table}_of_a_run_are_kept", f"DELETE ON {table} WHEN {_NOT_FREE}", message)
        for table, message in _REMOVED
    ]
    return [
        f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for name, when, message in guards
    ]


def _postgresql_guards() -> list[str]:
    guards = []
    for table, message in _ALTERED:
        guards.append((f"{table}_are_never_altered", f"UPDATE ON {table}", "ROW", message))
    for table, message in _REMOVED:
        guards.append((f"{table}_of_a_run_are_kept", f"DELETE ON {table}", "ROW", message))
        guards.append((f"{table}_are_not_emptied", f"TRUNCATE ON {table}", "STATEMENT", message))
    return [
        f"CREATE TRIGGER {name} BEFORE {when} FOR EACH {each} EXECUTE FUNCTION"
        f" {'amr_keep_run' if name.endswith('_are_kept') else 'amr_refuse'}('{message}')"
        for name, when, each, message in guards
    ]
