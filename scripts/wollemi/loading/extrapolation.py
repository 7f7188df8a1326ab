"""Checks of the section `extrapolation`. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.certification import known_luminosity
from wollemi.analysis.plain.queries import (
    known_parameters,
    parameters_of_interest,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_extrapolation(document: Document) -> list[str]:
    """Problems of the section `extrapolation`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    section = document.get("extrapolation")
    if section is None:
        return []
    problems = []
    if document.get("limits") is None:
        problems.append("extrapolation: needs the section 'limits'")
    if known_luminosity(document) is None:
        problems.append("extrapolation: needs luminosity_ifb, which yields are scaled from")
    luminosities = list(section["luminosities_ifb"])
    if luminosities != sorted(set(luminosities)):
        problems.append(f"extrapolation.luminosities_ifb: {luminosities}: must increase")
    groups = (document.get("uncertainties") or {}).get("groups") or {}
    # Free normalizations have no prior uncertainty to scale.
    free = (document.get("model") or {}).get("free_normalizations") or {}
    sizeless = [*parameters_of_interest(document), *free]
    parameters = [name for name in known_parameters(document) if name not in sizeless]
    for name, scenario in (section.get("scenarios") or {}).items():
        path, named = f"extrapolation.scenarios.{name}.groups", scenario.get("groups") or {}
        what = "group of uncertainties or systematic"
        problems += unknown_names(path, named, [*groups, *parameters], what) if parameters else []
    return problems
