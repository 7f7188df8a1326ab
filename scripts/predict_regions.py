"""Prediction of the main fit for regions outside the fit, for other variables of fitted regions,
and for sums of regions: yields with the covariance of the fit, and the data.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wollemi.base.json_files import read_json
from wollemi.base.rounding import significant, with_error
from wollemi.histograms.unrolling import read_datasets
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.binning import in_fit_bins
from wollemi.model.predictions import predict, predict_groups
from wollemi.results.fit import Fits
from wollemi.results.marks import BLINDED
from wollemi.results.predictions import Prediction, Predictions

LOGGER = logging.getLogger("wollemi")
SECTIONS = (
    "datasets",
    "samples",
    "regions",
    "unlabeled_variables",
    "systematics",
    "model",
    "fit_edges",
    "region_groups",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "fit": "the fits",
        "histograms": "histograms of the datasets, each named <dataset>.json or <dataset>/members.json",  # noqa: E501
        "workspaces": "the models, each named <signal>.json, if there are groups of regions",
    },
    outputs={"predictions": "expected and observed events, before and after the fit"},
    sections=SECTIONS,
)


def main_workspace(paths: Sequence[Path], name: str) -> dict[str, Any]:
    """Find the workspace of the main fit; for the backgrounds any workspace without its signal.

    Args:
        paths: Paths of the workspaces, each named `<signal>.json`.
        name: Name of the main fit.
    """
    content: dict[str, Any] = read_json(
        next((path for path in paths if path.stem == name), paths[0])
    )
    return content


def tell(region: str, variable: str, found: Prediction) -> None:
    """Log expected and observed events."""
    after, observed = found.postfit, found.all_observed
    text = BLINDED if observed is None else significant(observed)
    expected = with_error(after.sum, after.sum_uncertainty) if after.sum_uncertainty else after.sum
    LOGGER.info("%s, %s: %s expected, %s observed", region, variable, expected, text)
    if found.left_out:
        names = ", ".join(found.left_out)
        LOGGER.warning("%s has no histogram of %s: %s left out", region, variable, names)
    for name, regions in found.only_in.items():
        LOGGER.info("%s, %s: %s is in %s alone", region, variable, name, " and ".join(regions))
    if found.not_fitted:
        names = ", ".join(found.not_fitted)
        LOGGER.warning("%s, %s: the fit does not have %s", region, variable, names)


@with_model(write_absence)
def main(job: Job) -> None:
    """Extrapolate the main fit."""
    settings, fits = job.settings, Fits.read(job.input("fit"))
    name, fit = fits.main
    histograms = in_fit_bins(
        read_datasets(job.inputs("histograms")), settings.regions, settings.fit_edges
    )
    regions = predict(settings, histograms, name, fit)
    found = Predictions(measurement=fits.measurement, fit=name, regions=regions)
    if settings.region_groups:
        workspace = main_workspace(job.inputs("workspaces"), name)
        groups = predict_groups(settings, histograms, name, fit, workspace)
        found = found.noting(groups=groups)
    for place in (*found.places, *found.sums):
        tell(*place)
    job.write_json("predictions", found.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
