"""Fill the histograms of every region, variable and variation from the events of one part of a dataset."""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.models.analysis import Region, Variable
from wollemi.analysis.models.systematics import WeightVariation
from wollemi.analysis.plain.weight_sets import is_member, member_expressions
from wollemi.analysis.settings import Settings
from wollemi.base.arrays import Flags
from wollemi.base.errors import WollemiError
from wollemi.engine.choice import Engine
from wollemi.events.account import count_combinations
from wollemi.events.cutflow import cumulative_flags, cutflow_line, merge_region_counts
from wollemi.events.event_models import load_event_model
from wollemi.events.model import NOMINAL, EventModel, object_variations
from wollemi.events.not_numbers import count_not_numbers
from wollemi.expressions.evaluation import Entries, evaluate_entries, evaluate_entry, evaluate_flags, evaluate_values
from wollemi.expressions.selections import selection_terms
from wollemi.histograms.blinded_events import visible_batches
from wollemi.histograms.blinding import hide_counts, hide_histograms
from wollemi.histograms.histogram import Axis, Histogram, fill, histogram_name, merge, write_histograms
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout
from wollemi.inputs.skim_files import has_columns
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

if TYPE_CHECKING:
    from wollemi.engine.filler import CompiledFiller

LOGGER = logging.getLogger("wollemi")
SECTIONS = (
    "event_weight",
    "objects",
    "columns",
    "skim",
    "variables",
    "regions",
    "object_variations",
    "weight_variations",
    "fill_corrections",
    "member_variations",
    "branches",
    "stored_kinematics",
    "hidden",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "events": "events of one part",
        "hooks": "hooks.py of the analysis and the modules beside it that it imports, or nothing",
        "corrections": "files of its corrections, in their order, or nothing",
    },
    outputs={
        "histograms": "histograms of the part, and those of members of systematics, if there are any",
        "cutflow": "events of each region",
    },
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)

Weights = NDArray[np.float64]
FAR = 4.0  # no factor of a variation changes most weights so much
LEAST_BINS = 5  # that tell it


class Filler:
    """Fills all histograms of an analysis from batches of events.

    Args:
        settings: sections `objects`, `columns`, `skim`, `variables`, `regions`, `event_weight` and the variations.
        model: objects and columns.
    """

    def __init__(self, settings: Settings, model: EventModel):
        self._model = model
        self._weight = settings.selected["event_weight"]
        self._skim = selection_terms(settings.skim.selection if settings.skim else "1")
        self._regions = settings.regions
        self._variables = settings.variables
        self._axes = {name: Axis.of_variable(name, variable) for name, variable in settings.variables.items()}
        self._views = object_variations(settings.object_variations)
        self._factors = weight_factors(settings.weight_variations, settings.selected["member_variations"])
        self._engine: Engine[CompiledFiller] = Engine(len(self._views), self._compile)

    def _compile(self, batch: ak.Array) -> "CompiledFiller | None":
        from wollemi.engine.filler import CompiledFiller, selections, weighting

        regions = selections(self._regions, self._variables, self._skim)
        return CompiledFiller.compile(self._model, batch, regions, self._views, weighting(self._weight, self._factors))

    def fill(self, batch: ak.Array) -> tuple[dict[str, Histogram], dict[str, Any]]:
        """Histograms and event counts of one batch, by the compiled loop or by the awkward evaluation: they are equal.

        Args:
            batch: events with the branches as fields.
        """
        return self._engine.attempt(batch, lambda loop: loop.fill(batch)) or self.evaluate(batch)

    def evaluate(self, batch: ak.Array) -> tuple[dict[str, Histogram], dict[str, Any]]:
        """The same by the awkward evaluation.

        Args:
            batch: events with the branches as fields.
        """
        histograms: dict[str, Histogram] = {}
        counts: dict[str, Any] = {}
        for view in self._views:
            names = self._model.names(batch, view)
            weights = evaluate_values(self._weight, names, len(batch))
            # A region is a part of the skim in each view: events kept for another view do not count in this one.
            kept = np.logical_and.reduce([evaluate_flags(term, names, len(batch)) for _, term in self._skim])
            flags = {name: _term_flags(region, names, kept) for name, region in self._regions.items()}
            variations = {view.name: weights}
            if view is NOMINAL:
                variations |= {name: weights * evaluate_values(text, names, len(batch)) for name, text in self._factors.items()}
                counts = _count(self._regions, flags, weights)
            not_numbers: dict[str, Any] = {}
            for region, passed in flags.items():
                filled, not_numbers[region] = self._fill_region(region, passed[-1], names, variations)
                histograms |= filled
            counts = counts | ({"not_numbers": not_numbers} if view is NOMINAL else {})
        return histograms, counts

    def nothing(self) -> dict[str, Any]:
        """Event counts of no events."""
        none = np.zeros(0)
        flags = {name: [none > 0] * len(selection_terms(region.selection)) for name, region in self._regions.items()}
        return _count(self._regions, flags, none)

    def _fill_region(
        self, region: str, passed: Flags, names: Mapping[str, Any], variations: Mapping[str, Weights]
    ) -> tuple[dict[str, Histogram], dict[str, Any]]:
        """Histograms of a region, and what of its variables is not a number under the first variation of the weight."""
        item = self._regions[region]
        filled, not_numbers = {}, {}
        for variable in dict.fromkeys((item.variable, *item.monitor)):
            entries = _entries(self._variables[variable], names, passed)
            for variation, weights in variations.items():
                selected = np.repeat(_require_finite(weights[passed], region, variation), entries.counts)
                filled[histogram_name(region, variable, variation)] = fill(self._axes[variable], entries.values, selected)
                if variable not in not_numbers:
                    not_numbers[variable] = count_not_numbers(entries.values, entries.present, selected)
        return filled, not_numbers


def _entries(variable: Variable, names: Mapping[str, Any], passed: Flags) -> Entries:
    """Values of the events that pass, one after the other."""
    evaluate = evaluate_entries if variable.per == "object" else evaluate_entry
    return evaluate(variable.expression, names, passed)


def _term_flags(region: Region, names: Mapping[str, Any], kept: Flags) -> list[Flags]:
    terms = [evaluate_flags(term, names, kept.size) for _, term in selection_terms(region.selection)]
    return cumulative_flags([kept & terms[0], *terms[1:]])


def weight_factors(systematics: Mapping[str, WeightVariation], members: Mapping[str, Any]) -> dict[str, str]:
    """Variation → factor on the event weight, of weight systematics and of the members of others.

    Args:
        systematics: of kind `weight`.
        members: systematic → its weights and members.
    """
    sides = ((f"{name}_{side}", getattr(item, side)) for name, item in systematics.items() for side in ("up", "down"))
    return {name: factor for name, factor in sides if factor != "symmetrize"} | member_expressions(members)


def _require_finite(weights: Weights, region: str, variation: str) -> Weights:
    bad = int(np.sum(~np.isfinite(weights)))
    if bad:
        remedy = "give a value for them, such as where(count(electron) > 0, ..., 1)"
        raise WollemiError(f"region {region}, variation {variation}", f"the weight of {bad} events is not a number", remedy)
    return weights


def _count(regions: Mapping[str, Region], flags: Mapping[str, list[Flags]], weights: Weights) -> dict[str, Any]:
    """Cutflow of each region, and how many events are in exactly which regions."""
    lines = {
        name: [
            cutflow_line(cut, weights, passed)
            for (cut, _), passed in zip(selection_terms(region.selection), flags[name], strict=True)
        ]
        for name, region in regions.items()
    }
    return {"regions": lines, "selected": count_combinations({name: passed[-1] for name, passed in flags.items()})}


def fill_batches(filler: Filler, batches: Iterable[ak.Array]) -> tuple[dict[str, Histogram], dict[str, Any]]:
    """Fill batch after batch, and add in that order."""
    results = [({}, filler.nothing()), *(filler.fill(batch) for batch in batches)]
    return merge(histograms for histograms, _ in results), merge_region_counts([counts for _, counts in results])


def check_ratios(histograms: Mapping[str, Histogram], variations: Mapping[str, WeightVariation], dataset: str) -> None:
    """Are varied weights as large as nominal ones, as those of a factor around 1 are?

    In each bin the ratio is that of √Σw², which negative weights do not cancel in; the median bin tells.

    Args:
        histograms: of all regions, variables and variations.
        variations: systematics of the kind `weight`.
        dataset: for the error.

    Raises:
        WollemiError: a factor is far from 1: it is a whole weight.
    """
    for name, item in variations.items():
        for side in (side for side in ("up", "down") if getattr(item, side) != "symmetrize"):
            pairs = [
                (histogram.variances, histograms[f"{key.rpartition('/')[0]}/nominal"].variances)
                for key, histogram in histograms.items()
                if key.rpartition("/")[2] == f"{name}_{side}"
            ]
            varied, nominal = np.concatenate([np.stack(pair) for pair in pairs], axis=1) if pairs else np.zeros((2, 0))
            filled = (varied > 0) & (nominal > 0)
            ratio = float(np.sqrt(np.median(varied[filled] / nominal[filled]))) if filled.sum() >= LEAST_BINS else 1.0
            if not 1 / FAR <= ratio <= FAR:
                problem = (
                    f"'{getattr(item, side)}' makes the weights {ratio:.3g} times as large: a whole weight, not a factor on it"
                )
                remedy = f"divide systematics.{name}.{side} by the nominal weight, which it multiplies"
                raise WollemiError(f"dataset {dataset}, variation {name}_{side}", problem, remedy)


def main(job: Job) -> None:
    """Fill the histograms of one part."""
    settings = job.settings
    model = load_event_model(settings, job.inputs("hooks"), job.inputs("corrections"))
    events = job.input("events")
    # Of a part without any usable file there are no columns: nothing can be evaluated.
    batches: Iterator[ak.Array] = iter(())
    if has_columns(events):
        batches = read_batches(events, Layout(), settings.branches, more=settings.stored_kinematics)
    hidden, regions = settings.hidden, settings.regions
    if hidden is not None:
        batches = visible_batches(batches, model, hidden, regions, settings.variables)
    histograms, counts = fill_batches(Filler(settings, model), batches)
    check_ratios(histograms, settings.weight_variations, job.option("dataset"))
    if hidden is not None:
        axes = {name: Axis.of_variable(name, variable) for name, variable in settings.variables.items()}
        histograms, counts = hide_histograms(hidden, regions, histograms), hide_counts(hidden, regions, axes, counts)
    members = {name: item for name, item in histograms.items() if is_member(name, settings.selected["member_variations"])}
    for path, chosen in zip(job.outputs("histograms"), (histograms.keys() - members.keys(), members), strict=False):
        write_histograms(path, {name: histograms[name] for name in histograms if name in chosen})
    variants = [name for name, region in regions.items() if region.without is not None]
    noted = {"variants": variants} if variants else {}
    job.write_json("cutflow", {"dataset": job.option("dataset")} | noted | counts)
    selected = sum(counts["selected"].values())
    LOGGER.info("%s: %d events in a region, %d histograms", job.option("dataset"), selected, len(histograms))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
