"""The documents hold together: links, headings, every word of the model explained."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from amr_monitor.model.case import (
    AmrState,
    Certainty,
    IndeterminateClass,
    MarkName,
    Muscle,
    Outcome,
    Reason,
)
from amr_monitor.model.stimulation import StimulusClass, TriggerQuality
from tests.project.repository import ROOT, documents, name_of, texts

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
PATH_IN_BACKTICKS = re.compile(
    r"`((?:src|tests|docs|fixtures|benchmarks|examples|\.ci)/[\w./-]+)(?:::\w+)?`"
)
ADRS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))


def heading_anchors(markdown: str) -> set[str]:
    """Return the anchors that a reader's browser can jump to."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    dead = []
    for target in (first or second for first, second in LINK.findall(text)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        goal = (document.parent / path).resolve() if path else document
        if not goal.exists():
            dead.append(target)
        elif anchor and anchor not in heading_anchors(goal.read_text(encoding="utf-8")):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = PATH_IN_BACKTICKS.findall(document.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_document_that_the_code_names_exists() -> None:
    named = {
        (name, document)
        for name, text in texts()
        if name.endswith((".py", ".js", ".html", ".toml", ".yaml"))
        for document in re.findall(r"docs/[\w-]+(?:/[\w-]+)*\.(?:md|yaml)", text)
    }
    assert named
    assert {(name, doc) for name, doc in named if not (ROOT / doc).is_file()} == set()


def test_the_glossary_explains_every_word_of_the_model() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    vocabularies: tuple[type[StrEnum], ...] = (
        AmrState,
        Certainty,
        IndeterminateClass,
        MarkName,
        Muscle,
        Outcome,
        Reason,
        StimulusClass,
        TriggerQuality,
    )
    words = [word.value for vocabulary in vocabularies for word in vocabulary]
    assert [word for word in words if f"`{word}`" not in glossary] == []


@pytest.mark.parametrize("document", ADRS, ids=name_of)
def test_a_decision_record_has_its_three_parts_and_stands_in_the_index(document: Path) -> None:
    headings = re.findall(r"^## (\w+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[:3] == ["Context", "Decision", "Consequences"]
    index = (document.parent / "README.md").read_text(encoding="utf-8")
    assert f"({document.name})" in index


def test_the_decision_records_are_numbered_without_a_hole() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))
    assert len(ADRS) >= 6


def test_the_changelog_has_a_place_for_what_may_change_a_verdict() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = text.split("\n## ")[1]
    assert unreleased.startswith("[Unreleased]")
    assert "\n### Clinical behaviour\n" in unreleased


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert re.findall(r"^   (\d)\. ", text, re.MULTILINE) == [str(n) for n in range(1, 10)]
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("document", ["README.md", "docs/risks.md", "docs/glossary.md"])
def test_what_it_is_not_stands_where_it_is_read_first(document: str) -> None:
    text = " ".join((ROOT / document).read_text(encoding="utf-8").split())
    assert "Does not monitor hearing or facial nerve safety." in text
    assert "Decision support, not a certified medical device." in text
