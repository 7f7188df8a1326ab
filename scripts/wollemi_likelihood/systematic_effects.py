"""Effects of each systematic on samples and regions of a pyhf workspace."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any

STATISTICS = "statistics of the simulation"  # with a blank, unlike parameter names


@dataclass(frozen=True)
class Effect:
    """Relative changes of a sample in a region by a systematic.

    Args:
        region: Name of the region.
        sample: Name of the sample.
        systematic: Name of the parameter, or `STATISTICS`.
        up: Relative change of the yield at +1σ.
        down: Relative change of the yield at -1σ.
        shape: Largest relative change of a bin at the nominal yield, at +1σ or -1σ.
    """

    region: str
    sample: str
    systematic: str
    up: float
    down: float
    shape: float = 0.0


def systematic_effects(
    workspaces: Iterable[Mapping[str, Any]], groups: Mapping[str, Sequence[str]] | None = None
) -> list[Effect]:
    """List the effects of each constrained parameter, once if several workspaces have them. The
    statistics of a region's bins count as one systematic.

    Args:
        workspaces: Models of an analysis.
        groups: Group → samples that are combined in workspaces that contain all of them.
    """
    found: dict[tuple[str, str, str], Effect] = {}
    for workspace in workspaces:
        widths = _luminosity_widths(workspace)
        present = {sample["name"] for item in workspace["channels"] for sample in item["samples"]}
        whole = {name: item for name, item in (groups or {}).items() if present >= {*item}}
        for channel in workspace["channels"]:
            for sample in grouped_samples(channel["samples"], whole, widths):
                for name, (up, down, shape) in _sample_effects(sample, widths):
                    place = (channel["name"], sample["name"], name)
                    found.setdefault(place, Effect(*place, up, down, shape))
    return list(found.values())


# Python 3.12 sums floating-point numbers in another way than 3.11; `fsum` is the same in both.
def _sample_effects(
    sample: Mapping[str, Any], widths: Mapping[str, float]
) -> Iterator[tuple[str, tuple[float, float, float]]]:
    nominal, total = sample["data"], fsum(sample["data"])
    if total <= 0:
        return
    for name, kinds in _parts(sample).items():
        if {"normsys", "histosys"} & kinds.keys():
            factors, templates = _factors_and_templates(nominal, kinds)
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
            yield _source(name, kinds), (size, -size, largest)


def grouped_samples(
    samples: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Sequence[str]],
    widths: Mapping[str, float],
) -> list[Mapping[str, Any]]:
    """Replace the first sample of each group in a channel by the whole group.

    A systematic changes all samples of a group together; their statistics are independent.

    Args:
        samples: Samples of the channel.
        groups: Group → samples of the group.
        widths: Relative uncertainties of the luminosity.
    """
    group_of = {sample: name for name, members in groups.items() for sample in members}
    found: dict[str, list[Mapping[str, Any]]] = {}
    for sample in samples:
        found.setdefault(group_of.get(sample["name"], sample["name"]), []).append(sample)
    return [
        members[0] if name not in groups else _group(name, members, widths)
        for name, members in found.items()
    ]


def _group(
    name: str, members: Sequence[Mapping[str, Any]], widths: Mapping[str, float]
) -> Mapping[str, Any]:
    """The sum of samples; their systematics are templates."""
    changed: list[dict[str, tuple[Sequence[float], ...]]] = []
    errors: dict[str, list[Sequence[float]]] = {}
    for member in members:
        changed.append({})
        for systematic, kinds in _parts(member).items():
            if "lumi" in kinds:
                width = widths[systematic]
                kinds = {"normsys": {"hi": 1 + width, "lo": 1 - width}}
            if {"normsys", "histosys"} & kinds.keys():
                changed[-1][systematic] = _varied(member["data"], kinds)
            for found in (kinds[kind] for kind in ("staterror", "shapesys") if kind in kinds):
                errors.setdefault(_source(systematic, kinds), []).append(found)
    modifiers: list[Mapping[str, Any]] = []
    for systematic in dict.fromkeys(known for item in changed for known in item):
        sides = zip(
            *(
                item.get(systematic, (member["data"], member["data"]))
                for member, item in zip(members, changed, strict=True)
            ),
            strict=True,
        )
        data = dict(zip(("hi_data", "lo_data"), map(_sums, sides), strict=True))
        modifiers.append({"name": systematic, "type": "histosys", "data": data})
    for source, bins in errors.items():
        added = [sqrt(fsum(error * error for error in one)) for one in zip(*bins, strict=True)]
        kind = "staterror" if source == STATISTICS else "shapesys"
        modifiers.append({"name": source, "type": kind, "data": added})
    events = _sums(member["data"] for member in members)
    return {"name": name, "data": events, "modifiers": modifiers}


def _parts(sample: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Parameter → kind of modifier → data."""
    parts: dict[str, dict[str, Any]] = {}
    for modifier in sample["modifiers"]:
        parts.setdefault(modifier["name"], {})[modifier["type"]] = modifier["data"]
    return parts


def _factors_and_templates(
    nominal: Sequence[float], kinds: Mapping[str, Any]
) -> tuple[Mapping[str, float], Mapping[str, Sequence[float]]]:
    factors = kinds.get("normsys", {"hi": 1.0, "lo": 1.0})
    return factors, kinds.get("histosys", {"hi_data": nominal, "lo_data": nominal})


def _varied(nominal: Sequence[float], kinds: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Events at +1σ and -1σ, shape (bins,) each."""
    factors, templates = _factors_and_templates(nominal, kinds)
    up, down = (
        [factors[side] * events for events in templates[f"{side}_data"]] for side in ("hi", "lo")
    )
    return up, down


def _source(name: str, kinds: Mapping[str, Any]) -> str:
    """Name of the source of bin errors."""
    is_statistics = "staterror" in kinds or name.startswith("staterror_")
    return STATISTICS if is_statistics else name


def _sums(parts: Iterable[Sequence[float]]) -> list[float]:
    return [fsum(bins) for bins in zip(*parts, strict=True)]


def shape_change(nominal: Sequence[float], varied: Sequence[float]) -> float:
    """Largest relative change of a bin at the nominal yield; bins without events are ignored.

    Args:
        nominal: Nominal events, shape (bins,).
        varied: Varied events, shape (bins,).
    """
    scale = fsum(varied) / fsum(nominal)
    changes = (
        abs(after / (scale * before) - 1)
        for before, after in zip(nominal, varied, strict=True)
        if before > 0 and scale > 0
    )
    return max(changes, default=0.0)


def _luminosity_widths(workspace: Mapping[str, Any]) -> dict[str, float]:
    """Relative uncertainties of the luminosity from the settings of a measurement."""
    parameters = workspace["measurements"][0]["config"].get("parameters", [])
    return {
        item["name"]: item["sigmas"][0] / item.get("auxdata", [1.0])[0]
        for item in parameters
        if item.get("sigmas")
    }
