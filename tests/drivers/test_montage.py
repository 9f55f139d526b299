import itertools

import pytest

from amr_monitor.drivers.montage import (
    FoundChannel,
    MatchedChannels,
    MontageSettings,
    match_channels,
)
from amr_monitor.model.case import Muscle, Side
from amr_monitor.model.errors import ChannelError, ConfigError

DEFAULT = MontageSettings()
LEFT = MontageSettings(side=Side.LEFT)
RIGHT = MontageSettings(side=Side.RIGHT)


def match(
    *labels: str, settings: MontageSettings = DEFAULT, dimension: str = "uV"
) -> MatchedChannels:
    channels = [FoundChannel(label=label, dimension=dimension) for label in labels]
    return match_channels(channels, settings, name="x.edf")


def fault(*labels: str, settings: MontageSettings = DEFAULT, dimension: str = "uV") -> str:
    with pytest.raises(ChannelError) as caught:
        match(*labels, settings=settings, dimension=dimension)
    message = str(caught.value)
    assert message.startswith("x.edf: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    "core", ["orbicularis oculi", "O. oculi", "oculi", "OOc", "ooc", "O.OCULI"]
)
@pytest.mark.parametrize(
    ("form", "side"),
    [
        ("{}", None),
        ("EMG {}", None),
        ("L {}", Side.LEFT),
        ("{} L", Side.LEFT),
        ("{}-R", Side.RIGHT),
        ("EMG L {}", Side.LEFT),
        ("L EMG {}", Side.LEFT),
        ("emg {} right", Side.RIGHT),
        ("Left {}", Side.LEFT),
        ("{} (right)", Side.RIGHT),
        ("EMG_{}_L", Side.LEFT),
    ],
)
def test_labels_are_found_with_prefix_and_side_around(
    form: str, side: Side | None, core: str
) -> None:
    found = match(form.format(core), "ECG")
    assert [(m.index, m.muscle, m.side) for m in found.emg] == [(0, Muscle.ORBICULARIS_OCULI, side)]
    assert found.side is side


def test_the_order_of_the_file_does_not_matter() -> None:
    labels = ["Mentalis L", "TRIG", "OOc L", "Frontalis L", "ECG"]
    for order in itertools.permutations(labels):
        found = match(*order)
        assert [m.muscle for m in found.emg] == list(Muscle)
        assert [order[m.index] for m in found.emg] == ["OOc L", "Frontalis L", "Mentalis L"]
        assert [order[i] for i in found.triggers] == ["TRIG"]
        assert found.side is Side.LEFT


def test_one_muscle_is_enough() -> None:
    assert [m.muscle for m in match("ment").emg] == [Muscle.MENTALIS]
    assert match("ment").triggers == ()


def test_no_muscle_is_told_with_the_labels_found() -> None:
    assert "no EMG channel of a facial muscle among its channels ('ECG', 'DC01')" in fault(
        "ECG", "DC01"
    )
    assert "(none)" in fault()
    assert "on the right side" in fault("OOc L", settings=RIGHT)


def test_both_sides_need_a_choice() -> None:
    message = fault("OOc L", "OOc R", "Ment L")
    assert "'OOc L' and 'OOc R' both match orbicularis oculi" in message
    assert "--side left|right" in message
    assert match("OOc L", "OOc R", "Ment L", settings=LEFT).emg[0].index == 0
    assert match("OOc L", "OOc R", "Ment L", settings=RIGHT).emg[0].index == 1


def test_the_other_side_never_matches() -> None:
    found = match("OOc L", "OOc R", "Ment L", settings=RIGHT)
    assert [m.muscle for m in found.emg] == [Muscle.ORBICULARIS_OCULI]
    assert found.side is Side.RIGHT


def test_muscles_of_different_sides_are_no_montage() -> None:
    message = fault("OOc L", "Ment R")
    assert "'OOc L' and 'Ment R' are on different sides" in message


def test_two_channels_of_one_side_need_a_name() -> None:
    message = fault("OOc L", "L oculi")
    assert "'OOc L' and 'L oculi' both match" in message
    assert "[montage]" in message
    named = MontageSettings(orbicularis_oculi=("oculi",))
    assert match("OOc L", "L oculi", settings=named).emg[0].index == 1


def test_a_label_named_with_its_side_takes_no_other() -> None:
    named = MontageSettings(orbicularis_oculi=("OOc R",))
    assert match("OOc L", "OOc R", settings=named).emg[0].index == 1


def test_doubles_that_nobody_needs_are_no_matter() -> None:
    assert len(match("ECG", "ECG", "OOc", "EEG", "EEG").emg) == 1


@pytest.mark.parametrize(
    ("dimension", "factor"), [("uV", 1.0), ("mV", 1e3), ("V", 1e6), ("nV", 1e-3), ("\u00b5V", 1.0)]
)
def test_the_unit_is_honoured(dimension: str, factor: float) -> None:
    assert match("OOc", dimension=dimension).emg[0].microvolts_per_unit == factor


def test_a_muscle_without_a_usable_unit_is_named() -> None:
    assert "EMG channel 'OOc' has no unit" in fault("OOc", dimension=" ")
    assert "EMG channel 'OOc' has the unit 'mA'" in fault("OOc", dimension="mA")


def test_a_trigger_needs_no_unit_and_may_have_many_names() -> None:
    channels = [
        FoundChannel(label="STIM"),
        FoundChannel(label="OOc", dimension="uV"),
        FoundChannel(label="ttl"),
    ]
    assert match_channels(channels, DEFAULT, name="x.edf").triggers == (2, 0)
    assert match("OOc", "DC TRIG").triggers == ()
    assert "'TRIG' and 'trig' both match the trigger" in fault("OOc", "TRIG", "trig")


def test_settings_that_mean_two_things_are_refused() -> None:
    with pytest.raises(ConfigError, match="'Ment' stands for orbicularis_oculi and mentalis"):
        MontageSettings(orbicularis_oculi=("ment",), mentalis=("Ment",))
    with pytest.raises(ConfigError, match="names no channel"):
        MontageSettings(trigger=(" - ",))


@pytest.mark.parametrize(
    ("label", "muscle", "side"),
    [
        ("orbicularis ocul", Muscle.ORBICULARIS_OCULI, None),
        ("EMG Left O. Ocul", Muscle.ORBICULARIS_OCULI, Side.LEFT),
        ("EMG mentalis lef", Muscle.MENTALIS, Side.LEFT),
        ("EMG mentalis rig", Muscle.MENTALIS, Side.RIGHT),
        ("EMG frontalis ri", Muscle.FRONTALIS, Side.RIGHT),
    ],
)
def test_a_label_that_the_header_cut_is_still_found(
    label: str, muscle: Muscle, side: Side | None
) -> None:
    matched = match_channels(
        [FoundChannel(label=label, dimension="uV")], MontageSettings(), name="cut.edf"
    )
    assert [(found.muscle, found.side) for found in matched.emg] == [(muscle, side)]


@pytest.mark.parametrize("label", ["left orbicularis", "R. orbicularis o"])
def test_a_label_cut_before_it_says_which_muscle_is_not_guessed(label: str) -> None:
    with pytest.raises(ChannelError, match=label):
        match_channels(
            [FoundChannel(label=label, dimension="uV")],
            MontageSettings(),
            name="cut.edf",
        )
