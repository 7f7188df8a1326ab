"""What the main fit expects in regions that were not fitted, and in other variables of those that
were: yields with the covariance of the fit, beside the data.
"""

import logging
import sys

from wollemi.analysis.plain.queries import unfitted_places
from wollemi.analysis.settings import Settings
from wollemi.base.rounding import significant, with_error
from wollemi.histograms.unrolling import read_datasets
from wollemi.job.absent_model import with_model, write_absence
from wollemi.job.command_line import Program
from wollemi.job.job import Job, run_program
from wollemi.model.binning import in_fit_bins, unfitted_axis
from wollemi.model.templates import Histograms
from wollemi.model.unfitted_regions import (
    UnfittedTemplates,
    observed_events,
    unfitted_model,
    unfitted_workspace,
    with_templates,
)
from wollemi.results.fit import BACKGROUND_ONLY, FitResult, Fits
from wollemi.results.marks import BLINDED
from wollemi.results.predictions import Prediction, Predictions
from wollemi.statistics.predictions import predicted_yields

Places = dict[str, dict[str, Prediction]]
LOGGER = logging.getLogger("wollemi")
SECTIONS = (
    "datasets",
    "samples",
    "regions",
    "unlabeled_variables",
    "systematics",
    "model",
    "fit_edges",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "fit": "the fits",
        "histograms": "histograms of the datasets, each named <dataset>.json or <dataset>/members.json",  # noqa: E501
    },
    outputs={"predictions": "expected and observed events, before and after the fit"},
    sections=SECTIONS,
)


def predict(settings: Settings, histograms: Histograms, name: str, fit: FitResult) -> Places:
    """Region → variable → events, of all that the fit did not see.

    Args:
        settings: of the analysis.
        histograms: of all datasets, in the bins of the fit.
        name: of the main fit.
        fit: its result.
    """
    templates = UnfittedTemplates(settings, histograms, unfitted_model(settings.model))
    roles = ("background",) if name == BACKGROUND_ONLY else ("background", "signal")
    samples = [name for name, sample in settings.samples.items() if sample.role in roles]
    found: Places = {}
    for region, variable in unfitted_places(settings.selected):
        present = with_templates(templates, samples, region, variable)
        workspace = unfitted_workspace(templates, present, region, variable)
        bins = unfitted_axis(settings, region, variable).size
        before, after, unknown = predicted_yields(workspace, fit, bins)
        found.setdefault(region, {})[variable] = Prediction(
            observed=observed_events(settings, histograms, region, variable),
            prefit=before,
            postfit=after,
            left_out=tuple(sample for sample in samples if sample not in present),
            not_fitted=unknown,
        )
    return found


def tell(region: str, variable: str, found: Prediction) -> None:
    """Say what is expected and what was observed."""
    after, observed = found.postfit, found.all_observed
    text = BLINDED if observed is None else significant(observed)
    expected = with_error(after.sum, after.sum_uncertainty) if after.sum_uncertainty else after.sum
    LOGGER.info("%s, %s: %s expected, %s observed", region, variable, expected, text)
    if found.left_out:
        names = ", ".join(found.left_out)
        LOGGER.warning("%s has no histogram of %s: %s left out", region, variable, names)
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
    for place in found.places:
        tell(*place)
    job.write_json("predictions", found.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
