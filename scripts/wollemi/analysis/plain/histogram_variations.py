"""Datasets that enter as histograms: the paths of all of them, written out, and of the systematics
whose histograms their files hold. Standard library only, on the plain YAML values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
    all regions.

    Args:
        document: an analysis whose shape the schema has accepted.
    """
    datasets = {
        name: {**item, "histograms": _of_regions(document, name, item["histograms"])}
        if item.get("histograms")
        else item
        for name, item in document["datasets"].items()
    }
    return {**document, "datasets": datasets}


def _of_regions(document: Document, dataset: str, given: Any) -> dict[str, list[str]]:
    if isinstance(given, Mapping):
        return {region: as_list(paths) for region, paths in given.items()}
    return {
        region: [filled_in(given, {"region": region, "dataset": dataset})]
        for region in document.get("regions", {})
    }


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
