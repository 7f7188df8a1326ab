"""Any expression in a region of a finished run, filled from the events that the run has read: the
histograms of the region as if the expression were one of its variables.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wollemi.analysis.plain.dataset_selections import dataset_view
from wollemi.analysis.plain.datasets import replacing
from wollemi.analysis.plain.merged_flow import own_expression
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.settings import Settings
from wollemi.analysis.view import view_of
from wollemi.check.quick_look import choose_edges, chosen_entries
from wollemi.event_loop.filler import fill_part
from wollemi.event_loop.listed_events import ENTRY
from wollemi.finished.event_run import EventRun, check_names
from wollemi.histograms.histogram import Histogram, normalized
from wollemi.histograms.merging import with_member_sides
from wollemi.histograms.unrolling import unrolled
from wollemi.histograms.varied import separated
from wollemi_engine.expressions.dimension import energy_unit
from wollemi_engine.expressions.evaluation import evaluate_flags
from wollemi_engine.expressions.labels import quantity_label
from wollemi_engine.expressions.selections import selection_terms
from wollemi_interactive.explore.forked_map import forked_map
from wollemi_interactive.explore.kept_events import kept_dataset
from wollemi_interactive.tables.tabulated_events import SECTIONS
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

ENOUGH = 20_000  # events of a file, enough to determine the range of an expression
# Variable of an expression: not a name in an analysis, whose blinding or bins would apply to it.
LOOKED = "expression_looked_at"
BINNINGS = ("bins", "log_bins", "edges", "categories", "axes")
FILL_SECTIONS = (*SECTIONS, "is_generated_data", "weight_set_systematics")


@dataclass(frozen=True)
class RunLook:
    """Request for a drawing of a run.

    Args:
        expression: Expression, or name of a variable.
        region: Name of the region.
        where: Selection in addition to the region's own; empty for none.
        bins: Number of bins, lower and upper edge; None for the variable's own, or round numbers.
        variable: Name of the variable, if the expression is a variable in its own bins.
    """

    expression: str
    region: str
    where: str = ""
    bins: tuple[int, float, float] | None = None
    variable: str = LOOKED

    @property
    def place(self) -> tuple[str, str]:
        """Region and variable."""
        return self.region, self.variable


def make_look(
    run: EventRun, expression: str, region: str, where: str, bins: tuple[int, float, float] | None
) -> RunLook:
    """A request; see `RunLook`.

    Raises:
        WollemiError: The region is unknown, or the bins are none.
    """
    check_names("region", [region], run.analysis.regions)
    if bins is not None and not (bins[0] >= 1 and -math.inf < bins[1] < bins[2] < math.inf):
        problem = "{} bins from {} to {} are none".format(*bins)
        raise WollemiError("bins", problem, "give their number, the lower and the upper edge")
    known = bins is None and expression in run.analysis.variables
    return RunLook(expression, region, where, bins, expression if known else LOOKED)


def look_variable(run: EventRun, look: RunLook) -> dict[str, Any]:
    """The variable as it would be written in the analysis file: a named variable, or one whose bins
    are chosen from events of the first simulated dataset that has any in the region.

    Raises:
        WollemiError: A name in the expression is unknown, or no event has a value.
    """
    known = run.plan.analysis.plain["variables"].get(look.expression, {})
    if look.variable != LOOKED:
        return dict(known)
    if "axes" in known:
        problem = "has several axes"
        raise WollemiError(look.expression, problem, "draw it in its own bins, without `bins`")
    own = {key: value for key, value in known.items() if key not in BINNINGS}
    own |= {"expression": own_expression(known)} if known else {}
    unit = energy_unit(look.expression, run.plan.analysis.plain["columns"])
    found = {
        "label": quantity_label(look.expression),
        "unit": unit,
        "expression": look.expression,
        **own,
    }
    values, several = np.zeros(0), False
    for dataset in _simulated_first(run):
        values, several = _some_entries(run, replace(look, expression=found["expression"]), dataset)
        if values.size:
            break
    if not (values.size or look.bins):
        problem = f"no event of {look.region} has a value of it"
        raise WollemiError(look.expression, problem, "loosen `where`")
    number, low, high = look.bins or choose_edges(values, 25)
    found |= {"bins": [number, low, high]}
    return found | ({"per": "object"} if several else {})


def _simulated_first(run: EventRun) -> list[str]:
    samples = run.analysis.samples.values()
    data = {name for sample in samples if sample.role == "data" for name in sample.datasets}
    return sorted(looked_at(run), key=data.__contains__)


def _some_entries(run: EventRun, look: RunLook, dataset: str) -> tuple[Floats, bool]:
    """Values of the expression in the first events of a dataset, shape (entries,), and whether an
    event can have several.
    """
    view = dataset_view(run.plan.analysis.plain, dataset)
    found, several = [np.zeros(0)], False
    events = kept_dataset(run, dataset, _read_settings(view, look, {}, dataset))
    cuts = [view["regions"][look.region]["selection"], (view.get("skim") or {}).get("selection")]
    terms = [text for cut in cuts if cut is not None for _, text in selection_terms(cut)]
    first = None
    for path, batch in events.batches():
        first = first or path
        chosen = np.asarray(batch[ENTRY]) < ENOUGH
        if path != first or not chosen.any():
            break
        names = events.model.names(batch)
        for term in [*terms, *([look.where] if look.where else [])]:
            chosen = chosen & evaluate_flags(term, names, len(batch))
        entries = chosen_entries(look.expression, names, chosen)
        found.append(entries.values[np.isfinite(entries.values)])
        several = entries.several
    return np.concatenate(found), several


def narrowed(selection: Any, where: str) -> Any:
    """A region's selection with an additional cut."""
    if not where:
        return selection
    return {**dict(selection_terms(selection)), "--where": where}


def looked_at(run: EventRun) -> list[str]:
    """Event datasets used by samples, or replacing a sample's datasets in a systematic."""
    document = run.plan.analysis.plain
    systematics = (document.get("systematics") or {}).values()
    used = {name for sample in run.analysis.samples.values() for name in sample.datasets}
    used |= {name for item in systematics for name in replacing(item)}
    return [name for name in run.plan.event_datasets if name in used]


def look_document(
    document: Mapping[str, Any], look: RunLook, variable: Mapping[str, Any], *, alone: bool
) -> dict[str, Any]:
    """The analysis with an additional variable in the region.

    Args:
        document: Analysis as plain values.
        look: Requested drawing.
        variable: Result of `look_variable`.
        alone: Whether to leave out all other regions and apply the requested selection,
            for filling; otherwise the analysis serves for blinding.
    """
    region = dict(document["regions"][look.region])
    # Variables that the region already has determine the blinding.
    monitored = dict.fromkeys([*as_list(region.get("monitor")), look.variable])
    region["monitor"] = [name for name in monitored if name != region["variable"]]
    if alone:
        region["selection"] = narrowed(region["selection"], look.where)
    others = {} if alone else document["regions"]
    return {
        **document,
        "variables": {**document["variables"], look.variable: dict(variable)},
        "regions": {**others, look.region: region},
    }


def look_settings(
    document: Mapping[str, Any], sections: Sequence[str], dataset: str | None = None
) -> Settings:
    """Settings of a step on a modified analysis.

    Args:
        document: Modified analysis as plain values.
        sections: Sections of the settings, see `Settings`.
        dataset: Dataset that the step works on, if any.
    """
    return Settings(view_of(document), sections, dataset)


def _read_settings(
    document: Mapping[str, Any], look: RunLook, variable: Mapping[str, Any], dataset: str
) -> Settings:
    """Settings for reading the events of a dataset: those of the analysis, which hide what it
    hides, with the requested region and expression.
    """
    drawn = {"expression": look.expression, "bins": [1, 0.0, 1.0], **variable}
    whole = look_document(document, look, drawn, alone=False)
    asked = look_document(document, look, drawn, alone=True)["regions"][look.region]
    whole["regions"] = {**whole["regions"], LOOKED: asked}
    return look_settings(whole, FILL_SECTIONS, dataset)


def datasets_of_lines(run: EventRun) -> set[str]:
    """Datasets of signals drawn only as lines: no band shows their variations."""
    stacked, samples = run.analysis.plots.stack_signals, run.analysis.samples
    lines = {
        name for name, sample in samples.items() if sample.role == "signal" and name not in stacked
    }
    others = {name for key in samples.keys() - lines for name in samples[key].datasets}
    return {name for key in lines for name in samples[key].datasets} - others


def fill_dataset(
    run: EventRun, look: RunLook, variable: Mapping[str, Any], dataset: str
) -> dict[str, Histogram]:
    """The histograms of a dataset in the region, normalized as in the run, including members of
    weight sets; only the nominal one for signals drawn as lines.

    Raises:
        WollemiError: A file no longer exists, a name is unknown, or a weight is not a number.
    """
    document: Mapping[str, Any] = run.plan.analysis.plain
    if dataset in datasets_of_lines(run):
        document = {**document, "systematics": {}}
    view = dataset_view(document, dataset)

    alone = look_document(view, look, variable, alone=True)
    asked = look_settings(alone, FILL_SECTIONS, dataset)
    events = kept_dataset(run, dataset, _read_settings(view, look, variable, dataset))
    expected = sum(item["events"] for item in events.cutflow["files"])
    batches = (batch for _, batch in events.batches())
    filled, _ = fill_part(asked, events.model, batches, dataset, expected)
    marks: dict[str, Any] = {"preview": events.cutflow["preview"]}
    if asked.is_generated_data:
        marks["pseudo_data"] = True
    histograms = separated(normalized(filled, events.normalization, dataset=dataset, **marks))
    systematics = asked.weight_set_systematics
    merged, members = with_member_sides(histograms, systematics, events.cutflow)
    return merged | members


def fill_looks(
    run: EventRun, looks: Sequence[RunLook], variable: Mapping[str, Any], processes: int = 1
) -> dict[str, dict[str, Histogram]]:
    """Dataset → histograms of the regions, normalized as in the run.

    Args:
        run: Run.
        looks: Requested drawing of each region.
        variable: Result of `look_variable`.
        processes: Number of processes, see `forked_map`; only one keeps the events for later.

    Raises:
        WollemiError: All histograms are empty.
    """

    def fill(dataset: str) -> dict[str, Histogram]:
        filled = [fill_dataset(run, look, variable, dataset) for look in looks]
        return {
            name: unrolled(name.split("/")[1], item)
            for made in filled
            for name, item in made.items()
        }

    names = looked_at(run)
    found: dict[str, dict[str, Histogram]] = {name: {} for name in run.analysis.datasets}
    found |= zip(names, forked_map(fill, names, processes), strict=True)
    starts = tuple("/".join([*look.place, ""]) for look in looks)
    filled = (
        item for made in found.values() for name, item in made.items() if name.startswith(starts)
    )
    if not any(item.values().any() for item in filled):
        problem = f"no event of {', '.join(look.region for look in looks)} has a value of it"
        raise WollemiError(looks[0].expression, problem, "loosen `where`, or take other `bins`")
    return found
