"""Checks of the statistical model of an analysis file. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.cross_sections import era_cross_sections
from wollemi.analysis.plain.queries import (
    TOGETHER,
    axes_of,
    factor_samples,
    fitted_regions,
    held_signals,
    is_published,
    known_parameters,
    parameters_of_interest,
    scaled_samples,
    signal_samples,
    simulated_samples,
    variable_edges,
)
from wollemi.loading.factors import (
    check_combine,
    check_factors,
    check_morphing,
    check_regularization,
)
from wollemi_likelihood.base.errors import counted
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis
    from wollemi.analysis.models.limits import Limits
    from wollemi.analysis.models.model import Model

# Default bounds of a free normalization, and of a systematic in standard deviations.
FACTOR_BOUNDS = (0, 10)
SYSTEMATIC_BOUNDS = (-5, 5)
# Limits between the points; each takes as long as a limit at a point.
MOST_INTERPOLATED = 200
# Largest relative difference of generators' cross sections of one process, from their errors.
SAME = 0.05


def check_model(analysis: Analysis) -> list[str]:
    """Problems of the sections `model` and `limits`, and of sections that need a model, each as
    `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    model, limits = analysis.model, analysis.limits
    samples = analysis.samples
    signals = signal_samples(analysis)
    problems = []
    problems += [
        f"{name}: needs the section 'model'"
        for name in ("limits", "goodness", "uncertainties", "region_limits", "toy_fits")
        if getattr(analysis, name) is not None and model is None
    ]
    if model is not None:
        problems += _check_entries(analysis)
        problems += _check_edges(analysis, model.fit_edges)
        roles = {sample.role for sample in samples.values()}
        # A published model contains its own data.
        needed = ("signal",) if is_published(analysis) else ("data", "signal")
        problems += [
            f"model: no sample has the role {role}" for role in needed if role not in roles
        ]
        problems += _check_parameters(analysis, model)
        problems += _check_shape_factors(analysis, model)
        problems += _check_values(analysis, model, "fixed", model.fixed)
        problems += _check_values(analysis, model, "asimov", model.asimov)
        problems += _check_fixed(analysis, model)
        problems += check_factors(analysis, model)
        problems += _check_signals(analysis, model)
        problems += check_regularization(analysis, model)
        problems += check_morphing(analysis, model)
        problems += check_combine(model)
    if limits is not None:
        points = limits.points or {}
        problems += unknown_names("limits.points", points, signals, "signal sample")
        problems += _check_theory(limits, signals)
        problems += _check_interpolation(limits)
    problems += [*_check_region_limits(analysis), *_check_discovery(analysis)]
    problems += _check_cross_sections(analysis)
    return problems


def _check_cross_sections(analysis: Analysis) -> list[str]:
    """Problems of limits on a cross section, which need one cross section for each signal."""
    if analysis.limits is None or not analysis.limits.cross_section_fraction:
        return []
    path, known = "limits.cross_section_fraction", analysis.datasets
    largest = 1e-9 if isinstance(analysis.center_of_mass_tev, tuple) else SAME
    problems: list[str] = []
    for names in _measured_signals(analysis):
        datasets = {
            dataset: known[dataset].plain if dataset in known else {}
            for name in names
            if name in analysis.samples
            for dataset in analysis.samples[name].datasets
        }
        missing = [name for name, item in datasets.items() if "cross_section_pb" not in item]
        problems += [f"{path}: needs datasets.{name}.cross_section_pb" for name in missing]
        sizes = [era_cross_sections(datasets, one) for one in (min, max)]
        sums = [size for found in sizes for size in found.values()]
        if not missing and max(sums, default=0.0) > (1 + largest) * min(sums, default=0.0):
            listed = ", ".join(
                f"{size:g} pb" + (f" in {era}" if era else "")
                for found in ([sizes[1]] if len(sizes[1]) > 1 else sizes)
                for era, size in found.items()
            )
            problems.append(
                f"{path}: the cross section of {' and '.join(names)} is not one ({listed}); limits "
                "are on the signal strength then: remove it"
            )
    return sorted(set(problems))


def _measured_signals(analysis: Analysis) -> list[list[str]]:
    """Signal samples of each limit."""
    return [*scaled_samples(analysis).values()] or [[name] for name in signal_samples(analysis)]


def _check_theory(limits: Limits, signals: list[str]) -> list[str]:
    """Problems of uncertainties of predictions, which must be for signals and appear on a plot."""
    given, path = limits.theory_uncertainty, "limits.theory_uncertainty"
    if given is None:
        return []
    if len(signals) == 1:
        return [
            f"{path}: a single signal has no plot of limits and predictions; make it a systematic "
            "of the signal, or remove it"
        ]
    named = given if isinstance(given, Mapping) else ()
    return unknown_names(path, named, signals, "signal sample")


def _check_interpolation(limits: Limits) -> list[str]:
    """Problems of interpolation, which needs points, few values between, and asymptotic limits."""
    given, path = limits.interpolation, "limits.interpolation"
    if given is None:
        return []
    problems = []
    if limits.toys is not None:
        problems.append(f"{path}: has asymptotic limits; remove it, or limits.toys")
    points = sorted((limits.points or {}).values())
    if len(points) < 2:
        return [*problems, f"{path}: needs limits.points, with the places of two signals"]
    distances = [points[place + 1] - points[place] for place in range(len(points) - 1)]
    number = sum(max(math.ceil(distance / given.step) - 1, 0) for distance in distances)
    if number > MOST_INTERPOLATED:
        problems.append(
            f"{path}.step: {given.step:g} makes {number} signals between the points; at most "
            f"{MOST_INTERPOLATED} are possible"
        )
    return problems


def _check_discovery(analysis: Analysis) -> list[str]:
    """Problems of discovery, which needs a model and a place on an axis for each signal."""
    if analysis.discovery is None:
        return []
    if scaled_samples(analysis):
        return [
            "discovery: the signals are fitted together by model.poi; it needs a model for each"
        ]
    if analysis.limits and len(analysis.limits.points or ()) > 1:
        return []
    return ["discovery: needs limits.points, with the place of each signal on the axis"]


def _check_region_limits(analysis: Analysis) -> list[str]:
    """Problems of model-independent limits, which need a signal region."""
    if analysis.region_limits is None:
        return []
    if is_published(analysis):
        return ["region_limits: a published model does not tell which regions are signal regions"]
    fitted = fitted_regions(analysis)
    if any(analysis.regions[name].role == "signal" for name in fitted):
        return []
    return ["region_limits: no region has the role signal"]


def _check_entries(analysis: Analysis) -> list[str]:
    """Problems of several entries per event, as the likelihood assumes independent entries."""
    several = {
        name
        for name in analysis.variables
        for axis in axes_of(analysis, name)
        if axis in analysis.variables and analysis.variables[axis].per == "object"
    }
    return [
        (
            f"regions.{name}.variable: '{region.variable}' has several entries an event; the "
            "model needs one: use it as monitor"
        )
        for name, region in analysis.regions.items()
        if region.variable in several and name in fitted_regions(analysis)
    ]


def _check_edges(analysis: Analysis, fit_edges: Mapping[str, Sequence[float]]) -> list[str]:
    """Problems of the fit's edges, which must be a subset of the variable's edges."""
    fitted = fitted_regions(analysis)
    problems = unknown_names("model.fit_edges", fit_edges, fitted, "fitted region")
    for name, edges in fit_edges.items():
        region = analysis.regions.get(name)
        variable = analysis.variables.get(region.variable) if region else None
        if name in fitted and variable and not variable.axes:
            problems += edge_problems(f"model.fit_edges.{name}", edges, variable.plain)
    return problems


def edge_problems(path: str, edges: Sequence[float], variable: Mapping[str, Any]) -> list[str]:
    """Problems of coarser bins of a variable, each as `path: problem`.

    Args:
        path: Path of the edges in the analysis file.
        edges: Requested edges, in units of the variable.
        variable: Settings of the variable.
    """
    known = variable_edges(variable)
    unknown = [
        edge
        for edge in edges
        if not any(math.isclose(edge, one, rel_tol=1e-9, abs_tol=1e-9) for one in known)
    ]
    order = list(edges) != sorted(set(edges)) or len(edges) < 2
    return [
        *([f"{path}: must increase, and be at least two"] if order else []),
        *(f"{path}: {edge:g} is not an edge of its variable" for edge in unknown),
    ]


def _check_parameters(analysis: Analysis, model: Model) -> list[str]:
    """Problems of bounds that do not increase, colliding names and samples without simulation."""
    simulated = simulated_samples(analysis)
    free = model.free_normalizations
    problems = []
    for name, item in free.items():
        path = f"model.free_normalizations.{name}"
        problems += unknown_names(f"{path}.samples", item.samples, simulated, "simulated sample")
        regions = item.regions or ()
        problems += unknown_names(f"{path}.regions", regions, analysis.regions, "region")
        if regions and name in parameters_of_interest(analysis):
            problems.append(
                f"{path}.regions: a parameter of interest acts in all regions, else a signal would "
                "be there without it; remove the key"
            )
        if name in analysis.systematics:
            problems.append(f"{path}: the name is taken by another parameter")
    bounds = {"poi_bounds": model.plain.get("poi_bounds")}
    for name, item in free.items():
        bounds[f"free_normalizations.{name}.bounds"] = item.plain.get("bounds")
    problems += [
        f"model.{path}: {pair}: must increase"
        for path, pair in bounds.items()
        if pair and pair[0] >= pair[1]
    ]
    return problems


def _check_shape_factors(analysis: Analysis, model: Model) -> list[str]:
    """Problems of shape factors: they need simulated backgrounds, and regions with equal bins."""
    samples, fitted = analysis.samples, fitted_regions(analysis)
    problems: list[str] = []
    allowed = [
        name
        for name in simulated_samples(analysis)
        if samples[name].role == "background" and not samples[name].estimate
    ]
    taken = {*model.free_normalizations, *analysis.systematics}
    for name, item in (model.shape_factors or {}).items():
        path, regions = f"model.shape_factors.{name}", item.regions
        problems += unknown_names(f"{path}.samples", item.samples, allowed, "simulated background")
        problems += unknown_names(f"{path}.regions", regions, fitted, "fitted region")
        if name in taken or name in parameters_of_interest(analysis):
            problems.append(f"{path}: the name is taken by another parameter")
        sizes = {one: _fitted_bins(analysis, model, one) for one in regions if one in fitted}
        if len({*sizes.values()}) > 1:
            found = ", ".join(f"{one} has {counted(size, 'bin')}" for one, size in sizes.items())
            problems.append(
                f"{path}.regions: {found}; each factor is of one bin in all of them: give them "
                "equal numbers, as by model.fit_edges"
            )
    return problems


def _fitted_bins(analysis: Analysis, model: Model, region: str) -> int:
    """Number of bins of a region in the fit."""
    edges = model.fit_edges.get(region)
    if edges:
        return len(edges) - 1
    variables = analysis.variables
    names = axes_of(analysis, analysis.regions[region].variable)
    axes = [variables[name].plain if name in variables else {} for name in names]
    return math.prod(len(axis.get("categories") or variable_edges(axis)[1:]) for axis in axes)


def _check_values(
    analysis: Analysis, model: Model, key: str, values: Mapping[str, float]
) -> list[str]:
    """Problems of parameter values, which need a known parameter and must be within its bounds."""
    known, free = known_parameters(analysis), model.plain.get("free_normalizations") or {}
    problems = unknown_names(f"model.{key}", values, known, "parameter") if known else []
    bounds = {name: item.get("bounds") or FACTOR_BOUNDS for name, item in free.items()}
    # Bounds of parameters of interest may follow from the templates.
    for name in parameters_of_interest(analysis):
        given = (free.get(name) or {}).get("bounds") or model.plain.get("poi_bounds")
        bounds[name] = given or (-FACTOR_BOUNDS[1], FACTOR_BOUNDS[1])
    for name, value in values.items():
        lower, upper = bounds.get(name) or SYSTEMATIC_BOUNDS
        if not lower <= value <= upper:
            problems.append(
                f"model.{key}.{name}: {value:g} is outside its bounds, {[lower, upper]}"
            )
    return problems


def _check_fixed(analysis: Analysis, model: Model) -> list[str]:
    """Problems of fixed parameters: no parameters of interest, no other value in Asimov data."""
    held, asimov = model.fixed, model.asimov
    problems = [
        f"model.fixed.{name}: is a parameter of interest, which the fit must find; to hold it, "
        "take it out of model.poi"
        for name in held
        if name in parameters_of_interest(analysis)
    ]
    problems += [
        f"model.asimov.{name}: is held by model.fixed; give its value there"
        for name in asimov
        if name in held
    ]
    if asimov and analysis.limits and analysis.limits.toys is not None:
        problems.append(
            "model.asimov: toys of limits are thrown at fitted values of the other parameters; "
            "remove it, or limits.toys"
        )
    return problems


def _check_signals(analysis: Analysis, model: Model) -> list[str]:
    """Problems of declared parameters of interest: all signals are in one model, each scaled by one
    parameter.
    """
    scaled, free = scaled_samples(analysis), model.free_normalizations
    names = parameters_of_interest(analysis)
    if not scaled and len(names) == 1:
        return []
    problems = unknown_names("model.poi", names, free, "free normalization")
    signals, samples = signal_samples(analysis), analysis.samples
    for name, items in scaled.items():
        problems += [
            f"model.free_normalizations.{name}.samples: '{item}' is no signal sample, as those of "
            "a parameter of interest are; give it the role signal, or its own free normalization"
            for item in items
            if item in samples and item not in signals
        ]
    for signal in signals:
        if signal in held_signals(analysis):
            continue
        by = [name for name, items in scaled.items() if signal in items]
        if len(by) != 1 and not (by and signal in factor_samples(analysis)):
            found = f"by {' and '.join(by)}" if by else "by none"
            problems.append(
                f"samples.{signal}: all signals are in one model, each scaled by one parameter of "
                f"interest, and this one {found} (model.poi)"
            )
    return [*problems, *_check_rest(analysis, model)]


def _check_rest(analysis: Analysis, model: Model) -> list[str]:
    """Problems of keys for models with a single signal."""
    problems = []
    if model.poi_bounds:
        where = "model.free_normalizations.<parameter of interest>.bounds"
        problems.append(f"model.poi_bounds: give {where} instead")
    if TOGETHER in analysis.samples:
        problems.append(f"samples.{TOGETHER}: is the name of the model of all signals; rename it")
    if analysis.limits and analysis.limits.points:
        problems.append(
            "limits.points: signals that are fitted together are no points of one axis; remove it"
        )
    publication = analysis.publication
    problems += [
        f"publication.{name}: needs a model for each signal, and model.poi has them in one; "
        "remove it"
        for name in ("smodels", "recast")
        if publication and getattr(publication, name)
    ]
    return problems
