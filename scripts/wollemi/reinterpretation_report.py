"""What a reinterpretation gives back: limit, CLs, cutflow and acceptance of each signal, with their uncertainties."""

import json
from collections.abc import Mapping
from math import fsum, sqrt
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]


def describe_signal(name: str, datasets: list[str], results: Path) -> dict[str, Any]:
    """Everything about one signal.

    Args:
        name: of the signal sample.
        datasets: its datasets.
        results: folder of results.
    """
    limit = _read(results / "limits.json")["limits"][name]
    cls = _read(results / "likelihood/cls.json")["signals"][name]
    workspace = _read(results / f"workspaces/{name}.json")
    cutflows = [_read(results / f"cutflow/{dataset}.json") for dataset in datasets]
    return {
        "limit": {key: limit[key] for key in ("observed", "expected", "observed_pb", "expected_pb", "cross_section_pb", "point")},
        "cls_at_1": cls,
        "regions": region_table(name, workspace, cutflows),
        "cutflow": {dataset: _lines(cutflow) for dataset, cutflow in zip(datasets, cutflows, strict=True)},
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _lines(cutflow: Json) -> Json:
    return {"skim": cutflow["skim"], "regions": cutflow["regions"], "sum_of_weights": cutflow["sum_of_weights"]}


def region_table(name: str, workspace: Json, cutflows: list[Json]) -> dict[str, Any]:
    """Events, yield and acceptance × efficiency of the signal in each region.

    The statistical uncertainty is that of the simulation; the systematic one is the sum in quadrature of the effects of all
    parameters on the yield of the fitted bins, upward and downward.

    Args:
        name: of the signal sample.
        workspace: with the signal.
        cutflows: of its datasets.
    """
    samples = {c["name"]: s for c in workspace["channels"] for s in c["samples"] if s["name"] == name}
    table = {}
    for region in cutflows[0]["regions"]:
        last = [(cutflow["regions"][region][-1], cutflow) for cutflow in cutflows]
        passed = fsum(line["sum_of_weights"] * cutflow["normalization"] for line, cutflow in last)
        variance = fsum(line["sum_of_weights_squared"] * cutflow["normalization"] ** 2 for line, cutflow in last)
        produced = fsum(cutflow["sum_of_weights"] * cutflow["normalization"] for cutflow in cutflows)
        up, down = systematic_effects(samples[region]) if region in samples else (None, None)
        table[region] = {
            "events": _sum([line["events"] for line, _ in last]),
            "yield": passed,
            "yield_statistical": sqrt(variance),
            "yield_systematic_up": up,
            "yield_systematic_down": down,
            "acceptance_times_efficiency": passed / produced,
            "acceptance_times_efficiency_statistical": sqrt(variance) / produced,
        }
    return table


def _sum(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def systematic_effects(sample: Json) -> tuple[float, float]:
    """Changes of a sample's yield by all its parameters at ±1σ, in quadrature: upward and downward.

    Args:
        sample: of a pyhf workspace.
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


def report_text(signals: Mapping[str, Json], level: float) -> str:
    """The results for people.

    Args:
        signals: signal → description.
        level: confidence level of the limits.
    """
    return "".join(f"{line}\n" for name, item in signals.items() for line in _signal_lines(name, item, level))


def _signal_lines(name: str, item: Json, level: float) -> list[str]:
    limit, cls = item["limit"], item["cls_at_1"]
    low, median, high = limit["expected"][1:4]
    numbers = f"observed {limit['observed']:.4g}, expected {median:.4g} (68 %: {low:.3g}–{high:.3g})"
    lines = [f"{name}: {100 * level:g} % CLs upper limit on µ: {numbers}"]
    if limit["observed_pb"] is not None:
        lines.append(f"  in pb: observed {limit['observed_pb']:.4g}, expected {limit['expected_pb'][2]:.4g}")
    verdict = "excluded" if cls["observed"] < 1 - level else "not excluded"
    lines.append(f"  CLs at µ = 1: {cls['observed']:.4g} ({verdict}), expected {cls['expected'][2]:.4g}")
    for region, row in item["regions"].items():
        if row["yield_systematic_up"] is not None:
            syst = f"+{row['yield_systematic_up']:.2g} -{row['yield_systematic_down']:.2g} (syst)"
            lines.append(f"  {region}: {row['yield']:.4g} ± {row['yield_statistical']:.2g} (stat) {syst} events,")
            lines.append(f"    acceptance × efficiency {row['acceptance_times_efficiency']:.4g}")
    return lines
