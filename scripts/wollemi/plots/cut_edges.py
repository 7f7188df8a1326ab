"""The position of a cut on the axis of its variable, if its expression reveals it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wollemi.analysis.plain.merged_flow import own_expression
from wollemi.analysis.settings import Settings
from wollemi_engine.expressions.selections import conjuncts, selection_terms
from wollemi_likelihood.expressions.syntax import parse_expression

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Region

_KEEPS = {"Gt": "above", "GtE": "above", "Lt": "below", "LtE": "below"}
_FLIPPED = {"above": "below", "below": "above"}


@dataclass(frozen=True)
class CutEdge:
    """A position on the axis, and the side of it on which events are kept."""

    value: float
    keeps: Literal["above", "below"]


def left_out_edges(settings: Settings, region: Region, variable: str) -> tuple[CutEdge, ...]:
    """Edges of the cut that a region leaves out, on the axis of a variable."""
    if region.without is None or settings.variables[variable].axes:
        return ()
    cuts = dict(selection_terms(settings.regions[str(region.derived_from)].selection))
    return cut_edges(cuts[region.without], own_expression(settings.variables[variable].plain))


def cut_edges(cut: str, variable: str) -> tuple[CutEdge, ...]:
    """Edges in comparisons of a variable with numbers: both ends of `60 < mass < 120`, for example;
    `abs(x) < 2` has an edge on both sides.

    Args:
        cut: Condition of the cut.
        variable: Expression of the variable.

    Returns:
        Edges in the order of the condition; empty for any other kind of cut.
    """
    own, absolute = (ast.dump(parse_expression(text)) for text in (variable, f"abs({variable})"))
    found: list[CutEdge] = []
    for left, keeps, right in _links(cut):
        bound = _number(right)
        if bound is None:
            continue
        if ast.dump(left) == own:
            found.append(CutEdge(bound, keeps))
        elif ast.dump(left) == absolute and keeps == "below":
            found += [CutEdge(-bound, "above"), CutEdge(bound, "below")]
    return tuple(found)


def _links(cut: str) -> list[tuple[ast.expr, Literal["above", "below"], ast.expr]]:
    """Each comparison in both directions: its left side, the side kept, its right side."""
    links = []
    for term in conjuncts(parse_expression(cut)):
        if isinstance(term, ast.Compare):
            operands = [term.left, *term.comparators]
            for left, operation, right in zip(operands, term.ops, operands[1:], strict=False):
                keeps = _KEEPS.get(type(operation).__name__)
                links += [(left, keeps, right), (right, _FLIPPED[keeps], left)] if keeps else []
    return links  # type: ignore[return-value]


def _number(node: ast.expr) -> float | None:
    try:
        return float(ast.literal_eval(node))
    except (ValueError, TypeError):
        return None
