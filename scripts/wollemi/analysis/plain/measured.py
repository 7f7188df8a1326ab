"""Corrections that a run measures, expanded to datasets whose events are counted.

Each dataset of the samples of a measurement gets a copy, `<dataset>_<correction>`, which reads the
same files. A job on a copy sees a modified analysis: one region, and one variable whose value is
the cell of the map, with twice as many cells for passing probes; or, for pile-up, the quantity
itself. So parts, checks of events, cutflows, both engines, digests and records do not need to know
measurements. Standard library only, on plain values, because the Snakefile uses it as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.blinding import blinded_regions
from wollemi.analysis.plain.measured_eras import (
    era_corrections,
    expand_eras,
    in_era,
    map_name,
    measured_eras,
    measured_place,
    simulated_sources,
)
from wollemi.analysis.plain.measured_maps import (
    PROMPT_SIDES,
    SIDES,
    VARIATION,
    axis_edges,
    axis_text,
    has_edges,
    measured_corrections,
)
from wollemi.analysis.plain.needed_columns import weighted_datasets
from wollemi.analysis.plain.queries import as_list, sample_datasets
from wollemi.analysis.view import view_of
from wollemi_engine.expressions.selections import selection_expressions

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

    Placed = tuple[str, str]  # place in the analysis file, expression

_EFFICIENCY, _PILEUP, _FAKE_RATE = "efficiency", "pileup", "fake_rate"  # kinds
# Triggers of simulation do not matter for a measurement; triggers of data decide which dataset an
# event belongs to.
_NOT_COPIED = ("trigger", "not_trigger")
EVERYTHING = "1 > 0"


def expand_measured(document: Document) -> dict[str, Any]:
    """The analysis with the keys that calls of measured corrections need, and copies of the
    datasets in which they are measured.

    Corrections that cannot be measured get no copies: `wollemi.loading.measured` reports them.

    Args:
        document: Analysis accepted by the schema.
    """
    document = expand_eras(document)
    measured = measured_corrections(document)
    if not measured and not era_corrections(document):
        return dict(document)
    corrections = dict(document["corrections"])
    datasets = dict(document["datasets"])
    for name, item in era_corrections(document).items():
        if not given_besides(corrections[name]):
            called = call_of(name, item, measured_eras(document, item))
            corrections[name] = {**corrections[name], **called}
    for name, item in measured.items():
        own = corrections[name]
        if not given_besides(own):
            corrections[name] = {**own, **call_of(name, item)}
        if not measurement_problem(document, name) and all(map(has_edges, item["axes"].values())):
            for dataset in measurement_sources(document, name):
                is_data = dataset in data_sources(document, name)
                copied = _copy(datasets[dataset], dataset, name, is_data)
                datasets.setdefault(copy_name(dataset, name), copied)
    return {**document, "corrections": corrections, "datasets": datasets}


def given_besides(correction: Document) -> list[str]:
    """Keys of a measured correction that are allowed only with a file."""
    keys = ("file", "correction", "inputs", "variations")
    return [key for key in keys if correction.get(key)]


def call_of(name: str, measured: Document, eras: Iterable[str] = ()) -> dict[str, Any]:
    """The keys of a correction from a file, for the map that the run measures.

    Args:
        name: Name of the correction.
        measured: Settings of the measurement.
        eras: Eras with a separate map.
    """
    by_era = {era: map_name(name, era) for era in eras}
    inputs = {axis: place for place, axis in enumerate(measured["axes"], start=1)}
    return {
        "correction": by_era or name,
        "inputs": {**inputs, VARIATION: "nominal"},
        "variations": {side: {VARIATION: side} for side in map_variations(measured)},
    }


def map_variations(measured: Document) -> list[str]:
    """Variations of a correction in addition to the nominal values."""
    if is_pileup(measured):
        return [side for side in SIDES if (measured.get("target") or {}).get(side)]
    return [*SIDES, *(PROMPT_SIDES if measured.get("prompt_uncertainty") else ())]


def is_pileup(measured: Document) -> bool:
    """Whether the correction is a weight by one quantity of the event."""
    return measured.get("kind") == _PILEUP


def is_fake_rate(measured: Document) -> bool:
    """Whether the correction is an efficiency of data without simulation."""
    return measured.get("kind") == _FAKE_RATE


def counts_data(measured: Document) -> bool:
    """Whether data events are counted, not only simulation."""
    return measured["kind"] != _EFFICIENCY and not measured.get("target")


def measurement_sources(document: Document, name: str) -> list[str]:
    """Datasets in which a correction is measured."""
    simulated = simulated_sources(document, document["corrections"][name]["measured"])
    return list(dict.fromkeys([*simulated, *data_sources(document, name)]))


def data_sources(document: Document, name: str) -> list[str]:
    """Datasets of the data in which a correction is measured."""
    item = document["corrections"][name]["measured"]
    if not counts_data(item):
        return []
    return in_era(
        document, item, as_list(item.get("data")) or sample_datasets(view_of(document), "data")
    )


def measurement_datasets(document: Document, name: str, data: bool | None = None) -> list[str]:
    """Copies of the datasets in which a correction is measured.

    Args:
        document: Analysis, expanded.
        name: Name of the correction.
        data: Whether to return copies of data or of simulation; None for all.
    """
    recorded = data_sources(document, name)
    sources = [
        dataset
        for dataset in measurement_sources(document, name)
        if data is None or (dataset in recorded) == data
    ]
    copies = [copy_name(dataset, name) for dataset in sources]
    return [copy for copy in copies if (document["datasets"].get(copy) or {}).get("measures")]


def measuring_datasets(document: Document) -> list[str]:
    """Copies of datasets for all corrections."""
    return [name for name, item in document["datasets"].items() if item.get("measures")]


def copy_name(dataset: str, correction: str) -> str:
    """Name of the copy of a dataset in which a correction is measured."""
    return f"{dataset}_{correction}"


def source_of(document: Document, dataset: str) -> str:
    """The dataset of which a dataset is a copy; itself, if it is not a copy."""
    measures = (document["datasets"].get(dataset) or {}).get("measures") or ""
    copied = measures and dataset.endswith(f"_{measures}")
    return dataset[: -len(measures) - 1] if copied else dataset


def measurement_problem(document: Document, name: str) -> str:
    """The reason why a correction cannot be measured in its samples; empty if it can."""
    samples, datasets = document["samples"], document["datasets"]
    for sample in as_list(document["corrections"][name]["measured"]["samples"]):
        if sample not in samples:
            return f"there is no sample '{sample}'"
        if samples[sample]["role"] == "data" or samples[sample].get("estimate"):
            return f"'{sample}' is no simulation; name simulated samples"
    item = document["corrections"][name]["measured"]
    if item.get("era") is not None and not simulated_sources(document, item):
        return f"none of their datasets is of the era {item['era']}"
    recorded, known = data_sources(document, name), sample_datasets(view_of(document), "data")
    unknown = [dataset for dataset in recorded if dataset not in known]
    if unknown:
        return f"'{unknown[0]}' is no dataset of the data"
    if counts_data(item) and not recorded:
        return "there are no data to measure it in"
    for dataset in measurement_sources(document, name):
        source, copied = datasets.get(dataset) or {}, copy_name(dataset, name)
        without = [key for key in ("histograms", "draw", "estimate") if source.get(key)]
        if without:
            return f"the dataset '{dataset}' ({without[0]}) has no events to count"
        if copied in datasets and datasets[copied].get("measures") != name:
            return f"it would need a dataset '{copied}', which there is already; rename one"
        if len(copied) > LONGEST_NAME:
            return f"it would need a dataset '{copied}', which is too long; shorten a name"
    return ""


LONGEST_NAME = 100  # as in `wollemi.analysis.models.base.NAME_PATTERN`


def _copy(item: Document, dataset: str, name: str, is_data: bool) -> dict[str, Any]:
    """A dataset whose events are counted for a correction."""
    kept = {key: value for key, value in item.items() if is_data or key not in _NOT_COPIED}
    copied = {**kept, "split_of": item.get("split_of", dataset), "measures": name}
    if item.get("slice"):
        others = [copy_name(other, name) for other in item["slice"]["datasets"]]
        copied["slice"] = {**item["slice"], "datasets": others}
    return copied


def measuring_view(document: Document, dataset: str) -> Document:
    """The analysis as seen by a job on the copy of a dataset; the same document for other datasets,
    and for a document that is already such a view.

    Args:
        document: Analysis without problems, expanded.
        dataset: Name of the dataset.
    """
    name = (document["datasets"].get(dataset) or {}).get("measures")
    if not name or dataset in sample_datasets(view_of(document)):
        return document
    item, source = document["corrections"][name]["measured"], source_of(document, dataset)
    used = measurement_sources(document, name)
    copies = {
        key: [copy_name(one, name) for one in as_list(sample.get("datasets")) if one in used]
        for key, sample in document["samples"].items()
    }
    samples = {
        key: {**document["samples"][key], "datasets": found}
        for key, found in copies.items()
        if found
    }
    weights = {
        key: {"factor": factor["factor"], "samples": [], "datasets": [dataset]}
        for key, factor in (document.get("weights") or {}).items()
        if key in as_list(item.get("weights")) and source in weighted_datasets(document, factor)
    }
    left_out = ("skim", "systematics", "weights", "blinding")
    seen = {key: value for key, value in document.items() if key not in left_out}
    for section, entries in written_out(name, item).items():
        seen[section] = {**(document.get(section) or {}), **entries}
    seen["regions"] = {name: {"selection": _selection(document, item), "variable": name}}
    seen["variables"] = {name: _counted_variable(name, item)}
    return {**seen, "samples": samples, "weights": weights}


def _counted_variable(name: str, measured: Document) -> dict[str, Any]:
    """The variable whose histogram contains the counts."""
    if is_pileup(measured):
        ((axis, given),) = measured["axes"].items()
        value = {"expression": axis_text(axis, given), "edges": axis_edges(given)}
        return {**value, "label": axis}
    made, cells = cells_name(name), cell_count(measured) * range_count(measured)
    return {
        "expression": f"{made}.measured_cell" if measured.get("object") else f"{made}_cell",
        "per": "object" if measured.get("object") else "event",
        "bins": [2 * cells, -0.5, 2 * cells - 0.5],
        "label": f"cell of {name}",
    }


def _selection(document: Document, measured: Document) -> str:
    """Condition on the events. Events of blinded regions are excluded from data, and from
    simulation that is compared with data.
    """
    terms = [measured["selection"]] if measured.get("selection") else []
    if counts_data(measured):
        for region in blinded_regions(document):
            cuts = selection_expressions("", document["regions"][region]["selection"])
            terms.append(f"not ({_all_of([text for _, text in cuts])})")
    return _all_of(terms)


def _all_of(terms: list[str]) -> str:
    """One condition that requires all terms."""
    if len(terms) < 2:
        return "".join(terms) or EVERYTHING
    return " and ".join(f"({term})" for term in terms)


def cells_name(name: str) -> str:
    """Name of the object or column with the cells of a correction."""
    return f"measured_{name}"


def cell_count(measured: Document) -> int:
    """Number of cells of a map, without under- and overflow."""
    count = 1
    for axis in measured["axes"].values():
        count *= len(axis_edges(axis)) - 1
    return count


def range_count(measured: Document) -> int:
    """Number of mass ranges that are counted: the window and its sidebands."""
    return 3 if (measured.get("mass") or {}).get("sidebands") else 1


def written_out(name: str, measured: Document) -> dict[str, dict[str, Any]]:
    """Section → entries that count the cells: an object with fields, or columns; empty for pile-up.

    Cells are numbered from 0, with the last axis fastest; -1 is outside of the bins. Passing probes
    follow with an offset of the number of cells, then the cells of each sideband.
    """
    if is_pileup(measured):
        return {}
    made = cells_name(name)
    start = "measured_" if measured.get("object") else f"{made}_"
    values: dict[str, str] = {f"{start}passes": f"where({measured['pass']}, 1, 0)"}
    inside, index = [], "0"
    for key, axis in measured["axes"].items():
        value, edges = f"{start}axis_{key}", axis_edges(axis)
        values[value] = axis_text(key, axis)
        inside.append(f"{edges[0]!r} <= {value} and {value} < {edges[-1]!r}")
        steps = [f"where({value} >= {edge!r}, 1, 0)" for edge in edges[1:-1]]
        index = " + ".join([f"({index}) * {len(edges) - 1}", *steps])
    index = f"{index} + {cell_count(measured)} * {start}passes"
    mass = measured.get("mass")
    if mass:
        values[f"{start}mass"] = str(mass.get("expression", "mass"))
        ranges = [mass["window"], *(mass.get("sidebands") or ())]
        within = [f"{low!r} <= {start}mass and {start}mass < {high!r}" for low, high in ranges]
        inside.append(f"({' or '.join(within)})")
        beside = [f"where({one}, {place}, 0)" for place, one in enumerate(within[1:], start=1)]
        index = " + ".join([index, *(f"{2 * cell_count(measured)} * {one}" for one in beside)])
    cell = f"where({' and '.join(inside)}, {index}, -1)"
    values[f"{start}cell"] = cell
    if not measured.get("object"):
        return {"columns": values}
    cuts = {"cuts": measured["probe"]} if measured.get("probe") else {}
    probes = {f"{made}_probes": {"select": measured["object"], **cuts}}
    return {"objects": {**probes, made: {"select": f"{made}_probes", "fields": values}}}


def measured_expressions(document: Document) -> tuple[list[Placed], dict[str, list[Placed]]]:
    """Expressions of all measurements, each with its place in the file: expressions on events, and
    object → expressions on its fields.
    """
    of_events: list[Placed] = []
    of_fields: dict[str, list[Placed]] = {}
    for name, item in measured_corrections(document).items():
        path, changed = measured_place(document, name), item.get("object")
        own = [(f"{path}.{key}", item[key]) for key in ("pass", "probe") if item.get(key)]
        mass = item.get("mass")
        own += [(f"{path}.mass.expression", str(mass.get("expression", "mass")))] if mass else []
        for axis, given in item["axes"].items():
            own.append((f"{path}.axes.{axis}", axis_text(axis, given)))
        of_events += [(f"{path}.selection", item["selection"])] if item.get("selection") else []
        if changed:
            of_fields.setdefault(changed, []).extend(own)
        else:
            of_events += own
    return of_events, of_fields


def measured_key(document: Document, dataset: str, place: str) -> str:
    """The key in the file, for a place in the expansion of a measurement.

    Args:
        document: Analysis, expanded.
        dataset: Name of the dataset of the job.
        place: Place of an expression.
    """
    name = (document["datasets"].get(dataset) or {}).get("measures")
    if not name:
        return place
    path, made = measured_place(document, name), cells_name(name)
    if place.startswith("regions."):
        return f"{path}.selection"
    if place == f"objects.{made}_probes.cuts":
        return f"{path}.probe"
    section, _, rest = place.partition(".")
    measured = document["corrections"][name]["measured"]
    if section == "variables" and is_pileup(measured):
        (axis,) = measured["axes"]
        return f"{path}.axes.{axis}"
    own = {"objects": f"{made}.fields.measured_", "columns": f"{made}_"}.get(section, "\0")
    if not rest.startswith(own):
        return path if section == "variables" else place
    key = rest[len(own) :]
    keys = {"passes": f"{path}.pass", "mass": f"{path}.mass.expression", "cell": path}
    return f"{path}.axes.{key[5:]}" if key.startswith("axis_") else keys[key]
