"""The account of events: each event in the files of a dataset is in exactly one category.

The totals come from the files, the counts of the categories from the steps that read the events, so
that a lost event shows up.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.cut_names import SELECTION, SLICE
from wollemi_likelihood.base.errors import WollemiError

AND = " + "  # between the names of regions that share events
OF_OTHERS = "outside the selection of the dataset"
BLINDED_CATEGORY = "rejected by the skim, in no region, or blinded"
Counts = dict[str, int]


@dataclass(frozen=True)
class Produced:
    """A file's record of the events before any skim.

    Args:
        told_by: Name of the record in the file.
        events: Number of events.
        sum_of_weights: Σw of the generator weights.
        sum_of_weights_squared: Σw²; None if not recorded.
        members: List of weights, such as `LHEScaleWeight` → Σw of each of its members.
    """

    told_by: str
    events: int
    sum_of_weights: float
    sum_of_weights_squared: float | None
    members: Mapping[str, Sequence[float]]


def count_combinations(flags: Mapping[str, NDArray[np.bool_]]) -> Counts:
    """Number of events in exactly each set of regions, such as `search` or `search + peak`; sets
    without events are left out.

    Args:
        flags: Region → flags of its events, shape (events,); at least one region.
    """
    inside = np.zeros(len(next(iter(flags.values()))), np.int32)
    for passed in flags.values():
        inside += passed
    alone = inside == 1
    counts = {name: int(np.sum(passed & alone)) for name, passed in flags.items()}
    several = np.flatnonzero(inside > 1)
    shared = _count_shared({name: passed[several] for name, passed in flags.items()})
    return {name: count for name, count in counts.items() if count} | shared


def _count_shared(flags: Mapping[str, NDArray[np.bool_]]) -> Counts:
    """As `count_combinations`, for events that are each in several regions."""
    codes = np.zeros(len(next(iter(flags.values()))), np.int64)
    for index, passed in enumerate(flags.values()):
        if index % 32 == 31:
            # Few sets occur: renumbering them leaves room for more regions.
            codes = np.unique(codes, return_inverse=True)[1]
        codes = codes * 2 + passed
    _, examples, counts = np.unique(codes, return_index=True, return_counts=True)
    sets = (
        AND.join(name for name, passed in flags.items() if passed[example]) for example in examples
    )
    return {name: int(count) for name, count in zip(sets, counts, strict=True)}


def name_of_set(regions: Sequence[str], number: int) -> str:
    """Name of a set of regions; empty for the empty set.

    Args:
        regions: All regions.
        number: Bit pattern of the set, with the last region in the lowest bit.
    """
    return AND.join(
        name for place, name in enumerate(regions, 1) if number >> (len(regions) - place) & 1
    )


def add_combinations(parts: Iterable[Mapping[str, int]]) -> Counts:
    """Add the counts of batches or parts; sets of regions are sorted alphabetically, regardless of
    the order of parts.
    """
    total: Counts = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return dict(sorted(total.items()))


def leave_out(counts: Mapping[str, int], names: Collection[str]) -> Counts:
    """Counts of sets of regions without some of the regions; events in these regions alone drop
    out.

    Args:
        counts: Set of regions → number of events in exactly these.
        names: Names of the regions to leave out.
    """
    sets = (
        {AND.join(name for name in key.split(AND) if name not in names): count}
        for key, count in counts.items()
    )
    return {name: count for name, count in add_combinations(sets).items() if name}


def make_account(
    where: str, entries: int, unselected: Mapping[str, int], selected: Mapping[str, int]
) -> dict[str, Any]:
    """An account of events, if it adds up.

    Args:
        where: Dataset, for the error message.
        entries: Number of events in all files.
        unselected: Category → number of events in no region, such as events rejected by the skim.
        selected: Set of regions → number of events in exactly these.

    Raises:
        WollemiError: A category is negative, or the sum is not the number of events in the files.
    """
    categories = [*unselected.items(), *((f"in {name}", count) for name, count in selected.items())]
    total = sum(count for _, count in categories)
    if total != entries or any(count < 0 for _, count in categories):
        listing = ", ".join(f"{count:,} {name}" for name, count in categories)
        problem = (
            f"the files say that they hold {entries:,} events, and {total:,} are accounted for "
            f"({listing})"
        )
        raise WollemiError(
            where,
            problem,
            "look at the files with inspect_dataset; if they are sound, this is a bug: report it",
        )
    return {"entries": entries, "unselected": dict(unselected), "selected": dict(selected)}


def account_of_events(
    dataset: str,
    files: Sequence[Mapping[str, Any]],
    skim: Sequence[Mapping[str, Any]],
    selected: Mapping[str, int],
    certified: int | None = None,
    blinded: bool = False,
) -> dict[str, Any]:
    """The account of a dataset.

    Args:
        dataset: Name of the dataset.
        files: Files, each with its `entries` and the range from `start` to `stop` to be read
            (None: to the end).
        skim: Lines of the skim's cutflow.
        selected: Set of regions → number of events in exactly these.
        certified: Number of events in certified luminosity blocks; None without a certificate.
        blinded: Whether some of the data are hidden: all events in no visible region then form one
            category.

    Raises:
        WollemiError: The account does not add up.
    """
    read, kept, chosen = skim[0]["events"], skim[-1]["events"], sum(selected.values())
    own = [line["events"] for line in skim if line.get("cut") in (SLICE, SELECTION)]
    unselected = {"not read, in a preview": sum(file["entries"] - _planned(file) for file in files)}
    if certified is not None:
        unselected["not certified"] = read - certified
        read = certified
    if own and not blinded:
        unselected[OF_OTHERS] = read - own[-1]
        read = own[-1]
    if blinded:
        unselected[BLINDED_CATEGORY] = read - chosen
    else:
        unselected |= {"rejected by the skim": read - kept, "in no region": kept - chosen}
    return make_account(
        f"dataset {dataset}", sum(file["entries"] for file in files), unselected, selected
    )


def _planned(file: Mapping[str, Any]) -> int:
    stop = file["entries"] if file["stop"] is None else min(file["stop"], file["entries"])
    return max(int(stop) - int(file["start"]), 0)
