"""Selections by which a dataset takes a part of the events of its files, or a sample a part of its
datasets: truth splits, and one file in several datasets.

The selection of a dataset is the first cut of the skim, as the dataset sees it: objects, columns,
hooks, cutflows and both engines treat it like any other cut, and the sum of weights includes all
events. A sample with a selection is expanded: each of its datasets gets a part named
`<dataset>_<sample>`, and so do the datasets that replace it in a systematic. Standard library only,
on plain values, because the Snakefile uses it as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.cut_names import SELECTION, SLICE
from wollemi.analysis.plain.datasets import replacing
from wollemi.analysis.plain.measured import measuring_view, source_of
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.triggers import with_triggers
from wollemi_engine.expressions.selections import selection_terms

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

# Datasets with one of these do not contain events.
WITHOUT_EVENTS = ("histograms", "draw", "estimate")


def dataset_view(document: Document, dataset: str) -> Document:
    """The analysis as seen by a job on one dataset: the dataset's selection and triggers are the
    first cuts of the skim, and triggers are columns. Copies for measuring a correction have a
    separate view.

    Args:
        document: Analysis without problems.
        dataset: Name of the dataset.

    Returns:
        The same document for a dataset without selection and an analysis without triggers.
    """
    seen = with_triggers(measuring_view(document, dataset), dataset)
    own = own_cuts(document["datasets"][dataset])
    if not own:
        return seen
    cuts = selection_terms(seen["skim"]["selection"]) if seen.get("skim") else []
    skim = {**(seen.get("skim") or {}), "selection": {**own, **dict(cuts)}}
    return {**seen, "skim": skim}


def own_cuts(item: Document) -> dict[str, str]:
    """Cuts that select a dataset's events from its files: its slice and its selection.

    Args:
        item: Settings of the dataset.
    """
    cuts = {SLICE: (item.get("slice") or {}).get("selection"), SELECTION: item.get("selection")}
    return {name: text for name, text in cuts.items() if text}


def expand_selections(document: Document) -> dict[str, Any]:
    """The analysis in which samples with a selection have parts of their datasets.

    A sample that cannot be split is left unchanged: `wollemi.loading.dataset_selections` reports
    it.

    Args:
        document: Analysis accepted by the schema.
    """
    split = [
        name
        for name, sample in document["samples"].items()
        if sample.get("selection") and not split_problem(document, name)
    ]
    if not split:
        return dict(document)
    parts = {
        name: [sample for sample in split if name in split_datasets(document, sample)]
        for name in document["datasets"]
    }
    datasets = {}
    for name, item in document["datasets"].items():
        datasets[name] = item
        for sample in parts[name]:
            selection = both(item.get("selection"), document["samples"][sample]["selection"])
            part = {**item, "selection": selection, "split_of": item.get("split_of", name)}
            datasets[part_name(name, sample)] = {**part, **_slice_of(item, sample)}
    samples = {
        name: _split_sample(name, item) if name in split else item
        for name, item in document["samples"].items()
    }
    changed = {**document, "datasets": datasets, "samples": samples}
    if document.get("systematics"):
        changed["systematics"] = {
            name: _split_alternative(item, split) for name, item in document["systematics"].items()
        }
    if document.get("weights"):
        changed["weights"] = {
            name: _with_parts(item, parts) for name, item in document["weights"].items()
        }
    return changed


def _slice_of(item: Document, sample: str) -> dict[str, Any]:
    """The slice of a dataset, with a sample's parts of all datasets in the slice."""
    found = item.get("slice")
    if not found:
        return {}
    return {"slice": {**found, "datasets": [part_name(name, sample) for name in found["datasets"]]}}


def part_name(dataset: str, sample: str) -> str:
    """Name of the part of a dataset that a sample takes."""
    return f"{dataset}_{sample}"


def both(first: str | None, second: str) -> str:
    """One condition that requires both; a missing condition is always fulfilled."""
    return f"({first}) and ({second})" if first else second


def split_datasets(document: Document, sample: str) -> list[str]:
    """Datasets of which a sample with a selection takes a part: its own datasets, and their
    replacements in a systematic.
    """
    systematics = (document.get("systematics") or {}).values()
    names = [
        *as_list(document["samples"][sample].get("datasets")),
        *(
            name
            for item in systematics
            if sample in as_list(item["samples"])
            for name in replacing(item)
        ),
    ]
    return list(dict.fromkeys(names))


def split_problem(document: Document, sample: str) -> str:
    """The reason why a sample with a selection cannot be split; empty if it can."""
    item, datasets = document["samples"][sample], document["datasets"]
    if item.get("estimate"):
        return "an estimate has no events; select what it is made of in its regions"
    if item["role"] == "data":
        return "the data are one sample; give their datasets the selection"
    for name in split_datasets(document, sample):
        if name not in datasets:
            return f"there is no dataset '{name}'"
        without = [key for key in WITHOUT_EVENTS if datasets[name].get(key)]
        if without:
            return f"the dataset '{name}' ({without[0]}) has no events to select; remove it"
        part = part_name(name, sample)
        if part in datasets:
            return f"its part of '{name}' would be '{part}', which is a dataset; rename one"
        if len(part) > LONGEST_NAME:
            return f"its part of '{name}' would be '{part}', which is too long; shorten a name"
    return ""


LONGEST_NAME = 100  # as in `wollemi.analysis.models.base.NAME_PATTERN`


def _split_sample(name: str, item: Document) -> dict[str, Any]:
    kept = {key: value for key, value in item.items() if key != "selection"}
    return {**kept, "datasets": [part_name(one, name) for one in as_list(item.get("datasets"))]}


def _split_alternative(item: Document, split: list[str]) -> Document:
    """A systematic with the parts of the datasets that replace a split sample."""
    sample = [name for name in as_list(item["samples"]) if name in split]
    replaced = replacing(item)
    if not sample or not replaced:
        return item
    sides = {
        side: [
            part_name(name, sample[0]) if name in replaced else name for name in as_list(item[side])
        ]
        for side in ("up", "down")
    }
    return {**item, **sides}


def _with_parts(item: Document, parts: Mapping[str, list[str]]) -> Document:
    """A factor on event weights, which also acts on the parts of the datasets that it names."""
    named = as_list(item.get("datasets"))
    more = [part_name(name, sample) for name in named for sample in parts.get(name, ())]
    return {**item, "datasets": [*named, *more]} if more else item


def origin(document: Document, dataset: str) -> str:
    """The dataset that owns the files of a dataset: itself, or the original dataset of a part."""
    return str(document["datasets"][dataset].get("split_of") or dataset)


def written_key(document: Document, place: str) -> str:
    """The key in the file for a place in the expanded analysis.

    Args:
        document: Analysis, expanded.
        place: Place such as `datasets.ttbar_ttbb.selection`, of a part of a dataset.
    """
    section, _, rest = place.partition(".")
    name, dot, key = rest.partition(".")
    if section == "datasets" and source_of(document, name) != name:
        return written_key(document, f"datasets.{source_of(document, name)}{dot}{key}")
    item = (document["datasets"].get(name) or {}) if section == "datasets" else {}
    placed, sample = item.get("slice"), sample_of_part(document, name) if item else ""
    if key == "slice.selection" and placed:
        return f"datasets.{placed['inclusive']}.stitch.{placed['name']}.selection"
    if key == "selection" and sample:
        return f"samples.{sample}.selection"
    if sample or (placed and item.get("split_of")):
        return f"datasets.{origin(document, name)}{dot}{key}"
    return place


def sample_of_part(document: Document, dataset: str) -> str:
    """The sample that uses a part of a dataset; empty for other datasets."""
    if not (document["datasets"].get(dataset) or {}).get("split_of"):
        return ""
    wholes = [name for name in document["datasets"] if dataset.startswith(f"{name}_")]
    names = [
        name
        for name in document["samples"]
        for whole in wholes
        if dataset == part_name(whole, name)
    ]
    return names[0] if names else ""
