"""Paths of a dataset's histograms in its files: nominal, and for either side of a systematic.

A path may contain placeholders, so that one line covers all samples and regions, as in the inputs
of TRExFitter and cabinetry. Standard library only, on the plain YAML values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

NOMINAL = ("region", "dataset")  # placeholders of datasets.*.histograms
VARIED = ("histogram", "folder", "name", "file", *NOMINAL)  # placeholders of a systematic
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_IN_A_FILE = re.compile(r"(.+\.root):(.+)")


class Histogram(NamedTuple):
    """A histogram in a file.

    Args:
        file: Path of the file.
        path: Path of the histogram in the file.
    """

    file: str
    path: str


def varied(item: Document, side: str, nominal: Histogram, region: str, dataset: str) -> Histogram:
    """The histogram for one side of a systematic.

    Args:
        item: Entry of `histogram_variations`.
        side: Side with its own histogram, `up` or `down`.
        nominal: Nominal histogram.
        region: Name of the region.
        dataset: Name of the dataset.
    """
    stem = re.sub(r"\.root$", "", nominal.file)
    folder, _, name = nominal.path.rpartition("/")
    values = {"histogram": nominal.path, "folder": folder, "name": name, "file": stem}
    values |= {"region": region, "dataset": dataset}
    path = filled_in(str(item[side]), values)
    match = _IN_A_FILE.fullmatch(path)
    return Histogram(match[1], match[2]) if match else Histogram(nominal.file, path)


def sides(item: Document) -> list[str]:
    """Sides of a systematic with their own histograms."""
    return [side for side in item if side != "regions"]


def nominal_histograms(
    histograms: Mapping[str, Any], files: Sequence[str]
) -> Iterator[tuple[str, Histogram]]:
    """Each histogram with the region to which it is added.

    Args:
        histograms: Region → paths of the dataset's histograms.
        files: Paths of the dataset's files.
    """
    for region, paths in histograms.items():
        for file in files:
            for path in paths:
                yield region, Histogram(file, path)


def acts_in(item: Document, region: str) -> bool:
    """Whether a systematic of `histogram_variations` acts in a region."""
    return not item["regions"] or region in item["regions"]


def filled_in(pattern: str, values: Mapping[str, str]) -> str:
    """A path with its placeholders filled in; unknown placeholders remain."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), pattern)
