"""Datasets that enter as histograms: the paths of all of them, written out, and of the systematics
whose histograms their files hold. Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import replacing
from wollemi.analysis.plain.histogram_paths import (
    Histogram,
    acts_in,
    filled_in,
    nominal_histograms,
    sides,
    varied,
)
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.systematic_kinds import MIRRORED, SIDES, TEMPLATES
from wollemi.analysis.plain.systematics import dataset_systematics

if TYPE_CHECKING:
    Document = Mapping[str, Any]
    Item = Mapping[str, Any]


def expand_histograms(document: Document) -> dict[str, Any]:
    """The histograms of a dataset as lists of paths for each region, also where one path stands for
    all regions. Regions that its samples are not in have an empty list.

    Args:
        document: an analysis whose shape the schema has accepted.
    """
    datasets = {
        name: {**item, "histograms": _of_regions(document, name, item["histograms"])}
        if item.get("histograms") is not None
        else item
        for name, item in document["datasets"].items()
    }
    return {**document, "datasets": datasets}


def _of_regions(document: Document, dataset: str, given: Any) -> dict[str, list[str]]:
    regions = declared_regions(document, dataset)
    if not isinstance(given, Mapping):
        given = {
            region: filled_in(given, {"region": region, "dataset": dataset}) for region in regions
        }
    absent = (region for region in document.get("regions", {}) if region not in regions)
    return {
        **{name: [] for name in absent},
        **{name: as_list(paths) for name, paths in given.items()},
    }


def declared_regions(document: Document, dataset: str) -> list[str]:
    """Regions that the samples of a dataset are in, by their key `regions`: the samples that it
    belongs to, or that it replaces in a systematic.

    Args:
        document: the analysis.
        dataset: name of the dataset.
    """
    everywhere = list(document.get("regions", {}))
    replaced = [
        sample
        for item in (document.get("systematics") or {}).values()
        if dataset in replacing(item)
        for sample in as_list(item.get("samples"))
    ]
    lists = [
        as_list(sample.get("regions")) or everywhere
        for name, sample in document["samples"].items()
        if dataset in as_list(sample.get("datasets")) or name in replaced
    ]
    return [name for name in everywhere if not lists or any(name in names for names in lists)]


def histogram_variations(document: Document, dataset: str) -> dict[str, Any]:
    """Systematic → `up`, `down` (unless it is the mirror image) and `regions` of those whose
    histograms are in the files of a dataset; no regions are all.

    Args:
        document: the analysis.
        dataset: name of the dataset.
    """
    return {
        name: {**own_sides(item), "regions": as_list(item.get("regions"))}
        for name, item in dataset_systematics(document, dataset, TEMPLATES).items()
    }


def own_sides(item: Item) -> dict[str, str]:
    """Path of each side of a systematic that has histograms of its own."""
    return {side: str(item[side]) for side in SIDES if item[side] != MIRRORED}


def varied_histograms(
    document: Document, dataset: str, files: Sequence[str]
) -> Iterator[tuple[str, str, str, Histogram]]:
    """Systematic, side, region and place of each histogram of the systematics of a dataset.

    Args:
        document: the analysis, written out.
        dataset: name of the dataset.
        files: its files.
    """
    histograms = document["datasets"][dataset].get("histograms") or {}
    for name, item in histogram_variations(document, dataset).items():
        for region, nominal in nominal_histograms(histograms, files):
            for side in sides(item) if acts_in(item, region) else ():
                yield name, side, region, varied(item, side, nominal, region, dataset)


def varied_files(document: Document, dataset: str, files: Sequence[str]) -> list[str]:
    """Files with histograms of systematics of a dataset, besides its own files."""
    found = (place.file for *_, place in varied_histograms(document, dataset, files))
    return [file for file in dict.fromkeys(found) if file not in files]
