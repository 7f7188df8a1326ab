"""Checks of the section `certified` against eras and luminosities. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.certification import WHOLE, certifications, measured_luminosities
from wollemi.analysis.plain.queries import sample_datasets
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_certification(document: Document) -> list[str]:
    """Problems of the section `certified`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema.
    """
    entries = certifications(document)
    if not entries:
        return []
    problems = []
    declared, measured = document.get("luminosity_ifb"), measured_luminosities(document)
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
    for name in sample_datasets(document, "data"):
        dataset = document["datasets"].get(name, {})
        eras = [str(dataset["era"])] if "era" in dataset else []
        if not (eras or dataset.get("draw") or dataset.get("histograms")):
            problems.append(f"datasets.{name}: certified has eras, so data need an era")
        problems += unknown_names(
            f"datasets.{name}.era", eras, entries, "key of certified (null: nothing to certify)"
        )
    return problems
