"""N−1 plots: a region for each omitted cut. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wollemi.base.yaml import Document

    Entry = tuple[str, str, list[str]]  # region, cut, variables

# A selection without its only cut.
EVERYTHING = {"every event of the skim": "1 > 0"}


def expand_n_minus_one(document: dict[str, Any]) -> dict[str, Any]:
    """The analysis with a region for each entry of `n_minus_one`, after the original region.

    Args:
        document: Analysis accepted by the schema; wrong entries are left to `check_n_minus_one`.
    """
    regions: dict[str, Any] = {}
    for name, region in document["regions"].items():
        regions[name] = region
        for _, cut, variables in _entries({name: region}):
            derived = derived_name(name, cut)
            known = variables and set(variables) <= document["variables"].keys()
            if (
                known
                and cut in region["selection"]
                and derived not in document["regions"]
                and derived not in regions
            ):
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


def _without(
    name: str, region: Mapping[str, Any], cut: str, variables: list[str]
) -> dict[str, Any]:
    return {
        "selection": {key: text for key, text in region["selection"].items() if key != cut}
        or EVERYTHING,
        "variable": variables[0],
        "monitor": variables[1:],
        "role": "validation",
        "derived_from": name,
        "without": cut,
    }
