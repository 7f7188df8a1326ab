"""Datasets that enter as histograms: the expanded paths of their histograms, and the paths for
systematics whose histograms are in the files. Standard library only, on the plain YAML values.
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
    from wollemi.base.yaml import Document


def expand_histograms(document: Document) -> dict[str, Any]:
    """The analysis in which a dataset's histograms are a list of paths for each region, also if one
    path covers all regions. The list is empty for regions without its samples.

    Args:
        document: Analysis accepted by the schema.
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
    """Regions that contain the samples of a dataset, by their key `regions`: samples that it
    belongs to, or that it replaces in a systematic.

    Args:
        document: Analysis, as plain values.
        dataset: Name of the dataset.
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
    """Systematic → `up`, `down` (unless it is the mirror image) and `regions`, for systematics
    whose histograms are in the files of a dataset; empty `regions` mean all regions.

    Args:
        document: Analysis, as plain values.
        dataset: Name of the dataset.
    """
    return {
        name: {**own_sides(item), "regions": as_list(item.get("regions"))}
        for name, item in dataset_systematics(document, dataset, TEMPLATES).items()
    }


def own_sides(item: Document) -> dict[str, str]:
    """Path of the histograms for each side of a systematic that is not a mirror image."""
    return {side: str(item[side]) for side in SIDES if item[side] != MIRRORED}


def varied_histograms(
    document: Document, dataset: str, files: Sequence[str]
) -> Iterator[tuple[str, str, str, Histogram]]:
    """Systematic, side, region and place of each histogram of the systematics of a dataset.

    Args:
        document: Analysis, expanded.
        dataset: Name of the dataset.
        files: Paths of its files.
    """
    histograms = document["datasets"][dataset].get("histograms") or {}
    for name, item in histogram_variations(document, dataset).items():
        for region, nominal in nominal_histograms(histograms, files):
            for side in sides(item) if acts_in(item, region) else ():
                yield name, side, region, varied(item, side, nominal, region, dataset)


def varied_files(document: Document, dataset: str, files: Sequence[str]) -> list[str]:
    """Files with histograms of systematics of a dataset, except its own files."""
    found = (place.file for *_, place in varied_histograms(document, dataset, files))
    return [file for file in dict.fromkeys(found) if file not in files]
