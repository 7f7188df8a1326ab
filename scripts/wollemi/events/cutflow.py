"""Cutflows: the events of a dataset that are left after each cut."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi.events.account import add_combinations
from wollemi.events.not_numbers import add_not_numbers, found_not_numbers
from wollemi_likelihood.base.arrays import Flags

Line = dict[str, Any]  # cut, events, sum_of_weights, sum_of_weights_squared
NO_DATA = ("the data have no events", "data must be complete: check the file")


def cutflow_line(cut: str, weights: NDArray[np.float64], flags: Flags | None = None) -> Line:
    """The cutflow line of a cut.

    Args:
        cut: Name of the cut.
        weights: Event weights, shape (events,).
        flags: Flags of the events that pass, shape (events,); None for all.
    """
    passing = weights if flags is None else weights[flags]
    return {
        "cut": cut,
        "events": int(passing.size),
        "sum_of_weights": float(np.sum(passing)),
        "sum_of_weights_squared": float(np.sum(passing * passing)),
    }


def unweighted_line(cut: str, events: int) -> Line:
    """The cutflow line of events with weight 1.

    Args:
        cut: Name of the cut.
        events: Number of events.
    """
    return {
        "cut": cut,
        "events": events,
        "sum_of_weights": float(events),
        "sum_of_weights_squared": float(events),
    }


def cumulative_flags(terms: Sequence[Flags]) -> list[Flags]:
    """Flags of the events that pass the first term, the first two terms, and so on."""
    return list(np.logical_and.accumulate(np.asarray(terms), axis=0)) if terms else []


def add_lines(parts: Iterable[Sequence[Line]]) -> list[Line]:
    """Add the cutflows of parts with the same cuts, line by line."""
    total: list[Line] = []
    for lines in parts:
        if not total:
            total = [dict(line) for line in lines]
            continue
        for line, more in zip(total, lines, strict=True):
            for key in ("events", "sum_of_weights", "sum_of_weights_squared"):
                # None: blinded, in each part
                line[key] = None if line[key] is None else line[key] + more[key]
    return total


def merge_region_counts(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add the region counts of batches or parts, in order, with one in memory at a time."""
    regions: dict[str, list[Line]] = {}
    selected: dict[str, int] = {}
    not_numbers: dict[str, Any] = {}
    noted: dict[str, Any] = {}
    for part in parts:
        regions = {
            name: add_lines([*([regions[name]] if name in regions else []), lines])
            for name, lines in part["regions"].items()
        }
        selected = add_combinations([selected, part["selected"]])
        not_numbers = add_not_numbers([not_numbers, part.get("not_numbers", {})])
        noted = {key: part[key] for key in ("blinded", "variants") if key in part}
    found = found_not_numbers(not_numbers)
    return (
        {"regions": regions, "selected": selected}
        | ({"not_numbers": found} if found else {})
        | noted
    )


Counts = dict[str, Any]


def _hidden_line(line: Mapping[str, Any]) -> Counts:
    return {key: value if key == "cut" else None for key, value in line.items()}


def hide_skim(lines: Sequence[Mapping[str, Any]]) -> list[Counts]:
    """The skim's lines in the cutflow of blinded data: the number of events read and the names of
    the cuts.
    """
    return [dict(lines[0]), *map(_hidden_line, lines[1:])]
