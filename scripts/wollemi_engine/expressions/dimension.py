"""The power of energy of an expression, derived from its names. Standard library only."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction

from wollemi_engine.expressions.names import is_energy
from wollemi_likelihood.expressions.syntax import ExpressionError, parse_expression

_PURE = Fraction(0)
_ENERGY = Fraction(1)
# Fields and branches without a unit, by their last word; the unit of any other name is unknown.
_PURE_NAMES = ("eta", "phi", "rapidity", "theta", "charge", "pdgid")
_PURE_CALLS = (
    *("count", "any", "all", "delta_r", "delta_phi", "atan2"),
    *("exp", "log", "log10", "sin", "cos", "tan", "sinh", "cosh"),
)
_SAME_CALLS = ("abs", "min", "max", "sum", "floor")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def energy_unit(text: str, columns: Mapping[str, object] | None = None) -> str:
    """Unit of an expression: a power of GeV; empty if it is dimensionless or unknown.

    Energies, momenta and masses are in GeV in every expression, whatever the unit of the files.

    Args:
        text: Text of the expression.
        columns: Name → expression of an analysis; the unit of any other value is unknown.
    """
    power = _power_of_text(text, columns or {})
    if power is None or power == 0:
        return ""
    if power.denominator > 1:
        return f"GeV^({power})"
    return "GeV" if power == 1 else "GeV" + str(power).translate(_SUPERSCRIPTS)


def _power_of_text(text: object, columns: Mapping[str, object]) -> Fraction | None:
    try:
        return _power(parse_expression(text), columns) if isinstance(text, str) else None
    except ExpressionError:
        return None


def _power(node: ast.expr, columns: Mapping[str, object]) -> Fraction | None:
    """Power of energy; None if it is unknown or if a plain number is combined with an energy."""
    match node:
        case ast.Constant() | ast.Compare() | ast.BoolOp():
            return _PURE
        case ast.Name(id=name) if name in columns:
            others = {key: item for key, item in columns.items() if key != name}
            return _power_of_text(columns[name], others)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _named(name)
        case ast.Subscript(value=value):
            return _power(value, columns)
        case ast.UnaryOp(op=op, operand=operand):
            return _PURE if isinstance(op, ast.Not) else _power(operand, columns)
        case ast.BinOp():
            return _of_two(node, columns)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _of_call(name, arguments, columns)
    return None


def _named(name: str) -> Fraction | None:
    if is_energy(name):
        return _ENERGY
    return _PURE if name.lower().rpartition("_")[2] in _PURE_NAMES else None


def _of_two(node: ast.BinOp, columns: Mapping[str, object]) -> Fraction | None:
    if isinstance(node.op, ast.Pow):
        return _raised(node, columns)
    left, right = (_power(side, columns) for side in (node.left, node.right))
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Mult):
        return left + right
    if isinstance(node.op, ast.Div):
        return left - right
    return _common([node.left, node.right], columns)


def _raised(node: ast.BinOp, columns: Mapping[str, object]) -> Fraction | None:
    base = _power(node.left, columns)
    match node.right:
        case ast.Constant(value=int() | float() as exponent) if base is not None:
            return base * Fraction(exponent).limit_denominator(12)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as exponent)):
            return None if base is None else -base * Fraction(exponent).limit_denominator(12)
    return _PURE if base == 0 else None


def _of_call(
    name: str, arguments: list[ast.expr], columns: Mapping[str, object]
) -> Fraction | None:
    if name in _PURE_CALLS:
        return _PURE
    if name == "where":
        return _common(arguments[1:], columns)
    if name == "mt":
        return _ENERGY
    if name in _SAME_CALLS:
        return _common(arguments, columns)
    power = _power(arguments[0], columns) if arguments else None
    if name == "sqrt":
        return None if power is None else power / 2
    return None


def _common(nodes: list[ast.expr], columns: Mapping[str, object]) -> Fraction | None:
    """Power shared by the operands of a sum or `where`; plain numbers adapt to it."""
    found = {
        _power(node, columns)
        for node in nodes
        if not isinstance(node, ast.Constant) or len(nodes) == 1
    }
    return found.pop() if len(found) == 1 else None
