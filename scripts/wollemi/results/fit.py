"""Reading `fit.json`: the fit to show, its kinds of parameters, correlations, how good it is."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.base.arrays import Floats
from wollemi.base.rounding import significant

# Goodness of fit, as a probability, below which a model does not describe the data.
BAD = 1e-3
BACKGROUND_ONLY = "background_only"
_OF_A_BIN = re.compile(r"^(?P<set>.+)\[(?P<index>\d+)\]$")


def main_fit(content: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The fit that plots and tables show: that of the only signal, or the background-only one of several signals.

    Args:
        content: a whole `fit.json`.

    Returns:
        Its name and the fit.
    """
    signals = [name for name in content["fits"] if name != BACKGROUND_ONLY]
    name = signals[0] if len(signals) == 1 else BACKGROUND_ONLY
    return name, content["fits"][name]


def bin_of(name: str) -> tuple[str, int] | None:
    """Parameter set and index of a parameter that acts on one bin, such as `staterror_SR[3]`; None for others."""
    match = _OF_A_BIN.match(name)
    return (match["set"], int(match["index"])) if match else None


def is_gamma(parameter: Mapping[str, Any]) -> bool:
    """Whether a parameter is the constrained factor of one bin: statistics of the simulation."""
    return bin_of(parameter["name"]) is not None and parameter["constraint"] != "none"


def correlation_matrix(covariance: Floats) -> Floats:
    """Correlations (P, P); rows and columns of fixed parameters are 0."""
    sigma = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    scale = np.outer(sigma, sigma)
    correlations = np.zeros_like(covariance)
    np.divide(covariance, scale, out=correlations, where=scale > 0)
    return correlations


def probability_text(p_value: float) -> str:
    """`p = 0.0138`, or a bound where the number is too small for a computer."""
    return f"p = {significant(p_value)}" if p_value > 0 else "p < 10⁻³⁰⁰"


def goodness_text(fit: Mapping[str, Any]) -> str:
    """The goodness of a fit in one line; a dash where there is none.

    Args:
        fit: of `fit.json`.
    """
    found = fit.get("goodness_of_fit")
    if found is None:
        return "–"
    deviance = f"deviance {significant(fit['deviance'])}, " if "deviance" in fit else ""
    return f"{probability_text(found['p_value'])} ({deviance}{found['degrees_of_freedom']} degrees of freedom, saturated model)"


def is_bad(fit: Mapping[str, Any]) -> bool:
    """Whether the model of a fit does not describe the data."""
    found = fit.get("goodness_of_fit")
    return found is not None and found["p_value"] < BAD
