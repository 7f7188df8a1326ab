"""Parse factors on templates that are expressions of parameters, such as `mu * kappa**2`: sums,
products, integer powers and `abs(m - 125)`, as lists of operations that refer to earlier ones.
Standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

from wollemi_likelihood.expressions.syntax import ExpressionError, parse_expression

# Kinds of operations.
CONSTANT = 0
ARGUMENT = 1
SUM = 2
PRODUCT = 3
POWER = 4
ABSOLUTE = 5

LARGEST_POWER = 20
MOST_PARAMETERS = 20


class Operation(NamedTuple):
    """One operation of an expression.

    Attributes:
        kind: `CONSTANT`, `ARGUMENT`, `SUM`, `PRODUCT`, `POWER` or `ABSOLUTE`.
        left: Index of the first operand; for an argument, index of the parameter.
        right: Index of the second operand; for a power, the exponent.
        number: Value of a constant; for an absolute value, position of its zero.
    """

    kind: int
    left: int = 0
    right: int = 0
    number: float = 0.0


class Factor(NamedTuple):
    """An expression of parameters, as a list of operations.

    Attributes:
        names: Names of the parameters in the order of the expression.
        operations: Operations; the last one is the value of the expression.
    """

    names: tuple[str, ...]
    operations: tuple[Operation, ...]

    @property
    def kinks(self) -> list[tuple[str, float]]:
        """Parameter and position of each kink."""
        return [
            (self.names[self.operations[item.right].left], item.number)
            for item in self.operations
            if item.kind == ABSOLUTE
        ]


def parse_factor(text: str) -> Factor:
    """Parse an expression of parameters.

    Args:
        text: Numbers and names with `+ - * / **` and brackets; exponents are integers, and `abs`
            contains the difference of a name and a number.

    Raises:
        ExpressionError: The text is something else, or has no parameters.
    """
    tree = parse_expression(text)
    names: dict[str, int] = {}
    functions = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node not in functions:
            names.setdefault(node.id, node.col_offset)
    ordered = tuple(sorted(names, key=lambda name: names[name]))
    if not ordered:
        raise ExpressionError(f"'{text}' has no parameters; scale the sample by a number instead")
    if len(ordered) > MOST_PARAMETERS:
        raise ExpressionError(f"'{text}' has more than {MOST_PARAMETERS} parameters; split it")
    operations: list[Operation] = []
    _add(tree, text, ordered, operations)
    return Factor(ordered, tuple(operations))


def _add(tree: Any, text: str, names: tuple[str, ...], operations: list[Operation]) -> int:
    """Append the operations of a subtree; return the index of its value."""
    first = len(operations)

    def place(operation: Operation) -> int:
        operations.append(operation)
        return len(operations) - 1

    def part(node: Any) -> int:
        return _add(node, text, names, operations)

    def negative(node: Any) -> int:
        return place(Operation(PRODUCT, place(Operation(CONSTANT, number=-1.0)), part(node)))

    if isinstance(tree, ast.Constant):
        number: Any = tree.value
        return place(Operation(CONSTANT, number=float(number)))
    if isinstance(tree, ast.Name):
        return place(Operation(ARGUMENT, names.index(tree.id)))
    if isinstance(tree, ast.Call):
        center = _absolute(tree, text)
        inside = part(tree.args[0])
        argument = next(
            n for n, item in enumerate(operations) if n >= first and item.kind == ARGUMENT
        )
        return place(Operation(ABSOLUTE, inside, argument, center))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, (ast.USub, ast.UAdd)):
        return part(tree.operand) if isinstance(tree.op, ast.UAdd) else negative(tree.operand)
    operator = type(getattr(tree, "op", None))
    if operator is ast.Add:
        return place(Operation(SUM, part(tree.left), part(tree.right)))
    if operator is ast.Sub:
        return place(Operation(SUM, part(tree.left), negative(tree.right)))
    if operator is ast.Mult:
        return place(Operation(PRODUCT, part(tree.left), part(tree.right)))
    if operator is ast.Div:
        left = part(tree.left)
        return place(Operation(PRODUCT, left, place(Operation(POWER, part(tree.right), -1))))
    if operator is ast.Pow:
        return _add_power(place, part(tree.left), _exponent(tree.right, text))
    raise ExpressionError(f"'{text}': a factor has numbers, parameters, + - * / and whole powers")


def _absolute(tree: ast.Call, text: str) -> float:
    """Zero of an absolute value, the difference of a parameter and a number."""
    inside = tree.args[0] if len(tree.args) == 1 else None
    named = isinstance(tree.func, ast.Name) and tree.func.id == "abs"
    if named and isinstance(inside, ast.BinOp) and isinstance(inside.op, (ast.Add, ast.Sub)):
        left, right = inside.left, inside.right
        if isinstance(left, ast.Name) and isinstance(right, ast.Constant):
            number: Any = right.value
            return float(number) if isinstance(inside.op, ast.Sub) else -float(number)
    raise ExpressionError(
        f"'{text}': a factor has numbers, parameters, + - * / and whole powers, and abs(m - 1) of "
        "a parameter and a number"
    )


def _add_power(place: Any, base: int, exponent: int) -> int:
    """Append a power; exponents 0 and 1 are special cases because of their derivatives."""
    if exponent == 0:
        return int(place(Operation(CONSTANT, number=1.0)))
    return base if exponent == 1 else int(place(Operation(POWER, base, exponent)))


def _exponent(node: Any, text: str) -> int:
    sign = 1
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        sign, node = -sign if isinstance(node.op, ast.USub) else sign, node.operand
    value: Any = node.value if isinstance(node, ast.Constant) else 0.5
    if not float(value).is_integer() or abs(value) > LARGEST_POWER:
        raise ExpressionError(
            f"'{text}': exponents are whole numbers up to {LARGEST_POWER}; for a root, make the "
            "root the parameter"
        )
    return sign * int(value)


def factor_value(factor: Factor, values: Mapping[str, Any]) -> Any:
    """Value of an expression for numbers or arrays, computed with plain arithmetic.

    Args:
        factor: Expression to evaluate.
        values: Parameter → value.
    """
    found: list[Any] = []
    for kind, left, right, number in factor.operations:
        if kind == CONSTANT:
            found.append(number)
        elif kind == ARGUMENT:
            found.append(values[factor.names[left]])
        elif kind == SUM:
            found.append(found[left] + found[right])
        elif kind == PRODUCT:
            found.append(found[left] * found[right])
        elif kind == ABSOLUTE:
            found.append(abs(found[left]))
        else:
            # Numpy does not allow negative powers of integer arrays.
            found.append((1.0 * found[left]) ** right)
    return found[-1]


def degree(factor: Factor, name: str) -> int | None:
    """Power of a parameter to which the expression is proportional, or None.

    Args:
        factor: Expression of parameters.
        name: Name of the parameter.
    """
    found: list[int | None] = []
    for kind, left, right, _ in factor.operations:
        if kind == CONSTANT:
            found.append(0)
        elif kind == ARGUMENT:
            found.append(int(factor.names[left] == name))
        elif kind == SUM:
            found.append(found[left] if found[left] == found[right] else None)
        elif kind == PRODUCT:
            first, second = found[left], found[right]
            found.append(None if first is None or second is None else first + second)
        elif kind == ABSOLUTE:
            found.append(0 if found[left] == 0 else None)
        else:
            base = found[left]
            found.append(None if base is None else base * right)
    return found[-1]
