-- A journal as the first version made it.
CREATE TABLE cases (
  case_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,
  source_name TEXT NOT NULL,
  side TEXT,
  pseudonym TEXT NOT NULL,
  start_utc TEXT,
  content_hash TEXT NOT NULL,
  settings_hash TEXT NOT NULL,
  software_version TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  closed_at TEXT,
  outcome TEXT,
  PRIMARY KEY (case_id)
)
 STRICT;
CREATE TABLE events (
  case_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  type TEXT NOT NULL,
  scope TEXT NOT NULL,
  sample_index INTEGER NOT NULL,
  time_s REAL NOT NULL,
  json TEXT NOT NULL,
  committed_at TEXT NOT NULL,
  user TEXT NOT NULL,
  software_version TEXT NOT NULL,
  settings_hash TEXT NOT NULL,
  chain_hash TEXT NOT NULL,
  PRIMARY KEY (case_id, seq),
  FOREIGN KEY(case_id) REFERENCES cases (case_id)
)
 WITHOUT ROWID,
 STRICT;
CREATE TRIGGER events_are_never_altered BEFORE UPDATE ON events
       BEGIN SELECT RAISE(ABORT, 'an event is never altered'); END;
CREATE TRIGGER events_have_no_holes BEFORE INSERT ON events
       WHEN NEW.seq IS NOT
         (SELECT coalesce(max(seq), 0) + 1 FROM events WHERE case_id = NEW.case_id)
       BEGIN SELECT RAISE(ABORT, 'seq goes up by one'); END;
CREATE TRIGGER events_of_a_run_are_kept BEFORE DELETE ON events
       WHEN (SELECT kind FROM cases WHERE case_id = OLD.case_id) IS NOT 'replay'
       BEGIN SELECT RAISE(ABORT, 'events of a run are never removed'); END;
CREATE TRIGGER runs_are_kept BEFORE DELETE ON cases WHEN OLD.kind IS NOT 'replay'
       BEGIN SELECT RAISE(ABORT, 'a run is never removed'); END;
CREATE TRIGGER facts_of_a_case_stand BEFORE UPDATE OF case_id, kind, origin, source_name,
         side, pseudonym, start_utc, content_hash, settings_hash, software_version, opened_at
         ON cases
       BEGIN SELECT RAISE(ABORT, 'the facts of a case are never altered'); END;
PRAGMA application_id = 1095586378;
PRAGMA user_version = 1;
