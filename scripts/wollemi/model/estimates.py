"""Backgrounds from data: transfer factor and ABCD, as histograms with their uncertainties."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from wollemi.analysis.models.systematics import Systematic
from wollemi.analysis.plain.backgrounds import control_regions, subtracted_samples, target_regions
from wollemi.histograms.histogram import (
    Histogram,
    histogram_name,
    notes,
    scaled,
    with_notes,
    with_sums,
)
from wollemi.model.templates import Source, is_one_sided, sample_systematics, summed
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region, Sample

LOGGER = logging.getLogger("wollemi")
Variation = tuple[str, str]  # name of a systematic, and side


@dataclass(frozen=True)
class Factor:
    """The factor on the control region, and its standard deviation."""

    value: float
    uncertainty: float


@dataclass(frozen=True)
class Estimator:
    """Estimates the histograms of one sample from the data and the subtracted simulation.

    Args:
        name: Name of the sample.
        estimate: Settings of the estimate, as plain values.
        source: Histograms of all datasets.
        samples: All samples of the analysis.
        regions: All regions of the analysis.
        systematics: All systematics of the analysis.
    """

    name: str
    estimate: Mapping[str, Any]
    source: Source
    samples: Mapping[str, Sample]
    regions: Mapping[str, Region]
    systematics: Mapping[str, Systematic]

    def histograms(self) -> dict[str, Histogram]:
        """The remainder in the control regions, and the estimate in its target regions.

        Names are the same as in datasets. An estimate used as a histogram has the variations of the
        subtracted simulation, with opposite sign.

        Raises:
            WollemiError: Nothing remains in a control region, or the regions share events.
        """
        self._require_disjoint()
        source, *others = control_regions(self.estimate)
        made = {}
        for region in (source, *others):
            self._counted(region)
            for variable in self._variables(region, region):
                made[histogram_name(region, variable)] = self._floored(
                    self.remaining(region, variable), region, variable
                )
        for region in target_regions(self.estimate):
            for variable in self._variables(region, source):
                made |= dict(self._estimates(region, source, variable))
        return made

    def _estimates(
        self, region: str, source: str, variable: str
    ) -> Iterator[tuple[str, Histogram]]:
        variations: list[Variation | None] = [
            None,
            *(self.variations() if self.estimate.get("as") == "histogram" else ()),
        ]
        for variation in variations:
            factor = self.factor(variation)
            made = scaled(self.remaining(source, variable, variation), factor.value)
            name = "_".join(variation) if variation else "nominal"
            noted = {"factor": factor.value, "factor_uncertainty": factor.uncertainty}
            yield (
                histogram_name(region, variable, name),
                with_notes(self._floored(made, region, variable, name), noted),
            )

    def remaining(
        self, region: str, variable: str, variation: Variation | None = None
    ) -> Histogram:
        """Data minus simulation, with the sum of the variances: Poisson of the data, and statistics
        of the simulation.

        Args:
            region: Name of a control region.
            variable: Name of the variable.
            variation: Variation of the simulation; None for the nominal one.
        """
        data = [
            dataset
            for sample in self.samples.values()
            if sample.role == "data"
            for dataset in sample.datasets
        ]
        total = summed(self.source.histograms, data, region, variable)
        for name in subtracted_samples(self.estimate):
            simulated = self._simulated(name, region, variable, variation)
            total = with_sums(
                with_notes(total, {}),
                total.values(flow=True) - simulated.values(flow=True),
                total.variances(flow=True) + simulated.variances(flow=True),
            )
        return total

    def _simulated(
        self, name: str, region: str, variable: str, variation: Variation | None
    ) -> Histogram:
        sample = self.samples[name]
        acting = sample_systematics(self.systematics, name, region)
        if variation is None or variation[0] not in acting:
            return self.source.nominal(sample, region, variable)
        systematic, side = variation
        return self.source.side(systematic, acting[systematic], side, sample, region, variable)

    def variations(self) -> list[Variation]:
        """Systematics of the simulation subtracted in a control region, with their sides."""
        regions, samples = control_regions(self.estimate), subtracted_samples(self.estimate)
        found: dict[str, Systematic] = {}
        for region in regions:
            for sample in samples:
                found |= sample_systematics(self.systematics, sample, region)
        return [
            (name, side)
            for name, item in found.items()
            for side in (("up",) if is_one_sided(item) else ("up", "down"))
        ]

    def factor(self, variation: Variation | None = None) -> Factor:
        """The factor on the control region that provides the shape: as given, or N_B / N_D with the
        propagated errors of both.
        """
        if self.estimate.get("transfer"):
            transfer = self.estimate["transfer"]
            return Factor(float(transfer["factor"]), float(transfer.get("factor_uncertainty", 0.0)))
        (above, above_variance), (below, below_variance) = (
            self._counted(region, variation) for region in control_regions(self.estimate)[1:]
        )
        relative = sqrt(above_variance / above**2 + below_variance / below**2)
        if relative >= 1:
            remedy = "loosen the selections of these regions, or merge regions"
            raise WollemiError(
                f"samples.{self.name}", f"N_B / N_D is known to {relative:.0%} only", remedy
            )
        return Factor(above / below, above / below * relative)

    def _counted(self, region: str, variation: Variation | None = None) -> tuple[float, float]:
        """Events that remain in the bins of a region, and their variance."""
        histogram = self.remaining(region, self.regions[region].variable, variation)
        total = fsum(histogram.values())
        if total <= 0:
            problem = (
                f"data minus simulation is {total:.4g} events: nothing remains to estimate "
                f"{self.name} from"
            )
            raise WollemiError(
                f"regions.{region}",
                problem,
                "loosen its selection, or check the samples that are subtracted",
            )
        return total, fsum(histogram.variances())

    def _require_disjoint(self) -> None:
        """Check that regions share no events of the subtracted simulation, hence no data either."""
        regions = {*control_regions(self.estimate), *target_regions(self.estimate)}
        datasets = [
            dataset
            for name in subtracted_samples(self.estimate)
            for dataset in self.samples[name].datasets
        ]
        for dataset, region in itertools.product(datasets, sorted(regions)):
            histogram = self.source.histograms[dataset].get(
                histogram_name(region, self.regions[region].variable)
            )
            noted = str(notes(histogram).get("shares_events_with", "")) if histogram else ""
            for other in sorted(regions & set(noted.split(","))):
                problem = f"the regions {region} and {other} share events of {dataset}"
                raise WollemiError(
                    f"samples.{self.name}",
                    problem,
                    "make them disjoint: add `and not (...)` to one of them",
                )

    def _variables(self, region: str, source: str) -> list[str]:
        """Variables that a region has in common with the control region."""
        found = []
        for variable in _of_region(self.regions[region]):
            if variable in _of_region(self.regions[source]):
                found.append(variable)
            else:
                LOGGER.warning(
                    "%s: region %s has no '%s', so there is no estimate of it in %s",
                    self.name,
                    source,
                    variable,
                    region,
                )
        return found

    def _floored(
        self, histogram: Histogram, region: str, variable: str, variation: str = "nominal"
    ) -> Histogram:
        """Set bins below zero to zero: data fluctuate below the subtracted simulation, a template
        cannot.
        """
        values = histogram.values(flow=True)
        negative = np.flatnonzero(values < 0)
        if negative.size and variation == "nominal":
            text = "%s: region %s, %s: %d bins are negative (sum %.3g) and set to zero"
            LOGGER.warning(
                text,
                self.name,
                region,
                variable,
                negative.size,
                float(np.sum(values[negative])),
            )
        return with_sums(histogram, np.maximum(values, 0.0), histogram.variances(flow=True))


def _of_region(region: Region) -> Sequence[str]:
    return list(dict.fromkeys((region.variable, *region.monitor)))
