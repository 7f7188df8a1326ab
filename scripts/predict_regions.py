"""What the main fit expects in regions that were not fitted, in other variables of those that were,
and in sums of regions: yields with the covariance of the fit, beside the data.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.queries import unfitted_places
from wollemi.analysis.plain.region_groups import group_places
from wollemi.analysis.settings import Settings
from wollemi.base.json_files import read_json
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
    summed_events,
    unfitted_model,
    unfitted_workspace,
    with_templates,
    with_unfitted,
)
from wollemi.results.fit import BACKGROUND_ONLY, FitResult, Fits
from wollemi.results.marks import BLINDED
from wollemi.results.predictions import Prediction, Predictions
from wollemi.statistics.predictions import predicted_yields, summed_yields

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


def predict(settings: Settings, histograms: Histograms, name: str, fit: FitResult) -> Places:
    """Region → variable → events, of all that the fit did not see.

    Args:
        settings: of the analysis.
        histograms: of all datasets, in the bins of the fit.
        name: of the main fit.
        fit: its result.
    """
    templates, samples = _templates(settings, histograms, name)
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


def predict_groups(
    settings: Settings,
    histograms: Histograms,
    name: str,
    fit: FitResult,
    workspace: Mapping[str, Any],
) -> Places:
    """Group of regions → variable → events of their sum, whether the fit saw them or not.

    Args:
        settings: of the analysis.
        histograms: of all datasets, in the bins of the fit.
        name: of the main fit.
        fit: its result.
        workspace: that was fitted.
    """
    templates, samples = _templates(settings, histograms, name)
    groups = settings.region_groups
    found: Places = {}
    for group, variable in group_places(settings.selected, groups):
        present = {
            region: with_templates(templates, samples, region, variable) for region in groups[group]
        }
        content, channels = with_unfitted(workspace, templates, present, variable)
        bins = unfitted_axis(settings, groups[group][0], variable).size
        before, after, unknown = summed_yields(content, fit, group, channels, bins)
        found.setdefault(group, {})[variable] = Prediction(
            observed=summed_events(
                [observed_events(settings, histograms, one, variable) for one in groups[group]]
            ),
            prefit=before,
            postfit=after,
            left_out=tuple(
                one for one in samples if any(one not in names for names in present.values())
            ),
            not_fitted=unknown,
        )
    return found


def _templates(
    settings: Settings, histograms: Histograms, name: str
) -> tuple[UnfittedTemplates, list[str]]:
    """All templates, and the samples of the main fit."""
    templates = UnfittedTemplates(settings, histograms, unfitted_model(settings.model))
    roles = ("background",) if name == BACKGROUND_ONLY else ("background", "signal")
    return templates, [one for one, sample in settings.samples.items() if sample.role in roles]


def main_workspace(paths: Sequence[Path], name: str) -> dict[str, Any]:
    """The workspace of the main fit; that of the backgrounds is any of them without its signal.

    Args:
        paths: the workspaces, each named `<signal>.json`.
        name: of the main fit.
    """
    content: dict[str, Any] = read_json(
        next((path for path in paths if path.stem == name), paths[0])
    )
    return content


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
    if settings.region_groups:
        workspace = main_workspace(job.inputs("workspaces"), name)
        groups = predict_groups(settings, histograms, name, fit, workspace)
        found = found.noting(groups=groups)
    for place in (*found.places, *found.sums):
        tell(*place)
    job.write_json("predictions", found.plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
