"""Checks of N−1 plots. Standard library only, on the plain YAML values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wollemi.analysis.plain.queries import sample_datasets
from wollemi.loading.n_minus_one_regions import _entries, derived_name
from wollemi_engine.expressions.selections import conditions
from wollemi_likelihood.base.nearest import did_you_mean, unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis, Region


def check_n_minus_one(analysis: Analysis) -> list[str]:
    """Problems of the cuts to omit from selections, each as `path: problem`.

    Args:
        analysis: Analysis, expanded by `expand_n_minus_one`.
    """
    regions = analysis.regions
    skimmed = conditions(analysis.skim.selection) if analysis.skim else set()
    problems = [
        (
            f"regions.{name}.n_minus_one: cuts have no names here; write the selection as a "
            "mapping, name: condition"
        )
        for name, region in regions.items()
        if region.n_minus_one and isinstance(region.selection, str)
    ]
    datasets = [analysis.datasets.get(name) for name in sample_datasets(analysis)]
    without_events = all(
        item and (item.histograms or item.draw or item.estimate) for item in datasets
    )
    for name, cut, variables in _entries(analysis.plain["regions"]):
        path = f"regions.{name}.n_minus_one.{cut}"
        problems += unknown_names(path, variables, analysis.variables, "variable")
        problems += [] if variables else [f"{path}: name a variable to histogram"]
        problems += [f"{path}: no sample has events to fill it with"] if without_events else []
        problems += [f"{path}: {problem}" for problem in _cut_problems(regions, name, cut, skimmed)]
    return problems + _origin_problems(regions)


def _cut_problems(
    regions: Mapping[str, Region], name: str, cut: str, skimmed: set[str]
) -> list[str]:
    selection, derived = regions[name].selection, regions.get(derived_name(name, cut))
    if isinstance(selection, str) or cut not in selection:
        return [f"'{cut}' is not a cut of the selection{did_you_mean(cut, selection)}"]
    if conditions(selection[cut]) & skimmed:
        return [
            (
                "the skim makes this cut, too, so there is nothing to see without it; take it "
                "out of the skim"
            )
        ]
    if derived and (derived.derived_from, derived.without) != (name, cut):
        return [f"makes the region '{derived_name(name, cut)}', which is there already; rename it"]
    return []


def _origin_problems(regions: Mapping[str, Region]) -> list[str]:
    problems = []
    for name, region in regions.items():
        origin, cut = region.derived_from, region.without
        problems += unknown_names(
            f"regions.{name}.derived_from", [origin] if origin else [], regions, "region"
        )
        cuts = regions[origin].selection if origin and origin in regions else {}
        if cut is not None and (isinstance(cuts, str) or cut not in cuts):
            problems.append(
                f"regions.{name}.without: is not a named cut of the region in derived_from"
            )
    return problems
