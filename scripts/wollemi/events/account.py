"""The account of events: each event in the files of a dataset is in exactly one category.

The totals come from the files, the counts of the categories from the steps that read the events: a
lost event shows.
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
    """What a file records of the events before any skim.

    Args:
        told_by: name of the record in the file.
        events: number of events.
        sum_of_weights: Σw of the generator weights.
        sum_of_weights_squared: Σw²; None if not recorded.
        members: list of weights, such as `LHEScaleWeight` → Σw of each of its members.
    """

    told_by: str
    events: int
    sum_of_weights: float
    sum_of_weights_squared: float | None
    members: Mapping[str, Sequence[float]]


def count_combinations(flags: Mapping[str, NDArray[np.bool_]]) -> Counts:
    """Number of events in exactly these regions, for each set of regions that has any: `search`,
    `search + peak`.

    Args:
        flags: region → which events are in it (events,), at least one region.
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
    """The same for events that are all in several regions."""
    codes = np.zeros(len(next(iter(flags.values()))), np.int64)
    for index, passed in enumerate(flags.values()):
        if index % 32 == 31:
            # few sets occur: renumbering them leaves room for more regions
            codes = np.unique(codes, return_inverse=True)[1]
        codes = codes * 2 + passed
    _, examples, counts = np.unique(codes, return_index=True, return_counts=True)
    sets = (
        AND.join(name for name, passed in flags.items() if passed[example]) for example in examples
    )
    return {name: int(count) for name, count in zip(sets, counts, strict=True)}


def name_of_set(regions: Sequence[str], number: int) -> str:
    """Name of a set of regions, empty for none.

    Args:
        regions: all regions.
        number: one bit per region, the last region being the lowest.
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
        counts: set of regions → events that are in exactly these.
        names: regions to leave out.
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
        where: the dataset, for the error.
        entries: number of events in all files.
        unselected: category → events that are in no region, such as those rejected by the skim.
        selected: set of regions → events that are in exactly these.

    Raises:
        WollemiError: a category is negative, or their sum is not the number of events of the files.
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
        dataset: its name.
        files: for each file its `entries`, and the range from `start` to `stop` that was to be read
            (None: to the end).
        skim: the lines of the skim.
        selected: set of regions → events that are in exactly these.
        certified: events of certified luminosity blocks; None without a certificate.
        blinded: whether some of the data are hidden: all events in no visible region are then one
            category.

    Raises:
        WollemiError: it does not add up.
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
