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
    """Statistical parameters of a channel.

    Args:
        modifiers: Modifier per sample; None for samples without StatError.
        counted: Mask of bins with a parameter, shape (bins,); None if zeros in the modifiers show
            it.
        effective: Effective events of the bins, observed by the sideband of the parameters, shape
            (bins,); None without sideband.
    """

    modifiers: Sequence[Modifier | None]
    counted: Bins | None = None
    effective: Floats | None = None


def statistics_of(channel: Channel, templates: Sequence[SampleTemplate]) -> Statistics:
    """Statistical parameters: one per bin, multiplying all samples with StatError, if their total
    relative error reaches the threshold.

    A Gaussian parameter becomes a staterror, a Poisson parameter of a single sample a shapesys.
    pyhf has no Poisson parameter shared by samples: there the constraint is a region that observes
    the effective events, with the same free factors (shapefactor) and the same likelihood.

    Args:
        channel: Channel of the document.
        templates: Templates of its samples.
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
    # a factor of a bin that is not counted multiplies only its own event in the sideband
    effective = np.where(counted, relative, 1) ** -2.0
    return Statistics(modifiers, None if counted.all() else counted, effective)


def statistics_name(channel: str) -> str:
    """Name of the parameters in pyhf's style; in ROOT it is gamma_stat_CHANNEL_bin_0."""
    return f"staterror_{channel}"
