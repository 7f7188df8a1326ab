"""Consistency check of a manifest. Standard library only, like `loading.all`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


def manifest_contradiction(manifest: Mapping[str, Any]) -> str:
    """Contradiction in a manifest, for example after an edit; empty if it is consistent.

    Args:
        manifest: Plain values, accepted by the schema.
    """
    files = manifest["files"]
    path, number = Counter(file["path"] for file in files).most_common(1)[0]
    if number > 1:
        return f"names {path} {number} times; its events would count as often"
    entries = sum(file["entries"] for file in files)
    if entries != manifest["entries"]:
        return f"says {manifest['entries']} entries, but its files have {entries}"
    total = float(sum(file["sum_of_weights"] for file in files))
    size = sum(abs(file["sum_of_weights"]) for file in files)
    if abs(total - manifest["sum_of_weights"]) > 1e-12 * size:
        return (
            f"says the sum of weights is {float(manifest['sum_of_weights'])!r}, but that of its "
            f"files is {total!r}"
        )
    return ""
