"""Checks of datasets of histograms: their samples need one in each region and variable. Standard
library only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import replacing, used_datasets
from wollemi.analysis.plain.histogram_variations import declared_regions
from wollemi.analysis.plain.queries import as_list, fitted_regions, sample_datasets
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_histograms(document: Document) -> list[str]:
    """Regions and variables in which a sample would lose the events of a dataset, each as `path:
    problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    known = document["datasets"]
    problems = list(_sample_problems(document))
    for name in used_datasets(document):
        histograms = (known.get(name) or {}).get("histograms")
        if histograms is not None:
            problems += _missing_regions(document, name, histograms)
            problems += _superfluous_regions(document, name, histograms)
    return problems + list(_missing_variables(document))


def _sample_problems(document: Document) -> Iterator[str]:
    for name, sample in document["samples"].items():
        path, regions = f"samples.{name}.regions", as_list(sample.get("regions"))
        yield from unknown_names(path, regions, document["regions"], "region")
        datasets = {
            one: document["datasets"].get(one) or {} for one in as_list(sample.get("datasets"))
        }
        others = [one for one, item in datasets.items() if item.get("histograms") is None]
        if regions and (others or not datasets):
            events = f"'{others[0]}' is not a dataset of histograms" if others else "has none"
            yield f"{path}: only for datasets with histograms ({events}); remove it"
        if regions and sample["role"] == "data":
            yield f"{path}: the data need a histogram in each region; remove it"


def _samples_of(document: Document, dataset: str) -> list[str]:
    """Samples of a dataset, or samples in which it replaces another dataset in a systematic."""
    own = [
        name
        for name, item in document["samples"].items()
        if dataset in as_list(item.get("datasets"))
    ]
    systematics = (document.get("systematics") or {}).values()
    return own or [
        sample
        for item in systematics
        if dataset in replacing(item)
        for sample in as_list(item.get("samples"))
    ]


def _needed_regions(document: Document, dataset: str) -> list[str]:
    """Regions in which a dataset needs a histogram: for signals, and for systematics, the regions
    of the fit and of the systematic.
    """
    known = document["regions"]
    acting = [
        as_list(item.get("regions")) or list(known)
        for item in (document.get("systematics") or {}).values()
        if dataset in replacing(item) and dataset not in sample_datasets(document)
    ]
    samples = [document["samples"].get(name) or {} for name in _samples_of(document, dataset)]
    of_fit = bool(acting) or {item.get("role") for item in samples} == {"signal"}
    return [
        name
        for name in declared_regions(document, dataset)
        if not known[name].get("derived_from")
        and (not of_fit or name in fitted_regions(document))
        and (not acting or any(name in names for names in acting))
    ]


def _missing_regions(
    document: Document, dataset: str, histograms: Mapping[str, Any]
) -> Iterator[str]:
    missing = [name for name in _needed_regions(document, dataset) if not histograms.get(name)]
    if not missing:
        return
    regions = f"region{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    samples = _samples_of(document, dataset)
    if not samples:
        yield f"datasets.{dataset}.histograms: has none for the {regions}; add the path"
        return
    yield (
        f"datasets.{dataset}.histograms: has none for the {regions}, where the sample "
        f"'{samples[0]}' would be missing; add the path, or if the sample has no events there, "
        f"list its other regions in samples.{samples[0]}.regions"
    )


def _superfluous_regions(
    document: Document, dataset: str, histograms: Mapping[str, Any]
) -> Iterator[str]:
    declared = declared_regions(document, dataset)
    for region, paths in histograms.items():
        if paths and region in document["regions"] and region not in declared:
            sample = _samples_of(document, dataset)[0]
            yield (
                f"datasets.{dataset}.histograms.{region}: the sample '{sample}' is not in this "
                f"region; remove it, or add it to samples.{sample}.regions"
            )


def _missing_variables(document: Document) -> Iterator[str]:
    """Further variables of regions that a dataset of histograms lacks: the background would be
    incomplete.
    """
    for name, sample in document["samples"].items():
        for dataset in as_list(sample.get("datasets")) if sample["role"] == "background" else ():
            if (document["datasets"].get(dataset) or {}).get("histograms") is None:
                continue
            for region in _needed_regions(document, dataset):
                for variable in as_list(document["regions"][region].get("monitor")):
                    yield (
                        f"regions.{region}.monitor: '{variable}' has no histogram in "
                        f"datasets.{dataset}, and the background '{name}' would be missing in its "
                        "plot; remove the variable from monitor"
                    )
