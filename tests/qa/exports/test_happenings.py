from dataclasses import replace

from amr_monitor.model.case import MarkName, Phase, Vessel
from amr_monitor.model.events import JournalEntry, MarkAmended, PhaseMarked
from amr_monitor.model.source import Origin
from amr_monitor.qa.exports.happenings import Happening, Kind, happenings_in
from amr_monitor.qa.exports.recorded import RecordedCase
from tests.qa.exports.cases import Home


def of_kind(found: list[Happening], kind: Kind) -> list[Happening]:
    return [each for each in found if each.kind is kind]


def with_mark(case: RecordedCase, *events: PhaseMarked | MarkAmended) -> RecordedCase:
    entries = tuple(
        JournalEntry(seq=n, case_id="c", utc=None, origin=Origin.REPLAY, event=event)
        for n, event in enumerate(events, start=1)
    )
    return replace(case, entries=entries)


def marked(name: MarkName, at_s: float, *, text: str = "") -> PhaseMarked:
    return PhaseMarked(
        sample_index=0,
        time_s=at_s,
        mark_id=1,
        mark=name,
        vessel=None,
        text=text,
        effective_time_s=at_s,
        by="Kim",
        phase=Phase.DURA_OPEN,
        provisional_outcome=None,
    )


def amended(at_s: float, *, voided: bool = False) -> MarkAmended:
    return MarkAmended(
        sample_index=0,
        time_s=at_s,
        mark_id=1,
        mark=MarkName.VESSEL_MOVED,
        vessel=Vessel.PICA,
        effective_time_s=at_s,
        voided=voided,
        reason="Mr Smith said so",
        by="Kim",
        provisional_outcome=None,
    )


def test_stimuli_marks_and_verdicts_stand_in_order(disappeared: Home) -> None:
    with disappeared.opened() as case:
        found = happenings_in(case, case.stretches[0])
    assert [each.position for each in found] == sorted(each.position for each in found)
    assert len(of_kind(found, Kind.STIMULUS)) == 167
    assert [each.words for each in of_kind(found, Kind.MARK)] == [
        "dura opened",
        "csf drained",
        "decompression started",
        "vessel moved: AICA",
        "decompression complete",
        "dura closed",
    ]
    states = [each.words for each in of_kind(found, Kind.STATE)]
    assert "AMR: orbicularis oculi disappeared, sustained" in states


def test_what_happened_before_a_hole_is_not_counted_after_it(with_a_hole: Home) -> None:
    with with_a_hole.opened() as case:
        parts = [happenings_in(case, stretch) for stretch in case.stretches]
        n_stimuli = [len(of_kind(part, Kind.STIMULUS)) for part in parts]
        assert sum(n_stimuli) == len(case.stimuli)
        assert min(n_stimuli) > 0
        for stretch, part in zip(case.stretches, parts, strict=True):
            assert all(0 <= each.position < stretch.n_samples for each in part)


def test_a_mark_stands_as_it_was_amended(disappeared: Home) -> None:
    with disappeared.opened() as case:
        moved = with_mark(case, marked(MarkName.IRRIGATION, 20.0), amended(30.0))
        (found,) = of_kind(happenings_in(moved, case.stretches[0]), Kind.MARK)
        assert (found.position, found.words) == (150_000.0, "vessel moved: PICA")
        gone = with_mark(case, marked(MarkName.IRRIGATION, 20.0), amended(30.0, voided=True))
        assert of_kind(happenings_in(gone, case.stretches[0]), Kind.MARK) == []


def test_the_text_of_a_note_stays_at_home(disappeared: Home) -> None:
    with disappeared.opened() as case:
        noted = with_mark(case, marked(MarkName.NOTE, 20.0, text="Mr Smith moved"))
        (found,) = of_kind(happenings_in(noted, case.stretches[0]), Kind.MARK)
    assert found.words == "note"
    assert "Smith" not in repr(found)


def test_a_stimulus_reads_with_its_current() -> None:
    stimulus = Happening(kind=Kind.STIMULUS, position=0.0, current_ma=8.5, stimulus_class="amr")
    assert stimulus.words == "stimulus amr 8.5 mA"
    unjudged = Happening(
        kind=Kind.INDETERMINATE_STARTED, position=0.0, muscle="mentalis", state="present"
    )
    assert unjudged.words == "AMR indeterminate from here: mentalis present"
