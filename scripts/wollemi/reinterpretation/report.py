"""The results of a reinterpretation: limit, CLs, cutflow and acceptance of each signal, with their
uncertainties.
"""

from collections.abc import Mapping
from math import fsum, sqrt
from pathlib import Path
from typing import Any

from wollemi.base.json_files import read_json
from wollemi.generation.cross_sections import describe_generated
from wollemi.results.acceptance import acceptance

Json = Mapping[str, Any]
LIMIT_KEYS = (
    "observed",
    "expected",
    "observed_pb",
    "expected_pb",
    "cross_section_pb",
    "point",
    "signal_events",
    "asymptotic_too_low",
)
# keys that exist only if there is something to note
NOTED = ("below_floor", "observed_outside_3_sigma", "poi_bound_raised_to", "toys")


def describe_signal(
    name: str, entries: Mapping[str, Json], results: Path, patched_pb: float | None = None
) -> dict[str, Any]:
    """Describe the results of one signal.

    Args:
        name: Name of the signal sample.
        entries: Entries of its datasets in the analysis file.
        results: Folder of results.
        patched_pb: Luminosity in pb⁻¹ times cross section in pb, for a patch or yields; None if
            unknown.
    """
    limit = read_json(results / "limits.json")["limits"].get(name)
    cls = read_json(results / "likelihood/cls.json")["signals"][name]
    workspace = read_json(results / f"workspaces/{name}.json")
    paths = {dataset: results / f"cutflow/{dataset}.json" for dataset in entries}
    cutflows = {dataset: read_json(path) for dataset, path in paths.items() if path.is_file()}
    described = {
        dataset: describe_generated(entry, results / f"files/{dataset}")
        for dataset, entry in entries.items()
    }
    return {
        "limit": None
        if limit is None
        else {key: limit[key] for key in (*LIMIT_KEYS, *NOTED) if key in limit},
        "cls_at_1": cls,
        "regions": region_table(name, workspace, list(cutflows.values()))
        if cutflows
        else patch_table(name, workspace, patched_pb),
        "cutflow": {dataset: _lines(cutflow) for dataset, cutflow in cutflows.items()},
        "generator_cross_sections": {
            dataset: found for dataset, found in described.items() if found is not None
        },
    }


def limit_in_pb(limit: Json | None, cross_section_pb: float) -> dict[str, Any] | None:
    """Add the limit on the cross section to a limit on the signal strength; None without a
    limit.

    Args:
        limit: Limit of a signal.
        cross_section_pb: Cross section at a signal strength of 1, in pb.
    """
    if limit is None:
        return None
    observed = limit["observed"]
    return {
        **limit,
        "cross_section_pb": cross_section_pb,
        "observed_pb": None if observed is None else observed * cross_section_pb,
        "expected_pb": [value * cross_section_pb for value in limit["expected"]],
    }


def _lines(cutflow: Json) -> Json:
    return {
        "skim": cutflow["skim"],
        "regions": cutflow["regions"],
        "sum_of_weights": cutflow["sum_of_weights"],
    }


def region_table(name: str, workspace: Json, cutflows: list[Json]) -> dict[str, Any]:
    """Events, yield and acceptance × efficiency of the signal in each region.

    The statistical uncertainty comes from the simulation; the systematic uncertainty is the sum in
    quadrature of the effects of all parameters on the yield of the fitted bins, upward and
    downward.

    Args:
        name: Name of the signal sample.
        workspace: Workspace with the signal.
        cutflows: Cutflows of its datasets.
    """
    samples = {
        c["name"]: s for c in workspace["channels"] for s in c["samples"] if s["name"] == name
    }
    table = {}
    for region in cutflows[0]["regions"]:
        last = [(cutflow["regions"][region][-1], cutflow) for cutflow in cutflows]
        passed = fsum(line["sum_of_weights"] * cutflow["normalization"] for line, cutflow in last)
        variance = fsum(
            line["sum_of_weights_squared"] * cutflow["normalization"] ** 2 for line, cutflow in last
        )
        share = acceptance(cutflows, region)
        up, down = systematic_effects(samples[region]) if region in samples else (None, None)
        table[region] = {
            "events": _sum([line["events"] for line, _ in last]),
            "yield": passed,
            "yield_statistical": sqrt(variance),
            "yield_systematic_up": up,
            "yield_systematic_down": down,
            "acceptance_times_efficiency": None if share is None else share[0],
            "acceptance_times_efficiency_statistical": None if share is None else share[1],
        }
    return table


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def systematic_effects(sample: Json) -> tuple[float, float]:
    """Changes of a sample's yield by all its parameters at ±1σ, in quadrature: upward and downward.

    Args:
        sample: Sample of a pyhf workspace.
    """
    nominal = fsum(sample["data"])
    sides: dict[str, list[float]] = {}
    for modifier in sample["modifiers"]:
        effects = _effects(modifier, nominal)
        if effects:
            high, low = sides.get(modifier["name"], [1.0, 1.0])
            sides[modifier["name"]] = [high * effects[0], low * effects[1]]
    changes = [[nominal * (factor - 1) for factor in pair] for pair in sides.values()]
    up = sqrt(fsum(max(0.0, *pair) ** 2 for pair in changes))
    down = sqrt(fsum(min(0.0, *pair) ** 2 for pair in changes))
    return up, down


def _effects(modifier: Json, nominal: float) -> tuple[float, float] | None:
    """Factors on the yield at +1σ and -1σ."""
    data = modifier["data"]
    if modifier["type"] == "normsys":
        return data["hi"], data["lo"]
    if modifier["type"] == "histosys":
        return fsum(data["hi_data"]) / nominal, fsum(data["lo_data"]) / nominal
    return None


def patch_table(name: str, workspace: Json, produced: float | None) -> dict[str, Any]:
    """Yield and acceptance × efficiency in each region of a signal given as a patch, according to
    the patch.

    Args:
        name: Name of the signal sample.
        workspace: Workspace with the signal.
        produced: Events of the signal before any cut; None if unknown.
    """
    table = {}
    for channel, sample in (
        (c["name"], s) for c in workspace["channels"] for s in c["samples"] if s["name"] == name
    ):
        passed, error = fsum(sample["data"]), _statistical(sample)
        up, down = systematic_effects(sample) if passed else (0.0, 0.0)
        table[channel] = {
            "events": None,
            "yield": passed,
            "yield_statistical": error,
            "yield_systematic_up": up,
            "yield_systematic_down": down,
            "acceptance_times_efficiency": None if produced is None else passed / produced,
            "acceptance_times_efficiency_statistical": None
            if produced is None or error is None
            else error / produced,
        }
    return table


def _statistical(sample: Json) -> float | None:
    """Statistical uncertainty of the simulation, from absolute errors per bin; None if unknown."""
    errors = [
        value
        for modifier in sample["modifiers"]
        if modifier["type"] in ("staterror", "shapesys")
        for value in modifier["data"]
    ]
    return sqrt(fsum(value**2 for value in errors)) if errors else None
