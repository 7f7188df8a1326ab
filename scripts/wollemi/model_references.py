"""Does the statistical model of an analysis file make sense? Standard library only, as `wollemi.references`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.names import unknown_names
from wollemi.sections import as_list

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_model(document: Document) -> list[str]:
    """Problems of the sections `model` and `limits`, each as `path: problem`.

    Args:
        document: an analysis whose shape the schema has accepted.
    """
    model, limits = document.get("model"), document.get("limits")
    samples = document["samples"]
    signals = [name for name, sample in samples.items() if sample["role"] == "signal"]
    problems = []
    if limits is not None and model is None:
        problems.append("limits: needs the section 'model'")
    if model is not None:
        problems += _check_entries(document)
        roles = {sample["role"] for sample in samples.values()}
        problems += [f"model: no sample has the role {role}" for role in ("data", "signal") if role not in roles]
        problems += _check_parameters(document, model)
    problems += unknown_names("limits.points", (limits or {}).get("points") or {}, signals, "signal sample")
    if (limits or {}).get("cross_section_fraction"):
        datasets = {name for signal in signals for name in as_list(samples[signal].get("datasets"))}
        missing = sorted(name for name in datasets if "cross_section_pb" not in document["datasets"].get(name, {}))
        problems += [f"limits.cross_section_fraction: needs datasets.{name}.cross_section_pb" for name in missing]
    return problems


def _check_entries(document: Document) -> list[str]:
    """Entries of one event are not independent, as the likelihood takes them to be."""
    several = {name for name, variable in document["variables"].items() if variable.get("per") == "object"}
    return [
        f"regions.{name}.variable: '{region['variable']}' has several entries an event; the model needs one: use it as monitor"
        for name, region in document["regions"].items()
        if region["variable"] in several and region.get("role", "signal") != "validation"
    ]


def _check_parameters(document: Document, model: Document) -> list[str]:
    """Bounds that increase, names that do not collide, samples that are simulated."""
    simulated = [name for name, sample in document["samples"].items() if sample["role"] != "data"]
    free = model.get("free_normalizations") or {}
    problems = []
    for name, item in free.items():
        path = f"model.free_normalizations.{name}"
        problems += unknown_names(f"{path}.samples", as_list(item["samples"]), simulated, "simulated sample")
        if name == model.get("poi", "mu") or name in document.get("systematics", {}):
            problems.append(f"{path}: the name is taken by another parameter")
    bounds = {"poi_bounds": model.get("poi_bounds")}
    bounds.update({f"free_normalizations.{n}.bounds": i.get("bounds") for n, i in free.items()})
    problems += [f"model.{path}: {pair}: must increase" for path, pair in bounds.items() if pair and pair[0] >= pair[1]]
    return problems
