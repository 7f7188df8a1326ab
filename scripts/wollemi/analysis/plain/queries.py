"""Signals, fitted regions and datasets of samples of an analysis. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.view import read
from wollemi_engine.expressions.morphing import morphing_factors

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis, Region, Variable
    from wollemi.analysis.models.model import Model


# Name of the joint model, if all signals are fitted together.
TOGETHER = "signals"
NO_MODEL: Model = read("Model", {})  # with its defaults, for an analysis without one


def as_list(value: Any) -> list[str]:
    """A name or a list of names as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def is_published(analysis: Analysis) -> bool:
    """Whether an analysis starts from a published model."""
    return analysis.workspace is not None


def signal_samples(analysis: Analysis) -> list[str]:
    """Names of the signal samples, in the order of the file."""
    return [name for name, sample in analysis.samples.items() if sample.role == "signal"]


def parameters_of_interest(analysis: Analysis) -> list[str]:
    """Names of the parameters of interest, the main one first."""
    return list((analysis.model or NO_MODEL).poi)


def scaled_samples(analysis: Analysis) -> dict[str, list[str]]:
    """Parameter of interest → the signal samples it scales in the joint model, directly or in a
    factor; empty if each signal sample has its own model.
    """
    free = (analysis.model or NO_MODEL).free_normalizations
    return {
        name: list(dict.fromkeys([*free[name].samples, *_in_factors(analysis, name)]))
        for name in parameters_of_interest(analysis)
        if name in free
    }


def simulated_samples(analysis: Analysis) -> list[str]:
    """Samples that are not data."""
    return [name for name, sample in analysis.samples.items() if sample.role != "data"]


def factors(model: Model) -> dict[str, Mapping[str, Any]]:
    """Factors of a model that are expressions, including morphing, as plain values."""
    plain = model.plain
    return {**(plain.get("factors") or {}), **morphing_factors(plain.get("morphing") or {})}


def beyond_histfactory(analysis: Analysis) -> bool:
    """Whether HistFactory cannot describe the model: factors that are expressions, or Combine's
    interpolation, in the analysis or in a datacard.
    """
    imported = analysis.workspace
    files = [imported, *(imported.combine or {}).values()] if imported else []
    sections = [analysis.model, *(file.datacard for file in files)]
    return bool(factors(analysis.model or NO_MODEL)) or any(
        i and i.interpolation == "combine" for i in sections
    )


def _in_factors(analysis: Analysis, name: str) -> list[str]:
    """Samples of the factors whose expressions contain a parameter."""
    return [
        sample
        for item in factors(analysis.model or NO_MODEL).values()
        if name in factor_names(item["expression"])
        for sample in as_list(item["samples"])
    ]


def factor_names(expression: str) -> list[str]:
    """Names in the expression of a factor, without numbers and operators."""
    return list(dict.fromkeys(re.findall(r"\b[A-Za-z]\w*\b(?!\()", expression)))


def factor_samples(analysis: Analysis) -> list[str]:
    """Samples that a factor acts on."""
    return [
        sample
        for item in factors(analysis.model or NO_MODEL).values()
        for sample in as_list(item["samples"])
    ]


def keeps_negative_bins(model: Model) -> bool:
    """Whether templates of a model may have negative bins: on request, or as Combine has them."""
    return model.floor_negative_bins == "keep" or model.interpolation == "combine"


def held_signals(analysis: Analysis) -> list[str]:
    """Signal samples in the joint model whose strength is fixed."""
    model = analysis.model or NO_MODEL
    held = {
        sample
        for name in model.fixed
        for sample in (
            *(model.free_normalizations[name].samples if name in model.free_normalizations else ()),
            *_in_factors(analysis, name),
        )
    }
    together = bool(scaled_samples(analysis))
    return [name for name in signal_samples(analysis) if together and name in held]


def model_names(analysis: Analysis) -> list[str]:
    """Names of the models: the signal samples, or the joint model of all signals."""
    return [TOGETHER] if scaled_samples(analysis) else signal_samples(analysis)


def measured_names(analysis: Analysis) -> list[str]:
    """Names for limits, significances and impacts: the models or, if one model has several
    parameters of interest, these parameters.
    """
    scaled = scaled_samples(analysis)
    return list(scaled) if len(scaled) > 1 else model_names(analysis)


def interpolation_edges(analysis: Analysis) -> dict[str, list[float]]:
    """Fitted region → edges of its bins as written, if limits are interpolated between signals."""
    if not (analysis.limits and analysis.limits.interpolation):
        return {}
    own = (analysis.model or NO_MODEL).plain.get("fit_edges") or {}
    return {
        name: list(own.get(name) or variable_edges(variable.plain))
        for name in fitted_regions(analysis)
        for variable in [analysis.variables[analysis.regions[name].variable]]
    }


def axes_of(analysis: Analysis, name: str) -> list[str]:
    """Variables on the axes of the histogram of a variable: itself, or its `axes`."""
    variable = analysis.variables.get(name)
    return list(variable.axes if variable else ()) or [name]


def region_variables(region: Region) -> list[str]:
    """All variables that a region histograms, the model's variable first."""
    return [region.variable, *region.monitor]


def own_axes(analysis: Analysis) -> dict[str, Variable]:
    """Variables with a single axis: name → settings."""
    return {name: item for name, item in analysis.variables.items() if not item.axes}


def variable_edges(variable: Mapping[str, Any]) -> list[float]:
    """Bin edges of a variable, to the accuracy of floating-point numbers.

    Args:
        variable: Plain values of the variable.
    """
    if variable.get("edges"):
        return list(variable["edges"])
    number, lower, upper = variable.get("bins") or variable.get("log_bins") or (1, 0, 1)
    steps = [index / number for index in range(number + 1)] if number > 0 else []
    if variable.get("log_bins") and lower > 0 and upper > 0:
        return [lower * (upper / lower) ** step for step in steps]
    return [lower + (upper - lower) * step for step in steps]


def fitted_regions(analysis: Analysis) -> list[str]:
    """Regions that enter the fit, in the order of the file; for a published model, the regions
    named in the file.
    """
    fitted = [name for name, region in analysis.regions.items() if region.role != "validation"]
    return [*fitted, *(analysis.workspace.regions if analysis.workspace else ())]


def unfitted_places(analysis: Analysis) -> list[tuple[str, str]]:
    """Regions and variables that the model does not fit but the fit can predict."""
    if is_published(analysis) or analysis.model is None:
        return []
    fitted = fitted_regions(analysis)
    places = [
        (name, variable)
        for name, region in analysis.regions.items()
        for variable in region_variables(region)
        if name not in fitted or variable != region.variable
    ]
    return list(dict.fromkeys(places))


def unfitted_name(analysis: Analysis, region: str, variable: str) -> str:
    """Name of a variable in an unfitted region, for plots and tables: the region's name, if it is
    the region's own variable.
    """
    own = analysis.regions[region].variable == variable
    return region if own else f"{region}_{variable}"


def known_parameters(analysis: Analysis) -> list[str]:
    """Parameters of the model in the file; empty if only a program can know all of them."""
    if is_published(analysis) or any(sample.estimate for sample in analysis.samples.values()):
        return []
    free = (analysis.model or NO_MODEL).free_normalizations
    systematics = analysis.plain.get("systematics") or {}  # of which only the names matter
    return list(dict.fromkeys([*parameters_of_interest(analysis), *free, *systematics]))


def sample_datasets(analysis: Analysis, role: str | None = None) -> list[str]:
    """Datasets of the samples (of one role), in the order of the file, without repetition."""
    names = (
        name
        for sample in analysis.samples.values()
        if role in (None, sample.role)
        for name in sample.datasets
    )
    return list(dict.fromkeys(names))


def dataset_era(analysis: Analysis, dataset: str) -> str | None:
    """Era of a dataset, if it has one."""
    item = analysis.datasets.get(dataset)
    return item.era if item else None
