"""N−1: what regions look like without one of their cuts, as regions. Standard library only, as `wollemi.analysis.checks.all`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import sample_datasets
from wollemi.base.nearest import unknown_names
from wollemi.expressions.selections import conditions
from wollemi.expressions.syntax import did_you_mean

if TYPE_CHECKING:
    Document = Mapping[str, Any]
    Entry = tuple[str, str, list[str]]  # region, cut, variables

EVERYTHING = {"every event of the skim": "1 > 0"}  # what is left of a selection without its only cut


def expand_n_minus_one(document: dict[str, Any]) -> dict[str, Any]:
    """An analysis in which each entry of `n_minus_one` has its region, behind the one it is derived from.

    Args:
        document: an analysis whose shape the schema has accepted; wrong entries are left to `check_n_minus_one`.
    """
    regions: dict[str, Any] = {}
    for name, region in document["regions"].items():
        regions[name] = region
        for _, cut, variables in _entries({name: region}):
            derived = derived_name(name, cut)
            known = variables and set(variables) <= document["variables"].keys()
            if known and cut in region["selection"] and derived not in document["regions"] and derived not in regions:
                regions[derived] = _without(name, region, cut, variables)
    return {**document, "regions": regions}


def derived_name(region: str, cut: str) -> str:
    """Name of a region without one of its cuts, such as `search_without_two_muons`."""
    return f"{region}_without_{re.sub('[^A-Za-z0-9]+', '_', cut).strip('_')}"


def derived_regions(document: Document) -> set[str]:
    """Names of the regions that `n_minus_one` makes."""
    return {derived_name(name, cut) for name, cut, _ in _entries(document["regions"])}


def _entries(regions: Mapping[str, Any]) -> Iterator[Entry]:
    """All entries of regions whose cuts have names."""
    for name, region in regions.items():
        if not isinstance(region["selection"], str):
            for cut, variables in (region.get("n_minus_one") or {}).items():
                yield name, cut, [variables] if isinstance(variables, str) else list(variables)


def _without(name: str, region: Mapping[str, Any], cut: str, variables: list[str]) -> dict[str, Any]:
    return {
        "selection": {key: text for key, text in region["selection"].items() if key != cut} or EVERYTHING,
        "variable": variables[0],
        "monitor": variables[1:],
        "role": "validation",
        "derived_from": name,
        "without": cut,
    }


def check_n_minus_one(document: Document) -> list[str]:
    """Problems of what is left out of selections, each as `path: problem`.

    Args:
        document: an analysis that `expand_n_minus_one` has written out.
    """
    regions, skimmed = document["regions"], conditions((document.get("skim") or {}).get("selection", {}))
    problems = [
        f"regions.{name}.n_minus_one: cuts have no names here; write the selection as a mapping, name: condition"
        for name, region in regions.items()
        if region.get("n_minus_one") and isinstance(region["selection"], str)
    ]
    datasets = [document["datasets"].get(name, {}) for name in sample_datasets(document)]
    without_events = all(any(item.get(key) for key in ("histograms", "draw", "estimate")) for item in datasets)
    for name, cut, variables in _entries(regions):
        path = f"regions.{name}.n_minus_one.{cut}"
        problems += unknown_names(path, variables, document["variables"], "variable")
        problems += [] if variables else [f"{path}: name a variable to histogram"]
        problems += [f"{path}: no sample has events to fill it with"] if without_events else []
        problems += [f"{path}: {problem}" for problem in _cut_problems(regions, name, cut, skimmed)]
    return problems + _origin_problems(regions)


def _cut_problems(regions: Mapping[str, Any], name: str, cut: str, skimmed: set[str]) -> list[str]:
    selection, derived = regions[name]["selection"], regions.get(derived_name(name, cut), {})
    if cut not in selection:
        return [f"'{cut}' is not a cut of the selection{did_you_mean(cut, selection)}"]
    if conditions(selection[cut]) & skimmed:
        return ["the skim makes this cut, too, so there is nothing to see without it; take it out of the skim"]
    if derived and (derived.get("derived_from"), derived.get("without")) != (name, cut):
        return [f"makes the region '{derived_name(name, cut)}', which is there already; rename it"]
    return []


def _origin_problems(regions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    problems = []
    for name, region in regions.items():
        origin, cut = region.get("derived_from"), region.get("without")
        problems += unknown_names(f"regions.{name}.derived_from", [origin] if origin else [], regions, "region")
        cuts = regions.get(str(origin), {}).get("selection", {})
        if cut is not None and (isinstance(cuts, str) or cut not in cuts):
            problems.append(f"regions.{name}.without: is no named cut of the region in derived_from")
    return problems
