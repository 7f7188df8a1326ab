"""Seeds of random tests, of which few are fast enough for every run."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def slow_but(first: Collection[Any], seeds: Iterable[Any]) -> list[Any]:
    """All seeds, or other names of cases; those that are not among the first are slow."""
    return [seed if seed in first else pytest.param(seed, marks=pytest.mark.slow) for seed in seeds]
