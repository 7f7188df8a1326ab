"""Regions and variables that are not fitted, as models of one channel that share the parameters of
the fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.plain.backgrounds import target_regions
from wollemi.analysis.plain.queries import keeps_negative_bins
from wollemi.analysis.settings import Settings
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.histogram import histogram_name
from wollemi.model.measurement import as_combine, interpolation
from wollemi.model.prefit_bands import PlottedTemplates
from wollemi.model.templates import Histograms, summed
from wollemi_likelihood.base.arrays import Floats

if TYPE_CHECKING:
    from wollemi.analysis.models.model import Model

# Each has a separate parameter per bin, since bins of another region or variable differ.
OF_BINS = ("staterror", "shapesys")


class UnfittedTemplates(PlottedTemplates):
    """Samples as in the model. Templates that a model would reject do not end a run, since nothing
    is fitted to them.
    """

    @property
    def rules(self) -> Model:
        """Model settings other than samples."""
        return self._model

    def fits(self, region: str, variable: str) -> bool:
        """Whether the fit uses a variable of a region."""
        return self._variables.get(region) == variable

    def has(self, name: str, region: str, variable: str) -> bool:
        """Whether a sample has a template of a variable in a region."""
        histogram, datasets = (
            histogram_name(region, variable),
            self._settings.samples[name].datasets,
        )
        known = all(histogram in self._histograms[one] for one in datasets)
        return known and self.sample(name, region, variable) is not None

    def _estimated(self, name: str, region: str, variable: str) -> dict[str, Any] | None:
        """An estimate from data; if control regions constrain it in the fit, it follows them for
        the region's own variable.
        """
        estimate = self._settings.datasets[name].plain["estimate"]
        constrained = estimate.get("as", "constraint") == "constraint"
        own = region in target_regions(estimate)
        own = own and variable == self._settings.regions[region].variable
        if constrained and own:
            return self._estimator(name, region).in_region(
                region, {**self._variables, region: variable}
            )
        return super()._estimated(name, region, variable)


def unfitted_model(model: Model) -> Model:
    """Model settings for templates; negative bins never end a run."""
    if keeps_negative_bins(model):
        return model
    return model.replace(floor_negative_bins=True)


def unfitted_workspace(
    templates: UnfittedTemplates, samples: Sequence[str], region: str, variable: str
) -> dict[str, Any] | None:
    """A pyhf workspace with one channel and no data; None if no sample has events there.

    Args:
        templates: Templates of the analysis.
        samples: Names of the samples of the fit that have the histogram.
        region: Name of the region.
        variable: Name of the variable.
    """
    found = [templates.sample(name, region, variable) for name in samples]
    made = [
        item for item in found if item is not None and templates.enters(item["name"], item["data"])
    ]
    if not made:
        return None
    channel = {"name": region, "samples": [_with_own_bins(item, region, variable) for item in made]}
    workspace = {
        "version": "1.0.0",
        "channels": [channel],
        "observations": [{"name": region, "data": [0.0] * len(made[0]["data"])}],
        "measurements": [
            {
                "name": interpolation(templates.rules).named("prediction"),
                "config": {"poi": "", "parameters": []},
            }
        ],
    }
    return as_combine(workspace, templates.rules)


def with_unfitted(
    workspace: Mapping[str, Any],
    templates: UnfittedTemplates,
    samples: Mapping[str, Sequence[str]],
    variable: str,
) -> tuple[dict[str, Any], list[str]]:
    """A fitted model with additional channels of a variable that it does not fit.

    Args:
        workspace: Workspace of pyhf.
        templates: Templates of the analysis.
        samples: Region → names of the samples of the fit that have the histogram there.
        variable: Name of the variable.

    Returns:
        The workspace, and the channels of the regions, except where nothing is expected.
    """
    known = [channel["name"] for channel in workspace["channels"]]
    channels, observations = [*workspace["channels"]], [*workspace["observations"]]
    added = []
    for region, names in samples.items():
        if region in known and templates.fits(region, variable):
            added.append(region)
            continue
        found = unfitted_workspace(templates, names, region, variable)
        if found is not None:
            added.append(f"{region}/{variable}")
            channels += [{**channel, "name": added[-1]} for channel in found["channels"]]
            observations += [{**item, "name": added[-1]} for item in found["observations"]]
    return {**workspace, "channels": channels, "observations": observations}, added


def _with_own_bins(sample: Mapping[str, Any], region: str, variable: str) -> dict[str, Any]:
    modifiers = [
        {**item, "name": f"{item['name']}/{region}/{variable}"} if item["type"] in OF_BINS else item
        for item in sample["modifiers"]
    ]
    return {**sample, "modifiers": modifiers}


def with_templates(
    templates: UnfittedTemplates, samples: Sequence[str], region: str, variable: str
) -> list[str]:
    """Samples with a template of a variable in a region.

    It may be missing for samples that enter as histograms or are estimated from data.

    Args:
        templates: Templates of the analysis.
        samples: Names of samples.
        region: Name of the region.
        variable: Name of the variable.
    """
    return [name for name in samples if templates.has(name, region, variable)]


def observed_events(
    settings: Settings, histograms: Histograms, region: str, variable: str
) -> tuple[float | None, ...] | None:
    """Events of the data in each bin, None in blinded bins; None without data.

    Args:
        settings: Settings of the analysis.
        histograms: Histograms of all datasets, in the bins to show.
        region: Name of the region.
        variable: Name of the variable.
    """
    name = histogram_name(region, variable)
    data = [
        dataset
        for sample in settings.samples.values()
        if sample.role == "data"
        for dataset in sample.datasets
    ]
    if not data or not all(name in histograms[dataset] for dataset in data):
        return None
    events: Floats = summed(histograms, data, region, variable).values()
    hidden = noted_mask(histograms[dataset][name] for dataset in data)
    flags = np.zeros(len(events), bool) if hidden is None else hidden
    pairs = zip(flags, events.tolist(), strict=True)
    return tuple(None if flag else value for flag, value in pairs)


def summed_events(
    regions: Sequence[tuple[float | None, ...] | None],
) -> tuple[float | None, ...] | None:
    """The sum of observed events of regions in each bin; None where one of them is hidden.

    Args:
        regions: Events from `observed_events`, in the same bins.
    """
    known = [events for events in regions if events is not None]
    if len(known) < len(regions):
        return None
    return tuple(
        None if None in bins else fsum(events for events in bins if events is not None)
        for bins in zip(*known, strict=True)
    )
