"""Certified luminosity blocks: sets of (run, block) from the JSON files published by
experiments.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wollemi_likelihood.base.errors import WollemiError

Keys = NDArray[np.int64]
# bits of a block in a key; runs and blocks are 32-bit numbers in the experiments' files
_BITS = 32
REMEDY = "take the file as the experiment publishes it"


def block_keys(runs: ArrayLike, blocks: ArrayLike) -> Keys:
    """One number per pair, ordered by run, then block.

    Args:
        runs: Run numbers, integers, shape (events,).
        blocks: Block numbers, integers, shape (events,).
    """
    return (np.asarray(runs, np.int64) << _BITS) | np.asarray(blocks, np.int64)


@dataclass(frozen=True)
class BlockSet:
    """Luminosity blocks as ordered intervals of keys without overlap.

    Args:
        first: First key of each interval, shape (intervals,).
        last: Last key of each interval, shape (intervals,).
    """

    first: Keys
    last: Keys

    @property
    def size(self) -> int:
        """Number of blocks."""
        return int(np.sum(self.last - self.first + 1))

    def contains(self, keys: Keys) -> NDArray[np.bool_]:
        """Flags of keys that are in the set (events,).

        Args:
            keys: Keys from `block_keys`, shape (events,).
        """
        if not self.first.size:
            return np.zeros(keys.size, bool)
        place = np.searchsorted(self.first, keys, side="right") - 1
        return (place >= 0) & (keys <= self.last[place])

    def plain(self) -> dict[str, list[list[int]]]:
        """The set in the format of the files: run → [[first, last], ...]."""
        runs: dict[str, list[list[int]]] = {}
        mask = (1 << _BITS) - 1
        for first, last in zip(self.first.tolist(), self.last.tolist(), strict=True):
            runs.setdefault(str(first >> _BITS), []).append([first & mask, last & mask])
        return runs


def blocks_of_keys(keys: Keys) -> BlockSet:
    """The set of given keys, in any order, possibly repeated; intervals are as long as possible."""
    found = np.unique(keys)
    gaps = np.flatnonzero(np.diff(found) != 1) + 1
    starts = np.concatenate([[0], gaps]) if found.size else gaps
    return BlockSet(found[starts], found[np.concatenate([gaps, [found.size]])[: starts.size] - 1])


def union(sets: Iterable[BlockSet]) -> BlockSet:
    """Blocks that are in at least one of the sets."""
    merged: list[list[int]] = []
    for first, last in sorted(
        pair for item in sets for pair in zip(item.first.tolist(), item.last.tolist(), strict=True)
    ):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(last, merged[-1][1])
        else:
            merged.append([first, last])
    pairs = np.array(merged, np.int64).reshape(-1, 2)
    return BlockSet(pairs[:, 0], pairs[:, 1])


def read_blocks(path: Path) -> BlockSet:
    """Read a file of certified blocks.

    Args:
        path: Path of a JSON file, `{"run": [[first, last], ...]}`, both ends included.

    Raises:
        WollemiError: The format or an interval is invalid.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_unique_runs)
    except (UnicodeDecodeError, ValueError) as error:
        raise WollemiError(
            str(path), f"is not a JSON file of certified blocks ({error})", REMEDY
        ) from None
    return parse_blocks(content, str(path))


def parse_blocks(content: Any, where: str) -> BlockSet:
    """Certified blocks from plain values.

    Args:
        content: Run → [[first, last], ...].
        where: File, for errors.

    Raises:
        WollemiError: An interval is malformed, empty, or overlaps with another one of its run.
    """
    if not isinstance(content, dict) or not content:
        raise WollemiError(
            where, 'certifies no run: it is not such as {"273158": [[1, 1279]]}', REMEDY
        )
    pairs = [
        pair for run, intervals in content.items() for pair in _run_intervals(run, intervals, where)
    ]
    keys = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    return BlockSet(keys[:, 0], keys[:, 1])


def _run_intervals(run: str, intervals: Any, where: str) -> list[tuple[int, int]]:
    if not (run.isascii() and run.isdigit() and 0 < int(run) < 1 << 31):
        raise WollemiError(where, f"'{run}' is not the number of a run", REMEDY)
    if not isinstance(intervals, list):
        raise WollemiError(where, f"run {run} has no list of intervals, but {intervals!r}", REMEDY)
    strange = [interval for interval in intervals if not _is_interval(interval)]
    if strange:
        raise WollemiError(
            where, f"run {run}: {strange[0]!r} is not an interval [first block, last block]", REMEDY
        )
    found: list[tuple[int, int]] = []
    for first, last in sorted(map(tuple, intervals)):
        if not 0 < first <= last < 1 << _BITS:
            problem = (
                "begins after its end" if first > last > 0 else "has an impossible block number"
            )
            raise WollemiError(where, f"run {run}: the interval {[first, last]} {problem}", REMEDY)
        if found and first <= found[-1][1]:
            raise WollemiError(
                where,
                f"run {run}: the intervals {list(found[-1])} and {[first, last]} overlap",
                REMEDY,
            )
        found.append((first, last))
    return [
        (int(block_keys(int(run), first)), int(block_keys(int(run), last))) for first, last in found
    ]


def _is_interval(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(end) is int for end in value)


def _unique_runs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            f"run {next(name for name in names if names.count(name) > 1)} appears twice"
        )
    return content


def merge_blocks(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge the block entries of the parts; empty if they have none.

    Args:
        parts: Cutflows of parts or datasets with the same certified blocks.
    """
    found = [part["certified"] for part in parts if "certified" in part]
    if not found:
        return {}
    seen = union(seen_blocks(item) for item in found)
    return {"certified": {"blocks": found[0]["blocks"], "with_events": seen.plain()}}


def seen_blocks(item: Mapping[str, Any]) -> BlockSet:
    """The blocks with events, as recorded in a cutflow."""
    return (
        parse_blocks(item["with_events"], "cutflow")
        if item["with_events"]
        else blocks_of_keys(np.empty(0, np.int64))
    )
