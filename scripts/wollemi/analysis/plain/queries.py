"""Signals, fitted regions and datasets of samples of an analysis.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi_engine.expressions.morphing import morphing_factors

if TYPE_CHECKING:
    Document = Mapping[str, Any]


# Name of the joint model, if all signals are fitted together.
TOGETHER = "signals"


def as_list(value: Any) -> list[str]:
    """A name or a list of names as a list."""
    return [value] if isinstance(value, str) else list(value or ())


def is_published(document: Document) -> bool:
    """Whether an analysis starts from a published model."""
    return document.get("workspace") is not None


def signal_samples(document: Document) -> list[str]:
    """Names of the signal samples, in the order of the file."""
    return [name for name, sample in document["samples"].items() if sample["role"] == "signal"]


def parameters_of_interest(document: Document) -> list[str]:
    """Names of the parameters of interest, the main one first."""
    return as_list((document.get("model") or {}).get("poi", "mu"))


def scaled_samples(document: Document) -> dict[str, list[str]]:
    """Parameter of interest → the signal samples it scales in the joint model, directly or in a
    factor; empty if each signal sample has its own model.
    """
    free = (document.get("model") or {}).get("free_normalizations") or {}
    return {
        name: list(
            dict.fromkeys([*as_list(free[name].get("samples")), *_in_factors(document, name)])
        )
        for name in parameters_of_interest(document)
        if name in free
    }


def simulated_samples(document: Document) -> list[str]:
    """Samples that are not data."""
    return [name for name, sample in document["samples"].items() if sample["role"] != "data"]


def factors(document: Document) -> dict[str, Mapping[str, Any]]:
    """Factors of the model that are expressions, including morphing."""
    model = document.get("model") or {}
    return {**(model.get("factors") or {}), **morphing_factors(model.get("morphing") or {})}


def beyond_histfactory(document: Document) -> bool:
    """Whether HistFactory cannot describe the model: factors that are expressions, or Combine's
    interpolation, in the analysis or in a datacard.
    """
    imported = document.get("workspace") or {}
    cards = [imported, *(imported.get("combine") or {}).values()]
    sections = [document.get("model") or {}, *(item.get("datacard") or {} for item in cards)]
    return bool(factors(document)) or any(i.get("interpolation") == "combine" for i in sections)


def _in_factors(document: Document, name: str) -> list[str]:
    """Samples of the factors whose expressions contain a parameter."""
    return [
        sample
        for item in factors(document).values()
        if name in factor_names(item["expression"])
        for sample in as_list(item["samples"])
    ]


def factor_names(expression: str) -> list[str]:
    """Names in the expression of a factor, without numbers and operators."""
    return list(dict.fromkeys(re.findall(r"\b[A-Za-z]\w*\b(?!\()", expression)))


def factor_samples(document: Document) -> list[str]:
    """Samples that a factor acts on."""
    return [sample for item in factors(document).values() for sample in as_list(item["samples"])]


def held_parameters(document: Document) -> dict[str, float]:
    """Fixed parameter of the model → its value."""
    return dict((document.get("model") or {}).get("fixed") or {})


def keeps_negative_bins(model: Mapping[str, Any]) -> bool:
    """Whether templates of a model may have negative bins: on request, or as Combine has them."""
    return model.get("floor_negative_bins") == "keep" or model.get("interpolation") == "combine"


def asimov_parameters(document: Document) -> dict[str, float]:
    """Parameter of the model → its value in the Asimov data of expected results."""
    return dict((document.get("model") or {}).get("asimov") or {})


def held_signals(document: Document) -> list[str]:
    """Signal samples in the joint model whose strength is fixed."""
    free = (document.get("model") or {}).get("free_normalizations") or {}
    held = {
        sample
        for name in held_parameters(document)
        for sample in (
            *as_list((free.get(name) or {}).get("samples")),
            *_in_factors(document, name),
        )
    }
    together = bool(scaled_samples(document))
    return [name for name in signal_samples(document) if together and name in held]


def model_names(document: Document) -> list[str]:
    """Names of the models: the signal samples, or the joint model of all signals."""
    return [TOGETHER] if scaled_samples(document) else signal_samples(document)


def measured_names(document: Document) -> list[str]:
    """Names for limits, significances and impacts: the models or, if one model has several
    parameters of interest, these parameters.
    """
    scaled = scaled_samples(document)
    return list(scaled) if len(scaled) > 1 else model_names(document)


def interpolation_edges(document: Document) -> dict[str, list[float]]:
    """Fitted region → edges of its bins, if limits are interpolated between signals."""
    if not (document.get("limits") or {}).get("interpolation"):
        return {}
    own = (document.get("model") or {}).get("fit_edges") or {}
    return {
        name: list(own.get(name) or variable_edges(variable))
        for name in fitted_regions(document)
        for variable in [document["variables"][document["regions"][name]["variable"]]]
    }


def axes_of(document: Document, name: str) -> list[str]:
    """Variables on the axes of the histogram of a variable: itself, or its `axes`."""
    return list(document["variables"].get(name, {}).get("axes") or [name])


def region_variables(region: Mapping[str, Any]) -> list[str]:
    """All variables that a region histograms, the model's variable first."""
    return [region["variable"], *as_list(region.get("monitor"))]


def own_axes(document: Document) -> dict[str, Any]:
    """Variables with a single axis: name → settings."""
    return {
        name: item for name, item in document.get("variables", {}).items() if not item.get("axes")
    }


def variable_edges(variable: Mapping[str, Any]) -> list[float]:
    """Bin edges of a variable, to the accuracy of floating-point numbers."""
    if variable.get("edges"):
        return list(variable["edges"])
    number, lower, upper = variable.get("bins") or variable.get("log_bins") or (1, 0, 1)
    steps = [index / number for index in range(number + 1)] if number > 0 else []
    if variable.get("log_bins") and lower > 0 and upper > 0:
        return [lower * (upper / lower) ** step for step in steps]
    return [lower + (upper - lower) * step for step in steps]


def fitted_regions(document: Document) -> list[str]:
    """Regions that enter the fit, in the order of the file; for a published model, the regions
    named in the file.
    """
    fitted = [
        name for name, region in document["regions"].items() if region.get("role") != "validation"
    ]
    return [*fitted, *as_list((document.get("workspace") or {}).get("regions"))]


def unfitted_places(document: Document) -> list[tuple[str, str]]:
    """Regions and variables that the model does not fit but the fit can predict."""
    if is_published(document) or document.get("model") is None:
        return []
    fitted = fitted_regions(document)
    places = [
        (name, variable)
        for name, region in document["regions"].items()
        for variable in (region["variable"], *as_list(region.get("monitor")))
        if name not in fitted or variable != region["variable"]
    ]
    return list(dict.fromkeys(places))


def unfitted_name(document: Document, region: str, variable: str) -> str:
    """Name of a variable in an unfitted region, for plots and tables: the region's name, if it is
    the region's own variable.
    """
    own = document["regions"][region]["variable"] == variable
    return region if own else f"{region}_{variable}"


def known_parameters(document: Document) -> list[str]:
    """Parameters of the model in the file; empty if only a program can know all of them."""
    if is_published(document) or any(
        sample.get("estimate") for sample in document["samples"].values()
    ):
        return []
    free = (document.get("model") or {}).get("free_normalizations") or {}
    names = [*parameters_of_interest(document), *free, *(document.get("systematics") or {})]
    return list(dict.fromkeys(names))


def sample_datasets(document: Document, role: str | None = None) -> list[str]:
    """Datasets of the samples (of one role), in the order of the file, without repetition."""
    samples = document.get("samples", {}).values()
    names = (
        name
        for s in samples
        if role in (None, s.get("role"))
        for name in as_list(s.get("datasets"))
    )
    return list(dict.fromkeys(names))


def dataset_era(document: Document, dataset: str) -> str | None:
    """Era of a dataset, if it has one."""
    era = (document["datasets"].get(dataset) or {}).get("era")
    return None if era is None else str(era)
