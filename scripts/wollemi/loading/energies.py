"""Checks for energies that no collision reaches: leftovers of cuts in MeV. Standard library only.

Energies in expressions are in GeV, whatever the unit of the files. A transverse momentum cannot
exceed half of the center-of-mass energy, as it must be balanced; an energy, a mass or a sum of them
cannot exceed the full energy.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.objects import own_expressions
from wollemi_engine.expressions.names import is_energy
from wollemi_likelihood.expressions.syntax import ExpressionError, parse_expression

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis, Variable

MEV = 1000.0
BEYOND = 10  # times the largest value: no axis extends this far
_TRANSVERSE = ("pt", "px", "py")
_REDUCTIONS = ("min", "max", "abs")  # applied to energies, give the energy of one object


def check_energies(analysis: Analysis, expressions: Iterable[tuple[str, str]]) -> list[str]:
    """Problems of thresholds and axes, each as `path: problem`.

    Args:
        analysis: Analysis whose expressions can be parsed.
        expressions: Path and text of all expressions.
    """
    energy, columns = analysis.center_of_mass_tev, analysis.columns
    whole = MEV * max(energy if isinstance(energy, tuple) else [energy])
    own = [
        (f"objects.{name}.{key}", text)
        for name, item in analysis.objects.items()
        for key, text in own_expressions(item.plain).items()
    ]
    problems = [
        problem
        for place, text in expressions
        for problem in _cut_problems(place, text, columns, whole)
    ]
    problems += [
        problem for place, text in own for problem in _cut_problems(place, text, {}, whole)
    ]
    for name, variable in analysis.variables.items():
        problems += _axis_problems(f"variables.{name}", variable, columns, whole)
    return problems


def _cut_problems(place: str, text: str, columns: Mapping[str, Any], whole: float) -> list[str]:
    beyond: dict[str, dict[float, float]] = {}  # comparison → number → limit that it exceeds
    for shown, value, share in _thresholds(text, columns):
        if abs(value) > share * whole:
            beyond.setdefault(shown, {})[value] = share * whole
    return [
        f"{place}: '{shown}': no event is above {max(values.values()):g} GeV; energies are "
        "in GeV, did you mean "
        f"{' and '.join(f'{value / MEV:g}' for value in sorted(values))}?"
        for shown, values in beyond.items()
    ]


def _thresholds(text: str, columns: Mapping[str, Any]) -> Iterator[tuple[str, float, float]]:
    """Comparisons of an energy with a number: text, number, and the largest possible fraction of
    the collision energy.
    """
    try:
        tree = parse_expression(text)
    except ExpressionError:  # reported with all other expressions
        return
    for node in ast.walk(tree):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        neighbors = [(sides[index], sides[index + 1]) for index in range(len(sides) - 1)]
        for one, other in [*neighbors, *(pair[::-1] for pair in neighbors)]:
            number, share = _number(other), _share(one, columns)
            if number is not None and share:
                yield str(ast.get_source_segment(text.strip(), node)), number, share


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return _number(node.operand)
    return (
        float(node.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
        else None
    )


def _share(node: ast.expr, columns: Mapping[str, Any]) -> float:
    """Largest value of an expression relative to the collision energy: 0.5 or 1; 0 if it is not an
    energy or is unbounded.
    """
    if isinstance(node, ast.Subscript):
        return _share(node.value, columns)
    if isinstance(node, ast.Attribute):
        return _named_share(node.attr)
    if isinstance(node, ast.Name):
        column = columns.get(node.id)
        if column is None:
            return _named_share(node.id)
        return _column_share(
            column, {name: item for name, item in columns.items() if name != node.id}
        )
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        shares = [_share(argument, columns) for argument in node.args]
        if node.func.id in _REDUCTIONS and all(shares):
            return max(shares)
        return 1.0 if node.func.id == "sum" and all(shares) else 0.0
    return 0.0


def _column_share(column: Any, others: Mapping[str, Any]) -> float:
    try:
        return _share(parse_expression(column), others) if isinstance(column, str) else 0.0
    except ExpressionError:
        return 0.0


def _named_share(name: str) -> float:
    if not is_energy(name):
        return 0.0
    return 0.5 if name.rpartition("_")[2].lower() in _TRANSVERSE else 1.0


def _axis_problems(
    path: str, variable: Variable, columns: Mapping[str, Any], whole: float
) -> list[str]:
    """Problems of an axis that begins beyond the possible energies, or extends far beyond them."""
    share = _column_share(variable.expression or "0", columns) or (
        1.0 if variable.unit == "GeV" else 0.0
    )
    key = next((key for key in ("bins", "log_bins", "edges") if variable.plain.get(key)), "")
    if not share or not key:
        return []
    given = variable.plain[key]
    edges = given if key == "edges" else given[1:]
    limit = share * whole
    if edges[0] < limit and edges[-1] <= BEYOND * limit:
        return []
    return [
        (
            f"{path}.{key}: {given}: no event is above {limit:g} GeV; energies are in "
            "GeV, the axis seems to be in MeV"
        )
    ]
