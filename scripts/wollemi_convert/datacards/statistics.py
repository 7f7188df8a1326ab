"""Parameters for the statistics of simulation (``autoMCStats``): as HistFactory can express them,
and exactly as in Combine (src/CMSHistErrorPropagator.cc).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from wollemi_convert.datacards.card import BinStatistics, Card, Entry
from wollemi_convert.datacards.interpolation import limit_bins, per_histogram
from wollemi_convert.datacards.templates import Template
from wollemi_likelihood.expressions.factors import factor_value, parse_factor
from wollemi_likelihood.interpolation import FLOOR, RANGE, statistical_ranges
from wollemi_likelihood.parameters import EXPRESSION

Modifier = dict[str, Any]
SHAPE_RANGE = 4.0  # range of shape parameters, in standard deviations

Json = dict[str, Any]
Bins = npt.NDArray[np.bool_]


def add_statistics(
    card: Card, processes: Mapping[Entry, Template], samples: Mapping[str, Sequence[Json]]
) -> None:
    """Add the statistical parameters that HistFactory can express to samples.

    Args:
        card: The card.
        processes: Template by bin and process.
        samples: Samples of the workspace by bin; modifiers are added to them.
    """
    for place, found in samples.items():
        members = {
            process: template for (where, process), template in processes.items() if where == place
        }
        modifiers = statistical_modifiers(card, place, members)
        for sample in found:
            sample["modifiers"] += modifiers[sample["name"]]


def statistical_modifiers(
    card: Card, place: str, templates: Mapping[str, Template]
) -> dict[str, list[Modifier]]:
    """Modifiers of each process of a channel.

    In bins above the threshold of effective events, Combine has one Gaussian parameter; its width,
    the errors of all processes in quadrature, follows their normalizations in the fit, as no
    modifier of HistFactory does. One Gaussian parameter per process (staterror) gives the sum the
    same spread, and the same profile likelihood except for shapes, which change the errors of bins
    here but not in Combine. In bins below the threshold, each process has a Poisson parameter
    (shapesys), or a Gaussian one if it has more events than the threshold or an error above its
    yield.

    Args:
        card: The card.
        place: Name of the channel.
        templates: Template by process.
    """
    rule = card.statistics_in(place)
    if rule is None or rule.threshold < 0 or not templates:
        return {process: [] for process in templates}
    together, counted = _populated(rule, card, templates)
    return {
        process: _modifiers(
            f"prop_bin{place}_{process}", template, together, counted, rule.threshold
        )
        for process, template in templates.items()
    }


def _populated(
    rule: BinStatistics, card: Card, templates: Mapping[str, Template]
) -> tuple[Bins, Bins]:
    """Bins above the threshold, and bins with nonzero error; each of shape (bins,)."""
    backgrounds = [item for process, item in templates.items() if process not in card.signals]
    chosen = list(templates.values()) if rule.with_signal or not backgrounds else backgrounds
    events = np.sum([item.events for item in chosen], axis=0)
    variance = np.sum([item.errors**2 for item in chosen], axis=0)
    counted = variance > 0
    effective = np.rint(events**2 / np.where(counted, variance, 1))
    return counted & (effective > rule.threshold), counted


def _modifiers(
    name: str, template: Template, together: Bins, counted: Bins, threshold: float
) -> list[Modifier]:
    events, errors = template.events, template.errors
    known = counted & (events > 0) & (errors > 0)
    ratio = events / np.where(known, errors, 1)
    gaussian = known & (together | (ratio < 1) | (np.rint(ratio**2) >= threshold))
    kinds = (("staterror", name, gaussian), ("shapesys", f"{name}_poisson", known & ~gaussian))
    return [
        {"name": label, "type": kind, "data": np.where(chosen, errors, 0).tolist()}
        for kind, label, chosen in kinds
        if chosen.any()
    ]


def exact_models(
    card: Card,
    processes: Mapping[Entry, Template],
    samples: Mapping[str, Sequence[Json]],
    settings: Sequence[Json],
) -> list[Json]:
    """Add Combine's bin limits and statistical parameters to samples.

    Args:
        card: The card.
        processes: Template by bin and process.
        samples: Samples of the workspace by bin; modifiers are added to them.
        settings: Settings of the parameters (initial values).

    Returns:
        Settings of further parameters (ranges).
    """
    initial = {item["name"]: float(item["inits"][0]) for item in settings}
    for item in card.uncertainties:
        if item.kind == "gmN" and item.effects:
            initial[item.name] = item.events + 1  # where Combine evaluates effective events
    most = max((item.events.size for item in processes.values()), default=0)
    ranges: dict[str, list[list[float]]] = {}
    for item in card.uncertainties:
        width = SHAPE_RANGE if item.kind == "shape" else RANGE
        if item.name not in initial:
            ranges.setdefault(item.name, [[-width, width]])
    for place, members in samples.items():
        rule = card.statistics_in(place)
        for sample in members:
            entry = (place, sample["name"])
            limit_bins(card, entry, processes[entry], sample, most)
        binned = any(processes[place, sample["name"]].binned for sample in members)
        if binned and rule is not None and rule.threshold >= 0:
            ranges |= _add_statistics(card, rule, place, processes, members, initial)
    return [{"name": name, "bounds": bounds} for name, bounds in ranges.items()]


def _add_statistics(
    card: Card,
    rule: BinStatistics,
    place: str,
    processes: Mapping[Entry, Template],
    samples: Sequence[Json],
    initial: Mapping[str, float],
) -> dict[str, list[list[float]]]:
    """Add ``staterror`` and ``shapesys``: one parameter per bin above the threshold and
    one per process below it.

    Returns:
        Ranges of the additive parameters.
    """
    scales = [per_histogram(card, (place, sample["name"])) for sample in samples]
    events = np.array(
        [np.maximum(s["data"], FLOOR * scale) for s, scale in zip(samples, scales, strict=True)]
    )
    errors = np.array([processes[place, sample["name"]].errors for sample in samples])
    factors = np.array([[_initial_factor(sample, initial)] for sample in samples])
    chosen = np.array(
        [rule.with_signal or sample["name"] not in card.signals for sample in samples], bool
    )
    known = (factors * events)[chosen].sum(axis=0)
    variance = ((factors * errors) ** 2)[chosen].sum(axis=0)
    counted = variance > 0
    effective = np.floor(0.5 + known**2 / np.where(counted, variance, 1.0))
    together = counted & (effective > rule.threshold)
    alone = (errors > 0) & (counted & ~together)
    squares = np.where(alone, events / np.where(alone, errors, 1.0), 0.0) ** 2
    numbers = np.floor(0.5 + squares)
    poisson = alone & (events >= 0.999 * errors) & (numbers <= rule.threshold)
    label, ranges = f"prop_bin{place}", {}
    for n, sample in enumerate(samples):
        name = f"{label}_{sample['name']}"
        for own, members in ((label, together), (name, alone[n] & ~poisson[n])):
            if members.any():
                data = np.where(members, errors[n], 0.0).tolist()
                sample["modifiers"].append({"name": own, "type": "staterror", "data": data})
        if (alone[n] & ~poisson[n]).any():
            ranges[name] = statistical_ranges(
                events[n], np.where(alone[n] & ~poisson[n], errors[n], 0.0)
            )
        if poisson[n].any():
            widths = np.where(poisson[n], events[n] / np.sqrt(np.maximum(numbers[n], 1.0)), 0.0)
            modifier = {"name": f"{name}_poisson", "type": "shapesys", "data": widths.tolist()}
            sample["modifiers"].append(modifier)
    if together.any():
        spread = np.where(together, np.sqrt((errors**2).sum(axis=0)), 0.0)
        ranges[label] = statistical_ranges(events.sum(axis=0), spread)
    return ranges


def _initial_factor(sample: Json, initial: Mapping[str, float]) -> float:
    """Product of a sample's factors at the initial values."""
    found = 1.0
    for modifier in sample["modifiers"]:
        if modifier["type"] == "normfactor":
            found *= initial[modifier["name"]]
        elif modifier["type"] == EXPRESSION:
            found *= float(factor_value(parse_factor(modifier["data"]["expr"]), initial))
    return found
