"""Background and signal of a region in the bins of its variable, from simulation."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from wollemi.analysis.plain.queries import signal_samples
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import Histogram, axis_of, bin_edges, unit_of
from wollemi.model.template_flaws import Sums
from wollemi.model.template_lint import sums, total_of
from wollemi.model.templates import Source
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean


class RegionSums(NamedTuple):
    """Background and signal of a region.

    Attributes:
        region: Name of the region.
        variable: Name of its variable.
        unit: Unit of the variable; may be empty.
        edges: Edges of its bins, shape (bins + 1,).
        background: Sum of all backgrounds.
        signal_name: Name of the signal.
        signal: Sums of the signal at a strength of 1.
    """

    region: str
    variable: str
    unit: str
    edges: Floats
    background: Sums
    signal_name: str
    signal: Sums


def region_sums(
    settings: Settings,
    histograms: Mapping[str, Mapping[str, Histogram]],
    region: str,
    signal: str | None,
) -> RegionSums:
    """Background and signal of a region.

    Args:
        settings: Settings with `datasets`, `samples` and `regions`.
        histograms: Histograms of simulated datasets.
        region: Name of the region.
        signal: Name of the signal; None for the first one.

    Raises:
        WollemiError: The signal is unknown, or a background is estimated from data.
    """
    signals = signal_samples(settings.declared)
    name = signals[0] if signal is None and signals else signal
    if name is None or name not in signals:
        problem = f"there is no signal '{name}'{did_you_mean(str(name), signals)}"
        raise WollemiError("--signal", problem, f"name one of {', '.join(signals) or 'none'}")
    backgrounds = {key: item for key, item in settings.samples.items() if item.role == "background"}
    estimated = [key for key, item in backgrounds.items() if item.estimate is not None]
    if estimated or not backgrounds:
        which = f"{estimated[0]} is estimated from data" if estimated else "there is no background"
        remedy = "choose bins by hand: only simulated backgrounds can be joined"
        raise WollemiError(f"region {region}", which, remedy)
    source, variable = Source(histograms, settings.datasets), settings.regions[region].variable
    found = [source.nominal(item, region, variable) for item in backgrounds.values()]
    axis = axis_of(found[0])
    return RegionSums(
        region,
        variable,
        unit_of(axis),
        np.asarray(bin_edges(axis)),
        total_of([sums(item) for item in found]),
        name,
        sums(source.nominal(settings.samples[name], region, variable)),
    )
