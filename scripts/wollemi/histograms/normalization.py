"""Normalize simulated events: weight = σ · L · w / Σw, with Σw over all events read, before any
cut.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import TYPE_CHECKING

from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import Dataset

PB_PER_FB_INVERSE = 1000.0  # 1 fb⁻¹ = 1000 pb⁻¹


def era_luminosity(luminosity_ifb: float | Mapping[str, float] | None, era: str | None) -> float:
    """Luminosity of an era in fb⁻¹; None sums all eras."""
    if luminosity_ifb is None:
        return 0.0
    if not isinstance(luminosity_ifb, Mapping):
        return luminosity_ifb
    return luminosity_ifb[era] if era is not None else fsum(luminosity_ifb.values())


def normalization_factor(
    name: str,
    dataset: Dataset,
    is_data: bool,
    luminosity_ifb: float | Mapping[str, float] | None,
    sum_of_weights: float,
) -> float:
    """Compute the factor on the weights of a dataset's events.

    Args:
        name: Name of the dataset for errors.
        dataset: Settings of the dataset.
        is_data: Whether the dataset is data, which is never scaled.
        luminosity_ifb: Luminosity in fb⁻¹.
        sum_of_weights: Σw of the events read, before any cut.

    Raises:
        WollemiError: Σw is not positive.
    """
    if (
        is_data
        or dataset.normalization == "none"
        or dataset.draw is not None
        or dataset.estimate is not None
    ):
        return 1.0
    if not sum_of_weights > 0:
        raise WollemiError(
            f"dataset {name}",
            f"the sum of weights is {sum_of_weights}",
            "check its files and its `weight`",
        )
    assert dataset.cross_section_pb is not None  # wollemi.loading.all checks it
    luminosity_ipb = era_luminosity(luminosity_ifb, dataset.era) * PB_PER_FB_INVERSE
    # The order of a published normalization table: luminosity x cross section x scale factor /
    # generated events.
    return luminosity_ipb * dataset.cross_section_pb * dataset.scale_factor / sum_of_weights
