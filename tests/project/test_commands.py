"""What the documents tell a person to type is there to be typed."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from tests.project.repository import ROOT, code_blocks, documents, name_of

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
PROMISED_TARGETS = {"setup", "demo", "test", "check", "golden", "bench", "soak", "image"}
PROGRAM = re.compile(r"(?:^|[\s/])amr-monitor((?:\s+\S+)*)")


def told_commands() -> list[tuple[str, str]]:
    """Return (document, line) for every line of every code block."""
    return [
        (name_of(path), line)
        for path in documents()
        for line in code_blocks(path.read_text(encoding="utf-8"))
    ]


def help_of(*verb: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own program with words of our own documents
        [sys.executable, "-m", "amr_monitor", *verb, "--help"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def told_verbs() -> dict[str, set[str]]:
    """Return the options that the documents use, per verb of `amr-monitor`."""
    verbs: dict[str, set[str]] = {}
    for _, line in told_commands():
        if line.startswith("docker "):
            continue
        for words in PROGRAM.findall(line):
            verb, *rest = words.split() or [""]
            if re.fullmatch(r"[a-z-]+", verb) and not verb.startswith("-"):
                options = {re.split(r"[=\]]", word)[0].strip("[()|") for word in rest}
                verbs.setdefault(verb, set()).update(o for o in options if o.startswith("-"))
    return verbs


def test_every_promised_target_exists_and_explains_itself() -> None:
    explained = set(re.findall(r"^([a-z][a-z-]*):[^#\n]*## \S", MAKEFILE, re.MULTILINE))
    assert explained >= PROMISED_TARGETS


def test_every_make_command_in_the_documents_is_a_target() -> None:
    told = {
        (name, target)
        for name, line in told_commands()
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", line)
    }
    assert told
    assert {(name, target) for name, target in told if target not in TARGETS} == set()


def test_the_documents_tell_of_the_program() -> None:
    assert {"demo", "replay", "run"} <= told_verbs().keys()


@pytest.mark.parametrize("verb", sorted(told_verbs()))
def test_every_verb_and_option_in_the_documents_is_in_the_help(verb: str) -> None:
    assert re.search(rf"\b{verb}\b", help_of())
    words = set(re.findall(r"-{1,2}[a-z][a-z-]*", help_of(verb)))
    assert told_verbs()[verb] <= words


def test_ci_runs_make_test() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert [line for line in lines[1:] if line and not line.startswith("#")] == [
        "set -euo pipefail",
        'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
        "exec make test",
    ]


def test_the_hooks_are_local_and_are_what_make_check_runs() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    repositories = yaml.safe_load(text)["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    entries = {hook["entry"] for hook in repositories[0]["hooks"]}
    check = re.search(r"^check: ([a-z -]+) ##", MAKEFILE, re.MULTILINE)
    assert check
    assert entries == {f"make {target}" for target in check.group(1).split()}


def test_the_console_script_is_the_program() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"amr-monitor": "amr_monitor.cli:main"}
