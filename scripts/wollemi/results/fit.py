"""`fit.json`: fits, and kinds of parameters."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field

from wollemi.results.product import FITS, TABLES, Part, Product, Tolerance
from wollemi_likelihood.base.errors import WollemiError

BACKGROUND_ONLY = "background_only"
# Mark of products of fits without a minimum.
NO_MINIMUM = "NO MINIMUM"
# Why -2 ln L is not a parabola around an estimate: it is at a wall, where the expectation of a bin
# without events is 0; it is flat; its second derivative differs from the profile's (as for α⁴); the
# profile is asymmetric, as with few events; there is another minimum within one standard deviation.
Regime = Literal["wall", "flat", "quartic", "asymmetric", "second minimum"]
_OF_A_BIN = re.compile(r"^(?P<set>.+)\[(?P<index>\d+)\]$")


class FitStatus(Part):
    """How a fit ended."""

    method: str = Field(description="`newton` or `iminuit`")
    converged: bool = Field(description="whether a minimum was found")
    iterations: int = Field(description="Newton steps, or evaluations of the likelihood by iminuit")
    estimated_distance: float = Field(
        description="estimated vertical distance to the minimum (EDM), in -ln L"
    )
    message: str = Field(description="outcome of the search, in words")
    at_bounds: tuple[str, ...] = Field(description="parameters that ended at a bound")
    undetermined: tuple[str, ...] = Field(
        description="parameters without influence on the likelihood"
    )


class FittedParameter(Part):
    """A parameter after the fit, with its prefit value and error."""

    name: str = Field(description="name of the parameter")
    value: float = Field(description="its estimate")
    error: float | None = Field(
        description="standard deviation from the second derivatives; null: they do not give one"
    )
    error_down: float | None = Field(
        description="error downward of MINOS, positive; null: not asked for, or a bound comes first"
    )
    error_up: float | None = Field(
        description="error upward of MINOS; null: not asked for, or a bound comes first"
    )
    constraint: str = Field(description="`normal`, `poisson`, or `none` of a free parameter")
    prefit: float = Field(description="value before the fit")
    prefit_error: float | None = Field(description="error before the fit; null: a free parameter")
    fixed: bool = Field(description="whether it was fixed")
    at_bound: Literal["lower", "upper"] | None = Field(
        default=None, description="the bound where the estimate is"
    )
    regime: Regime | None = Field(
        default=None, description="why MINOS replaces the error, inside the bounds"
    )


class RegionYields(Part):
    """Expected events in a region, per bin and in total."""

    samples: Mapping[str, tuple[float, ...]] = Field(description="sample → events in each bin")
    sample_uncertainties: Mapping[str, tuple[float, ...]] = Field(
        description="sample → their uncertainties"
    )
    total: tuple[float, ...] = Field(description="events of all samples, in each bin")
    uncertainty: tuple[float, ...] = Field(description="uncertainty of the total, in each bin")
    sum: float = Field(description="over the bins")
    sum_uncertainty: float = Field(description="uncertainty of the sum")
    sample_sums: Mapping[str, float] = Field(description="sample → sum over the bins")
    sample_sum_uncertainties: Mapping[str, float] = Field(
        description="sample → uncertainty of its sum"
    )
    sample_sum_covariance: tuple[tuple[float, ...], ...] | None = Field(
        default=None,
        description=(
            "covariance of the sums of samples, in the order of `sample_sums`; null: not known"
        ),
    )


class FitYields(Part):
    """Expected events before and after the fit."""

    prefit: Mapping[str, RegionYields] = Field(
        description="region → yields at the values before the fit"
    )
    postfit: Mapping[str, RegionYields] = Field(description="region → yields at the estimates")

    def at(self, stage: str) -> Mapping[str, RegionYields]:
        """Yields of one stage, `prefit` or `postfit`."""
        return self.prefit if stage == "prefit" else self.postfit


class GoodnessOfFit(Part):
    """How well the model describes the data, compared with the saturated model."""

    degrees_of_freedom: int = Field(description="bins minus parameters without constraint")
    p_value: float = Field(description="probability of a larger deviance if the model is true")


class OtherMinimum(Part):
    """A further minimum of -2 ln L."""

    values: Mapping[str, float] = Field(
        description="coupling, or parameter that is more than one error from the fit → value there"
    )
    rise: float = Field(description="difference of -2 ln L to the fit")


class FitResult(Part):
    """A maximum-likelihood fit."""

    poi: str = Field(description="the parameter of interest")
    pois: tuple[str, ...] = Field(
        default=(), description="all parameters of interest, where the model has several"
    )
    minus_two_log_likelihood: float = Field(description="-2 ln L at the estimates")
    deviance: float = Field(description="-2 ln(L / L of the saturated model)")
    status: FitStatus = Field(description="outcome of the fit")
    parameters: tuple[FittedParameter, ...] = Field(
        description="parameters, in the order of the covariance"
    )
    covariance: tuple[tuple[float, ...], ...] = Field(
        description=(
            "covariance of the parameters, from the second derivatives, also where "
            "`regime` says that they give no error; 0 for fixed parameters and "
            "parameters at a bound"
        )
    )
    observed: Mapping[str, tuple[float, ...]] = Field(
        description="region → events in each bin; Asimov data in blinded ones"
    )
    yields: FitYields = Field(description="expected events")
    goodness_of_fit: GoodnessOfFit | None = Field(
        default=None, description="none where bins are blinded"
    )
    other_minima: tuple[OtherMinimum, ...] = Field(
        default=(), description="further minima, at most 9 higher in -2 ln L"
    )

    @classmethod
    def of(cls, result: Any, **more: Any) -> Self:
        """As for any part; the status has other names."""
        found = result.status
        status = FitStatus(
            method=found.minimizer,
            converged=found.converged,
            iterations=found.iterations,
            estimated_distance=found.distance,
            message=found.message,
            at_bounds=found.at_bounds,
            undetermined=found.undetermined,
        )
        return super().of(result, status=status, **more)

    @property
    def strength(self) -> FittedParameter:
        """The parameter of interest, the first one of several."""
        return self.strengths[0]

    @property
    def strengths(self) -> tuple[FittedParameter, ...]:
        """All parameters of interest."""
        found = {item.name: item for item in self.parameters}
        return tuple(found[name] for name in self.pois or (self.poi,))


class Fits(Product):
    """The fits of an analysis."""

    place = "fit.json"
    about = "parameters, errors, correlations"
    reader = TABLES
    word = "fit"
    tolerances = (
        Tolerance(
            "*.status.iterations", math.inf, 0, False, "how a fit got there, not what it found"
        ),
        Tolerance(
            "*.status.estimated_distance",
            math.inf,
            0,
            False,
            "how a fit got there, not what it found",
        ),
        Tolerance("*.yields.*", 1e-6, 1e-6, True, f"{FITS}; in events"),
        Tolerance("*", 1e-6, 0, True, FITS),
    )
    section = "model"
    names = (("fits", "fit"),)

    measurement: str = Field(description="name of the measurement, with its marks")
    fits: Mapping[str, FitResult] = Field(
        description="signal → its fit; `background_only`: without any signal"
    )

    @property
    def signals(self) -> list[str]:
        """Names of the fits with signal."""
        return [name for name in self.fits if name != BACKGROUND_ONLY]

    @property
    def measured(self) -> dict[str, tuple[FitResult, FittedParameter]]:
        """Signal, or parameter of interest of a model that has several → its fit and its strength,
        for limits, significances and impacts.
        """
        return {
            strength.name if self.fits[name].pois else name: (self.fits[name], strength)
            for name in self.signals
            for strength in self.fits[name].strengths
        }

    def measured_names(self, signals: Sequence[str]) -> list[str]:
        """Names of `measured`, in the order of the signal samples or parameters of interest.

        Args:
            signals: Signal samples in the order of the analysis.
        """
        return list(signals) if {*self.signals} & {*signals} else list(self.measured)

    @property
    def main(self) -> tuple[str, FitResult]:
        """The fit that plots and tables show, and its name: the fit of the only model, or with
        several models the background-only one.
        """
        name = self.signals[0] if len(self.signals) == 1 else BACKGROUND_ONLY
        return name, self.fits[name]


def marked_fits(measurement: str, fits: Mapping[str, FitResult]) -> Fits:
    """The fits of an analysis, marked if one has no minimum, so that all later products are marked.

    Args:
        measurement: Name of the measurement, with its marks.
        fits: Name → fit.
    """
    found = Fits(measurement=measurement, fits=fits)
    if failed_fits(found):
        return found.noting(measurement=f"{measurement} [{NO_MINIMUM}]")
    return found


def failed_fits(fits: Fits) -> Sequence[str]:
    """Names of the fits without a minimum."""
    return [name for name, fit in fits.fits.items() if not fit.status.converged]


def require_minima(fits: Fits) -> None:
    """Raise an error if a fit has no minimum.

    Raises:
        WollemiError: A fit has no minimum.
    """
    failed = failed_fits(fits)
    if failed:
        problem = f"no minimum was found, {fits.fits[failed[0]].status.message}"
        remedy = "look for degenerate parameters, and for bins without background"
        raise WollemiError(f"fit of {', '.join(failed)}", problem, remedy)


def bin_of(name: str) -> tuple[str, int] | None:
    """Parameter set and index of a parameter that acts on one bin, for example `staterror_SR[3]`;
    None for any other parameter.
    """
    match = _OF_A_BIN.match(name)
    return (match["set"], int(match["index"])) if match else None


def is_gamma(parameter: FittedParameter) -> bool:
    """Whether a parameter is the constrained factor of one bin, for MC statistics."""
    return bin_of(parameter.name) is not None and parameter.constraint != "none"
