"""Corrections measured by a run, read from their correctionlib files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wollemi_likelihood.base.arrays import Floats

MARKED_BY = ", "  # between marks


@dataclass(frozen=True)
class MeasuredMap:
    """A correction as read from its file.

    Attributes:
        edges: Axis → edges of its bins, in the order of the arguments.
        values: Variation → value in each cell, shape (cells,), the last axis fastest.
    """

    edges: Mapping[str, Sequence[float]]
    values: Mapping[str, Floats]

    def in_bins(self, variation: str) -> Floats:
        """Values of a variation in the bins of each axis (first axis, ...)."""
        return self.values[variation].reshape([len(edges) - 1 for edges in self.edges.values()])


def file_marks(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Marks of a file of measured corrections."""
    description = content.get("description")
    return tuple(description.split(MARKED_BY)) if description else ()


def measured_maps(content: Mapping[str, Any]) -> dict[str, MeasuredMap]:
    """Name → map, from a file of measured corrections."""
    return {item["name"]: _read_map(item) for item in content["corrections"]}


def _read_map(correction: Mapping[str, Any]) -> MeasuredMap:
    maps = {item["key"]: item["value"] for item in correction["data"]["content"]}
    (axes, *_) = [
        item["edges"] if item["nodetype"] == "multibinning" else [item["edges"]]
        for item in maps.values()
    ]
    names = [item["name"] for item in correction["inputs"][:-1]]
    values = {key: np.array(item["content"], np.float64) for key, item in maps.items()}
    return MeasuredMap(dict(zip(names, axes, strict=True)), values)
