"""What a clinical engineer must read before anything is connected stands in the document."""

import re

from tests.project.repository import ROOT

TEXT = (ROOT / "docs" / "connecting.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the words of one section, line breaks aside."""
    found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found
    return " ".join(found.group(1).split())


def test_the_isolation_of_the_patient_stands_before_the_wiring() -> None:
    assert TEXT.index("## What must not be done") < TEXT.index("## Ways to connect")
    forbidden = section("What must not be done")
    for word in ("IEC 60601-1", "isolate", "TTL", "leakage", "no medical device"):
        assert word in forbidden


def test_a_card_without_isolation_is_named_as_such() -> None:
    assert "**no patient isolation**" in section("Ways to connect, best first")


def test_the_network_of_lsl_is_closed_and_its_ports_are_told() -> None:
    network = section("Network")
    for word in ("SessionID", "KnownPeers", "AllowRandomPorts = false", "16571", "16604"):
        assert word in network


def test_the_first_cases_are_in_shadow_mode() -> None:
    assert 'mode = "shadow"' in section("Checklist before the first patient")


def test_the_readme_leads_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "## Connect an amplifier" in readme
    assert "docs/connecting.md" in readme
