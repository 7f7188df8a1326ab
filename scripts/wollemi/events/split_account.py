"""Datasets that select their own events of the same files: does each event belong to one of them?
Their skims record for each event of a file whether the dataset takes it, one bit per event; the
merge of the last of these datasets compares. An overlap is not an error, as one signal may be part
of another, but it has to be visible.
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
    """Position of the last cut by which a dataset takes its events, among the cuts of the skim;
    None if the dataset takes all events.

    Args:
        cuts: Names of the skim's cuts.
        names: Names of the cuts by which datasets take events.
    """
    return max((place for place, cut in enumerate(cuts) if cut in names), default=None)


class SelectedEvents:
    """Records which events of each file a dataset takes, batch by batch; nothing for datasets
    without a selection, nor for data, which are compared by the numbers of events.

    Args:
        files: Number of files.
        cuts: Names of the skim's cuts.
        is_data: Whether the dataset is data.
    """

    def __init__(self, files: int, cuts: Sequence[str], is_data: bool):
        self._place = None if is_data else own_place(cuts, (SLICE, SELECTION))
        self._flags: list[list[Flags]] = [[] for _ in range(files)]

    def add(self, file: int, passed: Sequence[Flags]) -> None:
        """Process the next batch of a file.

        Args:
            file: Index of the file.
            passed: Flags of events that pass the first n cuts, shape (events,), for each n.
        """
        if self._place is not None:
            self._flags[file].append(passed[self._place])

    def noted(self, files: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The accounts of the files, with the recorded flags."""
        if self._place is None:
            return list(files)
        return [
            file | {"selected": packed(flags)}
            for file, flags in zip(files, self._flags, strict=True)
        ]


def packed(flags: Sequence[Flags]) -> str:
    """Flags of the events that a dataset takes from a file, as text.

    Args:
        flags: Flags of batches in order, shape (events,) each.
    """
    bits = np.packbits(np.concatenate(flags)) if flags else np.zeros(0, np.uint8)
    return base64.b64encode(bits.tobytes()).decode("ascii")


def unpacked(text: str, events: int) -> Flags:
    """The flags packed by `packed`, shape (events,)."""
    bits = np.frombuffer(base64.b64decode(text), np.uint8)
    return np.unpackbits(bits, count=events).astype(bool)


def split_account(own: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The entry `split` of the cutflow of the last dataset that shares files with other datasets;
    empty if there are none.

    Args:
        own: Counts of the dataset's skim, whose files have `selected`.
        others: Counts of each part of the other datasets.
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
    """1 for each event read that the dataset takes, 0 for each event it does not take, and -1 for
    events that were not read; shape (events,).
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
    """Number of events that all datasets have read, and the number that each exact set takes."""
    size = min(array.size for array in taken.values())
    read = np.logical_and.reduce([array[:size] >= 0 for array in taken.values()])
    flags = {name: array[:size][read] > 0 for name, array in taken.items()}
    return int(np.count_nonzero(read)), count_combinations(flags)


def split_lines(split: Mapping[str, Any]) -> list[str]:
    """Lines that describe oddities of a split; empty if each event belongs to one dataset.

    Args:
        split: Result of `split_account`.
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
    """Warn about events taken by several datasets or by none."""
    for line in split_lines(found["split"]) if found else ():
        LOGGER.warning("files of several datasets: %s", line)
