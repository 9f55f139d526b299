"""The running case stands beside those of the catalogue, and before them."""

from amr_monitor.codec import sweep_record
from amr_monitor.daemon.stores import JointStore
from amr_monitor.model.events import GapReceived
from amr_monitor.storage.catalog import CaseKind, CaseRecord
from amr_monitor.storage.journal import Journal
from tests.daemon.scripted import START, ScriptedSource, Shelf
from tests.sweep_reports import a_report


def test_the_running_case_comes_before_those_of_the_catalogue() -> None:
    running = Shelf().journal
    catalogue = Journal.in_memory()
    for case_id in ("case", "earlier"):
        catalogue.open_case(
            CaseRecord(
                case_id=case_id,
                kind=CaseKind.REPLAY,
                origin=ScriptedSource([]).info.origin,
                source_name="of the catalogue",
                settings_hash="",
                software_version="",
                opened_at=START,
            )
        )
    store = JointStore(running=running, catalogue=catalogue)
    assert [(c.case_id, c.source_name) for c in store.cases()] == [
        ("case", "scripted"),
        ("earlier", "of the catalogue"),
    ]
    case = store.case("earlier")
    assert case is not None
    assert case.source_name == "of the catalogue"
    assert store.case("nobody") is None
    assert store.lines("case") == []
    catalogue.close()
    running.close()


def test_sweeps_come_from_where_the_case_is() -> None:
    running = Shelf().journal
    catalogue = Journal.in_memory()
    gap = GapReceived(sample_index=1, time_s=0.1, missing_s=None, reason="cable")
    (entry,) = running.append("case", [gap])
    running.keep_sweeps("case", entry.seq, [sweep_record(a_report(sample_index=5))])
    store = JointStore(running=running, catalogue=catalogue)
    assert [sweep.header.sample_index for sweep in store.sweeps("case", seq=1)] == [5]
    assert store.sweeps("nobody") == []
    catalogue.close()
    running.close()
