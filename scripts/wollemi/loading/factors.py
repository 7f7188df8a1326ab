"""Checks of factors, penalties and morphing of a model. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import (
    as_list,
    factor_names,
    factors,
    held_parameters,
    known_parameters,
    parameters_of_interest,
    simulated_samples,
)
from wollemi_likelihood.base.nearest import unknown_names
from wollemi_likelihood.expressions.factors import degree, parse_factor
from wollemi_likelihood.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_factors(document: Document, model: Document) -> list[str]:
    """Problems of factors: expressions of bounded free normalizations, on simulated samples."""
    free, known = model.get("free_normalizations") or {}, known_parameters(document)
    simulated = simulated_samples(document)
    problems: list[str] = []
    couplings: set[str] = set()
    for name, item in (model.get("factors") or {}).items():
        path = f"model.factors.{name}"
        samples = as_list(item["samples"])
        problems += unknown_names(f"{path}.samples", samples, simulated, "simulated sample")
        if name in known:
            problems.append(f"{path}: the name is taken by a parameter")
        try:
            factor = parse_factor(item["expression"])
        except ExpressionError as error:
            problems.append(f"{path}.expression: {error}")
            continue
        where = f"{path}.expression"
        problems += unknown_names(where, factor.names, free, "free normalization")
        couplings.update(one for one in factor.names if degree(factor, one) != 1)
        problems += [
            f"model.free_normalizations.{one}: give bounds, as {path} has it in an expression"
            for one in factor.names
            if one in free and not free[one].get("bounds")
        ]
    if document.get("limits") is not None:
        problems += [
            f"limits: {one} is no strength of a signal, which is not proportional to it "
            "(model.factors), so that an upper limit is not defined; quote a scan, remove limits"
            for one in parameters_of_interest(document)
            if one in couplings
        ]
    return problems + _check_unused(document, model)


def check_regularization(document: Document, model: Document) -> list[str]:
    """Problems of penalties, which need several free normalizations and exclude results that must
    use measurements alone.
    """
    section = model.get("regularization")
    if not section:
        return []
    path, names = "model.regularization", as_list(section["parameters"])
    free, held = model.get("free_normalizations") or {}, held_parameters(document)
    problems = unknown_names(f"{path}.parameters", names, free, "free normalization")
    problems += [
        f"{path}.parameters: {name} is held by model.fixed" for name in names if name in held
    ]
    fewest = section.get("differences", 2) + 1
    if len({*names}) < max(fewest, len(names)):
        problems.append(f"{path}.parameters: give at least {fewest}, each of them once")
    refused = ("limits", "region_limits", "extrapolation", "uncertainties")
    return problems + [
        f"{name}: a penalty is no measurement, which this result would take it for "
        "(model.regularization); remove one of them"
        for name in refused
        if document.get(name) is not None and section["strength"] > 0
    ]


def check_morphing(document: Document, model: Document) -> list[str]:
    """Problems of templates: each has its own parameter value, and the bounds are within these."""
    free, problems = model.get("free_normalizations") or {}, []
    for name, item in (model.get("morphing") or {}).items():
        path, values = f"model.morphing.{name}", item["templates"]
        problems += unknown_names(f"{path}", [name], free, "free normalization")
        problems += unknown_names(
            f"{path}.templates", values, simulated_samples(document), "simulated sample"
        )
        if len({*values.values()}) < len(values):
            problems.append(f"{path}.templates: two are at the same value")
            continue
        lower, upper = (free.get(name) or {}).get("bounds") or (-math.inf, math.inf)
        first, last = min(values.values()), max(values.values())
        if math.isinf(lower) or lower < first or upper > last:
            problems.append(
                f"model.free_normalizations.{name}: give bounds within [{first:g}, {last:g}], the "
                f"values of the templates in {path}"
            )
        if name in parameters_of_interest(document):
            problems.append(
                f"model.poi: '{name}' is no strength of a signal, which its templates have with "
                "any value; take it out: fit.json has it, and scans may"
            )
    return problems


def _check_unused(document: Document, model: Document) -> list[str]:
    """Problems of free normalizations that act on no sample, by themselves or in an expression."""
    used = {
        name for item in factors(document).values() for name in factor_names(item["expression"])
    }
    return [
        f"model.free_normalizations.{name}: acts on nothing; give samples, or a factor that has it"
        for name, item in (model.get("free_normalizations") or {}).items()
        if not item.get("samples") and name not in used
    ]


def check_combine(model: Document) -> list[str]:
    """Problems of settings that a Combine datacard cannot have, with Combine's interpolation."""
    if model.get("interpolation") != "combine":
        return []
    path, refused = "model.interpolation", ["factors", "morphing", "regularization"]
    found = [name for name in (*refused, "shape_factors") if model.get(name)]
    if model.get("mc_statistics_constraint") == "poisson":
        found.append("mc_statistics_constraint")
    return [f"{path}: combine does not go with model.{name}; remove one of them" for name in found]
