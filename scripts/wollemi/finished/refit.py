"""A refit of a finished run with some parameters fixed."""

from collections.abc import Mapping

import pandas as pd

from wollemi.finished.event_run import check_names
from wollemi.results.fit import FittedParameter
from wollemi.results.frames import parameter_frame
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.fit_report import fitted_parameters
from wollemi_likelihood.likelihood import Likelihood


def refitted(likelihood: Likelihood, fixed: Mapping[str, float]) -> pd.DataFrame:
    """Parameters of a refit, one row per parameter, with some parameters fixed.

    Args:
        likelihood: Model with its data.
        fixed: Parameter → fixed value.

    Raises:
        WollemiError: A parameter is unknown, or the fit did not converge.
    """
    check_names("fixed", fixed, likelihood.index)
    result = fit(likelihood, fixed=fixed)
    if not result.status.converged:
        raise WollemiError("the fit", f"did not converge: {result.status.message}", "see the page")
    parameters = fitted_parameters(likelihood, result, {})
    return parameter_frame([FittedParameter.of(item) for item in parameters])
