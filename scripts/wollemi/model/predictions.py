"""Predictions of a fit in unseen regions, in other variables of fitted regions, and in sums of
regions.
"""

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.plain.queries import unfitted_places
from wollemi.analysis.plain.region_groups import group_places
from wollemi.analysis.settings import Settings
from wollemi.model.binning import unfitted_axis
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
from wollemi.results.fit import BACKGROUND_ONLY, FitResult, RegionYields
from wollemi.results.predictions import Prediction
from wollemi_likelihood.inference.predictions import predicted_yields, summed_yields

Places = dict[str, dict[str, Prediction]]


def predict(settings: Settings, histograms: Histograms, name: str, fit: FitResult) -> Places:
    """Region → variable → events, for everything that the fit did not see.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets, in the bins of the fit.
        name: Name of the main fit.
        fit: Result of the main fit.
    """
    templates, samples = _templates(settings, histograms, name)
    found: Places = {}
    for region, variable in unfitted_places(settings.declared):
        present = with_templates(templates, samples, region, variable)
        workspace = unfitted_workspace(templates, present, region, variable)
        bins = unfitted_axis(settings, region, variable).size
        before, after, unknown = predicted_yields(workspace, fit, bins)
        found.setdefault(region, {})[variable] = Prediction(
            observed=observed_events(settings, histograms, region, variable),
            prefit=RegionYields.of(before),
            postfit=RegionYields.of(after),
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
        settings: Settings of the analysis.
        histograms: Histograms of all datasets, in the bins of the fit.
        name: Name of the main fit.
        fit: Result of the main fit.
        workspace: Workspace that was fitted.
    """
    templates, samples = _templates(settings, histograms, name)
    groups = settings.region_groups
    found: Places = {}
    for group, variable in group_places(settings.declared, groups):
        present = {
            region: with_templates(templates, samples, region, variable) for region in groups[group]
        }
        content, channels = with_unfitted(workspace, templates, present, variable)
        bins = unfitted_axis(settings, groups[group][0], variable).size
        before, after, unknown = summed_yields(content, fit, group, channels, bins)
        places = {
            one: tuple(region for region, names in present.items() if one in names)
            for one in samples
        }
        only_in = {one: some for one, some in places.items() if 0 < len(some) < len(present)}
        made = Prediction(
            observed=summed_events(
                [observed_events(settings, histograms, one, variable) for one in groups[group]]
            ),
            prefit=RegionYields.of(before),
            postfit=RegionYields.of(after),
            left_out=tuple(one for one, some in places.items() if not some),
            not_fitted=unknown,
        )
        # For example an estimate for one channel: the sum is still complete.
        found.setdefault(group, {})[variable] = made.noting(only_in=only_in) if only_in else made
    return found


def _templates(
    settings: Settings, histograms: Histograms, name: str
) -> tuple[UnfittedTemplates, list[str]]:
    """All templates, and the samples of the main fit."""
    templates = UnfittedTemplates(settings, histograms, unfitted_model(settings.model))
    roles = ("background",) if name == BACKGROUND_ONLY else ("background", "signal")
    return templates, [one for one, sample in settings.samples.items() if sample.role in roles]
