"""Has each plot of an analysis a name of its own? Standard library only, like
`wollemi.analysis.checks.all`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.plan import Plan
from wollemi.analysis.plain.queries import as_list

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_plots(document: Document) -> list[str]:
    """Problems of names of plots, each as `path: problem`: two of one name would be one file.

    Args:
        document: an analysis whose shape the schema has accepted, written out.
    """
    plan = Plan(document, "")
    places = {
        (name, variable)
        for name, region in document["regions"].items()
        for variable in [region["variable"], *as_list(region.get("monitor"))]
    }
    names = Counter(
        [*plan.statistics_plots, *plan.template_plots, *("_".join(place) for place in places)]
    )
    return [
        f"scans: the plot {name} has the name of another one; rename the scan"
        if name in plan.scan_plots
        else f"regions: two plots have the name {name}; rename a region or a variable"
        for name, number in sorted(names.items())
        if number > 1
    ]
