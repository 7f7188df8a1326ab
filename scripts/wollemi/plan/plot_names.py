"""The names of plots of the model's results, from the patterns of the registry. Standard library
only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING

from wollemi.analysis.plain.overlays import has_contour
from wollemi.analysis.plain.queries import (
    fitted_regions,
    measured_names,
    model_names,
    parameters_of_interest,
    scaled_samples,
    unfitted_name,
    unfitted_places,
)
from wollemi.analysis.plain.region_groups import group_name, group_places, region_groups

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def plot_names(pattern: str, analysis: Analysis) -> list[str]:
    """Names of plots, one per combination of the values of the pattern's fields.

    Args:
        pattern: Name with fields, such as `scan_{scan}_{model}`.
        analysis: Analysis accepted by the schema, expanded.
    """
    values = {field: FIELDS[field](analysis) for field in re.findall(r"{(\w+)}", pattern)}
    # Python 3.8 has no `strict`.
    return [pattern.format(**dict(zip(values, found))) for found in product(*values.values())]  # noqa: B905


def _only_if(condition: object) -> list[str]:
    """Values of a field that adds nothing to a name, but keeps or drops the plot."""
    return [""] if condition else []


def _shown(analysis: Analysis, names: list[str]) -> list[str]:
    """The signals, or parameters of interest of a single model, with separate plots: the shown
    signals, or all.
    """
    together = len(names) < 2 or scaled_samples(analysis)
    shown = [] if together else list(analysis.plots.show_signals)
    return shown or names


def _places(analysis: Analysis) -> list[str]:
    """Regions after the fit, other variables of them, and groups of regions."""
    groups = region_groups(analysis)
    return [
        *fitted_regions(analysis),
        *(unfitted_name(analysis, *place) for place in unfitted_places(analysis)),
        *(
            group_name(analysis, name, groups[name], variable)
            for name, variable in group_places(analysis, groups)
        ),
    ]


def _several_regions(analysis: Analysis) -> bool:
    """Whether the fit has several regions, with validation regions."""
    validation = [
        name
        for name, region in analysis.regions.items()
        if region.role == "validation" and region.without is None
    ]
    return len([*fitted_regions(analysis), *validation]) > 1


def _several_points(analysis: Analysis) -> bool:
    """Whether several signals, not fitted together, have points on the axis of the limits."""
    points = (analysis.limits and analysis.limits.points) or {}
    return len(points) > 1 and not scaled_samples(analysis)


# Field of the patterns → its values.
FIELDS: dict[str, Callable[[Analysis], list[str]]] = {
    "place": _places,
    "ordered": lambda analysis: list(analysis.plots.signal_to_background or ()),
    "shown": lambda analysis: _shown(analysis, measured_names(analysis)),
    "model": lambda analysis: _shown(analysis, model_names(analysis)),
    "scan": lambda analysis: list(analysis.scans),
    "parameter": lambda analysis: (
        list(analysis.intervals.parameters if analysis.intervals else ())
        or parameters_of_interest(analysis)
    ),
    "if_several_regions": lambda analysis: _only_if(_several_regions(analysis)),
    "if_several_points": lambda analysis: _only_if(_several_points(analysis)),
    "if_grid": lambda analysis: _only_if(has_contour(analysis)),
}
