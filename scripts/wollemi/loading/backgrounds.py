"""Checks of backgrounds estimated from data. Standard library only, on the plain YAML values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.backgrounds import control_regions, subtracted_samples, target_regions
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_engine.expressions.selections import conditions
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis, Region
    from wollemi.analysis.models.backgrounds import Estimate


def check_estimates(analysis: Analysis) -> list[str]:
    """Problems of the samples estimated from data, each as `path: problem`.

    Selections do not show whether regions share events, unless one has all the cuts of the other.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    problems = []
    for name, sample in analysis.samples.items():
        path, estimate = f"samples.{name}", sample.estimate
        own = analysis.datasets[name].estimate if name in analysis.datasets else None
        if estimate is None:
            problems += (
                []
                if "datasets" in sample.plain
                else [f"{path}: give datasets, or an estimate from data"]
            )
            continue
        if sample.datasets != (name,) or not own:
            problems.append(f"{path}: an estimate has no datasets, and no dataset has its name")
            continue
        if (estimate.transfer is None) == (estimate.abcd is None):
            problems.append(f"{path}.estimate: give exactly one of transfer, abcd")
            continue
        problems += [f"{path}{problem}" for problem in _problems(analysis, name, own)]
    return problems


def _problems(analysis: Analysis, name: str, estimate: Estimate) -> Iterator[str]:
    if analysis.samples[name].role != "background":
        yield ".role: only a background is estimated from data"
    fitted, subtracted = estimate.form == "constraint", subtracted_samples(estimate.plain)
    simulated = [
        n for n, s in analysis.samples.items() if s.role == "background" and not s.estimate
    ]
    yield from unknown_names(".estimate.subtract", subtracted, simulated, "simulated background")
    regions = [*control_regions(estimate.plain), *target_regions(estimate.plain)]
    unknown = unknown_names(".estimate", regions, analysis.regions, "region")
    yield from unknown
    if not unknown:
        yield from _region_problems(analysis, estimate, regions)
    transfer = estimate.transfer
    if transfer and transfer.factor_uncertainty >= transfer.factor:
        yield ".estimate.transfer.factor_uncertainty: must be smaller than the factor"
    for systematic, item in analysis.systematics.items():
        if name in item.samples and not kind_of(item.plain).acts_by_itself:
            yield (
                f".estimate: 'systematics.{systematic}' changes events, of which it has none; "
                "name the samples it subtracts"
            )
        elif name in item.samples and not fitted and set(item.samples) & set(subtracted):
            yield (
                f".estimate: 'systematics.{systematic}' acts on what it subtracts already; give "
                "its own effect another name"
            )
    for factor, free in (analysis.model.free_normalizations if analysis.model else {}).items():
        if fitted and name in free.samples:
            yield (
                f".estimate: 'model.free_normalizations.{factor}': as constraint, the control "
                "region finds its normalization"
            )


def _region_problems(analysis: Analysis, estimate: Estimate, names: list[str]) -> Iterator[str]:
    regions = {name: analysis.regions[name] for name in names}
    if len(regions) < len(names):
        yield ".estimate: its regions must be different ones"
    terms = {name: conditions(region.selection) for name, region in regions.items()}
    for first, second in itertools.permutations(regions, 2):
        if terms[first] and terms[first] < terms[second]:
            yield (
                f".estimate: every event of the region {second} is in {first}, too: they may "
                "not overlap"
            )
    for first, second in itertools.combinations(regions, 2):
        if terms[first] and terms[first] == terms[second]:
            yield (
                f".estimate: the regions {first} and {second} have the same selection, so the "
                "same events"
            )
    source, *counted = control_regions(estimate.plain)
    for name in target_regions(estimate.plain):
        if regions[name].variable != regions[source].variable:
            yield (
                f".estimate: the regions {source} and {name} need the same variable, not "
                f"{_variables(regions, source, name)}"
            )
    fitted = estimate.form == "constraint"
    for name in control_regions(estimate.plain):
        if fitted == (regions[name].role == "validation"):
            wanted = (
                "belongs into the fit: role control"
                if fitted
                else "is in the fit, so its data count twice: role validation"
            )
            yield (
                f".estimate: as {'constraint' if fitted else 'histogram'}, the region {name} "
                f"{wanted}"
            )
    edges = analysis.model.fit_edges if analysis.model else {}
    for name in target_regions(estimate.plain) if fitted else ():
        if edges.get(name) != edges.get(source):
            yield (
                f".estimate: as constraint, model.fit_edges must be the same for {source} and "
                f"{name}"
            )
    for name in counted if fitted else ():
        variable = analysis.variables.get(regions[name].variable)
        own = {"edges": edges[name]} if name in edges else variable.plain if variable else {}
        if _bins(own) != 1:
            yield (
                f".estimate: as constraint, only the number of events in {name} counts; give it "
                "a variable with one bin"
            )


def _variables(regions: Mapping[str, Region], *names: str) -> str:
    return " and ".join(f"'{regions[name].variable}'" for name in names)


def _bins(variable: Mapping[str, Any]) -> int:
    number = (
        variable.get("bins") or variable.get("log_bins") or [len(variable.get("edges") or ()) - 1]
    )[0]
    return int(number)
