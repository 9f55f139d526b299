"""Role and reason beside the user, sweeps beside the verdicts, tombstones, imports.

Only journals in SQLite had the form before it.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    "ALTER TABLE cases ADD COLUMN imported_at TEXT",
    "ALTER TABLE cases ADD COLUMN settings TEXT",
    "ALTER TABLE events ADD COLUMN role TEXT",
    "ALTER TABLE events ADD COLUMN reason TEXT",
    """CREATE TABLE sweeps (
         case_id TEXT NOT NULL REFERENCES cases (case_id), sample_index INTEGER NOT NULL,
         time_s REAL NOT NULL, header TEXT NOT NULL, samples BLOB NOT NULL, sha256 TEXT NOT NULL,
         PRIMARY KEY (case_id, sample_index)) STRICT""",
    """CREATE TABLE verdicts (
         case_id TEXT NOT NULL REFERENCES cases (case_id), seq INTEGER NOT NULL,
         sample_indices TEXT NOT NULL, sha256 TEXT NOT NULL,
         PRIMARY KEY (case_id, seq)) STRICT""",
    """CREATE TABLE tombstones (
         case_id TEXT NOT NULL, deleted_at TEXT NOT NULL, user TEXT NOT NULL,
         reason TEXT NOT NULL, kind TEXT NOT NULL, origin TEXT NOT NULL, opened_at TEXT NOT NULL,
         outcome TEXT, n_events INTEGER NOT NULL, head_hash TEXT NOT NULL,
         PRIMARY KEY (case_id, deleted_at)) STRICT""",
    "DROP TRIGGER events_of_a_run_are_kept",
    "DROP TRIGGER runs_are_kept",
)

_HAS_TOMBSTONE = "EXISTS (SELECT 1 FROM tombstones WHERE case_id = OLD.case_id)"
_IS_A_RUN = "(SELECT kind FROM cases WHERE case_id = OLD.case_id) IS NOT 'replay'"

_GUARDS = (
    ("sweeps_are_never_altered", "UPDATE ON sweeps", "a sweep is never altered"),
    (
        "verdicts_are_never_altered",
        "UPDATE ON verdicts",
        "what stands beside a verdict is never altered",
    ),
    ("tombstones_are_never_altered", "UPDATE ON tombstones", "a tombstone is never altered"),
    ("tombstones_are_kept", "DELETE ON tombstones", "a tombstone is never removed"),
    (
        "events_of_a_run_are_kept",
        f"DELETE ON events WHEN {_IS_A_RUN} AND NOT {_HAS_TOMBSTONE}",
        "events of a run are never removed",
    ),
    (
        "sweeps_of_a_run_are_kept",
        f"DELETE ON sweeps WHEN {_IS_A_RUN} AND NOT {_HAS_TOMBSTONE}",
        "sweeps of a run are never removed",
    ),
    (
        "verdicts_of_a_run_are_kept",
        f"DELETE ON verdicts WHEN {_IS_A_RUN} AND NOT {_HAS_TOMBSTONE}",
        "what stands beside a verdict of a run is never removed",
    ),
    (
        "runs_are_kept",
        f"DELETE ON cases WHEN OLD.kind IS NOT 'replay' AND NOT {_HAS_TOMBSTONE}",
        "a run is never removed",
    ),
)


def upgrade() -> None:
    """Bring a journal of revision 0001 here."""
    for statement in _STATEMENTS:
        op.execute(statement)
    for name, when, message in _GUARDS:
        does = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} {does}")
