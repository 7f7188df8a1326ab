"""Cutflows of two runs side by side, cut by cut."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

_SAMPLES = 6  # most columns that stay readable; the largest changes
ORDER_OF_A_SUM = 1e-9  # relative; smaller changes may come from the order of summation


class Cell(NamedTuple):
    """Events of a sample after a cut.

    Args:
        then: Events in the first run, as text; empty if it lacks the cut.
        now: Events in the second run, as text.
        change: Change in percent; empty if nothing changed or one value is missing.
    """

    then: str
    now: str
    change: str


class Row(NamedTuple):
    """A cut in both runs.

    Args:
        cut: Text of the cut.
        place: Runs that have the cut: `both`, `then` or `now`.
        cells: Cells of the samples in the table.
    """

    cut: str
    place: str
    cells: tuple[Cell, ...]


class CutTable(NamedTuple):
    """Cutflows of a region, or of a part of its samples.

    Args:
        region: Name of the region.
        samples: Samples that changed, the largest changes first.
        left_out: Number of samples that changed less and are not shown.
        rows: Rows of all cuts of both runs.
    """

    region: str
    samples: tuple[str, ...]
    left_out: int
    rows: tuple[Row, ...]


def cut_tables(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[CutTable]:
    """Tables of regions that exist in both runs and have different cutflows.

    Args:
        then: Content of `summary.json` of the first run.
        now: Content of `summary.json` of the second run.
    """
    old, new = (run.get("cutflow") or {} for run in (then, now))
    for region in old:
        # Samples with different skims have separate tables.
        for first, second in zip(old[region], new.get(region, ()), strict=False):
            if first != second:
                yield from _table(region, first, second)


def _table(region: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[CutTable]:
    pairs = list(_aligned(old["cuts"], new["cuts"]))
    sums = {
        name: _sums(old["samples"][name], new["samples"][name], pairs)
        for name in old["samples"]
        if name in new["samples"]
    }
    ends = {
        name: (old["samples"][name][-1]["sum"], new["samples"][name][-1]["sum"]) for name in sums
    }
    sizes = {name: max(map(_size, [ends[name], *sums[name]])) for name in sums}
    moved = sorted(
        (name for name in sizes if sizes[name] > ORDER_OF_A_SUM), key=lambda name: -sizes[name]
    )
    if not moved and old["cuts"] == new["cuts"]:
        return
    shown = moved[:_SAMPLES]
    rows = tuple(
        Row(
            old["cuts"][first] if first is not None else new["cuts"][second],
            "both" if None not in (first, second) else "then" if second is None else "now",
            tuple(_cell((first, second), sums[name][number]) for name in shown),
        )
        for number, (first, second) in enumerate(pairs)
    )
    yield CutTable(region, tuple(shown), len(moved) - len(shown), rows)


Places = tuple[int | None, int | None]
Sums = tuple[float | None, float | None]


def _aligned(old: Sequence[str], new: Sequence[str]) -> Iterator[Places]:
    """Positions of each cut in both lists; cuts with equal text are paired."""
    for kind, low, high, first, last in SequenceMatcher(None, old, new, False).get_opcodes():
        if kind == "equal":
            yield from zip(range(low, high), range(first, last), strict=True)
        else:
            yield from ((place, None) for place in range(low, high))
            yield from ((None, place) for place in range(first, last))


def _sums(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], pairs: Sequence[Places]
) -> list[Sums]:
    """Sums of weights of a sample after each cut, in both runs."""
    return [
        (
            None if first is None else old[first]["sum"],
            None if second is None else new[second]["sum"],
        )
        for first, second in pairs
    ]


def _size(sums: Sums) -> float:
    """Relative change; 0 if one of the sums is missing or blinded."""
    then, now = sums
    if then is None or now is None:
        return 0.0
    return float(abs(now - then) / (abs(then) or 1.0))


def _cell(places: Places, sums: Sums) -> Cell:
    then, now = (
        "" if place is None else "blinded" if value is None else f"{value:.6g}"
        for place, value in zip(places, sums, strict=True)
    )
    old, new = sums
    if old is None or new is None or _size(sums) <= ORDER_OF_A_SUM:
        return Cell(then, now, "")
    change = f"{100 * (new - old) / old:+.2g} %" if old else f"{new - old:+.3g}"
    return Cell(then, now, change.replace("-", "−"))
