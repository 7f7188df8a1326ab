"""Convert a datacard into a pyhf workspace.

Identical: Poisson counts, log-normal factors at and beyond ±1σ, templates between and beyond ±1σ,
sidebands (gmN), free factors. Differences, with their size for Combine's own examples:
docs/published_models.md.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from wollemi_convert.datacards.card import (
    SHAPES,
    SIDEBANDS,
    Card,
    Entry,
    RateParameter,
    Uncertainty,
)
from wollemi_convert.datacards.interpolation import exact_shape, normalization, shape
from wollemi_convert.datacards.statistics import add_statistics, exact_models
from wollemi_convert.datacards.templates import Template, Templates
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.parameters import EXPRESSION

Modifier = dict[str, Any]

POI = "r"
# Allowed deviation of the rate from the sideband's events times α (Combine, ModelTools.py).
SAME_RATE = 0.05
# Product of the two factors of a log-normal, minus 1: Combine uses the upper factor below this.
SYMMETRIC = 1e-5
# Range of free factors without a range in the card, in units of the initial value.
HIGHEST_FACTOR = 10.0


def workspace_of(
    card: Card,
    templates: Templates,
    bounds: tuple[float, float],
    strengths: Mapping[str, str],
    *,
    exact: bool = False,
) -> dict[str, Any]:
    """The model of a card.

    Args:
        card: The card.
        templates: Templates of the card.
        bounds: Range of the signal strengths.
        strengths: Signal → name of its strength; ``r`` for all other signals.
        exact: Whether to use Combine's interpolation, statistics and bin limits, not HistFactory's;
            such a workspace has modifiers that only Wollemi knows.

    Returns:
        Workspace of pyhf; the first strength is the parameter of interest.

    Raises:
        WollemiError: The card uses an undefined name, or an effect that is not a positive factor.
    """
    names = _strengths(card, templates, strengths)
    factors = _Factors(card, names)
    samples: dict[str, list[dict[str, Any]]] = {place: [] for place in card.observed}
    processes = {
        entry: _for_each_event(card, entry, template)
        for entry, template in templates.processes.items()
    }
    for entry, template in processes.items():
        samples[entry[0]].append(_sample(card, entry, template, strengths, factors, exact))
    sidebands = [item for item in card.uncertainties if item.kind in SIDEBANDS and item.effects]
    settings = [{"name": name, "inits": [1.0], "bounds": [list(bounds)]} for name in names]
    settings += [*map(_sideband_parameter, sidebands), *factors.settings()]
    if exact:
        settings += exact_models(card, processes, samples, settings)
    else:
        add_statistics(card, processes, samples)
    channels = [{"name": place, "samples": found} for place, found in samples.items() if found]
    observations = [
        {"name": place, "data": templates.observed[place].tolist()}
        for place, found in samples.items()
        if found
    ]
    return {
        "version": "1.0.0",
        "channels": channels + [_sideband(item) for item in sidebands],
        "observations": observations
        + [{"name": item.name, "data": [item.events]} for item in sidebands],
        "measurements": [
            {
                "name": "combine",
                "config": {"poi": names[0] if names else "", "parameters": settings},
            }
        ],
    }


def _strengths(card: Card, templates: Templates, strengths: Mapping[str, str]) -> list[str]:
    """Names of the strengths of the signals that have events; empty for a card without signals."""
    expected = {process for _, process in templates.processes}
    signals = sorted(card.signals & expected)
    if card.signals and not signals:
        problem = f"no signal has events: {', '.join(sorted(card.signals))}"
        raise WollemiError("datacard", problem, "set the rate of at least one signal above 0")
    return list(dict.fromkeys(strengths.get(name, POI) for name in signals))


def _sample(
    card: Card,
    entry: Entry,
    template: Template,
    strengths: Mapping[str, str],
    factors: "_Factors",
    exact: bool,
) -> dict[str, Any]:
    process = entry[1]
    modifiers: list[Modifier] = []
    if process in card.signals:
        modifiers.append(_factor(strengths.get(process, POI)))
    for item in card.uncertainties:
        if entry not in item.effects:
            continue
        if item.kind in SIDEBANDS:
            modifiers.append(_factor(item.name))
        elif item.name in template.shifts:
            find = exact_shape if exact else _shape_modifiers
            modifiers += find(item, entry, template)
        elif item.kind not in SHAPES or item.kind.endswith("?"):
            modifiers += _normalization_modifiers(item, entry, exact)
    modifiers += factors.modifiers(entry, [item["name"] for item in modifiers])
    return {"name": process, "data": template.events.tolist(), "modifiers": modifiers}


def _for_each_event(card: Card, entry: Entry, template: Template) -> Template:
    """The template of a process per event of its sideband; the number of events is a parameter.

    Raises:
        WollemiError: Two sidebands scale the process.
    """
    found = [item for item in card.uncertainties if item.kind == "gmN" and entry in item.effects]
    if len(found) > 1:
        problem = f"'{entry[1]}' in '{entry[0]}' has a second sideband"
        raise WollemiError(f"line {found[1].line}", problem, "write one gmN for each process")
    scale, total = 1.0, float(template.events.sum())
    for item in found:
        scale = _per_event(card, item, entry) / total
        if template.binned and card.statistics_in(entry[0]) is not None:  # the histogram counts
            scale = 1 / max(item.events, 1.0)
    shifts = {name: (low * scale, high * scale) for name, (low, high) in template.shifts.items()}
    events, errors = template.events * scale, template.errors * scale
    return replace(template, events=events, errors=errors, shifts=shifts)


def _per_event(card: Card, item: Uncertainty, entry: Entry) -> float:
    """Expected events per event of the sideband, the card's α; its rate must be N·α."""
    alpha, rate = item.size(entry), card.rates[entry]
    if rate != -1 and abs(item.events * alpha - rate) > max(SAME_RATE * max(rate, 1.0), alpha):
        problem = (
            f"{item.events:g} events times {alpha:g} are not the rate of '{entry[1]}', {rate:g}"
        )
        raise WollemiError(f"line {item.line}", problem, "correct one of them")
    return alpha


def _normalization_modifiers(item: Uncertainty, entry: Entry, exact: bool) -> list[Modifier]:
    low, slash, high = item.effects[entry].partition("/")
    lower = item.positive(low)
    upper = item.positive(high) if slash else lower
    if not slash or (exact and abs(lower * upper - 1) < SYMMETRIC):
        lower = 1 / upper
    return [] if lower == upper == 1 else [_normsys(item.name, lower, upper)]


def _shape_modifiers(item: Uncertainty, entry: Entry, template: Template) -> list[Modifier]:
    """Separate modifiers for shape and normalization, as in Combine."""
    scale, (low, high) = item.size(entry), template.shifted(item, entry)
    total = template.events.sum()
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


def _factor(name: str) -> Modifier:
    return {"name": name, "type": "normfactor", "data": None}


def _normsys(name: str, low: float, high: float) -> Modifier:
    return {"name": name, "type": "normsys", "data": {"lo": low, "hi": high}}


def _sideband(item: Uncertainty) -> dict[str, Any]:
    """A one-bin region with the same likelihood: Poisson(N | n) for gmN; for gmM the parameter is 1
    where N + 1 events are expected.
    """
    events = 1.0 if item.kind == "gmN" else item.events + 1
    sample = {"name": "sideband", "data": [events], "modifiers": [_factor(item.name)]}
    return {"name": item.name, "samples": [sample]}


def _sideband_parameter(item: Uncertainty) -> dict[str, Any]:
    if item.kind == "gmM":
        width = (item.events + 1) ** -0.5
        bounds = [max(0.01, 1 - 5 * width), 1 + 5 * width]
        return {"name": item.name, "inits": [1.0], "bounds": [bounds]}
    highest = item.events + 10 * math.sqrt(item.events + 1) + 10
    return {"name": item.name, "inits": [item.events], "bounds": [[0.0, highest]]}


class _Factors:
    """Rate parameters and formulas of a card.

    Args:
        card: The card.
        strengths: Names of the signal strengths, which formulas may use.

    Raises:
        WollemiError: A rate parameter uses an unknown one, or does not scale any process.
    """

    def __init__(self, card: Card, strengths: Sequence[str]) -> None:
        self._card = card
        # If several lines have the same name, Combine takes the first.
        named = {item.name: item for item in reversed(card.rate_parameters)}
        self._named = named
        self._values = {name: item for name, item in named.items() if item.initial is not None}
        self._formulas = {name: item for name, item in named.items() if item.factors}
        self._used: set[str] = set()
        known = {*self._values, *self._formulas, *strengths}
        for item in card.rate_parameters:
            missing = [name for name in item.factors if name not in known]
            if missing:
                problem = f"'{item.name}' is a function of '{missing[0]}', which has no value"
                raise WollemiError(f"line {item.line}", problem, "give it one with rateParam")
            if item.bins and not any(item.scales(entry) for entry in card.rates):
                problem = f"'{item.name}' scales no process"
                raise WollemiError(f"line {item.line}", problem, "correct the bin or the process")

    def modifiers(self, entry: Entry, others: Sequence[str]) -> list[Modifier]:
        """Factors of a process.

        Args:
            entry: Bin and process.
            others: Names of the process's other modifiers.

        Raises:
            WollemiError: A parameter scales the process twice.
        """
        found: list[Modifier] = []
        for line in self._card.rate_parameters:
            if line.scales(entry):
                item = self._named[line.name]
                if item.formula or any(name in self._formulas for name in item.factors):
                    expression = {"expr": self._expression(item)}
                    found.append({"name": item.name, "type": EXPRESSION, "data": expression})
                else:
                    found += [_factor(name) for name in (item.factors or [item.name])]
                names = [modifier["name"] for modifier in found]
                if len({*names, *others}) < len(names) + len({*others}):
                    problem = f"a parameter of '{item.name}' scales '{entry[1]}' twice"
                    remedy = "write one line with the whole formula"
                    raise WollemiError(f"line {item.line}", problem, remedy)
        self._used |= {modifier["name"] for modifier in found}
        return found

    def _expression(self, item: RateParameter) -> str:
        """Formula of parameters with values; nested formulas are expanded."""
        self._used |= {*item.factors}
        inner = {
            name: f"({self._expression(self._formulas[name])})"
            for name in item.factors
            if name in self._formulas
        }
        formula = item.formula or "*".join(f"{{{n}}}" for n in range(len(item.factors)))
        return formula.format(*(inner.get(name, name) for name in item.factors))

    def settings(self) -> Iterator[dict[str, Any]]:
        """Initial values and ranges, in the order of the card."""
        for name in dict.fromkeys(item.name for item in self._card.rate_parameters):
            item = self._values.get(name)
            if item is None or item.initial is None or (not item.bins and name not in self._used):
                continue
            bounds = list(_bounds(item, item.initial))
            yield {"name": name, "inits": [item.initial], "bounds": [bounds]}


def _bounds(item: RateParameter, initial: float) -> tuple[float, float]:
    return item.bounds or (min(0.0, HIGHEST_FACTOR * initial), HIGHEST_FACTOR * max(1.0, initial))
