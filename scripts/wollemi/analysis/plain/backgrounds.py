"""Samples estimated from data, and their inputs. Standard library only, like `loading.all`.

Such a sample does not have its own events. It becomes a dataset with the sample's name that enters
at the histogram stage, like pseudo-data: `estimate_background` computes its histograms from the
histograms of the data and of the subtracted simulation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import as_list

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def expand_estimates(document: Document) -> dict[str, Any]:
    """The analysis with a dataset for each sample estimated from data, with its name and estimate.

    Args:
        document: Analysis accepted by the schema.
    """
    estimated = {
        n: s
        for n, s in document["samples"].items()
        if s.get("estimate") and not s.get("datasets") and n not in document["datasets"]
    }
    if not estimated:
        return dict(document)
    made = {
        name: {"estimate": _with_targets(document, sample["estimate"])}
        for name, sample in estimated.items()
    }
    samples = {
        name: {**sample, **({"datasets": [name]} if name in made else {})}
        for name, sample in document["samples"].items()
    }
    return {**document, "datasets": {**document["datasets"], **made}, "samples": samples}


def _with_targets(document: Document, estimate: Document) -> dict[str, Any]:
    """The estimate with its targets: without `to`, a transfer goes to every signal region."""
    if not estimate.get("transfer") or estimate["transfer"].get("to"):
        return dict(estimate)
    signal = [
        name
        for name, region in document["regions"].items()
        if region.get("role", "signal") == "signal"
    ]
    return {**estimate, "transfer": {**estimate["transfer"], "to": signal}}


def control_regions(estimate: Document) -> list[str]:
    """Regions with the data for an estimate; the region with the shape comes first."""
    if estimate.get("transfer"):
        return [estimate["transfer"]["from"]]
    abcd = estimate["abcd"]
    shape = abcd.get("shape", "C")
    return [abcd[shape], abcd["B" if shape == "C" else "C"], abcd["D"]]


def target_regions(estimate: Document) -> list[str]:
    """Target regions of an estimate."""
    return (
        as_list(estimate["transfer"]["to"]) if estimate.get("transfer") else [estimate["abcd"]["A"]]
    )


def subtracted_samples(estimate: Document) -> list[str]:
    """Simulated samples that are subtracted from the data."""
    return as_list((estimate.get("transfer") or estimate["abcd"]).get("subtract"))
