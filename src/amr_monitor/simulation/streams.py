"""Random numbers: one seed, one independent stream for each component.

A stream is found by the name of its component, so a component that is added,
left out or drawn more often changes no other one.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomStreams:
    """All randomness of one surgery.

    Attributes
    ----------
    seed : int
        Not negative. The same seed gives the same surgery, sample for sample.
    """

    seed: int

    def generator(self, component: str, *keys: str | int) -> np.random.Generator:
        """Return the stream of `component`, from its beginning.

        Parameters
        ----------
        component : str
            For instance "noise".
        *keys : str or int
            What tells several of the kind apart: a muscle, a page number.
        """
        spawn_key = tuple(
            crc32(key.encode()) if isinstance(key, str) else key for key in (component, *keys)
        )
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=spawn_key))
