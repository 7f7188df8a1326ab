"""From the histograms of datasets to the templates of the model: samples, their variations, and what is done to awkward bins.

A shape systematic becomes a `normsys` (ratio of yields) and a `histosys` (shape at the nominal yield) under one name,
one-sided ones are mirrored at the nominal template, as cabinetry and TRExFitter do.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wollemi.acting import acts_in_era, side_in_era
from wollemi.configuration import Region, Sample
from wollemi.dataset_configuration import Dataset
from wollemi.errors import WollemiError
from wollemi.histograms import Floats, Histogram, add_all, histogram_name
from wollemi.member_histograms import combine_members
from wollemi.member_names import member_variation, used_members
from wollemi.systematic_configuration import DatasetSystematic, MemberSystematic, NormalizationSystematic, Systematic

LOGGER = logging.getLogger("wollemi")
Histograms = Mapping[str, Mapping[str, Histogram]]  # dataset → name → histogram


def summed(histograms: Histograms, datasets: Sequence[str], region: str, variable: str, variation: str = "nominal") -> Histogram:
    """Sum of datasets under a variation; a dataset that the variation does not act on adds its nominal histogram.

    Args:
        histograms: of all datasets.
        datasets: which to add, in order.
        region: name of the region.
        variable: name of the variable.
        variation: `nominal`, `<systematic>_up` or `<systematic>_down`.

    Raises:
        WollemiError: a dataset has no histogram of the region.
    """
    nominal = histogram_name(region, variable)
    wanted = histogram_name(region, variable, variation)
    parts = []
    for dataset in datasets:
        if nominal not in histograms[dataset]:
            raise WollemiError(f"dataset {dataset}", f"has no histogram '{nominal}'", "give it one under datasets.*.histograms")
        parts.append(histograms[dataset].get(wanted, histograms[dataset][nominal]))
    return add_all(parts)


@dataclass(frozen=True)
class Source:
    """Where templates come from.

    Args:
        histograms: of all datasets.
        datasets: their settings.
    """

    histograms: Histograms
    datasets: Mapping[str, Dataset]

    def nominal(self, sample: Sample, region: str, variable: str) -> Histogram:
        """Sum of a sample's datasets."""
        return summed(self.histograms, sample.datasets, region, variable)

    def varied(
        self, name: str, systematic: Systematic, sample: Sample, region: str, variable: str
    ) -> tuple[Floats, Floats | None]:
        """Bins (bins,) of a sample at +1σ and -1σ; None where the systematic is one-sided.

        Datasets of an era that the systematic does not act in add their nominal histograms.
        """
        one_sided = is_one_sided(systematic)
        sides = ("up",) if one_sided else ("up", "down")
        bins = [self.side(name, systematic, side, sample, region, variable).bins for side in sides]
        return bins[0], None if one_sided else bins[1]

    def side(self, name: str, systematic: Systematic, side: str, sample: Sample, region: str, variable: str) -> Histogram:
        """A sample at +1σ or -1σ: `up` or `down`."""
        if isinstance(systematic, NormalizationSystematic):
            factors = self.factors(systematic, sample, side)
            parts = [summed(self.histograms, [dataset], region, variable) for dataset in sample.datasets]
            return add_all(part.scaled(factor) for part, factor in zip(parts, factors, strict=True))
        if isinstance(systematic, DatasetSystematic):
            kept = [dataset for dataset in sample.datasets if not self._acts(systematic, dataset)]
            return summed(self.histograms, [*getattr(systematic, side), *kept], region, variable)
        if isinstance(systematic, MemberSystematic):
            return self._member_side(systematic.variation or name, systematic, side, sample, region, variable)
        return summed(self.histograms, sample.datasets, region, variable, f"{systematic.variation or name}_{side}")

    def _member_side(
        self, variation: str, systematic: MemberSystematic, side: str, sample: Sample, region: str, variable: str
    ) -> Histogram:
        """Members are the same in all datasets of a sample: they are added first, then combined."""
        item = systematic.model_dump()
        members = {
            member: summed(self.histograms, sample.datasets, region, variable, member_variation(variation, member))
            for member in used_members(item)
        }
        up, down = combine_members(item, self.nominal(sample, region, variable), members)
        return up if side == "up" else down

    def factors(self, systematic: NormalizationSystematic, sample: Sample, side: str) -> list[float]:
        """Factors on the yields of a sample's datasets, 1 where the systematic does not act."""
        plain, eras = systematic.model_dump(), [self.datasets[dataset].era for dataset in sample.datasets]
        return [float(side_in_era(plain, side, era)) if acts_in_era(plain, era) else 1.0 for era in eras]

    def _acts(self, systematic: Systematic, dataset: str) -> bool:
        return acts_in_era(systematic.model_dump(), self.datasets[dataset].era)


@dataclass(frozen=True)
class SplitVariation:
    """A shape systematic as factors on the yield, and shapes (bins,) at the nominal yield."""

    yield_up: float
    yield_down: float
    shape_up: list[float]
    shape_down: list[float]


def split_variation(name: str, where: str, nominal: Floats, up: Floats, down: Floats | None) -> SplitVariation:
    """Split into yield and shape; mirror at the nominal template if there is no -1σ.

    Args:
        name: the systematic.
        where: region and sample, for the error.
        nominal: (bins,), with a positive sum.
        up: (bins,) at +1σ.
        down: (bins,) at -1σ, or None.

    Raises:
        WollemiError: a factor on the yield is not positive.
    """
    total = sum(nominal)
    yield_up = float(sum(up) / total)
    yield_down = 2 - yield_up if down is None else float(sum(down) / total)
    if min(yield_up, yield_down) <= 0:
        problem = f"{name} changes the yield by a factor {yield_up:g} (up), {yield_down:g} (down)"
        raise WollemiError(where, problem, "a yield at ±1σ must be positive: check the variation, or use a smaller one")
    shape_up = up / yield_up
    if down is None:
        return SplitVariation(yield_up, yield_down, shape_up.tolist(), (2 * nominal - shape_up).tolist())
    return SplitVariation(yield_up, yield_down, shape_up.tolist(), (down / yield_down).tolist())


def shape_modifiers(name: str, where: str, nominal: Floats, split: SplitVariation, prune_below: float) -> list[dict[str, Any]]:
    """The `normsys` and `histosys` of a shape systematic, without the parts that pruning drops.

    Args:
        name: the systematic.
        where: region and sample, for the error.
        nominal: (bins,).
        split: yields and shapes.
        prune_below: drop the yield part if its effect, and the shape part if its largest relative effect in a bin, is below.
    """
    modifiers: list[dict[str, Any]] = []
    if max(abs(split.yield_up - 1), abs(split.yield_down - 1)) >= prune_below:
        modifiers.append({"name": name, "type": "normsys", "data": {"hi": split.yield_up, "lo": split.yield_down}})
    if len(nominal) > 1 and largest_shape_effect(nominal, split) >= prune_below:
        data = {"hi_data": split.shape_up, "lo_data": split.shape_down}
        modifiers.append({"name": name, "type": "histosys", "data": data})
    if not modifiers:
        LOGGER.info("%s: %s is below %g and dropped", where, name, prune_below)
    return modifiers


def largest_shape_effect(nominal: Floats, split: SplitVariation) -> float:
    """Largest |shape - nominal| / nominal over bins with expectation."""
    filled = nominal > 0
    sides = np.abs(np.array([split.shape_up, split.shape_down]) - nominal)[:, filled]
    return float(np.max(sides / nominal[filled], initial=0.0))


def floor_negative(bins: Floats, where: str) -> Floats:
    """Negative bins set to zero: a template with negative weights can have them, a probability cannot."""
    negative = np.flatnonzero(bins < 0)
    if negative.size:
        LOGGER.warning("%s: bins %s are negative and set to zero", where, negative.tolist())
    return np.maximum(bins, 0.0)


def is_one_sided(systematic: Systematic) -> bool:
    """Whether -1σ is the mirror image of +1σ."""
    return not isinstance(systematic, MemberSystematic) and systematic.down in ("symmetrize", ("symmetrize",))


def acting_systematics(systematics: Mapping[str, Systematic], sample: str, region: str) -> dict[str, Systematic]:
    """Systematics that act on a sample in a region, in the order of the file."""
    return {
        name: item
        for name, item in systematics.items()
        if sample in item.samples and (not item.regions or region in item.regions)
    }


def fit_regions(regions: Mapping[str, Region]) -> dict[str, Region]:
    """Regions that enter the fit, in the order of the file."""
    return {name: region for name, region in regions.items() if region.role != "validation"}
