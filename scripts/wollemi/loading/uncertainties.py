"""Checks of the groups of uncertainties: parameters of the model, each in one group. Standard
library only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wollemi.analysis.plain.queries import (
    known_parameters,
    parameters_of_interest,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_uncertainties(analysis: Analysis) -> list[str]:
    """Problems of the section `uncertainties`, each as `path: problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    groups = analysis.uncertainties.groups if analysis.uncertainties else {}
    of_interest = parameters_of_interest(analysis)
    known = [name for name in known_parameters(analysis) if name not in of_interest]
    problems = []
    first: dict[str, str] = {}
    for group, names in groups.items():
        path = f"uncertainties.groups.{group}"
        what = "systematic or free normalization"
        problems += unknown_names(path, names, known, what) if known else []
        problems += [
            f"{path}: '{name}' is in the group '{first[name]}', too; a source has one group"
            for name in names
            if name in first
        ]
        if group in known and group not in names:
            problems.append(
                f"{path}: is the name of a systematic that is not in it; rename the group"
            )
        first.update({name: group for name in names if name not in first})
    return problems
