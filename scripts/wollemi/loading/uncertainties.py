"""Checks of the groups of uncertainties: parameters of the model, each in one group. Standard
library only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.queries import (
    as_list,
    known_parameters,
    parameters_of_interest,
)
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    Document = Mapping[str, Any]


def check_uncertainties(document: Document) -> list[str]:
    """Problems of the section `uncertainties`, each as `path: problem`.

    Args:
        document: Analysis accepted by the schema, expanded.
    """
    groups = (document.get("uncertainties") or {}).get("groups") or {}
    of_interest = parameters_of_interest(document)
    known = [name for name in known_parameters(document) if name not in of_interest]
    problems = []
    first: dict[str, str] = {}
    for group, items in groups.items():
        path, names = f"uncertainties.groups.{group}", as_list(items)
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
