"""Models as documents of HS3 in the conventions of pyhs3 0.4, and as workspaces of pyhf: twins."""

import copy
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def without_gaps(workspace: Json) -> Json:
    """A workspace that pyhs3 can express too: no luminosity, no empty bins, statistics by region.

    Args:
        workspace: A workspace of pyhf.
    """
    made = copy.deepcopy(workspace)
    for channel in made["channels"]:
        for sample in channel["samples"]:
            sample["data"] = [value or 1.5 for value in sample["data"]]
            sample["modifiers"] = [item for item in sample["modifiers"] if item["type"] != "lumi"]
            for item in sample["modifiers"]:
                if item["type"] in ("shapesys", "staterror"):
                    item["data"] = [value or 0.3 for value in item["data"]]
                if item["type"] == "staterror":
                    item["name"] = f"staterror_{channel['name']}"
    for measurement in made["measurements"]:
        measurement["config"]["parameters"] = [{"name": "mu", "bounds": [[0.0, 10.0]]}]
    return made


def pyhs3_document(workspace: Json, packages: Sequence[str] = ("pyhs3",)) -> Json:
    """The document of a workspace from `without_gaps`.

    Args:
        workspace: The workspace.
        packages: Names in metadata.packages.
    """
    points: dict[str, float] = {}
    channels = [_channel(channel, points) for channel in workspace["channels"]]
    poi = workspace["measurements"][0]["config"]["poi"]
    observed = {item["name"]: item["data"] for item in workspace["observations"]}
    likelihood = {
        "name": "likelihood",
        "distributions": [item["name"] for item in channels],
        "data": [f"data_{item['name']}" for item in channels],
    }
    return {
        "metadata": {
            "hs3_version": "0.2",
            "packages": [{"name": name, "version": "0.4.2"} for name in packages],
        },
        "distributions": channels,
        "data": [
            {
                "name": f"data_{item['name']}",
                "type": "binned",
                "axes": item["axes"],
                "contents": observed[item["name"]],
            }
            for item in channels
        ],
        "domains": [
            {
                "name": "domain",
                "type": "product_domain",
                "axes": [_axis(name, value) for name, value in points.items()],
            }
        ],
        "parameter_points": [
            {
                "name": "start",
                "parameters": [{"name": name, "value": value} for name, value in points.items()],
            }
        ],
        "likelihoods": [likelihood],
        "analyses": [
            {
                "name": "measurement",
                "likelihood": "likelihood",
                "domains": ["domain"],
                "init": "start",
                "parameters_of_interest": [poi],
            }
        ],
    }


def _axis(name: str, value: float) -> Json:
    low, high = (-5.0, 5.0) if value == 0 else (0.0, 10.0)
    return {"name": name, "min": low, "max": high}


def _channel(channel: Json, points: dict[str, float]) -> Json:
    bins = len(channel["samples"][0]["data"])
    name = channel["name"]
    return {
        "name": name,
        "type": "histfactory_dist",
        "axes": [{"name": f"obs_{name}", "min": 0.0, "max": float(bins), "nbins": bins}],
        "samples": [_sample(name, item, points) for item in channel["samples"]],
    }


def _sample(channel: str, sample: Json, points: dict[str, float]) -> Json:
    data = {"contents": sample["data"]}
    for item in sample["modifiers"]:
        if item["type"] == "staterror":
            data["errors"] = item["data"]
    modifiers = [_modifier(channel, item, len(sample["data"])) for item in sample["modifiers"]]
    for item in modifiers:
        names = item.get("parameters") or [item["parameter"]]
        start = 0.0 if item["type"] in ("normsys", "histosys") else 1.0
        points.update(dict.fromkeys(names, start))
    return {"name": sample["name"], "data": data, "modifiers": modifiers}


def _modifier(channel: str, item: Json, bins: int) -> Json:
    name, kind, data = item["name"], item["type"], item["data"]
    if kind == "normfactor":
        return {"name": name, "type": kind, "parameter": name}
    if kind in ("normsys", "histosys"):
        made = {"name": name, "type": kind, "parameter": f"alpha_{name}", "constraint": "Gauss"}
        if kind == "normsys":
            return made | {"data": {**data, "interpolation": "code4"}}
        sides = {side: {"contents": data[f"{side}_data"]} for side in ("hi", "lo")}
        return made | {"data": {**sides, "interpolation": "code4p"}}
    if kind == "staterror":
        names = [f"staterror_{channel}_bin{place}" for place in range(bins)]
        return {"name": name, "type": kind, "parameters": names, "constraint": "Gauss"}
    names = [f"{name}_{place}" for place in range(bins)]
    made = {"name": name, "type": kind, "parameters": names}
    if kind == "shapesys":
        made |= {"constraint": "Poisson", "data": {"vals": data}}
    return made
