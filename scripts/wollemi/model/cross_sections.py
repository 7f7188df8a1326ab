"""The cross section that limits on a signal are quoted for."""

import math
from collections.abc import Mapping, Sequence

from wollemi.analysis.models.analysis import Sample
from wollemi.analysis.models.datasets import Dataset
from wollemi.analysis.plain.cross_sections import era_cross_sections


def signal_cross_section(
    names: Sequence[str],
    samples: Mapping[str, Sample],
    datasets: Mapping[str, Dataset],
    fraction: float | None,
) -> float | None:
    """Cross section in pb at a signal strength of 1; None if the analysis does not ask for it.

    The mean of all eras: `wollemi.loading.model` refuses eras that differ.

    Args:
        names: Names of the signal samples. Those of a published model need not be in `samples`.
        samples: All samples of the analysis.
        datasets: all datasets.
        fraction: share of the cross section that is quoted, such as one of two lepton flavors.
    """
    if fraction is None:
        return None
    parts = {name: dict(datasets[name]) for sample in names for name in samples[sample].datasets}
    found = era_cross_sections(parts).values()
    return fraction * math.fsum(found) / max(len(found), 1)
