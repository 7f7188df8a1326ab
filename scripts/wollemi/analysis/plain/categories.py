"""Variables with categories: a bin for each condition, in plain bins. Standard library only, like
`wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wollemi.base.yaml import Document


def expand_categories(document: Document) -> dict[str, Any]:
    """The analysis in which each variable with `categories` has the equivalent expression and
    edges.

    Args:
        document: Analysis accepted by the schema; invalid variables are left to
            `wollemi.loading.axes`.
    """
    variables = {
        name: {**numbered_categories(item["categories"]), **item}
        if item.get("categories") and not item.get("axes")
        else item
        for name, item in document.get("variables", {}).items()
    }
    return {**document, "variables": variables} if variables else dict(document)


def numbered_categories(categories: Mapping[str, str]) -> dict[str, Any]:
    """Expression and edges of bins numbered from 1: an entry is in the first category whose
    condition it fulfils, or else in the underflow.

    Args:
        categories: Name → condition.
    """
    expression = "0"
    for number, condition in reversed(list(enumerate(categories.values(), start=1))):
        expression = f"where({condition}, {number}, {expression})"
    return {
        "expression": expression,
        "edges": [number + 0.5 for number in range(len(categories) + 1)],
    }


def expression_key(variable: Mapping[str, Any]) -> str:
    """Key in the analysis file that defines a variable's expression."""
    return "categories" if variable.get("categories") else "expression"
