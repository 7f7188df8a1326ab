"""Checks of the section `extrapolation`. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.analysis.plain.certification import known_luminosity
from wollemi.analysis.plain.queries import (
    known_parameters,
    parameters_of_interest,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_extrapolation(analysis: Analysis) -> list[str]:
    """Problems of the section `extrapolation`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    section = analysis.extrapolation
    if section is None:
        return []
    problems = []
    if analysis.limits is None:
        problems.append("extrapolation: needs the section 'limits'")
    if known_luminosity(analysis.plain) is None:
        problems.append("extrapolation: needs luminosity_ifb, which yields are scaled from")
    luminosities = list(section.plain["luminosities_ifb"])
    if luminosities != sorted(set(luminosities)):
        problems.append(f"extrapolation.luminosities_ifb: {luminosities}: must increase")
    groups = analysis.uncertainties.groups if analysis.uncertainties else {}
    # Free normalizations have no prior uncertainty to scale.
    free = analysis.model.free_normalizations if analysis.model else {}
    sizeless = [*parameters_of_interest(analysis), *free]
    parameters = [name for name in known_parameters(analysis) if name not in sizeless]
    for name, scenario in section.scenarios.items():
        path, named = f"extrapolation.scenarios.{name}.groups", scenario.groups
        what = "group of uncertainties or systematic"
        problems += unknown_names(path, named, [*groups, *parameters], what) if parameters else []
    return problems
