"""Have overlays a file each, and is there a plot for them, and a contour for its interpolation?
Standard library only, like `wollemi.analysis.checks.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.checks.published import check_file
from wollemi.analysis.plain.overlays import has_contour, has_limit_axis, overlays

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_overlays(document: Document) -> list[str]:
    """Problems of the sections `overlays` and `contour`, each as `path: problem`.

    Args:
        document: an analysis whose shape the schema has accepted, written out.
    """
    given = overlays(document)
    problems = [
        problem
        for name, entry in given.items()
        for problem in check_file(f"overlays.{name}", entry)
    ]
    if given and not has_contour(document) and not has_limit_axis(document):
        problems.append(
            "overlays: there is no plot for them; give several signals a place in limits.points, "
            "or remove them"
        )
    if document.get("contour") is not None and not has_contour(document):
        problems.append(
            "contour: there is no such plot; give three signals or more two values each in "
            "workspace.patches.points, or remove it"
        )
    return problems
