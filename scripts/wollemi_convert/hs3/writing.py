"""Convert a pyhf workspace into HS3 (HEP Statistics Serialization Standard), read by RooFit.

HS3 0.2, https://hep-statistics-serialization-standard.github.io, as ROOT 6.40 writes modifiers.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wollemi_likelihood.likelihood import Likelihood, Parameter

Json = dict[str, Any]

VERSION = "0.2"


def hs3_of(workspace: Mapping[str, Any]) -> Json:
    """Convert a workspace with its data into an HS3 document.

    Args:
        workspace: Workspace of pyhf, with one measurement.

    Returns:
        Document: one distribution per region, one per normal constraint, the data, the domain, the
        initial values, the likelihood and the analysis; and for ROOT the names of the data and of
        the distribution of all regions together.
    """
    likelihood = Likelihood.from_workspace(workspace)
    channels = [_channel(item, likelihood) for item in workspace["channels"]]
    names = [item["name"] for item in channels]
    observed = {item["name"]: item for item in workspace["observations"]}
    data = [_data(observed[item["name"]]) for item in workspace["channels"]]
    known = {modifier["name"] for item in channels for modifier in _constrained(item)}
    constraints = [
        _constraint(parameter) for parameter in likelihood.parameters if parameter.name in known
    ]
    return {
        "metadata": {"hs3_version": VERSION},
        "distributions": [*channels, *constraints],
        "data": data,
        "domains": [
            {
                "name": "default_domain",
                "type": "product_domain",
                "axes": [
                    {"name": _plain(item.name), "min": item.bounds[0], "max": item.bounds[1]}
                    for item in likelihood.parameters
                    if not item.fixed
                ],
            }
        ],
        "parameter_points": [
            {"name": "default_values", "parameters": list(_values(likelihood, known))}
        ],
        "likelihoods": [
            {"name": "likelihood", "distributions": names, "data": [item["name"] for item in data]}
        ],
        "analyses": [
            {
                "name": "analysis",
                "likelihood": "likelihood",
                "domains": ["default_domain"],
                "init": "default_values",
                "parameters_of_interest": [likelihood.poi] if likelihood.poi else [],
            }
        ],
        "misc": {"ROOT_internal": _together(names)},
    }


def _together(names: Sequence[str]) -> Json:
    """ROOT's definitions of one data set `data` and one distribution `simPdf` of all regions."""
    labels = [name.removeprefix("model_") for name in names]
    category = {
        "index_cat": "channelCat",
        "indices": list(range(len(labels))),
        "labels": labels,
    }
    return {
        "ModelConfigs": {"analysis": {"mcName": "analysis", "pdfName": "simPdf"}},
        "combined_datasets": {"data": category},
        "combined_distributions": {"simPdf": {**category, "distributions": list(names)}},
    }


def _axes(channel: str, bins: int) -> list[Json]:
    return [{"name": f"bin_{channel}", "nbins": bins, "min": 0.0, "max": float(bins)}]


def _data(observation: Mapping[str, Any]) -> Json:
    name, bins = observation["name"], len(observation["data"])
    return {
        "name": f"data_{name}",
        "type": "binned",
        "axes": _axes(name, bins),
        "contents": list(observation["data"]),
    }


def _plain(name: str) -> str:
    """A name without brackets: factors of bins are called `staterror_SR[0]`."""
    return name.replace("[", "_bin_").replace("]", "")


def _channel(channel: Mapping[str, Any], likelihood: Likelihood) -> Json:
    samples = channel["samples"]
    bins = len(samples[0]["data"])
    return {
        "name": f"model_{channel['name']}",
        "type": "histfactory_dist",
        "axes": _axes(channel["name"], bins),
        "samples": [_sample(sample, likelihood) for sample in samples],
    }


def _sample(sample: Mapping[str, Any], likelihood: Likelihood) -> Json:
    return {
        "name": sample["name"],
        "data": {"contents": list(sample["data"])},
        "modifiers": [
            _modifier(item, len(sample["data"]), likelihood) for item in sample["modifiers"]
        ],
    }


def _modifier(item: Mapping[str, Any], bins: int, likelihood: Likelihood) -> Json:
    name, kind = item["name"], item["type"]
    if kind in ("normfactor", "lumi"):
        plain = {"name": name, "type": "normfactor", "parameter": name}
        return plain | ({"constraint_name": f"{name}_constraint"} if kind == "lumi" else {})
    if kind in ("normsys", "histosys"):
        made = {
            "name": name,
            "type": kind,
            "parameter": name,
            "constraint_name": f"{name}_constraint",
        }
        if kind == "normsys":
            return made | {"data": {"hi": item["data"]["hi"], "lo": item["data"]["lo"]}}
        sides = {side: {"contents": list(item["data"][f"{side}_data"])} for side in ("hi", "lo")}
        return made | {"data": sides}
    return _factors_of_bins(name, kind, bins, likelihood)


def _factors_of_bins(name: str, kind: str, bins: int, likelihood: Likelihood) -> Json:
    """One factor per bin, as a shapesys: ROOT 6.40 reads the constraint of a staterror of HS3 as
    Poisson whatever the document says. Free factors have no width.
    """
    labels = [f"{name}[{place}]" for place in range(bins)]
    parameters = [likelihood.parameters[likelihood.index[label]] for label in labels]
    widths = [0.0 if item.fixed or kind == "shapefactor" else item.width for item in parameters]
    return {
        "name": name,
        "type": "shapesys",
        "parameters": [_plain(label) for label in labels],
        "constraint_type": "Poisson" if kind == "shapesys" else "Gauss",
        "data": {"vals": widths},
    }


def _constrained(channel: Json) -> Iterator[Json]:
    for sample in channel["samples"]:
        for modifier in sample["modifiers"]:
            if "constraint_name" in modifier:
                yield modifier


def _constraint(parameter: Parameter) -> Json:
    return {
        "name": f"{parameter.name}_constraint",
        "type": "gaussian_dist",
        "x": parameter.name,
        "mean": f"nom_{parameter.name}",
        "sigma": parameter.width,
    }


def _values(likelihood: Likelihood, known: set[str]) -> Iterator[Json]:
    for item in likelihood.parameters:
        held = {"const": True} if item.fixed else {}
        yield {"name": _plain(item.name), "value": item.init, **held}
    for item in likelihood.parameters:
        if item.name in known:
            yield {"name": f"nom_{item.name}", "value": item.nominal, "const": True}
