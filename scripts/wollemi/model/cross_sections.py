"""The cross section to which limits on a signal refer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from wollemi.analysis.plain.cross_sections import era_cross_sections

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.datasets import Dataset


def signal_cross_section(
    names: Sequence[str],
    samples: Mapping[str, Sample],
    datasets: Mapping[str, Dataset],
    fraction: float | None,
) -> float | None:
    """Cross section in pb at a signal strength of 1; None if the analysis does not ask for it.

    The mean of all eras: `wollemi.loading.model` rejects eras that differ.

    Args:
        names: Names of the signal samples; for a published model they may be missing in `samples`.
        samples: All samples of the analysis.
        datasets: All datasets of the analysis.
        fraction: Fraction of the cross section quoted, for example one of two lepton flavors.
    """
    if fraction is None:
        return None
    parts = {name: datasets[name].plain for sample in names for name in samples[sample].datasets}
    found = era_cross_sections(parts).values()
    return fraction * math.fsum(found) / max(len(found), 1)
