"""Where chance comes from: patients for tuning and for judging never meet.

A stream is found by a root, a purpose and the names of what is drawn. Another
purpose is another branch of the tree of seeds, whatever its root: a patient
that the detector was tuned on cannot be drawn again to judge it.
"""

import secrets
from enum import StrEnum
from zlib import crc32

import numpy as np


class Purpose(StrEnum):
    """What patients are drawn for."""

    TUNE = "tune"
    JUDGE = "judge"
    TEST = "test"


FIXED_ROOT = 20201
"""Of tuning and of the short form, which are the same every time."""


def fresh_root() -> int:
    """Return a root that nobody has seen: for judging after a change."""
    return secrets.randbits(48)


def stream(root: int, purpose: Purpose, *keys: str | int) -> np.random.Generator:
    """Return the random numbers of one thing, from their beginning.

    Parameters
    ----------
    root : int
        Not negative.
    purpose : Purpose
    *keys : str or int
        What is drawn, e.g. the name of a stratum and the number of a patient.
    """
    return np.random.default_rng(_sequence(root, purpose, *keys))


def seed_number(root: int, purpose: Purpose, *keys: str | int) -> int:
    """Return one number from the same tree, for what takes a whole number."""
    low, high = (int(word) for word in _sequence(root, purpose, *keys).generate_state(2))
    return low + (high << 32)


def _sequence(root: int, purpose: Purpose, *keys: str | int) -> np.random.SeedSequence:
    spawn_key = tuple(
        crc32(key.encode()) if isinstance(key, str) else key for key in (purpose.value, *keys)
    )
    return np.random.SeedSequence(root, spawn_key=spawn_key)
