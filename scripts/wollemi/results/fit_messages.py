"""Log messages about a fit."""

import logging

from wollemi.results.fit import FitResult
from wollemi.results.fit_remarks import fit_remarks
from wollemi.results.goodness import goodness_text, is_bad
from wollemi.results.parameter_text import value_text

LOGGER = logging.getLogger("wollemi")


def log_fit(name: str, fit: FitResult, blinded: bool) -> None:
    """Log the result of a fit, with a warning if its model does not describe the data.

    Args:
        name: Name of the fit.
        fit: Result of the fit.
        blinded: Whether bins contain Asimov data.
    """
    if is_bad(fit):
        LOGGER.warning(
            "%s: THE MODEL DOES NOT DESCRIBE THE DATA: goodness of fit %s", name, goodness_text(fit)
        )
    elif fit.goodness_of_fit is not None:
        LOGGER.info("%s: goodness of fit %s", name, goodness_text(fit))
    data = "Asimov data in blinded bins: " if blinded else ""
    for strength in fit.strengths:
        value = "0 (fixed)" if strength.fixed else value_text(strength)
        LOGGER.info("%s: %s%s = %s", name, data, strength.name, value)


def log_remarks(name: str, fit: FitResult) -> None:
    """Log the remarks on the fit that is shown.

    Args:
        name: Name of the fit.
        fit: Result of the fit.
    """
    for remark in fit_remarks(fit):
        LOGGER.warning("%s: %s: %s", name, remark.text, remark.look)
