"""Checks of the section `blinding`. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.analysis.plain.backgrounds import control_regions
from wollemi.analysis.plain.blinding import blinded_regions
from wollemi.analysis.plain.queries import axes_of
from wollemi_engine.expressions.selections import conditions
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.blinding import Blinding


def check_blinding(analysis: Analysis) -> list[str]:
    """Problems of the section `blinding`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    blinding = analysis.blinding
    if blinding is None:
        return []
    names, windows = blinding.regions, blinding.windows
    problems = unknown_names("blinding.regions", names, analysis.regions, "region")
    problems += unknown_names("blinding.windows", windows, analysis.variables, "variable")
    problems += (
        []
        if names or windows
        else ["blinding: hides nothing; give regions or windows, or remove the section"]
    )
    problems += (
        []
        if any(sample.role == "data" for sample in analysis.samples.values())
        else ["blinding: no sample has the role data"]
    )
    problems += [f"blinding.windows.{name}: {blinding.plain['windows'][name]}: the lower end is not below the upper one" for name, ends in windows.items()  # noqa: E501
                 if ends[0] >= ends[1]]  # fmt: skip
    return problems + _check_skim(analysis, blinding) + _check_estimates(analysis, blinding)


def _check_skim(analysis: Analysis, blinding: Blinding) -> list[str]:
    """Problems of a skim with all cuts of a hidden region: it would count the hidden events."""
    skim = conditions(analysis.skim.selection) if analysis.skim else set()
    return [
        (
            f"blinding.regions: the skim has every cut of '{name}', so that its count is that "
            "of the hidden region; loosen the skim"
        )
        for name in blinding.regions
        if skim
        and name in analysis.regions
        and conditions(analysis.regions[name].selection) <= skim
    ]


def _check_estimates(analysis: Analysis, blinding: Blinding) -> list[str]:
    """Problems of backgrounds estimated from hidden data, which would reveal them."""
    hidden, windows = blinded_regions(analysis.plain), set(blinding.windows)
    problems = []
    for name, sample in analysis.samples.items():
        dataset = analysis.datasets.get(name)
        estimate = dataset and sample.estimate and dataset.estimate
        for region in control_regions(estimate.plain) if estimate else ():
            item = analysis.regions.get(region)
            seen = [item.variable, *item.monitor] if item else []
            if region in hidden or any(windows & set(axes_of(analysis, name)) for name in seen):
                problems.append(
                    f"samples.{name}.estimate: the data of '{region}' are blinded; estimate "
                    "it from others"
                )
    return problems
