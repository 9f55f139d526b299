"""Changes of state, losses, and the vessels moved."""

from amr_monitor.model.case import AmrState, MarkName, Vessel
from amr_monitor.qa.report.changes import MOST_CHANGES, changes_section, vessels_section
from amr_monitor.qa.report.course import course_of
from tests.qa.report.prose import figures, prose
from tests.reports import FakeStore, changed, marked, opened, replayed


def test_a_vessel_is_told_with_what_followed_in_time() -> None:
    text = prose(vessels_section(course_of(replayed("disappeared.edf").history)))
    words = "last response 2.8 s after vessel moved AICA; no return in the 80 s after"
    assert f"1:24\nAICA\npresent\n{words}" in text
    assert "because" not in text
    assert "does not show that the one came of the other" in text


def test_a_vessel_without_a_loss_says_so() -> None:
    text = prose(vessels_section(course_of(replayed("persistent.edf").history)))
    assert "no loss is attributed to it; 83 s later: persistent" in text


def test_what_cannot_be_known_is_no_state() -> None:
    text = prose(vessels_section(course_of(replayed("lead_electrode_off.edf").history)))
    assert "83 s later: cannot tell (last known: present)" in text


def test_without_a_vessel_it_is_told() -> None:
    text = prose(vessels_section(course_of(FakeStore([opened()]).history)))
    assert "No vessel was marked as moved." in text


def test_of_two_vessels_the_loss_stands_with_its_own() -> None:
    text = prose(
        vessels_section(
            course_of(
                FakeStore(
                    [
                        opened(),
                        marked(1, 20.0, MarkName.VESSEL_MOVED, vessel=Vessel.PICA),
                        marked(2, 40.0, MarkName.VESSEL_MOVED, vessel=Vessel.AICA),
                    ]
                ).history
            )
        )
    )
    assert "0:20\nPICA" in text
    assert "0:40\nAICA" in text


def test_every_change_has_its_evidence_and_its_sweeps() -> None:
    history = replayed("disappeared.edf").history
    section = changes_section(history, course_of(history))
    assert len(section.sections) == len(list(figures([section]))) == 3
    text = prose(section)
    assert "1:36 orbicularis oculi (lead): present to disappeared" in text
    assert "provisional 1:33, confirmed 1:36, sustained 2:29" in text
    assert "Probability" not in text


def test_many_changes_are_cut_and_that_is_told() -> None:
    many = [changed(float(n), AmrState.ATTENUATED) for n in range(1, MOST_CHANGES + 4)]
    history = FakeStore([opened(), *many]).history
    section = changes_section(history, course_of(history))
    assert len(section.sections) == MOST_CHANGES
    assert f"{MOST_CHANGES} of {MOST_CHANGES + 3} changes are shown" in prose(section)


def test_a_case_without_changes_says_so() -> None:
    history = FakeStore([opened()]).history
    assert "No state changed" in prose(changes_section(history, course_of(history)))
