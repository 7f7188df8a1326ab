"""Efficiency maps: the fraction of the events of a process in each bin."""

from collections.abc import Mapping, Sequence
from math import fsum

import numpy as np

from wollemi.analysis.models.smodels import Smodels
from wollemi.analysis.plain.cross_sections import era_cross_sections
from wollemi.analysis.settings import Settings
from wollemi.histograms.normalization import PB_PER_FB_INVERSE, era_luminosity
from wollemi_publish.simplified.bins import Bin

# Topology → bin → efficiency of each signal, in the order of its masses.
Maps = Mapping[str, Mapping[str, Sequence[float]]]


def produced_events(settings: Settings, signal: str) -> float:
    """Events of a signal before any cut: luminosity times cross section, summed over eras."""
    datasets = {name: settings.datasets[name].plain for name in settings.samples[signal].datasets}
    return fsum(
        era_luminosity(settings.luminosity_ifb, era) * PB_PER_FB_INVERSE * size
        for era, size in era_cross_sections(datasets).items()
    )


def efficiency_maps(
    smodels: Smodels, settings: Settings, bins: Sequence[Bin], signals: Mapping[str, np.ndarray]
) -> Maps:
    """Acceptance times efficiency of every topology in the bins of its regions: weighted selected
    events over produced events.

    Args:
        smodels: Section on SModelS with the topologies.
        settings: Settings of the analysis.
        bins: Bins of the simplified likelihood.
        signals: Events by signal for a signal strength of 1 in these bins, shape (bins,).
    """
    produced = {
        signal: produced_events(settings, signal)
        for item in smodels.topologies.values()
        for signal in item.masses_gev
    }
    return {
        name: {
            one.name: [
                float(signals[signal][place]) / (produced[signal] * item.share)
                for signal in item.masses_gev
            ]
            for place, one in enumerate(bins)
            if one.region in item.regions
        }
        for name, item in smodels.topologies.items()
    }
