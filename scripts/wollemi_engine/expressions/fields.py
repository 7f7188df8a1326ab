"""Expressions on the fields of one object; names of its event may appear, as in
`pt * correction.jec(pt, eta, event.rho)`.

Plain names are fields of the object; names of the event follow `event.`, and `self` is the object.
Without the prefix, the branches `Jet_rho` and `rho` could not be distinguished before a file is
open. Standard library only: the Snakefile looks up the names in expressions here.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from wollemi_likelihood.expressions.syntax import names_in, parse_expression

EVENT = "event"
OF_EVENT = f"{EVENT}."
SELF = "self"
OF_SELF = f"{SELF}."


class _Names(ast.NodeTransformer):
    """`event.rho` as one name, and `self.pt` as `pt`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Visit the inner part first: `event.jet.pt` is a field of `event.jet`."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in (EVENT, SELF):
            name = node.attr if node.value.id == SELF else f"{OF_EVENT}{node.attr}"
            return ast.copy_location(ast.Name(id=name, ctx=ast.Load()), node)
        return node


def parse_fields(text: str) -> ast.expr:
    """Parse an expression on the fields of an object, with names such as `pt`, `event.rho`, `self`.

    Args:
        text: Expression, such as `pt > 25 and min(delta_r(self, event.muon)) > 0.4`.

    Raises:
        ExpressionError: The expression cannot be parsed.
    """
    tree: ast.expr = _Names().visit(parse_expression(text))
    return tree


def own_names(text: str) -> set[str]:
    """Fields of the object that an expression uses, such as `pt` or `first.charge`.

    Args:
        text: Text of the expression.

    Raises:
        ExpressionError: The expression cannot be parsed.
    """
    names = (name[len(OF_SELF) :] if name.startswith(OF_SELF) else name for name in _names_of(text))
    return {name for name in names if name != SELF and not name.startswith(OF_EVENT)}


def event_names(text: str) -> set[str]:
    """Names of the event, without `event.`, that an expression on the fields of an object uses,
    such as `rho`, `jet` and `jet.pt`.

    Args:
        text: Text of the expression.

    Raises:
        ExpressionError: The expression cannot be parsed.
    """
    return {name[len(OF_EVENT) :] for name in _names_of(text) if name.startswith(OF_EVENT)}


def looks_beyond(text: str) -> bool:
    """Whether an expression uses more than fields: names of the event or the complete object.

    Args:
        text: Text of the expression.
    """
    names = _names_of(text)
    return SELF in names or any(name.startswith(OF_EVENT) for name in names)


@lru_cache(None)  # the Snakefile asks once per dataset and program
def _names_of(text: str) -> frozenset[str]:
    return names_in(parse_fields(text))
