import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amr_monitor.model.case import (
    Branch,
    CaseInfo,
    CaseMode,
    MarkName,
    Muscle,
    Reading,
    Side,
    Vessel,
)
from amr_monitor.model.source import Annotation
from amr_monitor.model.stimulation import StimulusClass
from amr_monitor.monitor.annotations import (
    StimulusText,
    accepts_baseline,
    annotation_text,
    command_from_annotation,
    stimulus_from_text,
)
from amr_monitor.monitor.commands import (
    AcceptBaseline,
    AcknowledgeAlarm,
    AmendMark,
    CloseCase,
    Command,
    EnterReading,
    MarkCommand,
    OpenCase,
    RestartBaseline,
    SetContext,
)


def command(text: str) -> Command:
    return command_from_annotation(Annotation(sample_index=7, time_s=1.0, text=text))


def note(text: str) -> MarkCommand:
    return MarkCommand(sample_index=7, mark=MarkName.NOTE, text=text)


@pytest.mark.parametrize(
    ("text", "stimulus_class", "current_ma"),
    [
        ("Stim", None, None),
        ("stim", None, None),
        ("STIM 8.0 mA", None, 8.0),
        ("Stim 8,5mA", None, 8.5),
        ("Stim: 10 mA", None, 10.0),
        ("stim_10_mA", None, 10.0),
        ("Stim\u00a08.0\u00a0mA", None, 8.0),
        ("Stim \u2013 8.0 mA", None, 8.0),
        ("Stim 500 \u00b5A", None, 0.5),
        ("Stim 500 uA", None, 0.5),
        ("Stimulus 12 mA", None, 12.0),
        ("Stim L 8.0 mA 0.2 ms 1 Hz", None, 8.0),
        ("Stim #12 (8.0 mA)", None, 8.0),
        ("stim1", None, None),
        ("Stim 8.0", None, None),
        ("Stim amr 8.0 mA", StimulusClass.AMR, 8.0),
        ("Stim zlr 3.0 mA", StimulusClass.ZLR, 3.0),
        ("Stim Z-L 3.0 mA", StimulusClass.ZLR, 3.0),
        ("stim baep", StimulusClass.BAEP_CLICK, None),
        ("stim baep_click", StimulusClass.BAEP_CLICK, None),
        ("Stim nerve mapping 0.3 mA", StimulusClass.NERVE_MAPPING, 0.3),
        ("stim nerve_mapping", StimulusClass.NERVE_MAPPING, None),
        ("Stim MEP", StimulusClass.MEP, None),
        ("Stim SEP 20 mA", StimulusClass.SEP, 20.0),
        ("Stim tetanus 50 Hz", StimulusClass.TETANUS, None),
        ("Stim other", StimulusClass.OTHER, None),
        ("Stim trapezius 4 mA", StimulusClass.OTHER, 4.0),
    ],
)
def test_a_text_that_begins_with_stim_is_a_stimulus(
    text: str, stimulus_class: StimulusClass | None, current_ma: float | None
) -> None:
    expected = StimulusText(stimulus_class=stimulus_class, current_ma=current_ma)
    assert stimulus_from_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "stimulation paused",
        "stimulation_paused",
        "Stimulator changed",
        "stim off",
        "Stim stopped",
        "Stim current set to 12 mA",
        "stim raised 12 mA",
        "8.0 mA",
        "dura opened",
        "no stim",
        "",
    ],
)
def test_a_text_about_the_stimulator_is_no_stimulus(text: str) -> None:
    assert stimulus_from_text(text) is None


@pytest.mark.parametrize("name", list(MarkName))
def test_every_mark_is_read_with_spaces_and_underscores_in_any_case(name: MarkName) -> None:
    spaced = name.replace("_", " ")
    for text in (name.value, spaced, spaced.upper(), spaced.title(), f" {spaced}. ", f"{spaced}!"):
        assert command(text) == MarkCommand(sample_index=7, mark=name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Re-exploration", MarkName.RE_EXPLORATION),
        ("re\u2013exploration", MarkName.RE_EXPLORATION),
        ("reexploration", MarkName.RE_EXPLORATION),
        ("Anesthesia changed", MarkName.ANAESTHESIA_CHANGED),
        ("dura\u00a0opened", MarkName.DURA_OPENED),
        ("Dura  Opened", MarkName.DURA_OPENED),
        ("decompression completed", MarkName.DECOMPRESSION_COMPLETE),
    ],
)
def test_spellings_of_a_mark_are_read(text: str, name: MarkName) -> None:
    assert command(text) == MarkCommand(sample_index=7, mark=name)


@pytest.mark.parametrize(
    ("said", "vessel"),
    [
        *((vessel.value, vessel) for vessel in Vessel),
        ("aica", Vessel.AICA),
        ("PICA + AICA", Vessel.AICA_PICA),
        ("AICA/VA", Vessel.AICA_VA),
        ("AICA, PICA and VA", Vessel.AICA_PICA_VA),
        ("vertebral artery", Vessel.VA),
        ("Veins", Vessel.VEIN),
    ],
)
@pytest.mark.parametrize(
    "form",
    ["vessel moved: {}", "vessel_moved {}", "Vessel moved \u2014 {}.", "vessel moved ({})",
     "VESSEL MOVED={}", "vessel_moved_{}"],
)  # fmt: skip
def test_the_vessel_is_read_behind_its_mark(form: str, said: str, vessel: Vessel) -> None:
    expected = MarkCommand(sample_index=7, mark=MarkName.VESSEL_MOVED, vessel=vessel)
    assert command(form.format(said)) == expected


def test_a_vessel_that_is_not_listed_is_other_with_its_name_as_text() -> None:
    assert command("Vessel moved: Art. labyrinthi") == MarkCommand(
        sample_index=7, mark=MarkName.VESSEL_MOVED, vessel=Vessel.OTHER, text="Art. labyrinthi"
    )
    assert command("vessel moved: AICA and something") == MarkCommand(
        sample_index=7, mark=MarkName.VESSEL_MOVED, vessel=Vessel.OTHER, text="AICA and something"
    )


def test_what_follows_a_mark_is_its_text() -> None:
    assert command("Relaxant given: Rocuronium 10 mg") == MarkCommand(
        sample_index=7, mark=MarkName.RELAXANT_GIVEN, text="Rocuronium 10 mg"
    )
    assert command("note: Gef\u00e4\u00df_klein") == MarkCommand(
        sample_index=7, mark=MarkName.NOTE, text="Gef\u00e4\u00df_klein"
    )


@pytest.mark.parametrize(
    "text",
    [
        "dura opened?",
        "dura opened wider",
        "vessel moved away",
        "dura not opened",
        "baseline accepted?",
        "cmd: mark",
        "cmd: mark mark=unknown",
        "cmd: mark mark=note mark=note",
        "cmd: mark mark=note colour=red",
        'cmd: mark mark=note text="open',
        "cmd: mark mark=note seconds_ago=nan",
        "cmd: amend_mark mark_id=none",
        "cmd: amend_mark mark_id=1 void=perhaps",
        "cmd: fly",
        "cmd:",
        "Patient coughs",
        "",
    ],
)
def test_everything_else_is_a_note_with_its_whole_text(text: str) -> None:
    assert command(text) == note(text)


def test_baseline_accepted_is_a_command() -> None:
    for text in ("baseline accepted", "Baseline_Accepted", "cmd: accept_baseline by=anna"):
        assert accepts_baseline(text)
    assert not accepts_baseline("baseline accepted?")
    assert command("Baseline accepted.") == AcceptBaseline(sample_index=7)


TEXT = st.text(max_size=60) | st.text(alphabet=string.printable, max_size=20)
SECONDS = st.floats(allow_nan=False, allow_infinity=False)
BASE = {"sample_index": st.just(7), "by": TEXT}
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        OpenCase,
        case=st.builds(
            CaseInfo,
            pseudonym=TEXT,
            side=st.none() | st.sampled_from(Side),
            branch=st.sampled_from(Branch),
            mode=st.sampled_from(CaseMode),
        ),
        **BASE,
    ),
    st.builds(AcceptBaseline, **BASE),
    st.builds(RestartBaseline, reason=TEXT, **BASE),
    st.builds(
        MarkCommand,
        mark=st.sampled_from(MarkName),
        vessel=st.none() | st.sampled_from(Vessel),
        text=TEXT,
        seconds_ago=SECONDS,
        **BASE,
    ),
    st.builds(
        AmendMark,
        mark_id=st.integers(),
        mark=st.none() | st.sampled_from(MarkName),
        vessel=st.none() | st.sampled_from(Vessel),
        effective_time_s=st.none() | SECONDS,
        void=st.booleans(),
        reason=TEXT,
        **BASE,
    ),
    st.builds(SetContext, name=TEXT, value=TEXT, unit=TEXT, **BASE),
    st.builds(
        EnterReading,
        muscle=st.sampled_from(Muscle),
        reading=st.sampled_from(Reading),
        text=TEXT,
        **BASE,
    ),
    st.builds(AcknowledgeAlarm, alarm_id=TEXT, **BASE),
    st.builds(CloseCase, **BASE),
)


@given(COMMANDS)
def test_a_recorded_command_comes_back_exactly(given_command: Command) -> None:
    text = annotation_text(given_command)
    assert command(text) == given_command
    assert text.isprintable()
    text.encode("utf-8")


def test_recorded_commands_can_be_read_by_people() -> None:
    moved = MarkCommand(
        sample_index=7,
        by="anna",
        mark=MarkName.VESSEL_MOVED,
        vessel=Vessel.AICA_PICA,
        seconds_ago=10.0,
        text="hard to free",
    )
    assert annotation_text(moved) == (
        'cmd: mark by=anna mark=vessel_moved vessel=AICA+PICA text="hard to free" seconds_ago=10.0'
    )


@given(st.text(max_size=80))
def test_no_text_raises_or_is_lost(text: str) -> None:
    stimulus_from_text(text)
    read = command(text)
    assert read.sample_index == 7
    if isinstance(read, MarkCommand) and read.mark is MarkName.NOTE and not read.text:
        assert not text.strip(string.whitespace + ".!:;,=(-)_") or "note" in text.lower()


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("context: MAC 0.9", "MAC", "0.9"),
        ("Context: TOF ratio 92 %", "TOF ratio", "92 %"),
        ("context:BIS=45", "BIS", "45"),
        ("context: TOF_count: 2", "TOF_count", "2"),
        ("CONTEXT: propofol_rate 6 mg/kg/h", "propofol_rate", "6 mg/kg/h"),
        ("context: anaesthesia: TIVA, unchanged", "anaesthesia", "TIVA, unchanged"),
    ],
)
def test_a_value_from_the_room_is_read(text: str, name: str, value: str) -> None:
    assert command(text) == SetContext(sample_index=7, name=name, value=value)


@pytest.mark.parametrize("text", ["context", "context: fine", "context 0.9", "the context: MAC 1"])
def test_other_sentences_about_context_are_notes(text: str) -> None:
    assert command(text) == note(text)
