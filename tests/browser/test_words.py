"""What the page's modules must know of the protocol; no browser is needed to look."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from amr_monitor.codec import EVENT_CLASSES
from amr_monitor.model.case import AmrState, MarkName, Muscle, Vessel

DASHBOARD = Path(str(files("amr_monitor.api") / "dashboard"))
WORDS = (DASHBOARD / "words.js").read_text(encoding="utf-8")
MARKS = (DASHBOARD / "marks.js").read_text(encoding="utf-8")


def table(name: str) -> set[str]:
    match = re.search(rf"export const {name} = {{(.*?)}};", WORDS, re.DOTALL)
    assert match is not None
    return set(re.findall(r"^\s+(\w+):", match[1], re.MULTILINE))


def test_every_muscle_has_plain_words() -> None:
    assert table("MUSCLES") == {muscle.value for muscle in Muscle}


def test_every_event_has_a_line() -> None:
    assert set(re.findall(r'case "(\w+)":', WORDS)) == set(EVENT_CLASSES)


def test_every_mark_has_one_key_and_every_vessel_a_digit() -> None:
    marks = re.findall(r'\["(\w)", "(\w+)", "[^"]+"\]', MARKS)
    assert {mark for _, mark in marks} == {mark.value for mark in MarkName}
    keys = [key for key, _ in marks]
    assert len(set(keys)) == len(keys)
    match = re.search(r"VESSELS = \[(.*?)\]", MARKS)
    assert match is not None
    assert re.findall(r'"([^"]+)"', match[1]) == [vessel.value for vessel in Vessel]


def test_every_state_has_a_glyph_and_a_colour() -> None:
    verdict = (DASHBOARD / "verdict.js").read_text(encoding="utf-8")
    theme = (DASHBOARD / "theme.css").read_text(encoding="utf-8")
    for state in [*(state.value for state in AmrState), "unknown"]:
        assert re.search(rf"^  {state}: \"M", verdict, re.MULTILINE), state
        assert f'[data-state="{state}"]' in theme, state


def palette(theme: str) -> dict[str, str]:
    text = (DASHBOARD / "theme.css").read_text(encoding="utf-8")
    blocks = re.findall(r"^(:root[^{]*){(.*?)^}", text, re.MULTILINE | re.DOTALL)
    found: dict[str, str] = {}
    for selector, block in blocks:
        if theme == "light" or "light" not in selector:
            found |= dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(colour: str, share: float, ground: str) -> str:
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_has_the_contrast_of_wcag_aa(theme: str) -> None:
    colours = palette(theme)
    for ground in ("ground", "panel", "raised"):
        for text in ("text", "soft", "warning", "danger"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["trace"], colours["window"]) >= 4.5
    assert contrast(colours["rejected"], colours["panel"]) >= 4.5
    states = [*(state.value for state in AmrState if state.value != "not_elicited"), "unknown"]
    for state in states:
        colour = colours[state]
        assert contrast(colour, mixed(colour, 0.16, colours["panel"])) >= 4.5, state
        assert contrast(colour, colours["panel"]) >= 4.5, state


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_disappeared_is_no_green(theme: str) -> None:
    colour = palette(theme)["disappeared"]
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    assert green < red
    assert green < blue
