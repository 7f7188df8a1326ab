"""The uncertainty of stacked samples before the fit, for any variable of any region: statistics and
all systematics.

It comes from a model of these samples alone, so that plots and the fit agree: systematics of one
name are fully correlated between samples, and their effect is half the difference between ±1σ.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.plain.backgrounds import target_regions
from wollemi.analysis.plain.queries import keeps_negative_bins
from wollemi.histograms.histogram import histogram_name
from wollemi.model.sample_templates import Modifier, SampleTemplates
from wollemi.model.shape_systematics import Template
from wollemi.model.templates import alternatives
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.yields import SummedChannels, expected_uncertainty, prefit_covariance

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.systematics import Systematic

LOGGER = logging.getLogger("wollemi")
# Statistics are added in quadrature from the histograms; free factors have no uncertainty before
# the fit.
LEFT_OUT = ("staterror", "normfactor", "shapefactor")


class PlottedTemplates(SampleTemplates):
    """Samples as in the model, including templates that the model itself would reject, so that the
    plot shows the reason.
    """

    level = logging.DEBUG

    def systematic(
        self,
        template: Template,
        name: str,
        item: Systematic,
        sample: Sample,
        place: tuple[str, str],
    ) -> list[Modifier]:
        """The modifiers of one systematic; if a model cannot have them, its unmodified
        templates.

        Args:
            template: Nominal template.
            name: Name of the systematic.
            item: Settings of the systematic.
            sample: Sample it acts on.
            place: Region and variable.
        """
        missing = self._missing(item, histogram_name(*place))
        if missing:
            LOGGER.warning(
                "%s: %s has no histogram of %s: %s is not in the band",
                template.where,
                missing[0],
                place[1],
                name,
            )
            return []
        try:
            return super().systematic(template, name, item, sample, place)
        except WollemiError as error:
            LOGGER.debug("%s", error)
        up, down = self._source.varied(name, item, sample, *place)
        sides = {"hi_data": up, "lo_data": 2 * template.bins - up if down is None else down}
        lowest = -np.inf if keeps_negative_bins(self._model) else 0.0
        data = {side: np.maximum(bins, lowest).tolist() for side, bins in sides.items()}
        return [{"name": name, "type": "histosys", "data": data}]

    def _missing(self, item: Systematic, histogram: str) -> list[str]:
        """Alternative datasets without a histogram."""
        return [
            name for name in alternatives(item) if histogram not in self._histograms.get(name, {})
        ]

    def _estimated(self, name: str, region: str, variable: str) -> dict[str, Any] | None:
        """An estimate with its uncertainties, even if control regions will constrain it in the
        fit.
        """
        estimate = self._settings.datasets[name].plain["estimate"]
        if region not in target_regions(estimate):
            return None
        made = self._estimator(name, region)
        return replace(made, estimate={**estimate, "as": "histogram"}).in_region(
            region, {region: variable}
        )


def systematic_uncertainty(
    templates: PlottedTemplates,
    samples: Mapping[str, Sequence[str]],
    variable: str,
    held: Collection[str] = (),
) -> Floats | None:
    """Standard deviation of the sum of samples and regions from all systematics (bins,), in events;
    None without systematics. Equal names are fully correlated between regions as well.

    Args:
        templates: Templates of the analysis.
        samples: Region → names of the stacked samples present, for each region of the sum.
        variable: Name of the variable.
        held: Parameters fixed in the model, which have no uncertainty.
    """
    channels = {}
    for region, names in samples.items():
        made = [templates.sample(name, region, variable) for name in names]
        channels[region] = [_of_systematics(item, held) for item in made if item is not None]
    channels = {region: found for region, found in channels.items() if found}
    if not any(item["modifiers"] for found in channels.values() for item in found):
        return None
    likelihood = Likelihood.from_workspace(
        {
            "channels": [{"name": region, "samples": found} for region, found in channels.items()],
            "observations": [
                {"name": region, "data": [0.0] * len(found[0]["data"])}
                for region, found in channels.items()
            ],
            "measurements": [{"name": "prefit", "config": {"poi": "", "parameters": []}}],
            "version": "1.0.0",
        }
    )
    nominal = np.array([parameter.nominal for parameter in likelihood.parameters])
    summed = SummedChannels(likelihood, "sum", [*channels])
    return expected_uncertainty(summed, nominal, prefit_covariance(likelihood)).bins


def _of_systematics(sample: Mapping[str, Any], held: Collection[str]) -> dict[str, Any]:
    modifiers = [
        item
        for item in sample["modifiers"]
        if item["type"] not in LEFT_OUT and item["name"] not in held
    ]
    return {**sample, "modifiers": modifiers}
