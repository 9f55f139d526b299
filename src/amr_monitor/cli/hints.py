"""What was probably meant where the command line was misspelt."""

import argparse
import re
from collections.abc import Sequence


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return "; did you mean --speed?", or nothing where no known word is like it."""
    # Imported where something is wrong alone: help must be quick.
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""


def unknown_arguments(extra: Sequence[str], parser: argparse.ArgumentParser) -> str:
    """Return what is wrong with arguments that a verb does not know, and the nearest option."""
    options = re.findall(r"--[a-z][a-z-]*", parser.format_usage())
    wrong = next((word for word in extra if word.startswith("-")), "").partition("=")[0]
    hint = did_you_mean(wrong, options) if wrong else ""
    return f"unrecognized arguments: {' '.join(extra)}{hint}"


def with_nearest_choice(message: str) -> str:
    """Return the message of argparse; of a long list of choices only the one that is near."""
    found = re.fullmatch(r"(.*invalid choice: '(.*)') \(choose from (.*)\)", message)
    if found is None:
        return message
    hint = did_you_mean(found[2], re.findall(r"[\w-]+", found[3]))
    return f"{found[1]}{hint}" if hint else message
