"""A peak on a falling background whose templates are at some masses."""

from typing import Any

import numpy as np
from scipy.stats import norm

from support.products.statistical_models import modifier, normsys, sample, workspace
from wollemi_engine.expressions.morphing import morphing_factors

EDGES = np.linspace(100, 150, 26)
MASSES = {"peak_a": 118.0, "peak_b": 121.5, "peak_c": 125.0, "peak_d": 128.5, "peak_e": 132.0}
WIDTH = 4.0
BACKGROUND = 8000 * -np.diff(np.exp(-EDGES / 60))


def peak(mass: float) -> np.ndarray:
    """Events of a signal of strength 1."""
    return np.asarray(300 * np.diff(norm.cdf(EDGES, mass, WIDTH)))


def morphed_workspace(method: str, mass: float, seed: int | None = None) -> dict[str, Any]:
    """The strength `mu` and the mass are free; data are of this mass.

    Args:
        method: of the morphing.
        mass: of the signal in the data.
        seed: of Poisson numbers; data as expected by default.
    """
    factors = morphing_factors({"mass": {"templates": MASSES, "method": method}})
    samples = [
        sample(
            name,
            peak(value),
            modifier("normfactor", "mu"),
            modifier("customfunc", f"mass_{name}", {"expr": factors[f"mass_{name}"]["expression"]}),
        )
        for name, value in MASSES.items()
    ]
    samples.append(sample("background", BACKGROUND, normsys("rate", 1.05, 0.95)))
    data = BACKGROUND + peak(mass)
    if seed is not None:
        data = np.random.default_rng(seed).poisson(data).astype(float)
    return workspace(
        [{"name": "region", "samples": samples}],
        [{"name": "region", "data": data.tolist()}],
        [{"name": "mass", "inits": [123.0], "bounds": [[118, 132]]}],
    )
