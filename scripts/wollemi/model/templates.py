"""Templates of samples from the histograms of datasets: nominal, and at either side of a
systematic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.weight_sets import member_variation, used_members
from wollemi.histograms.histogram import Histogram, add_all, histogram_name, scaled
from wollemi.histograms.weight_sets import combine_members
from wollemi.model.smoothing import is_treated, treated
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.datasets import Dataset
    from wollemi.analysis.models.systematics import NormalizationSystematic, Systematic

Histograms = Mapping[str, Mapping[str, Histogram]]  # dataset → name → histogram
Place = tuple[str, str]  # region, variable


def summed(
    histograms: Histograms,
    datasets: Sequence[str],
    region: str,
    variable: str,
    variation: str = "nominal",
) -> Histogram:
    """Sum of datasets under a variation; a dataset that the variation does not act on adds its
    nominal histogram.

    Args:
        histograms: Histograms of all datasets.
        datasets: Datasets to add, in order.
        region: Name of the region.
        variable: Name of the variable.
        variation: Name of the variation: `nominal`, `<systematic>_up` or `<systematic>_down`.

    Raises:
        WollemiError: A dataset has no histogram of the region.
    """
    nominal = histogram_name(region, variable)
    wanted = histogram_name(region, variable, variation)
    parts = []
    for dataset in datasets:
        if nominal not in histograms.get(dataset, {}):
            raise WollemiError(
                f"dataset {dataset}",
                f"has no histogram '{nominal}'",
                "give it one under datasets.*.histograms, or run the analysis again",
            )
        parts.append(histograms[dataset].get(wanted, histograms[dataset][nominal]))
    return add_all(parts)


class Events(Enum):
    """Relation of the events of a variation to the nominal ones."""

    SAME = "the same in the same bins, with other weights"
    MOVED = "the same, some in other bins"
    OTHER = "other events, or nobody knows"


@dataclass(frozen=True)
class Source:
    """Source of templates.

    Args:
        histograms: Histograms of all datasets.
        datasets: Settings of the datasets.
    """

    histograms: Histograms
    datasets: Mapping[str, Dataset]

    def nominal(self, sample: Sample, region: str, variable: str) -> Histogram:
        """Sum of a sample's datasets."""
        return summed(self.histograms, sample.datasets, region, variable)

    def varied(
        self, name: str, systematic: Systematic, sample: Sample, region: str, variable: str
    ) -> tuple[Floats, Floats | None]:
        """Bins (bins,) of a sample at +1σ and -1σ; None for -1σ if it is the mirror image of +1σ.

        Smoothed and symmetrized as configured, as they enter the model. Datasets of an era in which
        the systematic does not act add their nominal histograms.
        """
        one_sided = is_one_sided(systematic)
        sides = ("up",) if one_sided else ("up", "down")
        bins = [
            self.side(name, systematic, side, sample, region, variable).values() for side in sides
        ]
        up, down = bins[0], None if one_sided else bins[1]
        if not is_treated(systematic):
            return up, down
        return treated(systematic, self.nominal(sample, region, variable), up, down)

    def side(
        self,
        name: str,
        systematic: Systematic,
        side: str,
        sample: Sample,
        region: str,
        variable: str,
    ) -> Histogram:
        """A sample at +1σ or -1σ: `up` or `down`."""
        return _side(systematic, self, name, side, sample, (region, variable))

    def common_factors(self, systematic: Systematic, sample: Sample) -> dict[str, float] | None:
        """Factors `hi` and `lo` on the yields of all datasets of a sample; None if they differ, or
        if the shape changes as well.
        """
        if systematic.kind != "normalization":
            return None
        factors = [set(self.factors(systematic, sample, side)) for side in ("up", "down")]
        return (
            dict(zip(("hi", "lo"), (values.pop() for values in factors), strict=True))
            if max(map(len, factors)) == 1
            else None
        )

    def factors(
        self, systematic: NormalizationSystematic, sample: Sample, side: str
    ) -> list[float]:
        """Factors on the yields of a sample's datasets, 1 where the systematic does not act.

        Args:
            systematic: Systematic with the values for this sample (`sample_systematics`).
            sample: Sample it acts on.
            side: `up` or `down`.
        """
        values = getattr(systematic, side)
        # Otherwise values by sample would be values of other eras: no effect, without a word.
        assert not isinstance(values, Mapping) or not {*values} & {*systematic.samples}
        changed = systematic.eras or (systematic.up if isinstance(systematic.up, Mapping) else ())
        eras = [str(self.datasets[dataset].era) for dataset in sample.datasets]
        in_eras = (
            values[era] if isinstance(values, Mapping) and era in values else values for era in eras
        )
        return [
            float(value) if not changed or era in changed else 1.0
            for era, value in zip(eras, in_eras, strict=True)
        ]


def _side(
    systematic: Systematic, source: Source, name: str, side: str, sample: Sample, place: Place
) -> Histogram:
    """The histogram of a sample at one side, in a region and variable."""
    if systematic.kind == "normalization":
        factors = source.factors(systematic, sample, side)
        parts = [summed(source.histograms, [dataset], *place) for dataset in sample.datasets]
        return add_all(scaled(part, by) for part, by in zip(parts, factors, strict=True))
    if systematic.kind == "dataset":
        kept = [
            dataset
            for dataset in sample.datasets
            if systematic.eras and source.datasets[dataset].era not in systematic.eras
        ]
        return summed(source.histograms, [*getattr(systematic, side), *kept], *place)
    if systematic.kind == "histogram":
        return summed(source.histograms, sample.datasets, *place, f"{name}_{side}")
    variation = systematic.variation or name
    if systematic.kind == "scale_envelope" or systematic.kind == "pdf":
        # Members are the same in all datasets of a sample: they are added first, then combined.
        members = {
            member: summed(
                source.histograms, sample.datasets, *place, member_variation(variation, member)
            )
            for member in used_members(systematic.plain)
        }
        up, down = combine_members(systematic.plain, source.nominal(sample, *place), members)
        return up if side == "up" else down
    return summed(source.histograms, sample.datasets, *place, f"{variation}_{side}")


def is_one_sided(systematic: Systematic) -> bool:
    """Whether -1σ is the mirror image of +1σ."""
    return getattr(systematic, "down", None) in ("symmetrize", ("symmetrize",))


def alternatives(systematic: Systematic) -> list[str]:
    """Datasets that replace a sample; empty for most kinds."""
    if systematic.kind != "dataset":
        return []
    return [*systematic.up, *(() if is_one_sided(systematic) else systematic.down)]


def plain_factors(systematic: Systematic) -> dict[str, Any] | None:
    """Factors `hi` and `lo` on the yield of a sample without datasets; None if events change."""
    return (
        {"hi": systematic.up, "lo": systematic.down} if systematic.kind == "normalization" else None
    )


def sample_systematics(
    systematics: Mapping[str, Systematic], sample: str, region: str
) -> dict[str, Systematic]:
    """Systematics that act on a sample in a region, in the order of the file, with the values for
    this sample.
    """
    return {
        name: _of_sample(item, sample)
        for name, item in systematics.items()
        if sample in item.samples and (not item.regions or region in item.regions)
    }


def _of_sample(item: Systematic, sample: str) -> Systematic:
    if item.kind != "normalization":
        return item
    sides = {"up": item.up, "down": item.down}
    return item.replace(
        **{
            side: values[sample]
            for side, values in sides.items()
            if isinstance(values, Mapping) and sample in values
        }
    )


def events_of(item: Systematic) -> Events:
    """Relation of the events of a systematic to the nominal ones.

    Histograms may come from any events. Members of weight sets share the events, but the
    fluctuations that remain in an envelope are unknown.
    """
    if item.kind in ("dataset", "histogram"):
        return Events.OTHER
    return Events.SAME if item.kind in ("weight", "normalization") else Events.MOVED


def kept_datasets(
    item: Systematic, side: str, sample: Sample, datasets: Mapping[str, Dataset]
) -> list[str]:
    """Datasets of a sample that an alternative to other datasets leaves unchanged."""
    if item.kind != "dataset":
        return []
    others = [name for name in sample.datasets if item.eras and datasets[name].era not in item.eras]
    return [name for name in sample.datasets if name in getattr(item, side) or name in others]
