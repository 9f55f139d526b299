"""The first form of the journal: cases and events, in SQLite alone.

No journal is made by this script: it stands for what the first version made,
so that its journals have a place to start from.
"""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Refuse: a new journal is made in its newest form.

    Raises
    ------
    RuntimeError
        Always.
    """
    raise RuntimeError("a new journal is made in its newest form, not by migrations")
