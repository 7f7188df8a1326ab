"""Hidden data. Standard library only, on the plain YAML values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.objects import as_names

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def blinded_regions(document: Document) -> list[str]:
    """Regions whose data are hidden, in the order of the file: the regions named in `blinding`, and
    regions derived from them.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    regions = document["regions"]
    hidden = set(as_names((document.get("blinding") or {}).get("regions")))
    for _ in regions:  # a derived region may precede its original region
        hidden |= {name for name, region in regions.items() if region.get("derived_from") in hidden}
    return [name for name in regions if name in hidden]


def blinding_of_data(document: Document) -> dict[str, Any] | None:
    """Hidden parts of each dataset of the data; None without blinding."""
    blinding = document.get("blinding")
    if not blinding:
        return None
    named, whole = as_names(blinding.get("regions")), blinded_regions(document)
    parts = {
        "regions": [name for name in whole if name in named],
        "derived": [name for name in whole if name not in named],
    }
    windows = blinding.get("windows") or {}
    axes = {
        name: list(variable["axes"])
        for name, variable in document.get("variables", {}).items()
        if set(variable.get("axes", ())) & set(windows)
    }
    return {**parts, "windows": windows, **({"axes": axes} if axes else {})}
