"""Seeds of random tests, of which few are fast enough for every run."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def slow_but(first: Collection[Any], seeds: Iterable[Any]) -> list[Any]:
    """All seeds, or cases of one argument or of several; those not among the first are slow."""
    return [
        seed
        if seed in first
        else pytest.param(*(seed if isinstance(seed, tuple) else [seed]), marks=pytest.mark.slow)
        for seed in seeds
    ]
