"""Checks of backgrounds estimated from data. Standard library only, on the plain YAML values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.backgrounds import control_regions, subtracted_samples, target_regions
from wollemi.analysis.plain.queries import as_list
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi_engine.expressions.selections import conditions
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]
    Item = Mapping[str, Any]


def check_estimates(document: Document) -> list[str]:
    """Problems of the samples estimated from data, each as `path: problem`.

    Selections do not show whether regions share events, unless one has all the cuts of the other.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    problems = []
    for name, sample in document["samples"].items():
        path, estimate = f"samples.{name}", sample.get("estimate")
        if estimate is None:
            problems += (
                [] if "datasets" in sample else [f"{path}: give datasets, or an estimate from data"]
            )
            continue
        if as_list(sample.get("datasets")) != [name] or "estimate" not in document["datasets"].get(
            name, {}
        ):
            problems.append(f"{path}: an estimate has no datasets, and no dataset has its name")
            continue
        if bool(estimate.get("transfer")) == bool(estimate.get("abcd")):
            problems.append(f"{path}.estimate: give exactly one of transfer, abcd")
            continue
        problems += [
            f"{path}{problem}"
            for problem in _problems(document, name, document["datasets"][name]["estimate"])
        ]
    return problems


def _problems(document: Document, name: str, estimate: Item) -> Iterator[str]:
    if document["samples"][name]["role"] != "background":
        yield ".role: only a background is estimated from data"
    fitted, subtracted = (
        estimate.get("as", "constraint") == "constraint",
        subtracted_samples(estimate),
    )
    simulated = [
        n
        for n, s in document["samples"].items()
        if s["role"] == "background" and not s.get("estimate")
    ]
    yield from unknown_names(".estimate.subtract", subtracted, simulated, "simulated background")
    regions = [*control_regions(estimate), *target_regions(estimate)]
    unknown = unknown_names(".estimate", regions, document["regions"], "region")
    yield from unknown
    if not unknown:
        yield from _region_problems(document, estimate, regions)
    transfer = estimate.get("transfer") or {}
    if transfer.get("factor_uncertainty", 0) >= transfer.get("factor", 1):
        yield ".estimate.transfer.factor_uncertainty: must be smaller than the factor"
    for systematic, item in (document.get("systematics") or {}).items():
        if name in as_list(item["samples"]) and not kind_of(item).acts_by_itself:
            yield (
                f".estimate: 'systematics.{systematic}' changes events, of which it has none; "
                "name the samples it subtracts"
            )
        elif (
            name in as_list(item["samples"])
            and not fitted
            and set(as_list(item["samples"])) & set(subtracted)
        ):
            yield (
                f".estimate: 'systematics.{systematic}' acts on what it subtracts already; give "
                "its own effect another name"
            )
    for factor, item in ((document.get("model") or {}).get("free_normalizations") or {}).items():
        if fitted and name in as_list(item["samples"]):
            yield (
                f".estimate: 'model.free_normalizations.{factor}': as constraint, the control "
                "region finds its normalization"
            )


def _region_problems(document: Document, estimate: Item, names: list[str]) -> Iterator[str]:
    regions = {name: document["regions"][name] for name in names}
    if len(regions) < len(names):
        yield ".estimate: its regions must be different ones"
    terms = {name: conditions(region["selection"]) for name, region in regions.items()}
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
    source, *counted = control_regions(estimate)
    for name in target_regions(estimate):
        if regions[name]["variable"] != regions[source]["variable"]:
            yield (
                f".estimate: the regions {source} and {name} need the same variable, not "
                f"{_variables(regions, source, name)}"
            )
    fitted = estimate.get("as", "constraint") == "constraint"
    for name in control_regions(estimate):
        if fitted == (regions[name].get("role") == "validation"):
            wanted = (
                "belongs into the fit: role control"
                if fitted
                else "is in the fit, so its data count twice: role validation"
            )
            yield (
                f".estimate: as {'constraint' if fitted else 'histogram'}, the region {name} "
                f"{wanted}"
            )
    edges = (document.get("model") or {}).get("fit_edges") or {}
    for name in target_regions(estimate) if fitted else ():
        if edges.get(name) != edges.get(source):
            yield (
                f".estimate: as constraint, model.fit_edges must be the same for {source} and "
                f"{name}"
            )
    for name in counted if fitted else ():
        if (
            _bins(
                {"edges": edges[name]}
                if name in edges
                else document["variables"].get(regions[name]["variable"], {})
            )
            != 1
        ):
            yield (
                f".estimate: as constraint, only the number of events in {name} counts; give it "
                "a variable with one bin"
            )


def _variables(regions: Mapping[str, Item], *names: str) -> str:
    return " and ".join(f"'{regions[name]['variable']}'" for name in names)


def _bins(variable: Item) -> int:
    number = (
        variable.get("bins") or variable.get("log_bins") or [len(variable.get("edges") or ()) - 1]
    )[0]
    return int(number)
