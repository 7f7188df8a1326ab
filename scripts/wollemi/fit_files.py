"""Reading `fit.json`: the fit to show, its kinds of parameters, correlations."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.histograms import Floats

BLINDED = "BLINDED"  # mark of products of data some of which are hidden
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


def measurement_marks(measurement: str) -> tuple[str, ...]:
    """Marks in the name of a measurement: `zprime [pseudo-data] [PREVIEW]` has two."""
    return tuple(re.findall(r"\[([^\]]+)\]", measurement))


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
