"""Datasets that take different events from the same files: one job reads the files for all of them,
and their events are compared. Standard library only, on plain values, as the Snakefile uses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.dataset_selections import origin, own_cuts
from wollemi.analysis.plain.datasets import event_datasets
from wollemi.analysis.plain.queries import sample_datasets
from wollemi.analysis.view import view_of

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

_FILES = ("files", "manifest", "generate", "tree", "names")
# Keys that select the events of a dataset from its files, not the way the files are read.
_OF_TAKEN_EVENTS = (
    *("selection", "slice", "split_of"),
    *("cross_section_pb", "scale_factor", "sum_of_weights", "normalization"),
)


def read_together(document: Document, datasets: Iterable[str]) -> list[list[str]]:
    """Datasets in groups whose files one job reads, in their order: single datasets, or several
    that read the same files in the same way.

    Args:
        document: Analysis, expanded.
        datasets: Names of the datasets that are read event by event.
    """
    groups: dict[str, list[str]] = {}
    for name in datasets:
        key = _read_as(document, name) if _takes_part(document, name) else name
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def read_with(document: Document, dataset: str) -> list[str]:
    """The other datasets whose events the job of a dataset takes from the same files.

    Args:
        document: Analysis, expanded.
        dataset: Name of the dataset.
    """
    if not _takes_part(document, dataset):
        return []
    groups = read_together(document, event_datasets(document))
    return [name for group in groups if dataset in group for name in group if name != dataset]


def earlier_of_same_files(document: Document, dataset: str) -> list[str]:
    """For the last of the datasets that take events from the same files, the earlier ones.

    Args:
        document: Analysis, expanded.
        dataset: Name of the dataset.
    """
    parts = [name for name in event_datasets(document) if _takes_part(document, name)]
    sharing = [name for name in parts if _files(document, name) == _files(document, dataset)]
    return sharing[:-1] if sharing[-1:] == [dataset] else []


def _takes_part(document: Document, dataset: str) -> bool:
    """Whether a simulated dataset takes only some events of its files; copies for measuring a
    correction are excluded.
    """
    item = document["datasets"][dataset]
    is_data = dataset in sample_datasets(view_of(document), "data")
    return bool(own_cuts(item)) and not item.get("measures") and not is_data


def _read_as(document: Document, dataset: str) -> str:
    """A key that is equal for datasets that read the same files in the same way."""
    item = document["datasets"][dataset]
    read = {key: value for key, value in item.items() if key not in _OF_TAKEN_EVENTS}
    files = item.get("files") or ()
    # Files that the run fetches or generates are in a folder of the dataset that names them.
    is_made = "generate" in item or not all(isinstance(file, str) for file in files)
    return json.dumps([origin(document, dataset) if is_made else "", read], sort_keys=True)


def _files(document: Document, dataset: str) -> list[Any]:
    return [document["datasets"][dataset].get(key) for key in _FILES]
