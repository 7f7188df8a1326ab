"""Flaws of all templates of an analysis, nominal and varied, in the bins of the fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from wollemi.analysis.plain.queries import factor_samples, fitted_regions, keeps_negative_bins
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import Axis, Histogram, axis_of, bin_edges, unit_of
from wollemi.model.binning import in_fit_bins
from wollemi.model.template_decisions import DecidedPlace, decision, nominal_template
from wollemi.model.template_flaws import (
    FEW,
    Flaw,
    Sums,
    Variation,
    effective_events,
    factor_flaws,
    variation_flaws,
)
from wollemi.model.templates import (
    Histograms,
    Source,
    events_of,
    is_one_sided,
    kept_datasets,
    sample_systematics,
    summed,
)
from wollemi.results.lint import ERROR, NOTE, REMEDIES, WARNING, Decision, Finding
from wollemi_likelihood.base.arrays import Flags, Floats
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.lint import AcceptedFlaw
    from wollemi.analysis.models.model import Model
    from wollemi.analysis.models.systematics import Systematic

# A bin counts for a sample with at least this fraction of all backgrounds there, or of its yield.
SHARE = 0.01
EFFECT = Flaw("no_effect", NOTE, "none", 0.0, 0.0)  # placeholder for an effect in some region


@dataclass(frozen=True)
class Place:
    """The place of a flaw."""

    region: str | None = None
    sample: str | None = None
    systematic: str | None = None
    axis: Axis | None = None


def finding(flaw: Flaw, place: Place) -> Finding:
    """A flaw at its place, as in the product."""
    named = {
        "region": place.region,
        "sample": place.sample,
        "systematic": place.systematic,
        "side": flaw.side or None,
    }
    given: dict[str, object] = {key: value for key, value in named.items() if value is not None}
    if flaw.bins is not None and place.axis is not None:
        given["bins"] = ranges(bin_edges(place.axis), flaw.bins)
        given["unit"] = unit_of(place.axis)
    return Finding.model_validate(
        {
            "flaw": flaw.name,
            "level": flaw.level,
            "problem": flaw.problem,
            "number": flaw.number,
            "threshold": flaw.threshold,
            "remedy": REMEDIES[flaw.name],
        }
        | given
    )


def ranges(edges: Floats, chosen: Flags) -> tuple[tuple[float, float], ...]:
    """Edges of ranges of bins, with neighbors joined."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    return tuple(
        (float(edges[first]), float(edges[last]))
        for first, last in list(pairwise(ends.tolist()))[::2]
    )


class TemplateLinter:
    """Checks all templates of simulated samples.

    Args:
        settings: Settings with `datasets`, `samples`, `regions`, `systematics` and `model`.
        histograms: Histograms of the simulated datasets.
    """

    def __init__(self, settings: Settings, histograms: Histograms):
        self._settings = settings
        self.source = Source(
            in_fit_bins(histograms, settings.regions, settings.model.fit_edges), settings.datasets
        )
        self._keeps = keeps_negative_bins(settings.model)
        self._backgrounds: dict[str, Sums | None] = {}  # region → sum of the simulated ones
        self.templates = self.variations = 0

    @cached_property
    def samples(self) -> dict[str, Sample]:
        """Simulated samples whose templates may not be negative."""
        signed = factor_samples(self._settings.declared)
        return {
            name: item
            for name, item in self._settings.samples.items()
            if item.role != "data" and item.estimate is None and name not in signed
        }

    @property
    def left_out(self) -> dict[str, str]:
        """Samples that are not checked, with the reason."""
        signed = factor_samples(self._settings.declared)
        estimated = {
            name: "it is estimated from data"
            for name, item in self._settings.samples.items()
            if item.estimate is not None
        }
        return estimated | dict.fromkeys(signed, "an expression scales it: it may be negative")

    @cached_property
    def regions(self) -> dict[str, str]:
        """Fitted region → its variable."""
        names = fitted_regions(self._settings.declared)
        return {name: self._settings.regions[name].variable for name in names}

    def findings(self) -> Iterator[Finding]:
        """Every flaw: in the sum of all backgrounds, in each sample, and in pairs of samples."""
        nominal = {
            region: {
                name: self.source.nominal(sample, region, variable)
                for name, sample in self.samples.items()
            }
            for region, variable in self.regions.items()
        }
        for region, histograms in nominal.items():
            yield from self._region(region, histograms)
        for name in self.samples:
            found = {region: histograms[name] for region, histograms in nominal.items()}
            yield from self._sample(name, found)
            yield from self._factors(name)
        yield from self._duplicates(nominal)

    def _is_background(self, sample: str) -> bool:
        return self.samples[sample].role == "background"

    def _region(self, region: str, nominal: Mapping[str, Histogram]) -> Iterator[Finding]:
        """Flaws in the sum of all backgrounds, unless some of them are estimated from data."""
        backgrounds = [sums(item) for name, item in nominal.items() if self._is_background(name)]
        signals = [sums(item) for name, item in nominal.items() if not self._is_background(name)]
        self._backgrounds[region] = total_of(backgrounds) if backgrounds else None
        if not backgrounds or self.left_out:
            return
        # The model has one factor per bin for the statistics of all samples that it counts.
        both = self._settings.model.mc_statistics == "all" and len(signals) == 1
        flaws = [
            *bare_flaws(total_of(backgrounds), signals),
            *poor_flaws(total_of([*backgrounds, *(signals if both else ())])),
        ]
        for flaw in flaws:
            yield finding(flaw, Place(region, axis=axis_of(next(iter(nominal.values())))))

    def _sample(self, name: str, histograms: Mapping[str, Histogram]) -> Iterator[Finding]:
        """Flaws of a sample in all regions. A systematic may have no effect in some of them."""
        yields = {region: float(np.sum(item.values())) for region, item in histograms.items()}
        self.templates += len(histograms)
        if not any(item.values().any() for item in histograms.values()):
            flaw = Flaw("empty", WARNING, "has no events in any region", 0.0, 0.0)
            yield finding(flaw, Place(sample=name))
            return
        dead: dict[str, list[Flaw]] = {}
        for region, histogram in histograms.items():
            nominal, place = sums(histogram), Place(region, name, axis=axis_of(histogram))
            backgrounds = self._backgrounds[region] if self._is_background(name) else None
            if self._keeps:
                for flaw in nominal_flaws(nominal, nominal.values < 0):
                    yield self._finding(flaw, place)
            share = SHARE * sum(map(abs, yields.values()))
            if backgrounds is not None:
                share = min(share, SHARE * float(np.sum(backgrounds.values)))
            if abs(yields[region]) < share or not nominal.values.any():
                continue
            counted = counted_bins([nominal], backgrounds)
            for flaw in () if self._keeps else nominal_flaws(nominal, counted):
                yield finding(flaw, place)
            if yields[region] <= 0:
                continue
            if not self._is_background(name):
                for flaw in signal_flaws(nominal):
                    yield finding(flaw, place)
            for systematic, variation in self._variations(name, region, nominal, backgrounds):
                self.variations += 1
                flaws = variation_flaws(variation)
                missing = [flaw for flaw in flaws if flaw.name == "no_effect"]
                dead.setdefault(systematic, []).extend(missing or [EFFECT])
                for flaw in flaws if not missing else ():
                    yield self._finding(flaw, replace(place, systematic=systematic))
        for systematic, flaws in dead.items():
            if EFFECT not in flaws:
                largest = max(flaws, key=lambda flaw: flaw.number)
                yield finding(largest, Place(sample=name, systematic=systematic))

    def _finding(self, flaw: Flaw, place: Place) -> Finding:
        """A finding; bins that the model keeps negative are worth a note."""
        if self._keeps and flaw.name == "negative":
            flaw = flaw._replace(name="kept_negative", level=NOTE)
        return finding(flaw, place)

    def _variations(
        self, sample: str, region: str, nominal: Sums, backgrounds: Sums | None
    ) -> Iterator[tuple[str, Variation]]:
        """Systematics of a sample in a region, except factors on all of its events."""
        item = self.samples[sample]
        for name, systematic in self.acting(sample, region).items():
            if self.source.common_factors(systematic, item) is not None:
                continue
            variable = self.regions[region]
            filled = {
                side: sums(self.source.side(name, systematic, side, item, region, variable))
                for side in (("up",) if is_one_sided(systematic) else ("up", "down"))
            }
            entering = self.source.varied(name, systematic, item, region, variable)
            sides = {
                side: Sums(values, filled[side].variances)
                for side, values in zip(("up", "down"), entering, strict=True)
                if values is not None
            }
            counted = counted_bins([nominal, *sides.values()], backgrounds)
            shared = {
                side: sums(summed(self.source.histograms, kept, region, variable)).variances
                for side in sides
                if (kept := kept_datasets(systematic, side, item, self._settings.datasets))
            }
            events = events_of(systematic)
            yield name, Variation(nominal, sides, events, counted, shared, filled)

    def acting(self, sample: str, region: str) -> dict[str, Systematic]:
        """Systematics of a sample in a region.

        Args:
            sample: Name of the sample.
            region: Name of the region.
        """
        derived = self._settings.regions[region].derived_from
        return sample_systematics(self._settings.systematics, sample, derived or region)

    def _factors(self, sample: str) -> Iterator[Finding]:
        """Flaws of factors on all events of a sample, which are the same in each region."""
        systematics = {
            name: item
            for region in self.regions
            for name, item in self.acting(sample, region).items()
        }
        for name, item in systematics.items():
            factors = self.source.common_factors(item, self.samples[sample])
            if factors is not None:
                self.variations += 1
                for flaw in factor_flaws(factors["hi"], factors["lo"]):
                    yield finding(flaw, Place(sample=sample, systematic=name))

    def _duplicates(self, nominal: Mapping[str, Mapping[str, Histogram]]) -> Iterator[Finding]:
        """Pairs of samples in one model that consist of the same events."""
        for first, second in combinations(self.samples, 2):
            if not (self._is_background(first) or self._is_background(second)):
                continue
            shared = set(self.samples[first].datasets) & set(self.samples[second].datasets)
            text = f"has the datasets of sample {second}: {', '.join(sorted(shared))}"
            if not shared:
                pairs = [(item[first].values(), item[second].values()) for item in nominal.values()]
                if not any(one.any() for one, _ in pairs):
                    continue
                if not all(np.array_equal(one, other) for one, other in pairs):
                    continue
                text = f"has the templates of sample {second}, in all regions"
            flaw = Flaw("duplicate", ERROR, text, float(len(shared)), 0.0)
            yield finding(flaw, Place(sample=first))


def total_of(parts: Sequence[Sums]) -> Sums:
    """The sum of templates."""
    values, variances = (np.sum(items, axis=0) for items in zip(*parts, strict=True))
    return Sums(values, variances)


def sums(histogram: Histogram) -> Sums:
    """Sums of a histogram without under- and overflow."""
    return Sums(histogram.values(), histogram.variances())


def counted_bins(templates: Sequence[Sums], backgrounds: Sums | None) -> Flags:
    """Bins that matter for the model (bins,): a fraction of all backgrounds there, or of the yield.

    Args:
        templates: Nominal template, and its variations.
        backgrounds: Sum of all backgrounds; None for a signal.
    """
    content = np.max([np.abs(item.values) for item in templates], axis=0)
    of_yield = content >= SHARE * np.sum(np.abs(templates[0].values))
    if backgrounds is None:
        return np.asarray(of_yield & (content > 0))
    return np.asarray((of_yield | (content >= SHARE * np.abs(backgrounds.values))) & (content > 0))


def nominal_flaws(nominal: Sums, counted: Flags) -> Iterator[Flaw]:
    """Flaws of a nominal template."""
    total = float(np.sum(nominal.values))
    if total < 0:
        yield Flaw("negative", ERROR, f"has a yield of {total:.3g}", total, 0.0)
    negative = (nominal.values < 0) & counted
    if negative.any():
        number = float(np.min(nominal.values))
        yield Flaw("negative", WARNING, "is negative", number, 0.0, negative)


def signal_flaws(nominal: Sums) -> Iterator[Flaw]:
    """Flaws of the nominal template of a signal."""
    events = float(np.sum(nominal.values)) ** 2 / float(np.sum(nominal.variances) or np.inf)
    if 0 < events < FEW:
        text = f"has {events:.2g} effective events"
        yield Flaw("poor", WARNING, text, events, FEW)


def bare_flaws(background: Sums, signals: Sequence[Sums]) -> Iterator[Flaw]:
    """Bins with signal but no background."""
    wanted = np.zeros(background.values.size, bool)
    for signal in signals:
        wanted |= counted_bins([signal], None)
    bare = (background.values <= 0) & wanted
    if bare.any():
        yield Flaw("empty", WARNING, "there is signal and no background", 0.0, 0.0, bare)


def poor_flaws(total: Sums) -> Iterator[Flaw]:
    """Bins whose sum of samples has too few simulated events."""
    events = effective_events(total)
    few = (total.values > 0) & (total.variances > 0) & (events < FEW)
    if few.any():
        number = float(np.min(events[few]))
        text = f"all samples together have as few as {number:.2g} effective events"
        yield Flaw("poor", WARNING, text, number, FEW, few)


def decisions(linter: TemplateLinter, model: Model) -> Iterator[Decision]:
    """The decision on each systematic of a simulated sample in a region of the model.

    Systematics that cannot enter the model are omitted: `build_workspace` reports them as errors.

    Args:
        linter: Linter with the templates.
        model: Model with thresholds for small effects.
    """
    for region, variable in linter.regions.items():
        for name, sample in linter.samples.items():
            template = nominal_template(linter.source.nominal(sample, region, variable), model)
            if template is None:
                continue
            for systematic, item in linter.acting(name, region).items():
                place = DecidedPlace(region, name, systematic)
                with suppress(WollemiError):
                    yield decision(linter.source, place, item, sample, variable, template)


def explained(
    findings: Sequence[Finding], accepted: Mapping[str, AcceptedFlaw]
) -> tuple[list[Finding], list[str]]:
    """Findings with the reasons for accepting them, and entries that accept nothing."""
    used: set[str] = set()
    made = []
    for item in findings:
        entry = next((name for name, one in accepted.items() if _accepts(one, item)), None)
        if entry is not None:
            used.add(entry)
        made.append(item if entry is None else item.noting(reason=accepted[entry].reason))
    return made, [name for name in accepted if name not in used]


def _accepts(entry: AcceptedFlaw, item: Finding) -> bool:
    named = (
        (entry.systematics, item.systematic),
        (entry.samples, item.sample),
        (entry.regions, item.region),
    )
    return entry.flaw == item.flaw and all(not names or name in names for names, name in named)
