"""Events of a run in memory, evaluated once under each variation: from then on, another cut is a
comparison of arrays.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import awkward as ak
import numpy as np

from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.settings import Settings
from wollemi.event_loop.filler import require_finite, weight_factors
from wollemi.events.cutflow import Line, cumulative_flags, cutflow_line
from wollemi.events.event_models import object_variations
from wollemi.finished.event_run import EventRun
from wollemi.histograms.histogram import Histogram, bin_edges, fill_axes
from wollemi.histograms.unrolling import axes_of_variable
from wollemi.histograms.varied import varied
from wollemi_engine.events.model import NOMINAL, EventModel, Variation
from wollemi_engine.expressions.evaluation import (
    Entries,
    as_flags,
    as_values,
    evaluate,
    evaluate_entries,
    evaluate_entry,
    evaluate_flags,
    evaluate_tree,
    evaluate_values,
)
from wollemi_engine.expressions.functions import COMPARE
from wollemi_engine.expressions.selections import conjuncts, selection_terms
from wollemi_interactive.explore.cut_bounds import is_number, is_ordered
from wollemi_interactive.explore.run_look import FILL_SECTIONS, look_settings
from wollemi_interactive.tables.dataset_events import DatasetEvents, open_dataset
from wollemi_likelihood.base.arrays import Flags, Floats
from wollemi_likelihood.expressions.syntax import parse_expression

_SPREAD = "expression_looked_at"  # field of an object, as no file has it
Terms = Sequence[tuple[str, str]]  # name and condition of each cut


@dataclass
class _View:
    """Known properties of the events under one variation, by the text of the expression."""

    names: Mapping[str, Any]
    flags: dict[str, Flags] = field(default_factory=dict)
    values: dict[str, Floats] = field(default_factory=dict)
    entries: dict[str, Entries] = field(default_factory=dict)
    weights: dict[str, Floats] = field(default_factory=dict)


@dataclass
class LoadedEvents:
    """The events of a dataset that pass the skim in any view.

    Args:
        settings: Settings of a step on the dataset that fills histograms.
        model: Objects and columns.
        batch: Events in memory.
        cutflow: Event counts of the run.
        factor: Factor on the weights.
        part: Whether only some of the run's events are loaded.
    """

    settings: Settings
    model: EventModel
    batch: ak.Array
    cutflow: Mapping[str, Any]
    factor: float
    part: bool
    _views: dict[str, _View] = field(default_factory=dict)

    def _view(self, variation: Variation) -> _View:
        if variation.name not in self._views:
            self._views[variation.name] = _View(self.model.names(self.batch, variation))
        return self._views[variation.name]

    @property
    def variations(self) -> list[Variation]:
        """Views of the events, the nominal one first."""
        return object_variations(self.settings.object_variations)

    def passes(self, text: str, variation: Variation = NOMINAL) -> Flags:
        """Flags of the events that pass a condition, shape (events,)."""
        view, events = self._view(variation), len(self.batch)
        flags = [_flags(view, term, events) for term in conjuncts(parse_expression(text))]
        return np.asarray(np.logical_and.reduce(flags), bool)

    def spread(self, text: str, kept: Flags) -> Floats:
        """Finite values of an expression in the kept events, one or several per event."""
        value = evaluate(text, self._view(NOMINAL).names)
        return _finite(value[kept] if getattr(value, "ndim", 0) else value)

    def field_values(self, name: str, text: str) -> Floats:
        """Finite values of an expression on the fields of an object, before its cuts."""
        item = self.model.objects[name]
        fields = {**item.fields, _SPREAD: text}
        loose = replace(item, fields=fields, cuts=None, best=None)
        model = replace(self.model, objects={**self.model.objects, name: loose})
        return _finite(model.names(self.batch)[name][_SPREAD])

    def _entries(self, variable: str, variation: Variation) -> Entries:
        """Entries of a variable in all events."""
        view, item = self._view(variation), self.settings.variables[variable]
        if variable not in view.entries:
            evaluate = evaluate_entries if item.per == "object" else evaluate_entry
            everything = np.ones(len(self.batch), bool)
            view.entries[variable] = evaluate(item.expression, view.names, everything)
        return view.entries[variable]

    def weights(self, variation: Variation = NOMINAL) -> Mapping[str, Floats]:
        """Variation → weights of the events, shape (events,): the weights of the view and, for the
        nominal view, also of the variations that change only the weight.
        """
        view, events = self._view(variation), len(self.batch)
        if not view.weights:
            selected = self.settings.plain
            own = evaluate_values(selected["event_weight"], view.names, events)
            view.weights[variation.name] = own
            if variation is NOMINAL:
                factors = weight_factors(self.settings.weight_variations, selected["weight_sets"])
                view.weights |= {
                    name: own * evaluate_values(text, view.names, events)
                    for name, text in factors.items()
                }
        return view.weights

    def histogram(self, region: str, terms: Terms, variable: str) -> Histogram:
        """The histogram of a variable under all variations, not normalized.

        Args:
            region: Name of the region, for error messages.
            terms: Cuts of the region.
            variable: Name of the variable.

        Raises:
            WollemiError: A weight is not a number.
        """
        axes = axes_of_variable(variable, self.settings.variables)
        edges = [bin_edges(axis) for axis in axes]
        names, sums = list[str](), list[Floats]()
        for variation in self.variations:
            found = [self._entries(axis.name, variation) for axis in axes]
            passed = self._passed(terms, variation)[-1]
            chosen = np.repeat(passed, found[0].counts)
            values = [item.values[chosen] for item in found]
            for name, weights in self.weights(variation).items():
                used = require_finite(weights[passed], region, name)
                used = np.repeat(used, found[0].counts[passed])
                names.append(name)
                sums.append(fill_axes(edges, values, used))
        return varied(axes, names, np.stack(sums))

    def lines(self, terms: Terms) -> list[Line]:
        """The cutflow, not normalized."""
        weights = self.weights()["nominal"]
        return [
            cutflow_line(cut, weights, flags)
            for (cut, _), flags in zip(terms, self._passed(terms, NOMINAL), strict=True)
        ]

    def _passed(self, terms: Terms, variation: Variation) -> list[Flags]:
        """Flags of events that pass the skim and the first cut, the first two cuts, and so on."""
        flags = [self.passes(text, variation) for _, text in terms]
        kept = [self.passes(text, variation) for _, text in _skim(self.settings)]
        first, *others = flags
        return cumulative_flags([np.logical_and.reduce([first, *kept]), *others])


def _finite(values: Any) -> Floats:
    given = values if isinstance(values, ak.Array) else ak.Array(np.atleast_1d(values))
    found = np.asarray(ak.drop_none(ak.flatten(given, axis=None)), np.float64)
    return found[np.isfinite(found)]


def _skim(settings: Settings) -> list[tuple[str, str]]:
    return selection_terms(settings.skim.selection) if settings.skim else []


def _flags(view: _View, term: ast.expr, events: int) -> Flags:
    """Flags of a term without `and`; comparisons by size reuse the known values of operands."""
    if is_ordered(term):
        assert isinstance(term, ast.Compare)
        operands = [
            ast.literal_eval(node) if is_number(node) else _operand(view, node, events)
            for node in (term.left, *term.comparators)
        ]
        links = zip(term.ops, operands, operands[1:], strict=False)
        flags = [COMPARE[type(how).__name__](left, right) for how, left, right in links]
        return np.broadcast_to(np.logical_and.reduce(flags), (events,))
    text = ast.unparse(term)
    if text not in view.flags:
        view.flags[text] = as_flags(evaluate_tree(term, view.names, text), events, text)
    return view.flags[text]


def _operand(view: _View, node: ast.expr, events: int) -> Floats:
    text = ast.unparse(node)
    if text not in view.values:
        view.values[text] = as_values(evaluate_tree(node, view.names, text), events, text)
    return view.values[text]


def load_events(run: EventRun, dataset: str, most: int | None) -> LoadedEvents | None:
    """The unblinded events of a dataset that a run has read; None if there are none.

    Args:
        run: Finished run.
        dataset: Name of the dataset.
        most: Maximum number of events to read, from the first; None for all. All data are read.

    Raises:
        WollemiError: A file no longer exists, or lacks a branch.
    """
    settings = look_settings(dataset_view(run.plan.analysis.plain, dataset), FILL_SECTIONS, dataset)
    events = open_dataset(run, dataset, settings)
    files = events.cutflow["files"]
    read = sum(item["events"] for item in files)
    taken = files if most is None or settings.is_data else list(_first(files, most))
    share = sum(item["events"] for item in taken) / read if read else 1.0
    limited = replace(events, cutflow={**events.cutflow, "files": taken})
    kept = [_kept(limited, batch) for _, batch in limited.batches()]
    if not kept:
        return None
    # ASSUME: the first events of a dataset, which `wollemi explore` reads, carry their share of
    # the sum of weights.
    factor = events.normalization / share if share else 0.0
    batch = ak.to_packed(ak.concatenate(kept))
    return LoadedEvents(settings, events.model, batch, events.cutflow, factor, share < 1)


def _first(files: Sequence[Mapping[str, Any]], most: int) -> Iterator[Mapping[str, Any]]:
    """The files with the first events; the last file may be used in part."""
    for item in files:
        number = min(item["events"], most)
        if number == item["events"]:
            yield item
        elif number:
            yield {**item, "events": number, "stop": item["start"] + number}
        most -= number


def _kept(events: DatasetEvents, batch: ak.Array) -> ak.Array:
    """The events of a batch that pass the skim in any view."""
    settings, terms = events.settings, _skim(events.settings)
    if not terms:
        return batch
    flags = np.zeros(len(batch), bool)
    for _, names in events.model.views(batch, object_variations(settings.object_variations)):
        found = [evaluate_flags(text, names, len(batch)) for _, text in terms]
        flags |= np.logical_and.reduce(found)
    return batch[flags]
