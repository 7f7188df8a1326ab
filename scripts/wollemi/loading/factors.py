"""Checks of factors, penalties and morphing of a model. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wollemi.analysis.plain.queries import (
    factor_names,
    factors,
    known_parameters,
    parameters_of_interest,
    simulated_samples,
)
from wollemi_likelihood.base.nearest import unknown_names
from wollemi_likelihood.expressions.factors import degree, parse_factor
from wollemi_likelihood.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.model import Model


def check_factors(analysis: Analysis, model: Model) -> list[str]:
    """Problems of factors: expressions of bounded free normalizations, on simulated samples."""
    free, known = model.free_normalizations, known_parameters(analysis)
    simulated = simulated_samples(analysis)
    problems: list[str] = []
    couplings: set[str] = set()
    for name, item in model.factors.items():
        path = f"model.factors.{name}"
        samples = item.samples
        problems += unknown_names(f"{path}.samples", samples, simulated, "simulated sample")
        if name in known:
            problems.append(f"{path}: the name is taken by a parameter")
        try:
            factor = parse_factor(item.expression)
        except ExpressionError as error:
            problems.append(f"{path}.expression: {error}")
            continue
        where = f"{path}.expression"
        problems += unknown_names(where, factor.names, free, "free normalization")
        couplings.update(one for one in factor.names if degree(factor, one) != 1)
        problems += [
            f"model.free_normalizations.{one}: give bounds, as {path} has it in an expression"
            for one in factor.names
            if one in free and not free[one].bounds
        ]
    if analysis.limits is not None:
        problems += [
            f"limits: {one} is no strength of a signal, which is not proportional to it "
            "(model.factors), so that an upper limit is not defined; quote a scan, remove limits"
            for one in parameters_of_interest(analysis)
            if one in couplings
        ]
    return problems + _check_unused(analysis, model)


def check_regularization(analysis: Analysis, model: Model) -> list[str]:
    """Problems of penalties, which need several free normalizations and exclude results that must
    use measurements alone.
    """
    section = model.regularization
    if section is None:
        return []
    path, names = "model.regularization", section.parameters
    free, held = model.free_normalizations, model.fixed
    problems = unknown_names(f"{path}.parameters", names, free, "free normalization")
    problems += [
        f"{path}.parameters: {name} is held by model.fixed" for name in names if name in held
    ]
    fewest = section.differences + 1
    if len({*names}) < max(fewest, len(names)):
        problems.append(f"{path}.parameters: give at least {fewest}, each of them once")
    refused = ("limits", "region_limits", "extrapolation", "uncertainties")
    return problems + [
        f"{name}: a penalty is no measurement, which this result would take it for "
        "(model.regularization); remove one of them"
        for name in refused
        if getattr(analysis, name) is not None and section.strength > 0
    ]


def check_morphing(analysis: Analysis, model: Model) -> list[str]:
    """Problems of templates: each has its own parameter value, and the bounds are within these."""
    problems: list[str] = []
    free = model.free_normalizations
    for name, item in model.morphing.items():
        path, values = f"model.morphing.{name}", item.templates
        problems += unknown_names(f"{path}", [name], free, "free normalization")
        problems += unknown_names(
            f"{path}.templates", values, simulated_samples(analysis), "simulated sample"
        )
        if len({*values.values()}) < len(values):
            problems.append(f"{path}.templates: two are at the same value")
            continue
        bounds = free[name].bounds if name in free else None
        lower, upper = bounds or (-math.inf, math.inf)
        first, last = min(values.values()), max(values.values())
        if math.isinf(lower) or lower < first or upper > last:
            problems.append(
                f"model.free_normalizations.{name}: give bounds within [{first:g}, {last:g}], the "
                f"values of the templates in {path}"
            )
        if name in parameters_of_interest(analysis):
            problems.append(
                f"model.poi: '{name}' is no strength of a signal, which its templates have with "
                "any value; take it out: fit.json has it, and scans may"
            )
    return problems


def _check_unused(analysis: Analysis, model: Model) -> list[str]:
    """Problems of free normalizations that act on no sample, by themselves or in an expression."""
    used = {name for item in factors(model).values() for name in factor_names(item["expression"])}
    return [
        f"model.free_normalizations.{name}: acts on nothing; give samples, or a factor that has it"
        for name, item in model.free_normalizations.items()
        if not item.samples and name not in used
    ]


def check_combine(model: Model) -> list[str]:
    """Problems of settings that a Combine datacard cannot have, with Combine's interpolation."""
    if model.interpolation != "combine":
        return []
    path, refused = "model.interpolation", ["factors", "morphing", "regularization"]
    found = [name for name in (*refused, "shape_factors") if getattr(model, name)]
    if model.mc_statistics_constraint == "poisson":
        found.append("mc_statistics_constraint")
    return [f"{path}: combine does not go with model.{name}; remove one of them" for name in found]
