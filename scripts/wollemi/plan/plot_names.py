"""The names of plots of the model's results, from the patterns of the registry.

Standard library only, on the plain YAML values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.overlays import has_contour
from wollemi.analysis.plain.queries import (
    as_list,
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
    Document = Mapping[str, Any]


def plot_names(pattern: str, document: Document) -> list[str]:
    """Names of plots, one per combination of the values of the pattern's fields.

    Args:
        pattern: Name with fields, such as `scan_{scan}_{model}`.
        document: Analysis accepted by the schema, expanded.
    """
    values = {field: FIELDS[field](document) for field in re.findall(r"{(\w+)}", pattern)}
    # Python 3.8 has no `strict`.
    return [pattern.format(**dict(zip(values, found))) for found in product(*values.values())]  # noqa: B905


def _only_if(condition: object) -> list[str]:
    """Values of a field that adds nothing to a name, but keeps or drops the plot."""
    return [""] if condition else []


def _plots(document: Document) -> Mapping[str, Any]:
    return document.get("plots") or {}


def _shown(document: Document, names: list[str]) -> list[str]:
    """The signals, or parameters of interest of a single model, with separate plots: the shown
    signals, or all.
    """
    together = len(names) < 2 or scaled_samples(document)
    shown = [] if together else as_list(_plots(document).get("show_signals"))
    return shown or names


def _places(document: Document) -> list[str]:
    """Regions after the fit, other variables of them, and groups of regions."""
    groups = region_groups(document)
    return [
        *fitted_regions(document),
        *(unfitted_name(document, *place) for place in unfitted_places(document)),
        *(
            group_name(document, name, groups[name], variable)
            for name, variable in group_places(document, groups)
        ),
    ]


def _several_regions(document: Document) -> bool:
    """Whether the fit has several regions, with validation regions."""
    validation = [
        name
        for name, region in document["regions"].items()
        if region.get("role") == "validation" and "without" not in region
    ]
    return len([*fitted_regions(document), *validation]) > 1


def _several_points(document: Document) -> bool:
    """Whether several signals, not fitted together, have points on the axis of the limits."""
    points = (document.get("limits") or {}).get("points") or {}
    return len(points) > 1 and not scaled_samples(document)


# Field of the patterns → its values.
FIELDS: dict[str, Callable[[Document], list[str]]] = {
    "place": _places,
    "ordered": lambda document: as_list(_plots(document).get("signal_to_background")),
    "shown": lambda document: _shown(document, measured_names(document)),
    "model": lambda document: _shown(document, model_names(document)),
    "scan": lambda document: list(document["scans"]),
    "parameter": lambda document: (
        as_list(document["intervals"].get("parameters")) or parameters_of_interest(document)
    ),
    "if_several_regions": lambda document: _only_if(_several_regions(document)),
    "if_several_points": lambda document: _only_if(_several_points(document)),
    "if_grid": lambda document: _only_if(has_contour(document)),
}
