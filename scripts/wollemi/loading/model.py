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
    as_list,
    asimov_parameters,
    axes_of,
    factor_samples,
    fitted_regions,
    held_parameters,
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
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]

# Default bounds of a free normalization, and of a systematic in standard deviations.
FACTOR_BOUNDS = (0, 10)
SYSTEMATIC_BOUNDS = (-5, 5)
# Limits between the points; each takes as long as a limit at a point.
MOST_INTERPOLATED = 200
# Largest relative difference of generators' cross sections of one process, from their errors.
SAME = 0.05


def check_model(document: Document) -> list[str]:
    """Problems of the sections `model` and `limits`, and of sections that need a model, each as
    `path: problem`.

    Args:
        document: Analysis accepted by the schema.
    """
    model, limits = document.get("model"), document.get("limits")
    samples = document["samples"]
    signals = signal_samples(document)
    problems = []
    problems += [
        f"{name}: needs the section 'model'"
        for name in ("limits", "goodness", "uncertainties", "region_limits", "toy_fits")
        if document.get(name) is not None and model is None
    ]
    if model is not None:
        problems += _check_entries(document)
        problems += _check_edges(document, model.get("fit_edges") or {})
        roles = {sample["role"] for sample in samples.values()}
        # A published model contains its own data.
        needed = ("signal",) if is_published(document) else ("data", "signal")
        problems += [
            f"model: no sample has the role {role}" for role in needed if role not in roles
        ]
        problems += _check_parameters(document, model)
        problems += _check_shape_factors(document, model)
        problems += _check_values(document, model, "fixed", held_parameters(document))
        problems += _check_values(document, model, "asimov", asimov_parameters(document))
        problems += _check_fixed(document)
        problems += check_factors(document, model)
        problems += _check_signals(document, model)
        problems += check_regularization(document, model)
        problems += check_morphing(document, model)
        problems += check_combine(model)
    problems += unknown_names(
        "limits.points", (limits or {}).get("points") or {}, signals, "signal sample"
    )
    problems += _check_theory(limits or {}, signals)
    problems += _check_interpolation(limits or {})
    problems += [*_check_region_limits(document), *_check_discovery(document)]
    problems += _check_cross_sections(document)
    return problems


def _check_cross_sections(document: Document) -> list[str]:
    """Problems of limits on a cross section, which need one cross section for each signal."""
    if not (document.get("limits") or {}).get("cross_section_fraction"):
        return []
    path, known = "limits.cross_section_fraction", document["datasets"]
    largest = 1e-9 if isinstance(document["center_of_mass_tev"], list) else SAME
    problems: list[str] = []
    for names in _measured_signals(document):
        datasets = {
            dataset: known.get(dataset, {})
            for name in names
            for dataset in as_list(document["samples"].get(name, {}).get("datasets"))
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


def _measured_signals(document: Document) -> list[list[str]]:
    """Signal samples of each limit."""
    return [*scaled_samples(document).values()] or [[name] for name in signal_samples(document)]


def _check_theory(limits: Document, signals: list[str]) -> list[str]:
    """Problems of uncertainties of predictions, which must be for signals and appear on a plot."""
    given, path = limits.get("theory_uncertainty"), "limits.theory_uncertainty"
    if given is None:
        return []
    if len(signals) == 1:
        return [
            f"{path}: a single signal has no plot of limits and predictions; make it a systematic "
            "of the signal, or remove it"
        ]
    own = isinstance(given, Mapping)
    return unknown_names(path, given, signals, "signal sample") if own else []


def _check_interpolation(limits: Document) -> list[str]:
    """Problems of interpolation, which needs points, few values between, and asymptotic limits."""
    given, path = limits.get("interpolation"), "limits.interpolation"
    if given is None:
        return []
    problems = []
    if limits.get("toys") is not None:
        problems.append(f"{path}: has asymptotic limits; remove it, or limits.toys")
    points = sorted((limits.get("points") or {}).values())
    if len(points) < 2:
        return [*problems, f"{path}: needs limits.points, with the places of two signals"]
    distances = [points[place + 1] - points[place] for place in range(len(points) - 1)]
    number = sum(max(math.ceil(distance / given["step"]) - 1, 0) for distance in distances)
    if number > MOST_INTERPOLATED:
        problems.append(
            f"{path}.step: {given['step']:g} makes {number} signals between the points; at most "
            f"{MOST_INTERPOLATED} are possible"
        )
    return problems


def _check_discovery(document: Document) -> list[str]:
    """Problems of discovery, which needs a model and a place on an axis for each signal."""
    if document.get("discovery") is None:
        return []
    if scaled_samples(document):
        return [
            "discovery: the signals are fitted together by model.poi; it needs a model for each"
        ]
    points = (document.get("limits") or {}).get("points") or {}
    if len(points) > 1:
        return []
    return ["discovery: needs limits.points, with the place of each signal on the axis"]


def _check_region_limits(document: Document) -> list[str]:
    """Problems of model-independent limits, which need a signal region."""
    if document.get("region_limits") is None:
        return []
    if is_published(document):
        return ["region_limits: a published model does not tell which regions are signal regions"]
    regions = document["regions"]
    if any(regions[name].get("role", "signal") == "signal" for name in fitted_regions(document)):
        return []
    return ["region_limits: no region has the role signal"]


def _check_entries(document: Document) -> list[str]:
    """Problems of several entries per event, as the likelihood assumes independent entries."""
    several = {
        name
        for name in document["variables"]
        for axis in axes_of(document, name)
        if document["variables"].get(axis, {}).get("per") == "object"
    }
    return [
        (
            f"regions.{name}.variable: '{region['variable']}' has several entries an event; the "
            "model needs one: use it as monitor"
        )
        for name, region in document["regions"].items()
        if region["variable"] in several and name in fitted_regions(document)
    ]


def _check_edges(document: Document, fit_edges: Mapping[str, Any]) -> list[str]:
    """Problems of the fit's edges, which must be a subset of the variable's edges."""
    fitted = fitted_regions(document)
    problems = unknown_names("model.fit_edges", fit_edges, fitted, "fitted region")
    for name, edges in fit_edges.items():
        variable = document["variables"].get(document["regions"].get(name, {}).get("variable"))
        if name not in fitted or variable is None or variable.get("axes"):
            continue
        problems += edge_problems(f"model.fit_edges.{name}", edges, variable)
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


def _check_parameters(document: Document, model: Document) -> list[str]:
    """Problems of bounds that do not increase, colliding names and samples without simulation."""
    simulated = simulated_samples(document)
    free = model.get("free_normalizations") or {}
    problems = []
    for name, item in free.items():
        path = f"model.free_normalizations.{name}"
        problems += unknown_names(
            f"{path}.samples", as_list(item.get("samples")), simulated, "simulated sample"
        )
        regions = as_list(item.get("regions"))
        problems += unknown_names(f"{path}.regions", regions, document["regions"], "region")
        if regions and name in parameters_of_interest(document):
            problems.append(
                f"{path}.regions: a parameter of interest acts in all regions, else a signal would "
                "be there without it; remove the key"
            )
        if name in document.get("systematics", {}):
            problems.append(f"{path}: the name is taken by another parameter")
    bounds = {"poi_bounds": model.get("poi_bounds")}
    bounds.update({f"free_normalizations.{n}.bounds": i.get("bounds") for n, i in free.items()})
    problems += [
        f"model.{path}: {pair}: must increase"
        for path, pair in bounds.items()
        if pair and pair[0] >= pair[1]
    ]
    return problems


def _check_shape_factors(document: Document, model: Document) -> list[str]:
    """Problems of shape factors: they need simulated backgrounds, and regions with equal bins."""
    samples, fitted, problems = document["samples"], fitted_regions(document), []
    allowed = [
        name
        for name in simulated_samples(document)
        if samples[name]["role"] == "background" and not samples[name].get("estimate")
    ]
    taken = {*(model.get("free_normalizations") or {}), *(document.get("systematics") or {})}
    for name, item in (model.get("shape_factors") or {}).items():
        path, regions = f"model.shape_factors.{name}", as_list(item["regions"])
        problems += unknown_names(
            f"{path}.samples", as_list(item["samples"]), allowed, "simulated background"
        )
        problems += unknown_names(f"{path}.regions", regions, fitted, "fitted region")
        if name in taken or name in parameters_of_interest(document):
            problems.append(f"{path}: the name is taken by another parameter")
        sizes = {one: _fitted_bins(document, model, one) for one in regions if one in fitted}
        if len({*sizes.values()}) > 1:
            found = ", ".join(f"{one} has {size} bins" for one, size in sizes.items())
            problems.append(
                f"{path}.regions: {found}; each factor is of one bin in all of them: give them "
                "equal numbers, as by model.fit_edges"
            )
    return problems


def _fitted_bins(document: Document, model: Document, region: str) -> int:
    """Number of bins of a region in the fit."""
    edges = (model.get("fit_edges") or {}).get(region)
    if edges:
        return len(edges) - 1
    variables = document["variables"]
    variable = document["regions"][region]["variable"]
    axes = [variables.get(axis, {}) for axis in axes_of(document, variable)]
    return math.prod(len(axis.get("categories") or variable_edges(axis)[1:]) for axis in axes)


def _check_values(
    document: Document, model: Document, key: str, values: Mapping[str, float]
) -> list[str]:
    """Problems of parameter values, which need a known parameter and must be within its bounds."""
    known, free = known_parameters(document), model.get("free_normalizations") or {}
    problems = unknown_names(f"model.{key}", values, known, "parameter") if known else []
    bounds = {name: item.get("bounds") or FACTOR_BOUNDS for name, item in free.items()}
    # Bounds of parameters of interest may follow from the templates.
    for name in parameters_of_interest(document):
        given = (free.get(name) or {}).get("bounds") or model.get("poi_bounds")
        bounds[name] = given or (-FACTOR_BOUNDS[1], FACTOR_BOUNDS[1])
    for name, value in values.items():
        lower, upper = bounds.get(name) or SYSTEMATIC_BOUNDS
        if not lower <= value <= upper:
            problems.append(
                f"model.{key}.{name}: {value:g} is outside its bounds, {[lower, upper]}"
            )
    return problems


def _check_fixed(document: Document) -> list[str]:
    """Problems of fixed parameters: no parameters of interest, no other value in Asimov data."""
    held, asimov = held_parameters(document), asimov_parameters(document)
    problems = [
        f"model.fixed.{name}: is a parameter of interest, which the fit must find; to hold it, "
        "take it out of model.poi"
        for name in held
        if name in parameters_of_interest(document)
    ]
    problems += [
        f"model.asimov.{name}: is held by model.fixed; give its value there"
        for name in asimov
        if name in held
    ]
    if asimov and (document.get("limits") or {}).get("toys") is not None:
        problems.append(
            "model.asimov: toys of limits are thrown at fitted values of the other parameters; "
            "remove it, or limits.toys"
        )
    return problems


def _check_signals(document: Document, model: Document) -> list[str]:
    """Problems of declared parameters of interest: all signals are in one model, each scaled by one
    parameter.
    """
    scaled, free = scaled_samples(document), model.get("free_normalizations") or {}
    names = parameters_of_interest(document)
    if not scaled and len(names) == 1:
        return []
    problems = unknown_names("model.poi", names, free, "free normalization")
    signals, samples = signal_samples(document), document["samples"]
    for name, items in scaled.items():
        problems += [
            f"model.free_normalizations.{name}.samples: '{item}' is no signal sample, as those of "
            "a parameter of interest are; give it the role signal, or its own free normalization"
            for item in items
            if item in samples and item not in signals
        ]
    for signal in signals:
        if signal in held_signals(document):
            continue
        by = [name for name, items in scaled.items() if signal in items]
        if len(by) != 1 and not (by and signal in factor_samples(document)):
            found = f"by {' and '.join(by)}" if by else "by none"
            problems.append(
                f"samples.{signal}: all signals are in one model, each scaled by one parameter of "
                f"interest, and this one {found} (model.poi)"
            )
    return [*problems, *_check_rest(document, model)]


def _check_rest(document: Document, model: Document) -> list[str]:
    """Problems of keys for models with a single signal."""
    problems = []
    if model.get("poi_bounds"):
        where = "model.free_normalizations.<parameter of interest>.bounds"
        problems.append(f"model.poi_bounds: give {where} instead")
    if TOGETHER in document["samples"]:
        problems.append(f"samples.{TOGETHER}: is the name of the model of all signals; rename it")
    if (document.get("limits") or {}).get("points"):
        problems.append(
            "limits.points: signals that are fitted together are no points of one axis; remove it"
        )
    publication = document.get("publication") or {}
    problems += [
        f"publication.{name}: needs a model for each signal, and model.poi has them in one; "
        "remove it"
        for name in ("smodels", "recast")
        if publication.get(name)
    ]
    return problems
