"""The house fits what the review asks of it."""

from pathlib import Path

from amr_monitor.api.review_seams import CaseDocuments, ReviewStore
from amr_monitor.daemon.documents import Documents
from amr_monitor.daemon.stores import JointStore
from amr_monitor.storage.journal import Journal


def test_journals_and_documents_fit(tmp_path: Path) -> None:
    with Journal.in_memory() as journal:
        stores: tuple[ReviewStore, ...] = (
            journal,
            JointStore(running=journal, catalogue=journal),
        )
        documents: CaseDocuments = Documents(journal, recordings=tmp_path)
        assert [len(store.trend("nobody")) for store in stores] == [0, 0]
        assert not documents.has_reports
