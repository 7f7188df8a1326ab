"""Selections: one expression, or named cuts. Standard library only, like `wollemi.loading.all`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wollemi_likelihood.expressions.syntax import (
    ExpressionError,
    parse_expression,
    split_conjunction,
)

if TYPE_CHECKING:
    Selection = str | Mapping[str, str]


def selection_terms(selection: Selection) -> list[tuple[str, str]]:
    """Lines of a cutflow: name and condition of each cut, in order.

    Args:
        selection: Name → condition, or one condition; its `and` terms then become cuts named by
            their text.
    """
    if isinstance(selection, str):
        return [(term, term) for term in split_conjunction(selection)]
    return list(selection.items())


def selection_expressions(path: str, selection: Selection) -> list[tuple[str, str]]:
    """Expressions of a selection, each with its place in the analysis file.

    Args:
        path: Place of the selection.
        selection: One condition, or name → condition.
    """
    if isinstance(selection, str):
        return [(path, selection)]
    return [(f"{path}.{name}", text) for name, text in selection.items()]


def conjuncts(node: ast.expr) -> list[ast.expr]:
    """Terms between the outermost `and`."""
    return node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]


def conditions(selection: Selection) -> set[str]:
    """`and` terms of all cuts in uniform spelling; empty if the selection cannot be parsed."""
    try:
        trees = [parse_expression(text) for _, text in selection_expressions("", selection)]
    except ExpressionError:  # reported with all other expressions
        return set()
    return {ast.dump(term) for tree in trees for term in conjuncts(tree)}
