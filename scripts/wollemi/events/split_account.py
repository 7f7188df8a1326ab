"""Datasets that select their own events of the same files: does each event belong to one of them?

Their skims note for each event of a file whether the dataset takes it, one bit each; the merge of
the last of these datasets compares. An overlap is no error, as one signal may be a part of another
one, but it has to be seen.
"""

import base64
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi.analysis.plain.cut_names import SELECTION, SLICE
from wollemi.events.account import AND, add_combinations, count_combinations
from wollemi_likelihood.base.arrays import Flags

LOGGER = logging.getLogger("wollemi")


def own_place(cuts: Sequence[str], names: Collection[str]) -> int | None:
    """The last of the cuts by which a dataset takes its events, among those of the skim; None if
    it takes all.

    Args:
        cuts: names of the cuts of the skim.
        names: of the cuts of datasets.
    """
    return max((place for place, cut in enumerate(cuts) if cut in names), default=None)


class SelectedEvents:
    """Notes which events of each file a dataset takes, batch by batch; nothing of a dataset without
    a selection, nor of data, which are compared by the numbers of events.

    Args:
        files: their number.
        cuts: names of the cuts of the skim.
        is_data: whether these are data.
    """

    def __init__(self, files: int, cuts: Sequence[str], is_data: bool):
        self._place = None if is_data else own_place(cuts, (SLICE, SELECTION))
        self._flags: list[list[Flags]] = [[] for _ in range(files)]

    def add(self, file: int, passed: Sequence[Flags]) -> None:
        """Take the next batch of a file.

        Args:
            file: its index.
            passed: which events pass the first n cuts (events,), for each n.
        """
        if self._place is not None:
            self._flags[file].append(passed[self._place])

    def noted(self, files: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The accounts of the files, with what was noted of them."""
        if self._place is None:
            return list(files)
        return [
            file | {"selected": packed(flags)}
            for file, flags in zip(files, self._flags, strict=True)
        ]


def packed(flags: Sequence[Flags]) -> str:
    """Which events of a file a dataset takes, as text.

    Args:
        flags: of batches in order, (events,) each.
    """
    bits = np.packbits(np.concatenate(flags)) if flags else np.zeros(0, np.uint8)
    return base64.b64encode(bits.tobytes()).decode("ascii")


def unpacked(text: str, events: int) -> Flags:
    """The flags (events,) of `packed`."""
    bits = np.frombuffer(base64.b64decode(text), np.uint8)
    return np.unpackbits(bits, count=events).astype(bool)


def split_account(own: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The entry `split` of the cutflow of the last dataset that shares files with others; nothing
    if there are no others.

    Args:
        own: counts of its skim, whose files have `selected`.
        others: the same of each part of the other datasets.
    """
    files: dict[str, list[Mapping[str, Any]]] = {}
    for part in others:
        files.setdefault(part["dataset"], []).extend(part["files"])
    if not files:
        return {}
    files[own["dataset"]] = own["files"]
    found = [
        _compared({name: _of_file(items, path) for name, items in files.items()})
        for path in dict.fromkeys(file["path"] for file in own["files"])
    ]
    sets = add_combinations(counts for _, counts in found)
    events = sum(compared for compared, _ in found)
    several = {name: count for name, count in sets.items() if AND in name}
    return {
        "split": {
            "datasets": list(files),
            "events": events,
            "in_none": events - sum(sets.values()),
            "in_several": several,
        }
    }


def _of_file(files: Iterable[Mapping[str, Any]], path: str) -> NDArray[np.int8]:
    """For each event of a file that was read: 1 if the dataset takes it, else 0; -1 for one that
    was not read.
    """
    shares = [file for file in files if file["path"] == path]
    taken = np.full(
        max([file["start"] + file["events"] for file in shares], default=0), -1, np.int8
    )
    for file in shares:
        stop = file["start"] + file["events"]
        taken[file["start"] : stop] = unpacked(file["selected"], file["events"])
    return taken


def _compared(taken: Mapping[str, NDArray[np.int8]]) -> tuple[int, dict[str, int]]:
    """Events of a file that all datasets have read, and how many exactly these datasets take."""
    size = min(array.size for array in taken.values())
    read = np.logical_and.reduce([array[:size] >= 0 for array in taken.values()])
    flags = {name: array[:size][read] > 0 for name, array in taken.items()}
    return int(np.count_nonzero(read)), count_combinations(flags)


def split_lines(split: Mapping[str, Any]) -> list[str]:
    """What is odd about a split, in words; nothing if each event belongs to one dataset.

    Args:
        split: from `split_account`.
    """
    events = split["events"]

    def share(count: int) -> str:
        return f"{count:,} of {events:,} events {'is' if count == 1 else 'are'}"

    lines = [
        f"{share(count)} in {name.replace(AND, ' and ')}"
        for name, count in split["in_several"].items()
    ]
    if split["in_none"]:
        lines.append(f"{share(split['in_none'])} in none of {', '.join(split['datasets'])}")
    return lines


def warn_of_split(found: Mapping[str, Any]) -> None:
    """Warn of events that several datasets take, or none."""
    for line in split_lines(found["split"]) if found else ():
        LOGGER.warning("files of several datasets: %s", line)
