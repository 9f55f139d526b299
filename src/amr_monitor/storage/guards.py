"""What the database itself refuses, so that it holds for every program that opens it.

An event is never altered, a `seq` is never left out, a case that was run is
never removed without a tombstone, and a tombstone stays.
"""

from sqlalchemy import Connection

_FACTS = (
    "case_id, kind, origin, source_name, side, pseudonym, start_utc, content_hash,"
    " settings_hash, software_version, opened_at"
)

_ALTERED = (
    ("events", "an event is never altered"),
    ("sweeps", "a sweep is never altered"),
    ("verdicts", "what stands beside a verdict is never altered"),
    ("pages", "a page of sweeps is never altered"),
    ("baselines", "a baseline is never altered"),
    ("tombstones", "a tombstone is never altered"),
)

_KEPT = (
    ("events", "events of a run are never removed"),
    ("sweeps", "sweeps of a run are never removed"),
    ("verdicts", "what stands beside a verdict of a run is never removed"),
    ("pages", "pages of a run are never removed"),
    ("baselines", "baselines of a run are never removed"),
)

_HAS_TOMBSTONE = "EXISTS (SELECT 1 FROM tombstones WHERE case_id = OLD.case_id)"


def sqlite_guards() -> tuple[str, ...]:
    """Return the triggers of a journal in SQLite."""

    def guard(name: str, when: str, message: str) -> str:
        return f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"

    kind = "(SELECT kind FROM cases WHERE case_id = OLD.case_id)"
    return (
        *(
            guard(f"{table}_are_never_altered", f"UPDATE ON {table}", message)
            for table, message in _ALTERED
        ),
        guard(
            "events_have_no_holes",
            "INSERT ON events WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1"
            " FROM events WHERE case_id = NEW.case_id)",
            "seq goes up by one",
        ),
        *(
            guard(
                f"{table}_of_a_run_are_kept",
                f"DELETE ON {table} WHEN {kind} IS NOT 'replay' AND NOT {_HAS_TOMBSTONE}",
                message,
            )
            for table, message in _KEPT
        ),
        guard(
            "runs_are_kept",
            f"DELETE ON cases WHEN OLD.kind IS NOT 'replay' AND NOT {_HAS_TOMBSTONE}",
            "a run is never removed",
        ),
        guard("tombstones_are_kept", "DELETE ON tombstones", "a tombstone is never removed"),
        guard(
            "facts_of_a_case_stand",
            f"UPDATE OF {_FACTS} ON cases",
            "the facts of a case are never altered",
        ),
    )


_PG_FUNCTIONS = (
    """CREATE FUNCTION amr_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0]; END $$""",
    """CREATE FUNCTION amr_next_seq() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM events
                        WHERE case_id = NEW.case_id) THEN
           RAISE EXCEPTION 'seq goes up by one';
         END IF;
         RETURN NEW;
       END $$""",
    """CREATE FUNCTION amr_keep_run() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF (SELECT kind FROM cases WHERE case_id = OLD.case_id) IS DISTINCT FROM 'replay'
            AND NOT EXISTS (SELECT 1 FROM tombstones WHERE case_id = OLD.case_id) THEN
           RAISE EXCEPTION USING MESSAGE = TG_ARGV[0];
         END IF;
         RETURN OLD;
       END $$""",
)


def postgresql_guards() -> tuple[str, ...]:
    """Return the functions and triggers of a journal in PostgreSQL."""

    def guard(
        name: str, when: str, message: str, *, function: str = "amr_refuse", each: str = "ROW"
    ) -> str:
        return (
            f"CREATE TRIGGER {name} BEFORE {when} FOR EACH {each}"
            f" EXECUTE FUNCTION {function}('{message}')"
        )

    kept = (*_KEPT, ("cases", "a run is never removed"))
    return (
        *_PG_FUNCTIONS,
        *(
            guard(f"{table}_are_never_altered", f"UPDATE ON {table}", message)
            for table, message in _ALTERED
        ),
        guard("events_have_no_holes", "INSERT ON events", "", function="amr_next_seq"),
        *(
            guard(f"{table}_of_a_run_are_kept", f"DELETE ON {table}", m, function="amr_keep_run")
            for table, m in kept
        ),
        *(
            guard(f"{table}_are_not_emptied", f"TRUNCATE ON {table}", m, each="STATEMENT")
            for table, m in kept
        ),
        guard("tombstones_are_kept", "DELETE ON tombstones", "a tombstone is never removed"),
        guard(
            "facts_of_a_case_stand",
            f"UPDATE OF {_FACTS} ON cases",
            "the facts of a case are never altered",
        ),
    )


def set_guards(connection: Connection) -> None:
    """Have the database refuse what must never happen."""
    is_sqlite = connection.dialect.name == "sqlite"
    for guard in sqlite_guards() if is_sqlite else postgresql_guards():
        connection.exec_driver_sql(guard)
