"""Checks of the names of accepted lint findings. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.analysis.plain.queries import fitted_regions
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_lint(analysis: Analysis) -> list[str]:
    """Problems of the section `lint`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    if "lint" not in analysis.plain:
        return []
    if analysis.model is None:
        return ["lint: needs the section 'model'"]
    known = {
        "systematics": (analysis.systematics, "systematic"),
        "samples": (analysis.samples, "sample"),
        "regions": (fitted_regions(analysis), "region of the model"),
    }
    return [
        problem
        for name, entry in analysis.lint.accepted.items()
        for key, (names, what) in known.items()
        for problem in unknown_names(
            f"lint.accepted.{name}.{key}", getattr(entry, key), names, what
        )
    ]
