"""Datasets that a run needs, by purpose. Standard library only, on the plain YAML values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.analysis.plain.backgrounds import subtracted_samples
from wollemi.analysis.plain.queries import as_list, sample_datasets
from wollemi.analysis.plain.systematic_kinds import kind_of
from wollemi.analysis.view import view_of

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def alternative_datasets(document: Document) -> list[str]:
    """Datasets that replace a sample in a systematic."""
    return list(
        dict.fromkeys(
            name for item in document.get("systematics", {}).values() for name in replacing(item)
        )
    )


def replacing(systematic: Document) -> list[str]:
    """Datasets that replace the sample in a systematic; empty for most kinds."""
    references = kind_of(systematic).references(systematic)
    return [
        name
        for reference in references
        if reference.section == "datasets"
        for name in reference.names
    ]


def used_datasets(document: Document) -> list[str]:
    """Every dataset that a run needs: datasets of samples, systematics and pseudo-data, and copies
    in which corrections are measured.
    """
    names = [*sample_datasets(view_of(document)), *alternative_datasets(document)]
    for name in names:
        draw = document["datasets"].get(name, {}).get("draw")
        names += [source for source in as_list((draw or {}).get("datasets")) if source not in names]
    names += [name for name, item in document["datasets"].items() if item.get("measures")]
    return list(dict.fromkeys(names))


def event_datasets(document: Document) -> list[str]:
    """Datasets that are read event by event. Other datasets are histograms, drawn from histograms,
    or estimated from data.
    """
    known = ((name, document["datasets"].get(name)) for name in used_datasets(document))
    return [
        name
        for name, item in known
        if item and not {"draw", "histograms", "estimate"} & item.keys()
    ]


def estimate_sources(document: Document, dataset: str) -> list[str]:
    """Datasets whose histograms enter an estimate: data, subtracted simulation, and its
    alternatives.

    Args:
        document: Analysis, expanded.
        dataset: Name of a dataset with an estimate.
    """
    subtracted = subtracted_samples(document["datasets"][dataset]["estimate"])
    simulated = [
        d
        for name in subtracted
        for d in as_list((document["samples"].get(name) or {}).get("datasets"))
    ]
    systematics = {
        n: s
        for n, s in (document.get("systematics") or {}).items()
        if set(as_list(s["samples"])) & set(subtracted)
    }
    alternatives = alternative_datasets({"systematics": systematics})
    return list(
        dict.fromkeys([*sample_datasets(view_of(document), "data"), *simulated, *alternatives])
    )
