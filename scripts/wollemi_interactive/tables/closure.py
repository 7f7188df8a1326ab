"""Comparison of a run's histograms with another program's histograms of the same events."""

import re
from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

import numpy as np

from wollemi.histograms.histogram import Histogram, bin_edges
from wollemi.inputs.root_trees import open_root, unreadable
from wollemi_interactive.tables.root_export import Exported
from wollemi_likelihood.base.errors import WollemiError

FIELDS = ("region", "variable", "sample", "dataset", "variation")
# Smaller contents relative to the largest one are rounding errors of zero.
_NOTHING = 1e-13


class Foreign(NamedTuple):
    """A histogram of the other program.

    Args:
        edges: Bin edges of each axis.
        sums: Sums of weights, with under- and overflow.
        squares: Sums of squared weights, with under- and overflow; None if the file has none.
    """

    edges: tuple[np.ndarray, ...]
    sums: np.ndarray
    squares: np.ndarray | None


class Deviation(NamedTuple):
    """The largest difference of two histograms.

    Args:
        size: Relative difference; infinite for different bins.
        where: Quantity that differs, and its bin.
        here: Number of the run.
        there: Number of the other program.
    """

    size: float
    where: str
    here: float = np.nan
    there: float = np.nan


def foreign_path(pattern: str, item: Exported) -> str:
    """Path of a histogram in the file of the other program. Without a field for variations in the
    pattern, the path ends in `_<variation>`.

    Args:
        pattern: Path with fields in braces.
        item: Histogram of the run.
    """
    region, _, variable = item.place.partition("/")
    fields = {"sample": item.sample, "dataset": item.sample, "variation": item.variation}
    path = pattern.format(region=region, variable=variable, **fields)
    if item.variation == "nominal" or "{variation}" in pattern:
        return path
    return f"{path}_{item.variation}"


def check_pattern(pattern: str) -> set[str]:
    """Fields of a pattern.

    Args:
        pattern: Pattern of paths.

    Raises:
        WollemiError: The pattern has an unknown field, or lacks a region or sample.
    """
    remedy = "write a path with {region}, {variable}, {sample} or {dataset}, {variation}"
    try:
        fields = {name for _, name, _, _ in Formatter().parse(pattern) if name is not None}
    except ValueError as error:
        raise WollemiError("--histograms", f"'{pattern}': {error}", remedy) from None
    if unknown := sorted(fields - set(FIELDS)):
        problem = f"'{pattern}' has the field '{unknown[0]}', which there is not"
        raise WollemiError("--histograms", problem, remedy)
    if "region" not in fields or not fields & {"sample", "dataset"}:
        problem = f"'{pattern}' is the same path for several histograms"
        raise WollemiError("--histograms", problem, remedy)
    return fields


def read_foreign(path: Path) -> dict[str, Foreign]:
    """All TH1, TH2 and TH3 of a ROOT file.

    Args:
        path: Path of the file.

    Raises:
        WollemiError: The file has none, or cannot be read.
    """
    found: dict[str, Foreign] = {}
    with open_root(path) as file:
        for name, kind in file.classnames(cycle=False).items():
            if re.fullmatch("TH[123][CSILFD]", kind):
                try:
                    found[name] = _foreign(file[name])
                except Exception as error:  # uproot has no common error
                    raise unreadable(path, error) from error
    if not found:
        raise WollemiError(str(path), "has no histograms", "write TH1, TH2 or TH3 to it")
    return found


def _foreign(source: Any) -> Foreign:
    # uproot returns the contents as variances if squares are missing.
    squares = source.member("fSumw2", none_if_missing=True)
    return Foreign(
        tuple(np.asarray(axis.edges(), np.float64) for axis in source.axes),
        np.asarray(source.values(flow=True), np.float64),
        np.asarray(source.variances(flow=True), np.float64)
        if squares is not None and len(squares)
        else None,
    )


def deviation(ours: Histogram, theirs: Foreign, scale: float, flow: bool) -> Deviation:
    """The largest relative difference of the sums of weights, or of their squares.

    Args:
        ours: Histogram of the run.
        theirs: Histogram of the other program.
        scale: Factor on the weights of the other program.
        flow: Whether under- and overflow count.
    """
    edges = [bin_edges(axis) for axis in ours.axes]
    if [len(item) for item in edges] != [len(item) for item in theirs.edges] or not all(
        np.allclose(*pair, rtol=1e-9, atol=1e-12) for pair in zip(edges, theirs.edges, strict=True)
    ):
        return Deviation(np.inf, "other bins")
    pairs = [("sum of weights", ours.values(flow=True), scale * theirs.sums)]
    if theirs.squares is not None:
        squares = scale**2 * theirs.squares
        pairs.append(("sum of squared weights", ours.variances(flow=True), squares))
    return max(
        (_largest(what, here, there, edges, flow) for what, here, there in pairs),
        key=lambda item: item.size,
    )


def _largest(
    what: str, here: np.ndarray, there: np.ndarray, edges: Sequence[np.ndarray], flow: bool
) -> Deviation:
    inside = (slice(None) if flow else slice(1, -1),) * here.ndim
    left, right = here[inside], there[inside]
    sizes = np.maximum(np.abs(left), np.abs(right))
    with np.errstate(invalid="ignore"):
        differences = np.abs(left - right)
    differences[differences <= _NOTHING * sizes.max(initial=0.0)] = 0.0
    with np.errstate(invalid="ignore"):
        relative = np.divide(differences, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    relative[~np.isfinite(left) | ~np.isfinite(right)] = np.inf
    place = np.unravel_index(int(np.argmax(relative)), relative.shape)
    bins = [int(number) + (0 if flow else 1) for number in place]
    where = ", ".join(_bin_text(*pair) for pair in zip(bins, edges, strict=True))
    return Deviation(
        float(relative[place]), f"{what}, {where}", float(left[place]), float(right[place])
    )


def _bin_text(number: int, edges: np.ndarray) -> str:
    """A bin of an axis as text; 0 is the underflow."""
    if number == 0:
        return f"below {edges[0]:g}"
    if number == len(edges):
        return f"above {edges[-1]:g}"
    return f"{edges[number - 1]:g} to {edges[number]:g}"


def free_scales(pairs: Sequence[tuple[Exported, Foreign]], flow: bool = True) -> dict[str, float]:
    """Factor of each sample that gives both programs the same sum over all nominal histograms.

    Args:
        pairs: Simulated histograms of the run and of the other program; data have no cross section
            to scale.
        flow: Whether under- and overflow count.
    """
    sums: dict[str, list[tuple[float, float]]] = {}
    for item, theirs in pairs:
        if item.variation == "nominal" and item.histogram is not None:
            ours = float(item.histogram.values(flow=flow).sum())
            inside = (slice(None) if flow else slice(1, -1),) * theirs.sums.ndim
            sums.setdefault(item.sample, []).append((ours, float(theirs.sums[inside].sum())))
    found = {}
    for sample, both in sums.items():
        here, there = (fsum(side) for side in zip(*both, strict=True))
        found[sample] = here / there if there else 1.0
    return found


def closure_lines(
    deviations: Mapping[str, Deviation], tolerance: float, scales: Mapping[str, float]
) -> Iterator[str]:
    """Results of a closure check in Markdown; histograms that agree are only counted.

    Args:
        deviations: Path → largest difference.
        tolerance: Relative difference that is accepted.
        scales: Free factor of each sample; empty for none.
    """
    bad = {name: item for name, item in deviations.items() if item.size > tolerance}
    good = len(deviations) - len(bad)
    yield f"{good} of {len(deviations)} histograms agree within {tolerance:g}."
    if good:
        largest = max(item.size for name, item in deviations.items() if name not in bad)
        yield f"The largest relative difference among them is {largest:.1e}."
    if scales:
        factors = ", ".join(f"{name} {value:.10g}" for name, value in scales.items())
        yield f"Factors on the other program's weights: {factors}."
    if bad:
        yield ""
        yield "| histogram | difference | where | here | there |"
        yield "| --- | --- | --- | --- | --- |"
    for name, item in sorted(bad.items(), key=lambda pair: (-pair[1].size, pair[0])):
        size = "–" if np.isinf(item.size) else f"{item.size:.2g}"
        numbers = ("–" if np.isnan(value) else f"{value:.9g}" for value in (item.here, item.there))
        yield f"| {name} | {size} | {item.where} | {' | '.join(numbers)} |"
