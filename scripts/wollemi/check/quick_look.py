"""A quick histogram of any expression, from a file of events or a dataset, in the language of an
analysis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.corrections import correction_files, local_path
from wollemi.analysis.plain.dataset_selections import both, dataset_view
from wollemi.analysis.plain.needed_columns import (
    event_weight,
    fill_places,
    needed_branches,
    step_corrections,
)
from wollemi.analysis.view import view_of
from wollemi.events.event_models import definitions, load_hooks, open_corrections
from wollemi.inputs.event_files import count_entries, open_events, read_batches
from wollemi.inputs.root_trees import Place
from wollemi.inputs.schemas import Layout, locate
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import (
    evaluate,
    evaluate_entries,
    evaluate_entry,
    evaluate_flags,
    evaluate_values,
)
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.bounds import UNWEIGHTED
from wollemi_likelihood.expressions.syntax import MOMENTUM

Floats = NDArray[np.float64]
NAME = "drawn"  # name of the variable and the region in the YAML to paste
AGAINST = "against"  # name of the second variable
ALL = "1 > 0"
COVERED = 0.99  # fraction of the entries between the chosen edges


@dataclass(frozen=True)
class Look:
    """The requested histogram.

    Args:
        expression: Quantity with one value or a list of values per event.
        where: Selection.
        analysis: Objects, columns and weights as plain values; without them, objects are the
            collections of the file.
        dataset: Name of the dataset whose weights are used.
        hooks: Paths of the `hooks.py` of the analysis; may be empty.
        weight: Weight of each event, `none` for 1; empty for the dataset's weight.
        against: Second quantity, evaluated for the same entries.
    """

    expression: str
    where: str = ""
    analysis: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = ""
    hooks: Sequence[Path] = ()
    weight: str = ""
    against: str = ""


@dataclass(frozen=True)
class Entries:
    """Values and weights, each of shape (entries,), the number of events read, whether an event can
    have several entries, whether all requested events were read, and values of the second quantity,
    shape (entries,), if requested.
    """

    values: Floats
    weights: Floats
    events: int
    per_object: bool = False
    whole: bool = True
    against: Floats | None = None


def collections(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Objects by the names of the collections of a file: `Muon` if it contains `Muon_pt`,
    `Muon_eta`, `Muon_phi`, `Muon_mass`.
    """
    found = dict.fromkeys(name.rpartition("_")[0] for name in names if name.endswith("_pt"))
    return {
        name: {"collection": name}
        for name in found
        if name and {f"{name}_{part}" for part in MOMENTUM["polar"]} <= set(names)
    }


def read_entries(
    paths: Sequence[Place],
    layout: Layout,
    look: Look,
    stop: int | None = None,
    most: int | None = None,
) -> Entries:
    """Evaluate an expression on the events of files.

    Args:
        paths: Paths of the files, all with the same structure.
        layout: Layout of events in the files.
        look: Requested histogram.
        stop: Number of events to read from each file; None for all.
        most: Number of events to read from all files; None for all.

    Raises:
        WollemiError: A name is unknown, the expression gives no numbers, or two expressions give
            different numbers of values for an event.
    """
    with open_events(paths[0], layout) as file:
        known = list(locate(layout, file.names))
    document, dataset = _document(look, known), look.dataset or NAME
    model, weight = _model(document, dataset, look), event_weight(document, dataset)
    branches = needed_branches(document, dataset) or known[:1]
    found: list[tuple[Floats, ...]] = []
    events, several, whole = 0, False, True
    for path in paths:
        limits = [number for number in (stop, most and most - events) if number is not None]
        if 0 in limits:
            whole = False
            break
        last = min(limits, default=None)
        for batch in read_batches(path, layout, branches, 0, last, list(model.objects)):
            names = model.names(batch)
            flags = evaluate_flags(look.where or ALL, names, len(batch))
            axes = [chosen_entries(text, names, flags) for text in _expressions(look)]
            _require_pairs(look, axes)
            found.append((_weights(weight, names, axes[0]), *(axis.values for axis in axes)))
            several = axes[0].several
            events += len(batch)
    nothing = (np.zeros(0),) * (1 + len(_expressions(look)))
    columns = [np.concatenate(column) for column in zip(nothing, *found, strict=True)]
    present = np.logical_and.reduce([np.isfinite(column) for column in columns[1:]])
    weights, values, *others = (column[present] for column in columns)
    whole = whole and (events != most or count_entries(path, layout) == last)
    return Entries(values, weights, events, several, whole, *others)


def weight_text(look: Look) -> str:
    """Weight of each event as an expression, `none` if all weights are 1."""
    if look.weight or not look.dataset:
        return look.weight or UNWEIGHTED
    weight = event_weight(dataset_view(look.analysis, look.dataset), look.dataset)
    return UNWEIGHTED if weight == "1" else weight


def _expressions(look: Look) -> list[str]:
    return [look.expression, look.against] if look.against else [look.expression]


def known_names(
    path: Place, layout: Layout, analysis: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Names of objects (from the analysis, otherwise collections of the file), and all other names
    that expressions can use.
    """
    with open_events(path, layout) as file:
        branches = list(locate(layout, file.names))
    if analysis:
        return list(analysis.get("objects", {})), [*analysis.get("columns", {}), *branches]
    return list(collections(branches)), branches


def _model(document: Mapping[str, Any], dataset: str, look: Look) -> EventModel:
    analysis = view_of(document)
    needed = step_corrections(
        document, dataset, [text for _, text in fill_places(document, dataset)]
    )
    files = [Path(local_path(document["name"], file)) for file in correction_files(needed)]
    hooks = load_hooks(look.hooks, analysis.columns if look.hooks else {})
    objects = definitions(analysis.objects)
    return EventModel(objects, analysis.columns, hooks, open_corrections(needed, files))


@dataclass(frozen=True)
class ChosenEntries:
    """Values, shape (entries,), their number in each event, shape (events,), which is 0 if the
    event does not pass, and whether it can exceed 1.
    """

    values: Floats
    counts: NDArray[np.int64]
    several: bool


def chosen_entries(
    expression: str, names: Mapping[str, Any], flags: NDArray[np.bool_]
) -> ChosenEntries:
    """Entries of the events that pass the selection, one or several per event."""
    several = getattr(evaluate(expression, names), "ndim", 1) > 1
    found = (evaluate_entries if several else evaluate_entry)(expression, names, flags)
    counts = np.zeros(flags.size, np.int64)
    counts[flags] = found.counts
    return ChosenEntries(found.values, counts, several)


def _require_pairs(look: Look, axes: Sequence[ChosenEntries]) -> None:
    """Require that each event has equally many values of both quantities.

    Raises:
        WollemiError: The numbers of values differ.
    """
    first, last = axes[0], axes[-1]
    both = f"{look.expression} and {look.against}"
    if first.several != last.several:
        problem = f"{both}: one is a list for each event, the other a single value"
    elif (first.counts != last.counts).any():
        event = int(np.flatnonzero(first.counts != last.counts)[0])
        problem = f"{both}: an event has {first.counts[event]} and {last.counts[event]} values"
    else:
        return
    remedy = "take two numbers, or lists of the same objects, such as jet.pt and jet.eta"
    raise WollemiError("--against", problem, remedy)


def _weights(weight: str, names: Mapping[str, Any], entries: ChosenEntries) -> Floats:
    return np.repeat(evaluate_values(weight, names, entries.counts.size), entries.counts)


def _document(look: Look, known: Sequence[str]) -> dict[str, Any]:
    """An analysis with one variable in one region: the request in the form of an analysis file."""
    asked: dict[str, dict[str, Any]] = {
        "variables": {
            name: {"expression": text}
            for name, text in zip((NAME, AGAINST), _expressions(look), strict=False)
        },
        "regions": {NAME: {"selection": look.where or ALL, "variable": NAME}},
    }
    weighted = {"weight": look.weight} if look.weight else {}
    if look.analysis:
        whole = dataset_view(look.analysis, look.dataset) if look.dataset else look.analysis
        own_part = whole["datasets"].get(look.dataset, {}).get("selection")
        if own_part:
            asked["regions"][NAME]["selection"] = both(own_part, look.where or ALL)
        others = {
            key: value
            for key, value in whole.items()
            if key not in ("skim", "systematics", "n_minus_one", "blinding")
        }
        own: dict[str, Any] = {}
        if not look.dataset or look.weight:
            read = {**whole["datasets"].get(look.dataset, {}), **weighted}
            own = {"datasets": {look.dataset or NAME: read}, "weights": {}}
        return {"columns": {}, "objects": {}, **others, **own, **asked}
    objects = collections(known)
    return {
        "name": NAME,
        "objects": objects,
        "columns": {},
        "samples": {},
        "datasets": {NAME: weighted},
        **asked,
    }


def without_far_ones(values: Floats) -> Floats:
    """Values, shape (entries,), within three interquartile ranges of the middle half (Tukey's outer
    fences): a few outliers would make a peak one bin wide.
    """
    if not values.size:
        return values
    low, high = np.quantile(values, [0.25, 0.75])
    reach = 3 * (high - low)
    near = values[(values >= low - reach) & (values <= high + reach)]
    return near if reach > 0 else values


def choose_edges(
    values: Floats, bins: int = 50, others: Sequence[Floats] = ()
) -> tuple[int, float, float]:
    """Number of bins and round edges that contain nearly all values; integers get one bin each if
    there are few.

    Args:
        values: Finite values, shape (entries,).
        bins: Number of bins.
        others: Further values, shapes (entries,); the edges contain nearly all values of each set.

    Raises:
        WollemiError: The values are empty.
    """
    found = [item for item in (values, *others) if item.size]
    if not found:
        raise WollemiError("draw", "no event passes, or none has a value", "loosen the selection")
    shares = [(1 - COVERED) / 2, (1 + COVERED) / 2]
    ends = [np.quantile(item, shares, method="nearest") for item in found]
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    if all(np.array_equal(item, np.round(item)) for item in found) and high - low < bins:
        return int(high - low) + 1, float(low) - 0.5, float(high) + 0.5
    step = _round_up((high - low) / bins) if high > low else max(abs(low), 1.0) / bins
    start = 0.0 if 0 <= low < 2 * step else np.floor(low / step) * step
    return bins, float(f"{start:.6g}"), float(f"{start + bins * step:.6g}")


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 4, 5, 10 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(
        power
        * next(factor for factor in (1, 2, 2.5, 4, 5, 10) if factor * power >= value * (1 - 1e-9))
    )
