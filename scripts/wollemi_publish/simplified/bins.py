"""The bins of a simplified likelihood."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from wollemi_likelihood.base.arrays import Flags, Floats


@dataclass(frozen=True)
class Bin:
    """A bin of a signal region.

    Attributes:
        region: Name of the signal region.
        index: Index in the region, from 0.
        variable: Name of the binned variable.
        low: Lower edge in `unit`.
        high: Upper edge in `unit`.
        unit: Unit of the edges; empty if dimensionless.
        blinded: Whether the data are hidden.
    """

    region: str
    index: int
    variable: str
    low: float
    high: float
    unit: str
    blinded: bool

    @property
    def name(self) -> str:
        """Region and index."""
        return f"{self.region}_{self.index}"

    def described(self) -> dict[str, Any]:
        """Entry of the bin in the product."""
        edges = {"variable": self.variable, "low": self.low, "high": self.high, "unit": self.unit}
        return {"name": self.name, "region": self.region, **edges, "blinded": self.blinded}


def region_bins(
    region: str, variable: str, edges: Floats, unit: str, blinded: Flags | None
) -> Iterator[Bin]:
    """The bins of a region.

    Args:
        region: Name of the region.
        variable: Name of the binned variable.
        edges: Edges of the bins of the fit, shape (bins + 1,).
        unit: Unit of the edges.
        blinded: Mask of bins with hidden data, shape (bins,); None if all are visible.
    """
    for index, (low, high) in enumerate(pairwise(edges.tolist())):
        hidden = blinded is not None and bool(blinded[index])
        yield Bin(region, index, variable, low, high, unit, hidden)


def read_bins(content: Mapping[str, Any]) -> list[Bin]:
    """The bins of a `simplified_likelihood.json`.

    Args:
        content: Content of the file.
    """
    regions = [item["region"] for item in content["bins"]]
    return [
        Bin(index=regions[:place].count(item["region"]), **_known(item))
        for place, item in enumerate(content["bins"])
    ]


def _known(item: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key != "name"}
