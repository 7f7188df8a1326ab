"""Maximum-likelihood fit of each workspace to the data, and of the backgrounds alone."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.results.fit import goodness_text, is_bad
from wollemi.results.parameter_text import value_text
from wollemi.statistics.fit import fit, minos
from wollemi.statistics.goodness_of_fit import goodness_of_fit
from wollemi.statistics.likelihood import Likelihood, Parameter
from wollemi.statistics.results import AsymmetricError, Fit
from wollemi.statistics.workspaces import Workspace, read_workspaces
from wollemi.statistics.yields import expected_uncertainty, prefit_covariance

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("model",)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"workspaces": "pyhf workspaces, each named <signal>.json"},
    outputs={"fit": "fit results"},
    sections=SECTIONS,
)


def parameter_table(likelihood: Likelihood, result: Fit, asymmetric: Mapping[str, AsymmetricError]) -> list[dict[str, Any]]:
    """One entry a parameter: value and errors after the fit, and what is known of it before.

    Args:
        likelihood: the model.
        result: its fit.
        asymmetric: parameter → MINOS errors.
    """
    return [
        _parameter_row(parameter, float(value), float(error), parameter.name in result.fixed, asymmetric.get(parameter.name))
        for parameter, value, error in zip(likelihood.parameters, result.values, result.errors, strict=True)
    ]


def _parameter_row(
    parameter: Parameter, value: float, error: float, fixed: bool, crossing: AsymmetricError | None
) -> dict[str, Any]:
    """`error` is None at a bound, where the second derivatives say nothing; a side of MINOS is None where a bound comes first."""
    bound = None if fixed else _reached_bound(parameter, value)
    row = {
        "name": parameter.name,
        "value": value,
        "error": None if bound else error,
        "error_down": None if crossing is None or crossing.lower is None else -crossing.lower,
        "error_up": None if crossing is None else crossing.upper,
        "constraint": parameter.constraint,
        "prefit": parameter.nominal,
        "prefit_error": parameter.width or None,
        "fixed": fixed,
    }
    return row | ({"at_bound": bound} if bound else {})


def _reached_bound(parameter: Parameter, value: float) -> str | None:
    lower, upper = parameter.bounds
    return "lower" if value <= lower else "upper" if value >= upper else None


def region_yields(likelihood: Likelihood, values: np.ndarray, covariance: np.ndarray) -> dict[str, Any]:
    """Expected events of each region and sample with their uncertainties, at given parameters.

    Args:
        likelihood: the model.
        values: parameters (parameters,).
        covariance: of the parameters (parameters, parameters).
    """
    expected = likelihood.expected_by_sample(values)
    uncertainty = expected_uncertainty(likelihood, values, covariance)
    yields = {}
    for channel, bins in likelihood.channels.items():
        inside = expected[:, bins]
        present = {name: index for index, name in enumerate(likelihood.samples) if np.any(inside[index])}
        yields[channel] = {
            "samples": {name: inside[index].tolist() for name, index in present.items()},
            "sample_uncertainties": {name: uncertainty.samples[index, bins].tolist() for name, index in present.items()},
            "total": inside.sum(axis=0).tolist(),
            "uncertainty": uncertainty.bins[bins].tolist(),
            "sum": float(inside.sum()),
            "sum_uncertainty": float(uncertainty.channels[channel]),
            "sample_sums": {name: float(inside[index].sum()) for name, index in present.items()},
            "sample_sum_uncertainties": {n: float(uncertainty.sample_channels[channel][i]) for n, i in present.items()},
        }
    return yields


def describe_fit(likelihood: Likelihood, result: Fit, poi: str) -> dict[str, Any]:
    """A fit as it stands in the product.

    Args:
        likelihood: the model.
        result: its fit.
        poi: the parameter of interest.
    """
    unconstrained = [p.name for p in likelihood.parameters if p.constraint == "none" and p.name not in result.fixed]
    asymmetric = minos(likelihood, result, [*unconstrained, *(n for n in result.status.at_bounds if n not in unconstrained)])
    held = [name in result.fixed for name in result.names]
    nominal = np.where(held, result.values, [parameter.nominal for parameter in likelihood.parameters])
    status = result.status
    return {
        "poi": poi,
        "minus_two_log_likelihood": result.minus_two_log_likelihood,
        "deviance": result.deviance,
        "status": {
            "method": status.minimizer,
            "converged": status.converged,
            "iterations": status.iterations,
            "estimated_distance": status.distance,
            "message": status.message,
            "at_bounds": list(status.at_bounds),
            "undetermined": list(status.undetermined),
        },
        "parameters": parameter_table(likelihood, result, asymmetric),
        "covariance": result.covariance.tolist(),
        "observed": {channel: likelihood.observations[bins].tolist() for channel, bins in likelihood.channels.items()},
        "yields": {
            "prefit": region_yields(likelihood, nominal, prefit_covariance(likelihood)),
            "postfit": region_yields(likelihood, result.values, result.covariance),
        },
    }


def fit_workspace(workspace: Workspace, background_only: bool = False) -> dict[str, Any]:
    """Fit one workspace, or its backgrounds alone (parameter of interest at 0)."""
    likelihood = workspace.likelihood
    result = fit(likelihood, fixed={likelihood.poi: 0.0} if background_only else None)
    if not result.status.converged:
        LOGGER.warning("%s: the fit did not converge: %s", workspace.signal, result.status.message)
    # Blinded bins hold Asimov data.
    goodness = None if workspace.blinded else goodness_of_fit(likelihood, result)
    return describe_fit(likelihood, result, likelihood.poi) | ({} if goodness is None else {"goodness_of_fit": goodness})


def _tell_goodness(name: str, fit: Mapping[str, Any]) -> None:
    if is_bad(fit):
        LOGGER.warning("%s: THE MODEL DOES NOT DESCRIBE THE DATA: goodness of fit %s", name, goodness_text(fit))
    elif "goodness_of_fit" in fit:
        LOGGER.info("%s: goodness of fit %s", name, goodness_text(fit))


@with_model(write_absence)
def main(job: Job) -> None:
    """Fit all workspaces."""
    workspaces = read_workspaces(job.inputs("workspaces"))
    fits = {workspace.signal: fit_workspace(workspace) for workspace in workspaces}
    fits["background_only"] = fit_workspace(workspaces[0], background_only=True)
    job.write_json("fit", {"measurement": workspaces[0].measurement, "fits": fits})
    data = "Asimov data in blinded bins: " if workspaces[0].blinded else ""
    for name, item in fits.items():
        poi = next(parameter for parameter in item["parameters"] if parameter["name"] == item["poi"])
        _tell_goodness(name, item)
        LOGGER.info("%s: %s%s = %s", name, data, item["poi"], "0 (fixed)" if poi["fixed"] else value_text(poi))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
