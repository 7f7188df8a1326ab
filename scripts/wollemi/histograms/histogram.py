"""Histograms: one axis, sums of weights and of squared weights, under- and overflow kept; UHI JSON
(schema 1) in files.

Our own small filler and merger: sums run in stored order, so that equal events give equal bits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from wollemi.analysis.models.analysis import Variable
from wollemi.base.arrays import Floats
from wollemi.base.errors import WollemiError
from wollemi.base.json_files import REMEDY, read_json, render_json

# notes of `wollemi.histograms.blinding`, which stay on a histogram
BLINDING = ("blinded", "left_out")
MEMBERS_FILE = "members.json"  # of a dataset's weight sets: the model makes systematics of them


@dataclass(frozen=True)
class Axis:
    """Bins of one variable.

    Args:
        name: name of the variable.
        edges: increasing bin edges (bins + 1,) in `unit`.
        label: for people, without the unit.
        unit: unit of the edges.
        regular: whether the bins are equally wide by definition.
    """

    name: str
    edges: tuple[float, ...]
    label: str = ""
    unit: str = ""
    regular: bool = False

    @classmethod
    def of_variable(cls, name: str, variable: Variable) -> "Axis":
        """The axis that an analysis file describes."""
        if variable.edges is not None:
            return cls(name, variable.edges, variable.label, variable.unit)
        if variable.log_bins is not None:
            bins, lower, upper = variable.log_bins
            # Rounded: the last bits of a logarithm differ between processors.
            return cls(
                name,
                tuple(float(f"{edge:.12g}") for edge in np.geomspace(lower, upper, bins + 1)),
                variable.label,
                variable.unit,
            )
        assert variable.bins is not None  # wollemi.analysis.checks.all checks it
        bins, lower, upper = variable.bins
        edges = tuple(float(edge) for edge in np.linspace(lower, upper, bins + 1))
        return cls(name, edges, variable.label, variable.unit, regular=True)

    @property
    def size(self) -> int:
        """Number of bins, without under- and overflow."""
        return len(self.edges) - 1


@dataclass(frozen=True)
class Histogram:
    """Sums of weights and of squared weights (bins + 2,), underflow first, overflow last."""

    axis: Axis
    values: Floats
    variances: Floats
    metadata: Mapping[str, str | float | bool] = field(default_factory=dict)

    @property
    def bins(self) -> Floats:
        """Sums of weights (bins,), without under- and overflow."""
        return self.values[1:-1]

    @property
    def bin_variances(self) -> Floats:
        """Sums of squared weights (bins,), without under- and overflow."""
        return self.variances[1:-1]

    def scaled(self, factor: float) -> "Histogram":
        """The histogram of events whose weights are multiplied by a factor."""
        return replace(self, values=self.values * factor, variances=self.variances * factor**2)

    def __add__(self, other: "Histogram") -> "Histogram":
        if self.axis.edges != other.axis.edges:
            raise WollemiError(
                f"histogram {self.axis.name}",
                "histograms with different bins cannot be added",
                "make them again",
            )
        return replace(
            self, values=self.values + other.values, variances=self.variances + other.variances
        )


def fill(axis: Axis, values: Floats, weights: Floats, **metadata: str | float | bool) -> Histogram:
    """Fill a histogram. A bin holds its lower edge, not its upper one; NaN is not an entry.

    Args:
        axis: the bins.
        values: (events,) in the axis' unit.
        weights: (events,).
        metadata: what to note on the histogram.
    """
    present = ~np.isnan(values)
    index = np.searchsorted(np.asarray(axis.edges), values[present], side="right")
    used = weights[present]
    size = axis.size + 2
    sums = np.bincount(index, weights=used, minlength=size).astype(np.float64)
    squares = np.bincount(index, weights=used * used, minlength=size).astype(np.float64)
    return Histogram(axis, sums, squares, metadata)


def add_all(histograms: Iterable[Histogram]) -> Histogram:
    """Sum in the given order (float sums are not associative)."""
    return reduce(lambda total, item: total + item, histograms)


def merge(parts: Iterable[Mapping[str, Histogram]]) -> dict[str, Histogram]:
    """Add histograms of the same name, part after part."""
    total: dict[str, Histogram] = {}
    for part in parts:
        for name, histogram in part.items():
            total[name] = total[name] + histogram if name in total else histogram
    return total


def normalized(
    histograms: Mapping[str, Histogram], factor: float, **metadata: str | float | bool
) -> dict[str, Histogram]:
    """Scale each histogram, and note where it is from.

    Args:
        histograms: named histograms.
        factor: factor on the weights.
        metadata: replaces what is noted on them, but for what is blinded.
    """
    return {
        name: replace(
            item.scaled(factor),
            metadata=metadata | {k: v for k, v in item.metadata.items() if k in BLINDING},
        )
        for name, item in histograms.items()
    }


def to_uhi(histogram: Histogram) -> dict[str, Any]:
    """A histogram as plain values of the UHI schema 1."""
    axis = histogram.axis
    shape: dict[str, Any] = {"type": "variable", "edges": list(axis.edges)}
    if axis.regular:
        shape = {
            "type": "regular",
            "lower": axis.edges[0],
            "upper": axis.edges[-1],
            "bins": axis.size,
        }
    described = {"name": axis.name, "label": axis.label, "unit": axis.unit}
    return {
        "uhi_schema": 1,
        "metadata": dict(histogram.metadata),
        "axes": [
            shape | {"underflow": True, "overflow": True, "circular": False, "metadata": described}
        ],
        "storage": {
            "type": "weighted",
            "values": histogram.values.tolist(),
            "variances": histogram.variances.tolist(),
        },
    }


def from_uhi(content: Mapping[str, Any]) -> Histogram:
    """A histogram from plain values of the UHI schema 1."""
    (axis,) = content["axes"]
    described = axis.get("metadata", {})
    regular = axis["type"] == "regular"
    edges = (
        np.linspace(axis["lower"], axis["upper"], axis["bins"] + 1).tolist()
        if regular
        else axis["edges"]
    )
    return Histogram(
        Axis(
            described.get("name", ""),
            tuple(edges),
            described.get("label", ""),
            described.get("unit", ""),
            regular,
        ),
        np.asarray(content["storage"]["values"], np.float64),
        np.asarray(content["storage"]["variances"], np.float64),
        content.get("metadata", {}),
    )


def write_histograms(path: Path, histograms: Mapping[str, Histogram]) -> None:
    """Write named histograms as one UHI JSON file."""
    path.write_text(
        render_json({name: to_uhi(item) for name, item in histograms.items()}), encoding="utf-8"
    )


def read_histograms(path: Path) -> dict[str, Histogram]:
    """Read the named histograms of a UHI JSON file.

    Raises:
        WollemiError: it is none, or a histogram does not fit its axis.
    """
    content = read_json(path)
    try:
        histograms = {name: from_uhi(item) for name, item in content.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WollemiError(
            str(path), f"is not a file of histograms ({type(error).__name__}: {error})", REMEDY
        ) from error
    for name, item in histograms.items():
        problem = find_flaw(item)
        if problem:
            raise WollemiError(str(path), f"'{name}' {problem}", REMEDY)
    return histograms


def find_flaw(histogram: Histogram) -> str:
    """What no histogram can be; empty if it is one."""
    bins = histogram.axis.size + 2
    for what, values in (("values", histogram.values), ("variances", histogram.variances)):
        if values.shape != (bins,):
            return f"has {values.size} {what}, but {bins} bins with under- and overflow"
        if not np.isfinite(values).all():
            return f"has {what} that are not finite"
    return "has a negative variance" if (histogram.variances < 0).any() else ""


def read_datasets(paths: Iterable[Path]) -> dict[str, dict[str, Histogram]]:
    """Dataset → name → histogram, of files `<dataset>.json` and `<dataset>/members.json`."""
    found: dict[str, dict[str, Histogram]] = {}
    for path in paths:
        dataset = path.parent.name if path.name == MEMBERS_FILE else path.stem
        found.setdefault(dataset, {}).update(read_histograms(path))
    return found


def histogram_name(region: str, variable: str, variation: str = "nominal") -> str:
    """Name of a histogram in its file."""
    return f"{region}/{variable}/{variation}"
