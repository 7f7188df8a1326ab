"""Cutflows: what each cut leaves of the events of a dataset."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.weight_sets import add_sums
from wollemi.base.arrays import Flags
from wollemi.events.account import account_of_events, add_combinations, leave_out
from wollemi.events.not_numbers import add_not_numbers, found_not_numbers
from wollemi.inputs.luminosity_blocks import merge_blocks

Line = dict[str, Any]  # cut, events, sum_of_weights, sum_of_weights_squared


def cutflow_line(cut: str, weights: NDArray[np.float64], flags: Flags | None = None) -> Line:
    """Count events.

    Args:
        cut: what they passed.
        weights: (events,).
        flags: which events pass (events,); none: all.
    """
    passing = weights if flags is None else weights[flags]
    return {
        "cut": cut,
        "events": int(passing.size),
        "sum_of_weights": float(np.sum(passing)),
        "sum_of_weights_squared": float(np.sum(passing * passing)),
    }


def unweighted_line(cut: str, events: int) -> Line:
    """The line of events that all have weight 1.

    Args:
        cut: what they passed.
        events: how many.
    """
    return {
        "cut": cut,
        "events": events,
        "sum_of_weights": float(events),
        "sum_of_weights_squared": float(events),
    }


def cumulative_flags(terms: Sequence[Flags]) -> list[Flags]:
    """Which events pass the first term, the first two, and so on."""
    return list(np.logical_and.accumulate(np.asarray(terms), axis=0)) if terms else []


def add_lines(parts: Iterable[Sequence[Line]]) -> list[Line]:
    """Add the cutflows of parts, line by line; their cuts are the same."""
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


def merge_region_counts(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add the region counts of batches or parts, in their order."""
    regions = {
        name: add_lines(part["regions"][name] for part in parts) for name in parts[0]["regions"]
    }
    not_numbers = found_not_numbers(add_not_numbers(part.get("not_numbers", {}) for part in parts))
    noted = {"not_numbers": not_numbers} if not_numbers else {}
    return {
        "regions": regions,
        "selected": add_combinations(part["selected"] for part in parts),
        **noted,
    }


def merge_cutflows(
    skims: Sequence[Mapping[str, Any]], fills: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The cutflow of a dataset from those of its parts, in their order.

    Args:
        skims: what `skim_events` counted in each part.
        fills: what `fill_histograms` counted in each part.

    Raises:
        WollemiError: some events of the files are in no category, or in two.
    """
    files = [file for part in skims for file in part["files"]]
    skim, counts = add_lines(part["skim"] for part in skims), merge_region_counts(fills)
    certified = skim[1]["events"] if "certified" in skims[0] else None
    blinded = fills[0].get("blinded")
    selected = leave_out(counts["selected"], fills[0].get("variants", ()))
    members = (
        {"member_sums": add_sums([part["member_sums"] for part in skims])}
        if "member_sums" in skims[0]
        else {}
    )
    return {
        "dataset": skims[0]["dataset"],
        "preview": skims[0]["preview"],
        "files": files,
        "failed_files": [file for part in skims for file in part["failed_files"]],
        "skim": hide_skim(skim) if blinded else skim,
        "regions": counts["regions"],
        **members,
        "account": account_of_events(
            skims[0]["dataset"], files, skim, selected, certified, blinded=bool(blinded)
        )
        | {key: counts[key] for key in ("not_numbers",) if key in counts},
        **({"blinded": blinded} if blinded else {}),
    } | merge_blocks(skims)


Counts = dict[str, Any]


def _hidden_line(line: Mapping[str, Any]) -> Counts:
    return {key: value if key == "cut" else None for key, value in line.items()}


def hide_skim(lines: Sequence[Mapping[str, Any]]) -> list[Counts]:
    """The skim's lines in the cutflow of blinded data: how many events were read, and the names of
    the cuts.
    """
    return [dict(lines[0]), *map(_hidden_line, lines[1:])]
