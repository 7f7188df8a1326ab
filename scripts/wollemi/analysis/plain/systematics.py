"""The systematics that act on a dataset, and their needs from its events. Standard library only, on
the plain YAML values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import as_list, dataset_era
from wollemi.analysis.plain.systematic_kinds import WEIGHT_SETS, kind_of
from wollemi.analysis.plain.weight_sets import used_members
from wollemi.analysis.view import view_of

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def dataset_variations(document: Document, dataset: str, acts_on: str) -> dict[str, Any]:
    """Systematics that change the events of a dataset, by the names of their histograms.

    Settings of their place in the model are left out, because events do not depend on them.

    Args:
        document: Analysis, as plain values.
        dataset: Name of the dataset.
        acts_on: Effect of the systematics, one of the constants in
            `wollemi.analysis.plain.systematic_kinds`.
    """
    era = dataset_era(view_of(document), dataset)
    return {
        item.get("variation", name): kind_of(item).for_events(item, era)
        for name, item in dataset_systematics(document, dataset, acts_on).items()
    }


def dataset_systematics(document: Document, dataset: str, acts_on: str) -> dict[str, Any]:
    """Systematics that act on a dataset, by their names in the analysis, with all settings."""
    samples, era = document.get("samples", {}), dataset_era(view_of(document), dataset)
    own = {name for name, sample in samples.items() if dataset in as_list(sample.get("datasets"))}
    return {
        name: item
        for name, item in document.get("systematics", {}).items()
        if kind_of(item).acts_on == acts_on
        and own & set(as_list(item.get("samples")))
        and acts_in_era(item, era)
    }


def acts_in_era(systematic: Document, era: str | None) -> bool:
    """Whether a systematic acts on the events of an era."""
    eras = kind_of(systematic).eras(systematic)
    return eras is None or era in eras


def weight_sets(document: Document, dataset: str) -> dict[str, dict[str, Any]]:
    """The sets of weights that systematics on a dataset use, by the names of their histograms:
    `weights`, `members` and `nominal` of each.
    """
    return {
        name: {
            "weights": item["weights"],
            "members": used_members(item),
            "nominal": item.get("nominal"),
        }
        for name, item in dataset_variations(document, dataset, WEIGHT_SETS).items()
    }
