"""Checks of sums of regions and of plots by era. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wollemi.analysis.plain.certification import WHOLE, known_luminosity
from wollemi.analysis.plain.queries import dataset_era, is_published, sample_datasets
from wollemi.analysis.plain.region_groups import region_groups, shared_variables
from wollemi_engine.expressions.selections import selection_expressions
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_region_groups(analysis: Analysis) -> list[str]:
    """Problems of `plots.region_groups`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    groups = region_groups(analysis)
    if groups and is_published(analysis):
        return [
            "plots.region_groups: the bins of a published model have no axis, so that its regions "
            "cannot be added; remove it"
        ]
    return [
        f"plots.region_groups.{name}{problem}"
        for name, regions in groups.items()
        for problem in _problems(analysis, name, regions)
    ]


def check_era_plots(analysis: Analysis) -> list[str]:
    """Problems of `plots.eras`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    asked = analysis.plots.eras
    if not asked:
        return []
    known = [*analysis.regions, *region_groups(analysis)]
    problems = unknown_names("plots.eras", asked, known, "region or group of regions")
    if known_luminosity(analysis.plain) in (None, [WHOLE]):
        return [*problems, "plots.eras: luminosity_ifb has no eras; give it one number for each"]
    return problems + [
        f"plots.eras: '{name}' has no era; plots of eras need one for each dataset of the samples, "
        "and estimates from data have none"
        for name in sample_datasets(analysis)
        if dataset_era(analysis, name) is None
    ]


def _problems(analysis: Analysis, name: str, members: Sequence[str]) -> Iterator[str]:
    """Problems of a group, to follow its path."""
    regions = analysis.regions
    yield from unknown_names(".regions", members, regions, "region")
    if name in regions:
        yield ": a region has this name; rename the group"
    known = [region for region in members if region in regions]
    for region in known:
        if regions[region].without is not None:
            origin = regions[region].derived_from
            yield (
                f": {region} is {origin} without one of its cuts, and not a region of its own; "
                f"take {origin}"
            )
    variables = shared_variables(analysis, known)
    if known and not variables:
        texts = ", ".join(f"{region} ({regions[region].variable})" for region in known)
        yield (
            f": its regions histogram no variable in common: {texts}; {_common(analysis, known)}"
        )
    for variable in variables if analysis.model is not None else ():
        edges = {region: _fit_edges(analysis, region, variable) for region in known}
        others = [region for region in known if edges[region] != edges[known[0]]]
        if others:
            yield (
                f": {variable} has other bins in the fit of {known[0]} than in that of "
                f"{', '.join(others)}; give them the same bins, see model.fit_edges"
            )


def _common(analysis: Analysis, names: Sequence[str]) -> str:
    """Advice on a common variable of regions: if theirs have the same bins, a variable that takes
    the value of the event's own region.
    """
    regions, variables = analysis.regions, analysis.variables
    known = [variables.get(regions[name].variable) for name in names]
    own = [item.plain if item else {} for item in known]
    bins = [
        {key: value for key, value in item.items() if key not in ("expression", "label")}
        for item in own
    ]
    one_value = all("expression" in item and item.get("per") != "object" for item in own)
    if not one_value or any(item != bins[0] for item in bins):
        return "name one in all of them, as variable or under monitor"
    *firsts, text = [item["expression"] for item in own]
    for name, value in reversed([*zip(names, firsts)]):  # noqa: B905 - Python 3.8
        cuts = [cut for _, cut in selection_expressions("", regions[name].selection)]
        passes = cuts[0] if len(cuts) == 1 else " and ".join(f"({cut})" for cut in cuts)
        text = f"where({passes}, {value}, {text})"
    return (
        "if no event is in two of them, make the variable of all one with these bins and the "
        f"expression '{text}'"
    )


def _fit_edges(analysis: Analysis, region: str, variable: str) -> tuple[float, ...] | None:
    """Edges of a region's variable in the fit; None for the variable's own edges."""
    if analysis.regions[region].variable != variable or analysis.model is None:
        return None
    return analysis.model.fit_edges.get(region)
