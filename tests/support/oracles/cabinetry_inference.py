"""cabinetry's fit, ranking, scan and significance, with tight tolerances."""

import logging
from typing import Any

import cabinetry
import numpy as np
import pyhf
from cabinetry.fit.results_containers import (
    FitResults,
    RankingResults,
    ScanResults,
    SignificanceResults,
)

from wollemi_likelihood.results import Fit

# MINUIT's, of cabinetry's fits.
TIGHT: dict[str, Any] = {"strategy": 1, "tolerance": 1e-4}
# How they end where there is no minimum: pyhf asks for correlations even where MINUIT has no
# covariance.
FAILURES = (pyhf.exceptions.FailedMinimization, AttributeError)


def _model(content: dict[str, Any]) -> tuple[pyhf.Model, list[float]]:
    logging.getLogger("cabinetry").setLevel(logging.ERROR)
    pyhf.set_backend("numpy")
    model, data = cabinetry.model_utils.model_and_data(content)
    return model, data


def cabinetry_fit(content: dict[str, Any]) -> FitResults:
    """With the goodness of fit."""
    return cabinetry.fit.fit(*_model(content), goodness_of_fit=True, **TIGHT)


def cabinetry_ranking(content: dict[str, Any], best: Fit) -> RankingResults:
    """Impacts from a fit of ours: MINUIT's errors, and so its impacts, are a per cent off.

    Args:
        content: workspace.
        best: its fit.
    """
    model, data = _model(content)
    names = model.config.par_names
    order = [best.names.index(name) for name in names]
    found = FitResults(best.values[order], best.errors[order], names, np.eye(len(order)), 0.0)
    return cabinetry.fit.ranking(model, data, fit_results=found, **TIGHT)


def cabinetry_scan(
    content: dict[str, Any], interval: tuple[float, float], points: int
) -> ScanResults:
    """Profile of mu over an interval."""
    model, data = _model(content)
    return cabinetry.fit.scan(model, data, "mu", par_range=interval, n_steps=points, **TIGHT)


def cabinetry_significance(content: dict[str, Any]) -> SignificanceResults:
    """Observed and expected."""
    return cabinetry.fit.significance(*_model(content), **TIGHT)
