"""Checks of the section `certified` against eras and luminosities. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wollemi.analysis.plain.certification import WHOLE, certifications, measured_luminosities
from wollemi.analysis.plain.queries import sample_datasets
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_certification(analysis: Analysis) -> list[str]:
    """Problems of the section `certified`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema.
    """
    entries = certifications(analysis.plain)
    if not entries:
        return []
    problems = []
    declared, measured = analysis.luminosity_ifb, measured_luminosities(analysis.plain)
    if WHOLE in measured and isinstance(declared, Mapping):
        problems.append(
            "certified.luminosity: luminosity_ifb has eras; write the entries of certified "
            "by era, too"
        )
    if (
        measured
        and WHOLE not in measured
        and declared is not None
        and not isinstance(declared, Mapping)
    ):
        problems.append(
            "certified: has the luminosity of eras, so luminosity_ifb must have eras, too"
        )
    if WHOLE in entries:
        return problems
    for name in sample_datasets(analysis, "data"):
        dataset = analysis.datasets.get(name)
        eras = [dataset.era] if dataset and dataset.era is not None else []
        if not (eras or (dataset and (dataset.draw or dataset.histograms))):
            problems.append(f"datasets.{name}: certified has eras, so data need an era")
        problems += unknown_names(
            f"datasets.{name}.era", eras, entries, "key of certified (null: nothing to certify)"
        )
    return problems
