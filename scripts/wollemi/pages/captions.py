"""Captions of plots, and what stands in their place for readers who do not see them: both from the numbers that are drawn."""

import os
from collections.abc import Callable, Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import Any

from wollemi.base.absence import absence
from wollemi.base.json_files import read_json
from wollemi.base.rounding import significant, with_error
from wollemi.base.tex import tex_plain
from wollemi.results.limit_floor import WORDS
from wollemi.results.marks import BLINDED
from wollemi.results.parameter_text import free_text, pull_text

Numbers = Mapping[str, Any]  # content of the JSON file beside a plot


def plot_rows(numbers: Sequence[Path], page: Path) -> list[dict[str, str]]:
    """Plots with a caption and a description in words, their paths relative to the page; not those that want a model.

    Args:
        numbers: JSON files of the plots.
        page: where the page will be.
    """
    rows = []
    for path in numbers:
        base, content = os.path.relpath(path.with_suffix(""), page.parent), read_json(path)
        if absence(content):
            continue
        texts = {"caption": caption(path.stem, content), "alt": description(path.stem, content)}
        rows.append({"name": path.stem, "base": Path(base).as_posix(), **texts})
    return rows


def caption(name: str, numbers: Numbers) -> str:
    """One line below a plot."""
    if "axis" in numbers:
        stage = f"{numbers['stage'].lower()}, " if numbers["stage"] else ""
        note = f", {numbers['note']}" if "note" in numbers else ""
        return f"{numbers['title']}{note}: {stage}{numbers['axis']['label']}"
    if "poi" in numbers:
        asimov = f" (Asimov data of {numbers['poi']} = {numbers['asimov_strength']:g})" if "asimov_strength" in numbers else ""
        return f"Impacts of the parameters on {numbers['poi']}: {numbers['signal']}{asimov}"
    known = {"pulls": "Parameters of the fit", "correlations": "Correlations of the parameters", "limits": "Upper limits"}
    return known.get(name, name)


def description(name: str, numbers: Numbers) -> str:
    """What a plot shows, in words and without TeX: its caption, and the numbers that matter most."""
    found = next((function for key, function in _DETAILS.items() if key in numbers), None)
    return ". ".join([tex_plain(caption(name, numbers)), *(found(numbers) if found else [])]) + "."


def _stack(numbers: Numbers) -> list[str]:
    edges = numbers["axis"]["edges"]
    parts = [f"{len(edges) - 1} bins from {edges[0]:g} to {edges[-1]:g} {numbers['axis']['unit']}".rstrip()]
    if numbers["data"]:
        events = numbers["data"]["events"]
        hidden = sum(value is None for value in events)
        shown = f", {hidden} bins {BLINDED}" if hidden else ""
        parts.append(f"{tex_plain(numbers['data']['label'])}: {fsum(value or 0 for value in events):,.10g} events{shown}")
    if numbers["total"]:
        parts.append(f"Expected: {significant(fsum(numbers['total']['events']))} events")
    layers = [*numbers["stacked"], *numbers["lines"]]
    parts += [f"{tex_plain(layer['label'])}: {significant(fsum(layer['events']))}" for layer in layers]
    return parts


def _ranking(numbers: Numbers) -> list[str]:
    rows = [f"{row['name']} {_impact(row['up'])} and {_impact(row['down'])}" for row in numbers["rows"][:3]]
    return [f"{len(numbers['rows'])} parameters, the largest first", *rows]


def _impact(value: float | None) -> str:
    return "–" if value is None else significant(value)


def _pulls(numbers: Numbers) -> list[str]:
    largest = max(numbers["pulls"], key=lambda item: abs(item["pull"]), default=None)
    pulled = [f"Largest of {len(numbers['pulls'])} pulls: {largest['name']} {_pull(largest)}"] if largest else []
    free = [f"{item['name']} = {_free(item)}" for item in numbers["free"]]
    return [*pulled, *free]


def _free(item: Numbers) -> str:
    if "at_bound" in item or None in (item["down"], item["up"]):
        return free_text(item)
    return with_error(item["value"], max(item["up"], item["down"]))


def _pull(item: Numbers) -> str:
    return significant(item["pull"]) if item["error"] == 0 else pull_text(item)


def _correlations(numbers: Numbers) -> list[str]:
    names, matrix = numbers["names"], numbers["correlations"]
    pairs = [(i, k) for i in range(len(names)) for k in range(i)]
    count = f"{len(names)} parameters"
    if not pairs:
        return [count]
    i, k = max(pairs, key=lambda pair: abs(matrix[pair[0]][pair[1]]))
    return [count, f"Largest correlation: {matrix[i][k]:.2f} of {names[k]} and {names[i]}".replace("-", "−")]


def _limits(numbers: Numbers) -> list[str]:
    names = numbers["ticks"] or [f"{x:g}" for x in numbers["x"]]
    observed = [BLINDED] * len(names) if numbers["observed"] is None else map(significant, numbers["observed"])
    rows = zip(map(tex_plain, names), observed, map(significant, numbers["expected"][2]), strict=True)
    axis = [tex_plain(numbers["x_label"])] if numbers["x_label"] else []
    low = [", ".join(WORDS[edge] for edge in edges) for edges in numbers.get("below_floor", [[]] * len(names))]
    notes = [f" (below the floor of CLs, no limits: {text})" if text else "" for text in low]
    texts = [f"{name}: observed {value}, expected {median}" for name, value, median in rows]
    return [*axis, *(text + note for text, note in zip(texts, notes, strict=True))]


def _curve(numbers: Numbers) -> list[str]:
    observed = numbers["observed_limit"]
    return [f"CLs against the signal strength. Observed limit {BLINDED if observed is None else significant(observed)}"]


# Key of the numbers that only this kind of plot has → what tells more.
_DETAILS: dict[str, Callable[[Numbers], list[str]]] = {
    "stacked": _stack,
    "rows": _ranking,
    "pulls": _pulls,
    "correlations": _correlations,
    "theory": _limits,
    "observed_limit": _curve,
}
