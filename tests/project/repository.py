"""The files of the repository, as the tests of the project see them."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "amr_monitor"
TESTS = ROOT / "tests"

NOT_OURS = {
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "dist",
    "var",
    "vendor",
}
"""Folders that tools made, and code of others that is shipped unchanged."""


def files(*suffixes: str) -> Iterator[Path]:
    """Yield the files of the repository with these endings, or all, in order."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(set(folders) - NOT_OURS)
        for name in sorted(names):
            if not suffixes or name.endswith(suffixes):
                yield Path(folder) / name


def texts() -> Iterator[tuple[str, str]]:
    """Yield path and content of every text file."""
    for path in files():
        content = path.read_bytes()
        if b"\0" in content[:4096]:
            continue
        try:
            yield name_of(path), content.decode("utf-8")
        except UnicodeDecodeError:
            continue  # a recording with a header in another encoding is no text of ours


def name_of(path: Path) -> str:
    """Return the path as the repository names it."""
    return path.relative_to(ROOT).as_posix()


def documents() -> list[Path]:
    """Return every Markdown file."""
    return list(files(".md"))


def code_blocks(markdown: str) -> list[str]:
    """Return the lines of all fenced code blocks, comments at their ends left out."""
    lines = []
    inside = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        elif inside:
            lines.append(re.sub(r"(^|\s+)#.*$", "", line).strip())
    return [line for line in lines if line]
