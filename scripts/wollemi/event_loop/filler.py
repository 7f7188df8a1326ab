"""Histograms of every region, variable and variation from batches of events."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.weight_sets import member_expressions
from wollemi.analysis.settings import Settings
from wollemi.events.account import count_combinations
from wollemi.events.cutflow import cumulative_flags, cutflow_line, merge_region_counts
from wollemi.events.event_models import object_variations
from wollemi.events.not_numbers import count_not_numbers
from wollemi.histograms.blinded_events import visible_batches
from wollemi.histograms.blinding import hide_counts, hide_histograms
from wollemi.histograms.histogram import Histogram, bin_edges, fill_axes
from wollemi.histograms.unrolling import axes_of_variable
from wollemi.histograms.varied import varied, write_varied
from wollemi.histograms.weight_ratios import FactorSample, check_ratios
from wollemi.job.job import Job
from wollemi_engine.compiled.choice import Engine
from wollemi_engine.events.model import NOMINAL, EventModel
from wollemi_engine.expressions.evaluation import (
    Entries,
    evaluate_entries,
    evaluate_entry,
    evaluate_flags,
    evaluate_values,
)
from wollemi_engine.expressions.selections import selection_terms
from wollemi_likelihood.base.arrays import Flags, Floats
from wollemi_likelihood.base.errors import WollemiError, counted

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region, Variable
    from wollemi.analysis.models.systematics import WeightVariation
    from wollemi.event_loop.compiled_filler import CompiledFiller, Sums
LOGGER = logging.getLogger("wollemi")
Histograms = dict[str, Histogram]  # `<region>/<variable>` → histogram under all variations


class Filler:
    """Fills all histograms of an analysis from batches of events.

    Args:
        settings: Sections `objects`, `columns`, `skim`, `variables`, `regions`, `event_weight` and
            the variations.
        model: Objects and columns.
        expected: Expected number of events, as far as known.
    """

    def __init__(self, settings: Settings, model: EventModel, expected: int = 0):
        self._model = model
        self._weight = settings.event_weight
        self._skim = selection_terms(settings.skim.selection if settings.skim else "1")
        self._regions = settings.regions
        self._variables = settings.variables
        self.axes = {name: axes_of_variable(name, self._variables) for name in self._variables}
        self._edges = {name: [bin_edges(axis) for axis in axes] for name, axes in self.axes.items()}
        self._views = object_variations(settings.object_variations)
        self._factors = weight_factors(settings.weight_variations, settings.weight_sets)
        self.variations = [
            name
            for view in self._views
            for name in (view.name, *(self._factors if view is NOMINAL else ()))
        ]
        self._engine: Engine[CompiledFiller] = Engine(self._compile, expected, model.keeps_names)

    def _compile(self, batch: ak.Array) -> CompiledFiller | None:
        from wollemi.event_loop.compiled_filler import CompiledFiller, selections, weighting

        regions = selections(self._regions, self._variables, self._edges, self._skim)
        return CompiledFiller.compile(
            self._model, batch, regions, self._views, weighting(self._weight, self._factors)
        )

    def fill(self, batch: ak.Array) -> tuple[Sums, dict[str, Any]]:
        """Sums in the bins and event counts of one batch, from the compiled loop or the awkward
        evaluation, which agree.

        Args:
            batch: Events with the branches as fields.
        """
        return self._engine.evaluate(
            batch, lambda loop: loop.fill(batch), lambda: self.evaluate(batch)
        )

    def evaluate(self, batch: ak.Array) -> tuple[Sums, dict[str, Any]]:
        """As `fill`, by the awkward evaluation alone.

        Args:
            batch: Events with the branches as fields.
        """
        sums: dict[tuple[str, str], list[Floats]] = {}
        counts: dict[str, Any] = {}
        for view, names in self._model.views(batch, self._views):
            weights = evaluate_values(self._weight, names, len(batch))
            # A region is a subset of the skim in each view: events kept for another view do not
            # count in this one.
            kept = np.logical_and.reduce(
                [evaluate_flags(term, names, len(batch)) for _, term in self._skim]
            )
            # Regions share terms.
            terms: dict[str, Flags] = {}
            flags = {
                name: _term_flags(region, names, kept, terms)
                for name, region in self._regions.items()
            }
            variations = {view.name: weights}
            if view is NOMINAL:
                variations |= {
                    name: weights * evaluate_values(text, names, len(batch))
                    for name, text in self._factors.items()
                }
                counts = _count(self._regions, flags, weights)
            not_numbers: dict[str, Any] = {}
            for region, passed in flags.items():
                filled, not_numbers[region] = self._fill_region(
                    region, passed[-1], names, variations
                )
                for variable, found in filled.items():
                    sums.setdefault((region, variable), []).extend(found)
            counts = counts | ({"not_numbers": not_numbers} if view is NOMINAL else {})
        return {key: np.stack(found) for key, found in sums.items()}, counts

    def factors(self, batch: ak.Array) -> dict[str, Floats]:
        """Factors of the weight variations, shape (events,) each; `nominal` is the event weight."""
        names = self._model.names(batch, NOMINAL)
        texts = {"nominal": self._weight, **self._factors}
        return {name: evaluate_values(text, names, len(batch)) for name, text in texts.items()}

    def nothing(self) -> dict[str, Any]:
        """Event counts for zero events."""
        none = np.zeros(0)
        flags = {
            name: [none > 0] * len(selection_terms(region.selection))
            for name, region in self._regions.items()
        }
        return _count(self._regions, flags, none)

    def _fill_region(
        self,
        region: str,
        passed: Flags,
        names: Mapping[str, Any],
        variations: Mapping[str, Floats],
    ) -> tuple[dict[str, list[Floats]], dict[str, Any]]:
        """Sums in the bins of each variable of a region, shape (2, bins + 2), under each variation,
        and the count of values that are not numbers, under the first weight variation.
        """
        item = self._regions[region]
        filled: dict[str, list[Floats]] = {}
        not_numbers: dict[str, Any] = {}
        for variable in dict.fromkeys((item.variable, *item.monitor)):
            axes = self._variables[variable].axes or (variable,)
            found = [_entries(self._variables[axis], names, passed) for axis in axes]
            counts, values = _common_counts(variable, found), [item.values for item in found]
            present = np.logical_and.reduce([item.present for item in found])
            for variation, weights in variations.items():
                selected = np.repeat(require_finite(weights[passed], region, variation), counts)
                filled.setdefault(variable, []).append(
                    fill_axes(self._edges[variable], values, selected)
                )
                if variable not in not_numbers:
                    # The maximum is NaN if any value is NaN.
                    highest = np.maximum.reduce(values)
                    not_numbers[variable] = count_not_numbers(highest, present, selected)
        return filled, not_numbers


def _common_counts(variable: str, axes: Sequence[Entries]) -> NDArray[np.int64]:
    """Number of entries of each event, shape (events,), equal on all axes.

    Raises:
        WollemiError: An event has lists of different lengths.
    """
    first, *others = (item.counts for item in axes)
    for other in others:
        if (first != other).any():
            event = int(np.flatnonzero(first != other)[0])
            problem = (
                f"an event has {first[event]} values on one axis and {other[event]} on another"
            )
            remedy = "take axes whose expressions are lists of the same objects"
            raise WollemiError(f"variables.{variable}.axes", problem, remedy)
    return first


def _entries(variable: Variable, names: Mapping[str, Any], passed: Flags) -> Entries:
    """Values of the events that pass, in order."""
    evaluate = evaluate_entries if variable.per == "object" else evaluate_entry
    return evaluate(variable.expression, names, passed)


def _term_flags(
    region: Region, names: Mapping[str, Any], kept: Flags, found: dict[str, Flags]
) -> list[Flags]:
    terms = [term for _, term in selection_terms(region.selection)]
    for term in terms:
        if term not in found:
            found[term] = evaluate_flags(term, names, kept.size)
    first, *others = (found[term] for term in terms)
    return cumulative_flags([kept & first, *others])


def weight_factors(
    systematics: Mapping[str, WeightVariation], weight_sets: Mapping[str, Any]
) -> dict[str, str]:
    """Variation → factor on the event weight, for weight systematics and members of weight sets.

    Args:
        systematics: Weight systematics (kind `weight`) by name.
        weight_sets: Systematic → its weights and members.
    """
    sides = (
        (f"{name}_{side}", getattr(item, side))
        for name, item in systematics.items()
        for side in ("up", "down")
    )
    return {name: factor for name, factor in sides if factor != "symmetrize"} | member_expressions(
        weight_sets
    )


def require_finite(weights: Floats, region: str, variation: str) -> Floats:
    """The weights of a region's events, shape (events,), unchanged.

    Raises:
        WollemiError: A weight is not finite.
    """
    bad = int(np.sum(~np.isfinite(weights)))
    if bad:
        remedy = "give a value for them, such as where(count(electron) > 0, ..., 1)"
        raise WollemiError(
            f"region {region}, variation {variation}",
            f"the weight of {bad} events is not a number",
            remedy,
        )
    return weights


def _count(
    regions: Mapping[str, Region], flags: Mapping[str, list[Flags]], weights: Floats
) -> dict[str, Any]:
    """Cutflow of each region, and the number of events in each exact combination of regions."""
    lines = {
        name: [
            cutflow_line(cut, weights, passed)
            for (cut, _), passed in zip(selection_terms(region.selection), flags[name], strict=True)
        ]
        for name, region in regions.items()
    }
    return {
        "regions": lines,
        "selected": count_combinations({name: passed[-1] for name, passed in flags.items()}),
    }


class FilledBatches:
    """Fills batch by batch and adds up in that order.

    Batches are added as plain arrays: adding two takes 0.3 µs, while adding two histograms takes
    18 µs and making one 40 µs.

    Args:
        filler: Filler of a single batch.
    """

    def __init__(self, filler: Filler):
        self._filler = filler
        self._total: Sums = {}
        self._counts = [filler.nothing()]

    def add(self, batch: ak.Array) -> None:
        """Fill the next batch."""
        filled, found = self._filler.fill(batch)
        self._counts.append(found)
        for key, sums in filled.items():
            self._total[key] = self._total[key] + sums if key in self._total else sums

    def result(self) -> tuple[Histograms, dict[str, Any]]:
        """Histograms, and the event counts of each region."""
        filler = self._filler
        histograms = {
            f"{region}/{variable}": varied(filler.axes[variable], filler.variations, sums)
            for (region, variable), sums in self._total.items()
        }
        return histograms, merge_region_counts(self._counts)


def visible_events(
    settings: Settings, model: EventModel, batches: Iterable[ak.Array]
) -> Iterable[ak.Array]:
    """Batches without blinded events, before anything is filled or counted."""
    hidden = settings.hidden
    if hidden is None:
        return batches
    return visible_batches(batches, model, hidden, settings.regions, settings.variables)


class PartFiller:
    """Fills the histograms of every region, variable and variation from the events of a part.

    Args:
        settings: Settings of the analysis.
        model: Objects and columns.
        dataset: Name of the dataset, for error messages.
        expected: Expected number of events, as far as known.
    """

    def __init__(self, settings: Settings, model: EventModel, dataset: str, expected: int = 0):
        self._settings, self._model, self._dataset = settings, model, dataset
        self._filler = Filler(settings, model, expected)
        self._filled = FilledBatches(self._filler)
        self._sample = FactorSample()

    def add(self, batch: ak.Array) -> None:
        """Fill the next batch of events that pass the skim, without blinded ones."""
        self._filled.add(batch)
        if self._settings.weight_variations and self._sample.room and len(batch):
            events = batch if self._model.keeps_names else batch[: self._sample.room]
            self._sample.add(self._filler.factors(events))

    def result(self) -> tuple[Histograms, dict[str, Any]]:
        """Histograms, and the event counts of each region.

        Raises:
            WollemiError: A weight is not a number, or has no valid ratio to the nominal weight.
        """
        hidden, regions = self._settings.hidden, self._settings.regions
        histograms, counts = self._filled.result()
        variations = self._settings.weight_variations
        check_ratios(histograms, variations, self._dataset, self._sample.factors)
        if hidden is not None:
            histograms = hide_histograms(hidden, regions, histograms)
            counts = hide_counts(hidden, regions, self._filler.axes, counts)
        return histograms, counts


def fill_part(
    settings: Settings,
    model: EventModel,
    batches: Iterable[ak.Array],
    dataset: str,
    expected: int = 0,
) -> tuple[Histograms, dict[str, Any]]:
    """Fill the histograms of a part; see `PartFiller`.

    Args:
        settings: Settings of the analysis.
        model: Objects and columns.
        batches: Events that pass the skim, without blinded ones.
        dataset: Name of the dataset, for error messages.
        expected: Expected number of events, as far as known.

    Returns:
        Histograms, and the event counts of each region.

    Raises:
        WollemiError: A weight is not a number, or has no valid ratio to the nominal weight.
    """
    filler = PartFiller(settings, model, dataset, expected)
    for batch in batches:
        filler.add(batch)
    return filler.result()


def write_part(job: Job, cutflow: str, histograms: Histograms, counts: dict[str, Any]) -> None:
    """Write the result of `fill_part`.

    Args:
        job: Job whose outputs are written.
        cutflow: Name of the job's output for the event counts of each region.
        histograms: Histograms of the part.
        counts: Event counts of each region.
    """
    settings, dataset = job.settings, job.option("dataset")
    write_varied(job.output("histograms"), histograms)
    variants = [name for name, region in settings.regions.items() if region.without is not None]
    noted = {"variants": variants} if variants else {}
    job.write_json(cutflow, {"dataset": dataset} | noted | counts)
    selected = sum(counts["selected"].values())
    filled = sum(len(item.axes[0]) for item in histograms.values())
    made = counted(filled, "histogram")
    LOGGER.info("%s: %s in a region, %s", dataset, counted(selected, "event"), made)
