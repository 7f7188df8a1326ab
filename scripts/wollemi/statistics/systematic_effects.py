"""What each systematic does to each sample and region, as a workspace of pyhf says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any

STATISTICS = "statistics of the simulation"  # with a blank: no parameter has such a name


@dataclass(frozen=True)
class Effect:
    """Relative changes of a sample in a region by a systematic.

    Args:
        region: its name.
        sample: its name.
        systematic: name of the parameter, or `STATISTICS`.
        up: of the yield, at +1σ.
        down: of the yield, at -1σ.
        shape: the largest of a bin at the nominal yield, at +1σ or -1σ.
    """

    region: str
    sample: str
    systematic: str
    up: float
    down: float
    shape: float = 0.0


def systematic_effects(workspaces: Iterable[Mapping[str, Any]]) -> list[Effect]:
    """Of each constrained parameter, in the order of the workspaces; statistics of a region's bins
    are one. What several workspaces have, such as backgrounds, is taken once.

    Args:
        workspaces: the models of an analysis.
    """
    found: dict[tuple[str, str, str], Effect] = {}
    for workspace in workspaces:
        widths = _luminosity_widths(workspace)
        for channel in workspace["channels"]:
            for sample in channel["samples"]:
                for name, (up, down, shape) in _sample_effects(sample, widths):
                    place = (channel["name"], sample["name"], name)
                    found.setdefault(place, Effect(*place, up, down, shape))
    return list(found.values())


# Python 3.12 adds floating point numbers up in another way than 3.11: `fsum` is the same in both.
def _sample_effects(
    sample: Mapping[str, Any], widths: Mapping[str, float]
) -> Iterator[tuple[str, tuple[float, float, float]]]:
    nominal, total = sample["data"], fsum(sample["data"])
    if total <= 0:
        return
    parts: dict[str, dict[str, Any]] = {}
    for modifier in sample["modifiers"]:
        parts.setdefault(modifier["name"], {})[modifier["type"]] = modifier["data"]
    for name, kinds in parts.items():
        if {"normsys", "histosys"} & kinds.keys():
            factors = kinds.get("normsys", {"hi": 1.0, "lo": 1.0})
            templates = kinds.get("histosys", {"hi_data": nominal, "lo_data": nominal})
            up, down = (
                factors[side] * fsum(templates[f"{side}_data"]) / total - 1 for side in ("hi", "lo")
            )
            shapes = [shape_change(nominal, templates[f"{side}_data"]) for side in ("hi", "lo")]
            yield name, (up, down, max(shapes))
        elif "lumi" in kinds:
            yield name, (widths[name], -widths[name], 0.0)
        elif {"staterror", "shapesys"} & kinds.keys():
            errors = kinds.get("staterror") or kinds["shapesys"]
            size = sqrt(fsum(error * error for error in errors)) / total
            largest = max(e / n for e, n in zip(errors, nominal, strict=True) if n > 0)
            is_statistics = "staterror" in kinds or name.startswith("staterror_")
            yield STATISTICS if is_statistics else name, (size, -size, largest)


def shape_change(nominal: Sequence[float], varied: Sequence[float]) -> float:
    """Largest relative change of a bin at the nominal yield; bins without events have none.

    Args:
        nominal: events (bins,).
        varied: events (bins,).
    """
    scale = fsum(varied) / fsum(nominal)
    changes = (
        abs(after / (scale * before) - 1)
        for before, after in zip(nominal, varied, strict=True)
        if before > 0 and scale > 0
    )
    return max(changes, default=0.0)


def _luminosity_widths(workspace: Mapping[str, Any]) -> dict[str, float]:
    """Relative uncertainties of the luminosity, which a measurement declares."""
    parameters = workspace["measurements"][0]["config"].get("parameters", [])
    return {
        item["name"]: item["sigmas"][0] / item.get("auxdata", [1.0])[0]
        for item in parameters
        if item.get("sigmas")
    }
