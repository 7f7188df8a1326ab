"""The goodness of a fit, in words."""

from typing import Protocol

from wollemi.base.rounding import significant
from wollemi.results.fit import GoodnessOfFit
from wollemi_likelihood.base.errors import counted

# P-value of the goodness of fit below which a model does not describe the data.
BAD = 1e-3


def probability_text(p_value: float) -> str:
    """Text such as `p = 0.0138`, or a bound if the number is too small for floating point."""
    return f"p = {significant(p_value)}" if p_value > 0 else "p < 10⁻³⁰⁰"


class Judged(Protocol):
    """The numbers that describe the goodness of a fit."""

    @property
    def deviance(self) -> float | None:
        """-2 ln(L / L of the saturated model)."""

    @property
    def goodness_of_fit(self) -> GoodnessOfFit | None:
        """The p-value of the fit; None if bins are blinded."""


def goodness_text(fit: Judged) -> str:
    """The goodness of a fit in one line; a dash if it is missing."""
    found = fit.goodness_of_fit
    if found is None:
        return "–"
    deviance = "" if fit.deviance is None else f"deviance {significant(fit.deviance)}, "
    return (
        f"{probability_text(found.p_value)} "
        f"({deviance}{counted(found.degrees_of_freedom, 'degree')} of "
        "freedom, saturated model)"
    )


def is_bad(fit: Judged) -> bool:
    """Whether the model of a fit does not describe the data."""
    return fit.goodness_of_fit is not None and fit.goodness_of_fit.p_value < BAD
