"""A datacard as a workspace of pyhf.

What is the same: Poisson counts, log-normal factors at and beyond ±1σ, templates between and beyond
±1σ, sidebands (gmN), free factors. What differs, and by how much for Combine's own examples, is in
docs/published_models.md.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from wollemi.base.errors import WollemiError
from wollemi.datacards.card import SHAPES, Card, Entry, RateParameter, Uncertainty
from wollemi.datacards.interpolation import normalization, shape
from wollemi.datacards.statistics import statistical_modifiers
from wollemi.datacards.templates import Template, Templates

Modifier = dict[str, Any]

POI = "r"
# Relative: cards have two or three digits.
SAME_RATE = 1e-2
# Range of free factors to which the card gives none, in units of their initial value.
HIGHEST_FACTOR = 10.0


def workspace_of(
    card: Card, templates: Templates, bounds: tuple[float, float], strengths: Mapping[str, str]
) -> dict[str, Any]:
    """The model of a card.

    Args:
        card: the card.
        templates: its histograms.
        bounds: of the signal strengths.
        strengths: signal → name of its strength; ``r`` for those that are not there.

    Returns:
        A workspace of pyhf; the first strength is the parameter of interest.

    Raises:
        WollemiError: the card names what it does not have, or has effects that are no factors.
    """
    _check_factors(card)
    samples: dict[str, list[dict[str, Any]]] = {place: [] for place in card.observed}
    processes = {
        entry: _for_each_event(card, entry, template)
        for entry, template in templates.processes.items()
    }
    for entry, template in processes.items():
        samples[entry[0]].append(_sample(card, entry, template, strengths))
    for place, found in samples.items():
        members = {
            process: template for (where, process), template in processes.items() if where == place
        }
        modifiers = statistical_modifiers(card, place, members)
        for sample in found:
            sample["modifiers"] += modifiers[sample["name"]]
    sidebands = [item for item in card.uncertainties if item.kind == "gmN" and item.effects]
    channels = [{"name": place, "samples": found} for place, found in samples.items() if found]
    observations = [
        {"name": place, "data": templates.observed[place].tolist()}
        for place, found in samples.items()
        if found
    ]
    names = list(dict.fromkeys(strengths.get(name, POI) for name in sorted(card.signals)))
    parameters = [{"name": name, "inits": [1.0], "bounds": [list(bounds)]} for name in names]
    return {
        "version": "1.0.0",
        "channels": channels + [_sideband(item) for item in sidebands],
        "observations": observations
        + [{"name": item.name, "data": [float(item.events)]} for item in sidebands],
        "measurements": [
            {
                "name": "combine",
                "config": {
                    "poi": names[0] if names else "",
                    "parameters": parameters
                    + [_sideband_parameter(item) for item in sidebands]
                    + list(_rate_parameters(card)),
                },
            }
        ],
    }


def _check_factors(card: Card) -> None:
    names = {item.name for item in card.rate_parameters if item.initial is not None}
    for item in card.rate_parameters:
        missing = [name for name in item.factors if name not in names]
        if missing:
            problem = f"'{item.name}' is a product with '{missing[0]}', which has no value"
            raise WollemiError(f"line {item.line}", problem, "give it one with rateParam")
        if not any(item.scales(entry) for entry in card.rates):
            problem = f"'{item.name}' scales no process"
            raise WollemiError(f"line {item.line}", problem, "correct the bin or the process")


def _sample(
    card: Card, entry: Entry, template: Template, strengths: Mapping[str, str]
) -> dict[str, Any]:
    process = entry[1]
    modifiers: list[Modifier] = []
    if process in card.signals:
        modifiers.append(_factor(strengths.get(process, POI)))
    for item in card.uncertainties:
        if entry not in item.effects:
            continue
        if item.kind == "gmN":
            modifiers.append(_factor(item.name))
        elif item.name in template.shifts:
            modifiers += _shape_modifiers(item, entry, template)
        elif item.kind not in SHAPES or item.kind == "shape?":
            modifiers += _normalization_modifiers(item, entry)
    for factor in card.rate_parameters:
        if factor.scales(entry):
            modifiers += [_factor(name) for name in (factor.factors or [factor.name])]
    return {"name": process, "data": template.events.tolist(), "modifiers": modifiers}


def _for_each_event(card: Card, entry: Entry, template: Template) -> Template:
    """The template of a process for one event of its sideband, whose number is a parameter."""
    scale, total = 1.0, float(template.events.sum())
    for item in card.uncertainties:
        if item.kind == "gmN" and entry in item.effects:
            scale *= _per_event(card, item, entry) / total
    shifts = {name: (low * scale, high * scale) for name, (low, high) in template.shifts.items()}
    return Template(template.events * scale, template.errors * scale, shifts)


def _per_event(card: Card, item: Uncertainty, entry: Entry) -> float:
    """Expected events for each one of the sideband, the card's α; its rate must be N·α."""
    alpha, rate = _number(item, item.effects[entry]), card.rates[entry]
    if rate != -1 and abs(item.events * alpha - rate) > SAME_RATE * rate:
        problem = f"{item.events} events times {alpha:g} are not the rate of '{entry[1]}', {rate:g}"
        raise WollemiError(f"line {item.line}", problem, "correct one of them")
    return alpha


def _normalization_modifiers(item: Uncertainty, entry: Entry) -> list[Modifier]:
    low, slash, high = item.effects[entry].partition("/")
    lower = _number(item, low)
    upper = _number(item, high) if slash else lower
    if not slash:
        lower = 1 / lower
    return [] if lower == upper == 1 else [_normsys(item.name, lower, upper)]


def _shape_modifiers(item: Uncertainty, entry: Entry, template: Template) -> list[Modifier]:
    """Shape and normalization apart, as Combine has them."""
    scale = _number(item, item.effects[entry])
    low, high = template.shifts[item.name]
    total = template.events.sum()
    if low.sum() == 0 or high.sum() == 0:
        problem = f"a shift of '{entry[1]}' in '{entry[0]}' leaves no events"
        raise WollemiError(f"line {item.line}", problem, "write - for this process")
    factors = float(low.sum() / total), float(high.sum() / total)
    fractions = template.events / total, low / low.sum(), high / high.sum()
    sides = [np.maximum(shape(*fractions, sign * scale), 0) * total for sign in (-1, 1)]
    modifiers = []
    if not all(np.allclose(side, template.events, rtol=1e-12, atol=0) for side in sides):
        data = {"lo_data": sides[0].tolist(), "hi_data": sides[1].tolist()}
        modifiers.append({"name": item.name, "type": "histosys", "data": data})
    lower, upper = (normalization(*factors, sign * scale) for sign in (-1, 1))
    if max(abs(lower - 1), abs(upper - 1)) > 1e-12:
        modifiers.append(_normsys(item.name, lower, upper))
    return modifiers


def _number(item: Uncertainty, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        problem = f"'{text}' of '{item.name}' is no number above 0"
        raise WollemiError(f"line {item.line}", problem, "write one, or - for no effect")
    return value


def _factor(name: str) -> Modifier:
    return {"name": name, "type": "normfactor", "data": None}


def _normsys(name: str, low: float, high: float) -> Modifier:
    return {"name": name, "type": "normsys", "data": {"lo": low, "hi": high}}


def _sideband(item: Uncertainty) -> dict[str, Any]:
    """The events of a gmN line as a region of one bin: Poisson(N | n), the same likelihood."""
    sample = {"name": "sideband", "data": [1.0], "modifiers": [_factor(item.name)]}
    return {"name": item.name, "samples": [sample]}


def _sideband_parameter(item: Uncertainty) -> dict[str, Any]:
    highest = item.events + 10 * math.sqrt(item.events + 1) + 10
    return {"name": item.name, "inits": [float(item.events)], "bounds": [[0.0, highest]]}


def _rate_parameters(card: Card) -> Iterator[dict[str, Any]]:
    seen = set()
    for item in card.rate_parameters:
        if item.initial is not None and item.name not in seen:
            seen.add(item.name)
            yield {
                "name": item.name,
                "inits": [item.initial],
                "bounds": [list(_bounds(item, item.initial))],
            }


def _bounds(item: RateParameter, initial: float) -> tuple[float, float]:
    return item.bounds or (min(0.0, HIGHEST_FACTOR * initial), HIGHEST_FACTOR * max(1.0, initial))
