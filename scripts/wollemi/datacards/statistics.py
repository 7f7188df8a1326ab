"""Parameters for the statistics of simulation: ``autoMCStats``."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from wollemi.datacards.card import BinStatistics, Card
from wollemi.datacards.templates import Template

Modifier = dict[str, Any]
Bins = npt.NDArray[np.bool_]


def statistical_modifiers(
    card: Card, place: str, templates: Mapping[str, Template]
) -> dict[str, list[Modifier]]:
    """Modifiers of each process of a channel.

    In bins above the threshold of effective events Combine has one Gaussian parameter; its width,
    the errors of all processes in quadrature, follows their normalizations in the fit, which no
    modifier of HistFactory does. One Gaussian parameter for each process (staterror) gives the sum
    the same spread, and the profile likelihood is the same but for shapes, which change the errors
    of bins here, not there. In bins below the threshold each
    process has a Poisson parameter (shapesys), or a Gaussian one where it has more events than the
    threshold or an error above its yield.

    Args:
        card: the card.
        place: the channel.
        templates: process → template.
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
    """Bins above the threshold, and bins with any error; each of shape (bins,)."""
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
