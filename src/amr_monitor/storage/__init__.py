"""What is kept: the journal of events and the catalogue of cases, in SQLite."""
