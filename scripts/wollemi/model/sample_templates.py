"""A sample in one region, as in a channel of the model: its template and all its modifiers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.plain.queries import (
    as_list,
    factor_samples,
    factors,
    fitted_regions,
    keeps_negative_bins,
)
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import axis_of
from wollemi.model.estimate_templates import EstimatedSample
from wollemi.model.shape_systematics import Template
from wollemi.model.templates import Histograms, Source, sample_systematics
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.model import Model
    from wollemi.analysis.models.systematics import Systematic

Modifier = dict[str, Any]


class SampleTemplates:
    """Samples of a pyhf 1.0.0 model, as plain values; each is made once for all models.

    Args:
        settings: Settings with `datasets`, `samples`, `regions` and `systematics`.
        histograms: Histograms of all datasets.
        model: Model settings other than samples.
    """

    level = logging.WARNING  # of messages about templates

    def __init__(self, settings: Settings, histograms: Histograms, model: Model):
        self._settings = settings
        self._model = model
        self._histograms = histograms
        self._expressions = factors(model)
        self._source = Source(histograms, settings.datasets)
        self._variables = {
            name: settings.regions[name].variable for name in fitted_regions(settings.declared)
        }
        self._made: dict[tuple[str, str, str], dict[str, Any] | None] = {}

    def sample(self, name: str, region: str, variable: str) -> dict[str, Any] | None:
        """A sample with its modifiers; None for one from data without an estimate.

        Args:
            name: Name of the sample.
            region: Name of the region.
            variable: Variable of the region.

        Raises:
            WollemiError: A template cannot enter a model.
        """
        key = (name, region, variable)
        if key not in self._made:
            sample = self._settings.samples[name]
            self._made[key] = (
                self._simulated(*key) if sample.estimate is None else self._estimated(*key)
            )
        return self._made[key]

    def enters(self, name: str, bins: Sequence[float] | Floats) -> bool:
        """Whether a sample has expected events in a region.

        Args:
            name: Name of the sample.
            bins: Events, shape (bins,); their sum may be negative only if bins may be.
        """
        signed = keeps_negative_bins(self._model) or name in factor_samples(self._settings.declared)
        return sum(bins) > 0 or (signed and any(bins))

    def _simulated(self, name: str, region: str, variable: str) -> dict[str, Any]:
        sample = self._settings.samples[name]
        histogram = self._source.nominal(sample, region, variable)
        template = Template(
            f"region {region}, sample {name}",
            axis_of(histogram),
            histogram.values(),
            self._model,
            self.level,
            signed=name in factor_samples(self._settings.declared),
        )
        bins = template.floored(histogram.values())
        modifiers: list[Modifier] = []
        # ASSUME: a template with negative bins that an expression scales adds no statistical
        # uncertainty to its bins.
        if template.signed and (bins < 0).any():
            pass
        elif self._model.mc_statistics == "all" or (self._model.mc_statistics, sample.role) == (
            "background",
            "background",
        ):
            data = np.sqrt(histogram.variances()).tolist()
            modifiers.append({"name": f"staterror_{region}", "type": "staterror", "data": data})
        modifiers += [
            {"name": factor, "type": "normfactor", "data": None}
            for factor in self._factors(name, sample, region)
        ]
        modifiers += [
            {"name": factor, "type": "shapefactor", "data": None}
            for factor in self._shape_factors(name, region, variable)
        ]
        modifiers += [
            {"name": factor, "type": "customfunc", "data": {"expr": item["expression"]}}
            for factor, item in self._expressions.items()
            if name in as_list(item["samples"])
        ]
        if self.enters(name, bins):
            modifiers += self._systematic_modifiers(
                name, (region, variable), replace(template, bins=bins)
            )
        return {"name": name, "data": bins.tolist(), "modifiers": modifiers}

    def _estimated(self, name: str, region: str, variable: str) -> dict[str, Any] | None:
        return self._estimator(name, region).in_region(region, self._variables)

    def _estimator(self, name: str, region: str) -> EstimatedSample:
        settings, estimate = self._settings, self._settings.datasets[name].plain["estimate"]
        free = tuple(self._factors(name, settings.samples[name], region))
        return EstimatedSample(
            name,
            estimate,
            self._histograms[name],
            settings.systematics,
            free,
            self._model,
            self.level,
        )

    def _factors(self, name: str, sample: Sample, region: str) -> list[str]:
        place = self._settings.regions[region].derived_from or region
        free = [
            factor
            for factor, item in self._model.free_normalizations.items()
            if name in item.samples and place in (item.regions or (place,))
        ]
        # A parameter of interest that is not a free normalization scales each signal.
        poi = [one for one in self._model.poi if one not in self._model.free_normalizations]
        return [*poi, *free] if sample.role == "signal" else free

    def _shape_factors(self, name: str, region: str, variable: str) -> list[str]:
        """Names of the factors on the bins, which are those used for the region in the fit."""
        if variable != self._variables.get(region):
            return []
        shapes = self._model.shape_factors or {}
        return [
            factor
            for factor, item in shapes.items()
            if name in item.samples and region in item.regions
        ]

    def _systematic_modifiers(
        self, name: str, place: tuple[str, str], template: Template
    ) -> list[Modifier]:
        sample, region = self._settings.samples[name], self._settings.regions[place[0]]
        systematics = sample_systematics(
            self._settings.systematics, name, region.derived_from or place[0]
        )
        found = (
            self.systematic(template, systematic, item, sample, place)
            for systematic, item in systematics.items()
        )
        return [modifier for modifiers in found for modifier in modifiers]

    def systematic(
        self,
        template: Template,
        name: str,
        item: Systematic,
        sample: Sample,
        place: tuple[str, str],
    ) -> list[Modifier]:
        """The modifiers of one systematic.

        Args:
            template: Nominal template.
            name: Name of the systematic.
            item: Settings of the systematic.
            sample: Sample it acts on.
            place: Region and variable.

        Raises:
            WollemiError: The systematic cannot enter a model.
        """
        data = self._source.common_factors(item, sample)
        if data is not None:
            template.check_yields(name, data["hi"], data["lo"])
            return (
                [{"name": name, "type": "normsys", "data": data}]
                if data != {"hi": 1.0, "lo": 1.0}
                else []
            )
        if getattr(item, "smoothing", None) and (template.bins < 0).any():
            problem = f"{name} is smoothed relative to it, and it has negative bins"
            remedy = "leave out `smoothing`, or merge these bins"
            raise WollemiError(template.where, problem, remedy)
        return template.modifiers(name, *self._source.varied(name, item, sample, *place))
