"""How the traits of a patient spread over a population."""

from dataclasses import dataclass
from math import exp, log
from typing import Protocol

import numpy as np


class Distribution(Protocol):
    """Anything one value can be drawn from."""

    def draw(self, generator: np.random.Generator) -> float:
        """Return one value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Uniform:
    """Every value between `low` and `high` as likely as any other."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"a range goes from low to high, not {self.low} to {self.high}")

    def draw(self, generator: np.random.Generator) -> float:
        """Return one value."""
        return float(generator.uniform(self.low, self.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogUniform:
    """Every ratio as likely as any other: for sizes that span decades."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0.0 < self.low <= self.high:
            raise ValueError(
                f"a range goes from low to high, above zero, not {self.low} to {self.high}"
            )

    def draw(self, generator: np.random.Generator) -> float:
        """Return one value."""
        return exp(float(generator.uniform(log(self.low), log(self.high))))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClippedNormal:
    """A normal distribution whose tails are pulled in to `low` and `high`."""

    mean: float
    sd: float
    low: float
    high: float

    def draw(self, generator: np.random.Generator) -> float:
        """Return one value."""
        return float(np.clip(generator.normal(self.mean, self.sd), self.low, self.high))


def fixed(value: float) -> Uniform:
    """Return the distribution that always gives `value`."""
    return Uniform(low=value, high=value)
