"""Checks of the names of accepted lint findings. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import as_list, fitted_regions
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_lint(document: Document) -> list[str]:
    """Problems of the section `lint`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    lint = document.get("lint")
    if lint is None:
        return []
    if document.get("model") is None:
        return ["lint: needs the section 'model'"]
    known = {
        "systematics": (document.get("systematics") or {}, "systematic"),
        "samples": (document["samples"], "sample"),
        "regions": (fitted_regions(document), "region of the model"),
    }
    return [
        problem
        for name, entry in (lint.get("accepted") or {}).items()
        for key, (names, what) in known.items()
        for problem in unknown_names(
            f"lint.accepted.{name}.{key}", as_list(entry.get(key)), names, what
        )
    ]
