"""Read distributions of data from external files: a TH1, or a histogram in JSON."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hist.serialization
import numpy as np

from wollemi.analysis.plain.corrections import TARGET_NAME, target_files, target_histograms
from wollemi.analysis.plain.measured_maps import axis_edges
from wollemi.histograms.histogram import any_name
from wollemi.histograms.root_files import read_th1
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean

_NAME_IT = "name one of its histograms"


@dataclass(frozen=True)
class Distribution:
    """The distribution of a quantity.

    Attributes:
        where: File and name for errors.
        edges: Bin edges, shape (bins + 1,).
        contents: Bin contents, shape (bins,).
        total: Sum of the contents including under- and overflow.
    """

    where: str
    edges: Floats
    contents: Floats
    total: float

    def in_bins(self, edges: Sequence[float]) -> Floats:
        """Contents of wider bins that consist of complete bins, shape (bins,).

        Args:
            edges: Increasing edges, each an edge of the distribution.

        Raises:
            WollemiError: An edge is inside a bin or outside all bins.
        """
        wanted = np.asarray(edges, np.float64)
        nearest = np.abs(self.edges[:, np.newaxis] - wanted).argmin(axis=0)
        found = self.edges[nearest]
        off = np.flatnonzero(~np.isclose(found, wanted, rtol=1e-9, atol=1e-12))
        if off.size:
            problem = (
                f"has {counted(self.contents.size, 'bin')} from {self.edges[0]:g} to "
                f"{self.edges[-1]:g}, none of which begins or ends at {wanted[off[0]]:g}"
            )
            raise WollemiError(self.where, problem, "give `axes` edges that the target has, too")
        return np.array(
            [self.contents[low:high].sum() for low, high in itertools.pairwise(nearest)]
        )


def read_targets(
    measured: Mapping[str, Any], paths: Sequence[Path]
) -> dict[str, tuple[Floats, float]]:
    """Read the distributions of data in the bins of a measurement, shape (bins,), by variation,
    with the fraction outside these bins.

    Args:
        measured: Settings of a measurement with a target.
        paths: Paths of its files, each once, in order.

    Raises:
        WollemiError: A file lacks the histogram, or its bins differ.
    """
    (axis,) = measured["axes"].values()
    files = target_files(measured)
    found = {}
    for variation, item in target_histograms(measured).items():
        path = paths[files.index(item["file"])]
        distribution = read_distribution(path, item.get("histogram", TARGET_NAME))
        contents, total = distribution.in_bins(axis_edges(axis)), distribution.total
        found[variation] = contents, 1 - float(contents.sum()) / total if total else 0.0
    return found


def read_distribution(path: Path, name: str) -> Distribution:
    """Read a distribution from a ROOT file, or from a JSON file of UHI histograms, any storage.

    Args:
        path: Path of the file; JSON files have the suffix `.json`.
        name: Name of the histogram in the file.

    Raises:
        WollemiError: The histogram is missing, it has several axes, or its contents are negative or
            not finite.
    """
    if path.suffix == ".json":
        edges, contents, total = _read_json(path, name)
    else:
        source = read_th1(path, name, _NAME_IT)
        edges, contents = source.axis().edges(), source.values()
        total = float(source.values(flow=True).sum())
    made = Distribution(f"{path}: {name}", edges, np.asarray(contents, np.float64), total)
    bad = np.flatnonzero(~(made.contents >= 0))
    if bad.size:
        low, high = made.edges[bad[0]], made.edges[bad[0] + 1]
        problem = f"has {made.contents[bad[0]]:g} from {low:g} to {high:g}"
        raise WollemiError(made.where, problem, "give a distribution of counts")
    return made


def _read_json(path: Path, name: str) -> tuple[Floats, Floats, float]:
    """Edges, contents without under- and overflow, and sum including both."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if name not in content:
            problem = f"has no histogram '{name}'{did_you_mean(name, list(content))}"
            raise WollemiError(str(path), problem, _NAME_IT)
        with any_name():
            found = hist.serialization.from_uhi(content[name])
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise WollemiError(
            str(path),
            f"is not a JSON file of histograms ({type(error).__name__}: {error})",
            "write name → histogram as `hist.serialization.to_uhi` gives it, or a ROOT file",
        ) from error
    if found.ndim != 1:
        raise WollemiError(f"{path}: {name}", f"has {found.ndim} axes", "give one with one axis")
    contents = np.asarray(found.values(), np.float64)
    return found.axes[0].edges, contents, float(found.values(flow=True).sum())
