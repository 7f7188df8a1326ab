"""Captions of the plots of histograms before and after the fit, and their most important numbers in
words.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import fsum
from typing import Any

from wollemi.base.rounding import significant
from wollemi.base.tex import tex_plain
from wollemi.results.marks import BLINDED
from wollemi_likelihood.base.errors import counted

Numbers = Mapping[str, Any]  # content of the JSON file next to a plot


def stack_title(numbers: Numbers) -> str:
    """Caption of a stack: the region, the stage of the fit, the variable."""
    stage = f"{numbers['stage'].lower()}, " if numbers["stage"] else ""
    note = f", {numbers['note']}" if "note" in numbers else ""
    return f"{numbers['title']}{note}: {stage}{numbers['axis']['label']}"


def stack_details(numbers: Numbers) -> list[str]:
    """The bins, and events of data, of the total expectation and of each sample."""
    parts = [_bins_text(numbers["axis"])]
    if numbers["data"]:
        events = numbers["data"]["events"]
        hidden = sum(value is None for value in events)
        shown = f", {counted(hidden, 'bin')} {BLINDED}" if hidden else ""
        parts.append(
            f"{tex_plain(numbers['data']['label'])}: "
            f"{counted(fsum(value or 0 for value in events), 'event', ',.10g')}{shown}"
        )
    if numbers["total"]:
        parts.append(f"Expected: {significant(fsum(numbers['total']['events']))} events")
    layers = [*numbers["stacked"], *numbers["lines"]]
    parts += [
        f"{tex_plain(layer['label'])}: {significant(fsum(layer['events']))}" for layer in layers
    ]
    return parts


def _bins_text(axis: Numbers) -> str:
    if axis.get("categories"):
        return f"Categories: {', '.join(map(tex_plain, axis['categories']))}"
    edges = axis["edges"]
    return (
        f"{counted(len(edges) - 1, 'bin')} from {edges[0]:g} to {edges[-1]:g} "
        f"{axis['unit']}".rstrip()
    )


def efficiency_details(numbers: Numbers) -> list[str]:
    """Lowest and highest efficiency of each curve."""
    rows = []
    for item in numbers["efficiencies"]:
        known = [value for value in item["values"] if value is not None]
        ends = f"{significant(min(known))} to {significant(max(known))}" if known else "no events"
        rows.append(f"{tex_plain(item['label'])}: {ends}")
    return rows


def correction_details(numbers: Numbers) -> list[str]:
    """The bins of a measured correction, and the lowest and highest value of each map."""
    axes = [
        f"{tex_plain(axis['label'])}: {counted(len(axis['edges']) - 1, 'bin')} from "
        f"{axis['edges'][0]:g} to "
        f"{axis['edges'][-1]:g}"
        for axis in numbers["axes"]
    ]
    rows = []
    for item in (*numbers["maps"], *filter(None, [numbers["ratio"]])):
        values = [*_flat(item["values"])]
        ends = f"{significant(min(values))} to {significant(max(values))}"
        rows.append(f"{tex_plain(item['label'])}: {ends}")
    return [*axes, *rows]


def _flat(values: Sequence[Any]) -> Iterator[float]:
    for value in values:
        yield from _flat(value) if isinstance(value, list) else [value]


def shape_details(numbers: Numbers) -> list[str]:
    """Position of the highest bin of each sample."""
    rows = []
    for item in numbers["unit_area"]:
        highest = max(range(len(item["values"])), key=item["values"].__getitem__)
        low, high = numbers["edges"][highest : highest + 2]
        names = numbers.get("categories")
        where = f"in {tex_plain(names[highest])}" if names else f"from {low:g} to {high:g}"
        rows.append(f"{tex_plain(item['label'])}: highest {where}")
    return rows


def plane_title(numbers: Numbers) -> str:
    """Caption of a plot of two variables with colors."""
    stage = f"{numbers['stage'].lower()}, " if numbers["stage"] else ""
    first, second = (one["label"] for one in numbers["axes"])
    return f"{numbers['title']}: {stage}{second} against {first}"


def plane_details(numbers: Numbers) -> list[str]:
    """For each panel the bin with the most events, and the range of the mean."""
    return ["; ".join(_panel(panel, numbers["axes"])) for panel in numbers["plane"]]


def _panel(panel: Numbers, axes: Sequence[Numbers]) -> list[str]:
    bins = [
        (value or 0, x, y) for x, row in enumerate(panel["events"]) for y, value in enumerate(row)
    ]
    events, *place = max(bins, key=lambda item: item[0])
    ranges = " and ".join(map(_bin_text, axes, place))
    parts = [f"{tex_plain(panel['title'])}: most events, {significant(events)}, at {ranges}"]
    means = [value for value in panel.get("profile", {}).get("mean", ()) if value is not None]
    if means:
        parts.append(f"mean from {significant(min(means))} to {significant(max(means))}")
    hidden = sum(value is None for row in panel["events"] for value in row)
    return [*parts, *([f"{counted(hidden, 'bin')} {BLINDED}"] if hidden else [])]


def _bin_text(axis: Numbers, index: int) -> str:
    if axis.get("categories"):
        return tex_plain(axis["categories"][index])
    return f"{axis['edges'][index]:g} to {axis['edges'][index + 1]:g}"
