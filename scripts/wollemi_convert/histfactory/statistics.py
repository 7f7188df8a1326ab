"""Parameters for the statistics of simulation: StatError and StatErrorConfig."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wollemi_convert.histfactory.document import GAUSSIAN, Channel
from wollemi_convert.histfactory.templates import SampleTemplate
from wollemi_likelihood.base.arrays import Floats

Modifier = dict[str, Any]
Bins = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Statistics:
    """Of a channel.

    Args:
        modifiers: of each sample, none of those without StatError.
        counted: bins that have a parameter, shape (bins,); None where the modifiers say so by
            zeros.
        effective: events that bins are worth, which is the sideband of the parameters, shape
            (bins,); None without one.
    """

    modifiers: Sequence[Modifier | None]
    counted: Bins | None = None
    effective: Floats | None = None


def statistics_of(channel: Channel, templates: Sequence[SampleTemplate]) -> Statistics:
    """One parameter a bin multiplies all samples with StatError, if their relative error together
    reaches the threshold.

    Gaussian, it is a staterror. A Poisson one of a single sample is a shapesys; pyhf has none of
    several samples: there the constraint is a region that observes the effective events, with the
    same free factors (shapefactor), which is the same likelihood.

    Args:
        channel: of the document.
        templates: of its samples.
    """
    name = statistics_name(channel.name)
    members = [place for place, item in enumerate(channel.samples) if item.statistics]
    none: list[Modifier | None] = [None] * len(templates)
    if not members:
        return Statistics(none)
    total = np.sum([templates[place].events for place in members], axis=0)
    errors = np.sqrt(np.sum([templates[place].errors ** 2 for place in members], axis=0))
    relative = np.where(total > 0, errors / np.where(total > 0, total, 1), 0)
    counted = (relative > 0) & (relative >= channel.threshold)
    if not counted.any():
        return Statistics(none)
    if channel.constraint == GAUSSIAN or len(members) == 1:
        kind = "staterror" if channel.constraint == GAUSSIAN else "shapesys"
        return Statistics(
            [
                {
                    "name": name,
                    "type": kind,
                    "data": np.where(counted, template.errors, 0).tolist(),
                }
                if place in members
                else None
                for place, template in enumerate(templates)
            ]
        )
    factor: Modifier = {"name": name, "type": "shapefactor", "data": None}
    modifiers = [dict(factor) if place in members else None for place in range(len(templates))]
    # a factor of a bin that is not counted multiplies nothing but its own event
    effective = np.where(counted, relative, 1) ** -2.0
    return Statistics(modifiers, None if counted.all() else counted, effective)


def statistics_name(channel: str) -> str:
    """Of the parameters, gamma_stat_CHANNEL_bin_0 in ROOT; as pyhf calls them."""
    return f"staterror_{channel}"
