"""Dependencies: declared where they are imported, locked where they are declared."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.repository import ROOT, SOURCE, files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
EXTRAS = {
    extra: [Requirement(text) for text in texts]
    for extra, texts in PROJECT["project"]["optional-dependencies"].items()
}
BUILD = [Requirement(text) for text in PROJECT["build-system"]["requires"]]
LOCKS = {
    "requirements.txt": [*RUNTIME, *EXTRAS["postgres"], *EXTRAS["report"]],
    "requirements-dev.txt": [*RUNTIME, *(each for extra in EXTRAS.values() for each in extra)],
    "requirements-build.txt": BUILD,
}
REPORT = SOURCE / "qa" / "report"
"""The one room that is made of an extra."""
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonicalize_name(name): version for name, version in PIN.findall(text)}


def imported_distributions(paths: list[Path]) -> set[str]:
    """Return the distributions whose modules these files import."""
    known = packages_distributions()
    modules: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.split(".")[0])
    ours = {"amr_monitor", "tests", "fixtures", "benchmarks"} | set(sys.stdlib_module_names)
    return {canonicalize_name(known[module][0]) for module in modules - ours if module in known}


def named_modules(path: Path) -> set[str]:
    """Return the modules that a file imports by `import_module("NAME")`, when they are needed."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "import_module"
            and isinstance(node.args[0], ast.Constant)
        ):
            found.add(str(node.args[0].value).split(".")[0])
    return found


def test_what_the_program_imports_is_declared() -> None:
    outside = [path for path in SOURCE.rglob("*.py") if not path.is_relative_to(REPORT)]
    assert imported_distributions(outside) <= names(RUNTIME)
    within = imported_distributions(list(REPORT.rglob("*.py")))
    assert within <= names(RUNTIME) | names(EXTRAS["report"])


def test_the_room_of_an_extra_is_entered_when_it_is_needed() -> None:
    """Its modules import the extra as a matter of course; so nobody imports them so."""
    for path in SOURCE.rglob("*.py"):
        if path.is_relative_to(REPORT):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("amr_monitor.qa.report"), path


def test_an_extra_is_imported_where_it_is_needed_and_nowhere_else() -> None:
    by_name = {path.name: named_modules(path) for path in SOURCE.rglob("*.py")}
    lazy = {name: modules for name, modules in by_name.items() if modules}
    assert lazy["foreign.py"] == names(EXTRAS["foreign"])
    assert not any(
        modules & names(EXTRAS["foreign"]) for name, modules in lazy.items() if name != "foreign.py"
    )
    imported = imported_distributions(list(SOURCE.rglob("*.py")))
    assert imported.isdisjoint(names(EXTRAS["foreign"]))


def test_what_tests_and_tools_import_is_declared() -> None:
    imported = imported_distributions(list(files(".py")))
    declared = names(RUNTIME) | names(EXTRAS["report"])
    assert imported <= declared | names(EXTRAS["test"]) | names(EXTRAS["check"])


def test_what_is_declared_for_the_program_is_imported_by_it() -> None:
    assert names(RUNTIME) <= imported_distributions(list(SOURCE.rglob("*.py")))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_a_hash_for_everything_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
    assert requirements
    without = [each.splitlines()[0] for each in requirements if "--hash=sha256:" not in each]
    assert without == []
    assert not re.search(r"--(?:extra-)?index-url|--find-links|--trusted-host|://|@ file", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_is_in_step_with_what_is_declared(lock: str) -> None:
    locked = pins(lock)
    for requirement in LOCKS[lock]:
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{name} is not in {lock}: make lock"
        assert requirement.specifier.contains(locked[name]), f"{name} in {lock}: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_nothing_that_is_no_longer_declared(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    direct = re.compile(
        r"^([A-Za-z0-9._-]+)==(?:(?!^\S+==).)*?amr-monitor \(pyproject", re.MULTILINE | re.DOTALL
    )
    assert {canonicalize_name(name) for name in direct.findall(text)} == names(LOCKS[lock])


def test_development_uses_the_versions_that_are_shipped() -> None:
    shipped, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: development.get(name) for name in shipped} == shipped
