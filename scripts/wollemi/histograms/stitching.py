"""Stitch slices of an inclusive dataset: the sum of weights of all datasets in a slice, and a
comparison of the slice's cross section with the inclusive dataset.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from math import fsum, sqrt
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.cut_names import SLICE
from wollemi.events.cutflow import Line, add_lines
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import Dataset

LOGGER = logging.getLogger("wollemi")
SIGMAS, SMALLEST = 3.0, 0.01  # reported difference, in errors and relative to the cross section


def slice_entry(
    name: str, dataset: Dataset, cutflow: Mapping[str, Any], partners: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Entry `slice` of the cutflow of a stitched dataset; empty for others.

    Args:
        name: Name of the dataset.
        dataset: Settings of the dataset.
        cutflow: Merged cutflow.
        partners: Counts of the skims of the other datasets in its slice.

    Raises:
        WollemiError: The files are skimmed, so that Σw of the slice is unknown.
    """
    placed = dataset.slice
    if placed is None or not placed.datasets:
        return {}
    if "produced" in cutflow:
        raise WollemiError(
            f"dataset {name}",
            "its files contain only some of the produced events, and do not state the sum of "
            f"weights of its slice '{placed.name}'",
            "stitch datasets whose files contain all events",
        )
    lines: dict[str, list[Line]] = {name: list(cutflow["skim"])}
    for part in partners:
        before = [lines[part["dataset"]]] if part["dataset"] in lines else []
        lines[part["dataset"]] = add_lines([*before, part["skim"]])
    inside = {one: _line(lines[one], SLICE) for one in placed.datasets}
    first = placed.datasets[0]
    own = placed.inclusive_cross_section_pb or 0.0
    share, error = share_of_slice(lines[first][0], inside[first])
    assert dataset.cross_section_pb is not None  # `wollemi.analysis.plain.stitching` requires it
    outside = lines[name][0]["events"] - inside[name]["events"]
    found = {
        "name": placed.name,
        "inclusive": placed.inclusive,
        "datasets": list(placed.datasets),
        "sum_of_weights": fsum(line["sum_of_weights"] for line in inside.values()),
        "cross_section_pb": dataset.cross_section_pb * dataset.scale_factor,
        "inclusive_pb": own * share,
        "inclusive_error_pb": own * error,
        "outside": 0 if name == first else outside,
    }
    _warn(name, name == first, found)
    return {"slice": found}


def _line(lines: Sequence[Line], cut: str) -> Line:
    return next(line for line in lines if line["cut"] == cut)


def share_of_slice(every: Line, inside: Line) -> tuple[float, float]:
    """Fraction of the sum of weights in a slice, and its statistical error.

    Args:
        every: Cutflow line of all events.
        inside: Cutflow line of the events in the slice.
    """
    total, squares = every["sum_of_weights"], inside["sum_of_weights_squared"]
    if not total > 0:
        return 0.0, 0.0
    share = inside["sum_of_weights"] / total
    others = every["sum_of_weights_squared"] - squares
    return share, sqrt(squares * (1 - share) ** 2 + others * share**2) / total


def slice_remarks(found: Mapping[str, Any]) -> list[str]:
    """Describe a cross section of a slice that differs from the inclusive dataset.

    Args:
        found: Entry from `slice_entry`.
    """
    given, own, error = (
        found[key] for key in ("cross_section_pb", "inclusive_pb", "inclusive_error_pb")
    )
    if abs(given - own) <= max(SIGMAS * error, SMALLEST * given):
        return []
    return [
        f"{found['inclusive']}: slice {found['name']} has {given:.5g} pb, of which the inclusive "
        f"dataset has {own:.5g} ± {error:.2g} pb"
    ]


def _warn(name: str, is_inclusive: bool, found: Mapping[str, Any]) -> None:
    for line in slice_remarks(found) if is_inclusive else ():
        LOGGER.warning("%s", line)
    if found["outside"]:
        LOGGER.warning(
            "%s: %d events are outside slice %s, and are left out",
            name,
            found["outside"],
            found["name"],
        )
