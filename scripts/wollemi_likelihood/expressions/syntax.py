"""Parse the expressions of an analysis, a closed subset of Python, before any event is read.

Standard library only, because the Snakefile looks up the names that an expression uses.
`wollemi_engine.expressions.evaluation` computes values.
"""

from __future__ import annotations

import ast
import math
import operator
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.bounds import DEEPEST, LONGEST_EXPRESSION, MOST_USES

# Function → minimum and maximum number of arguments.
FUNCTIONS = {
    **dict.fromkeys(
        [
            "abs",
            "sqrt",
            "exp",
            "log",
            "log10",
            "sin",
            "cos",
            "tan",
            "sinh",
            "cosh",
            "floor",
            "sum",
            "prod",
            "any",
            "all",
            "count",
        ],
        (1, 1),
    ),
    **dict.fromkeys(("min", "max"), (1, 99)),
    **dict.fromkeys(("atan2", "delta_r", "delta_phi", "nearest"), (2, 2)),
    "where": (3, 3),
    "mt": (4, 4),
    **dict.fromkeys(("normal", "uniform"), (1, 1)),
}
# Functions that derive random numbers from the numbers that identify an event.
RANDOM = ("normal", "uniform")
EVENT_NAMES = ("run", "luminosityBlock", "event")
_SHOWN = 200  # characters of an expression in a message
# Fields of every object in addition to its branches: its four-momentum (scikit-hep/vector names).
KINEMATICS = frozenset("px py pz E energy p mass m pt eta phi rapidity theta mt".split())  # noqa: SIM905
# Fields that define the four-momentum of an object, for a collection and for a sum.
MOMENTUM = {"polar": ("pt", "eta", "phi", "mass"), "cartesian": ("px", "py", "pz", "E")}
# Additional fields of a combination: its component objects.
LEGS = ("first", "second", "third", "fourth")

_BINARY = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod, ast.BitAnd)
_UNARY = (ast.USub, ast.UAdd, ast.Not)
_COMPARE = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
# REANA 0.9 parses the workflow with Python 3.8, whose trees have an extra node around an index.
_ARITHMETIC: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_LARGEST_WHOLE = 2.0**63
_INDEX: tuple[Any, ...] = (ast.Index,) if sys.version_info < (3, 9) else ()
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.And, ast.Or, ast.Compare, ast.Call, ast.Name, ast.Load,  # noqa: E501
    ast.Attribute, ast.Subscript, ast.Constant, *_INDEX, *_BINARY, *_UNARY, *_COMPARE,
)  # fmt: skip

# Called as `correction.<name>(...)` or `correction.<name>.<variation>(...)`.
CORRECTION = "correction"

_OBJECT_ARGUMENTS = {"nearest": (1,), "where": (1, 2)}  # arguments that it returns


class ExpressionError(ValueError):
    """An expression outside the subset, or with an unknown name."""


def parse_expression(text: str) -> ast.expr:
    """Parse one expression.

    Args:
        text: Expression, such as `sum(jet.pt) > 200 and any(electron.pt > 30)`.

    Raises:
        ExpressionError: The text is not an expression of the subset; the message names the
            forbidden part.
    """
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
    if len(text) > LONGEST_EXPRESSION:
        raise ExpressionError(
            f"'{shown}' has {len(text):,} characters; split it into columns of at most "
            f"{LONGEST_EXPRESSION:,}"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"'{shown}' is not an expression ({error.msg})") from error
    except (ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(
            f"'{shown}' is not an expression (it has a zero byte, or nests too deep)"
        ) from error
    check_depth(tree.body, shown)
    for node in ast.walk(tree):
        _check_node(node, shown)
    constant_value(tree.body, shown)
    return tree.body


def check_depth(tree: ast.expr, text: str) -> None:
    """Refuse trees that are too deep for recursive functions.

    Raises:
        ExpressionError: The tree nests more than `DEEPEST` operations.
    """
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise ExpressionError(
        f"'{text}' nests more than {DEEPEST} operations; make its parts columns of their own"
    )


def constant_value(node: ast.AST, text: str) -> float | None:
    """Value of a subtree without names, or None for a subtree with names.

    Raises:
        ExpressionError: The value is not a number usable for events, such as `9**9**9` or `1/0`.
    """
    values: list[Any] = [
        constant_value(child, text)
        for child in ast.iter_child_nodes(node)
        if isinstance(child, ast.expr)
    ]
    if isinstance(node, ast.Constant):
        number: Any = node.value
        if not isinstance(number, (int, float)):
            return None
        return _representable(lambda: float(number), isinstance(number, int), text)
    if any(value is None for value in values) or type(getattr(node, "op", None)) not in _ARITHMETIC:
        return None
    compute = _ARITHMETIC[type(node.op)]  # type: ignore[attr-defined]
    return _representable(
        lambda: compute(*map(float, values)), all(isinstance(value, int) for value in values), text
    )


def _representable(compute: Callable[[], Any], whole: bool, text: str) -> float:
    """Convert to floating point, or to `int` if all operands are integers."""
    try:
        value = compute()
    except ArithmeticError:
        value = math.inf
    if isinstance(value, complex) or not math.isfinite(value):
        raise ExpressionError(f"'{text}': has a part without names that is not a finite number")
    whole = whole and value == math.floor(value)
    if whole and abs(value) >= _LARGEST_WHOLE:
        raise ExpressionError(f"'{text}': has a whole number beyond 64 bits; write it with a point")
    return int(value) if whole else float(value)


def _check_node(node: ast.AST, text: str) -> None:
    if not isinstance(node, _ALLOWED):
        raise ExpressionError(
            f"'{text}': {type(node).__name__} is not part of the expression language"
        )
    if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)):
        raise ExpressionError(f"'{text}': only numbers are constants, not {node.value!r}")
    if isinstance(node, ast.Call):
        _check_call(node, text)
    if (
        isinstance(node, ast.Attribute)
        and _gives_momentum(node.value)
        and node.attr not in KINEMATICS
    ):
        known = f"{did_you_mean(node.attr, KINEMATICS)}; it has {', '.join(sorted(KINEMATICS))}"
        raise ExpressionError(f"'{text}': a sum of objects has no '{node.attr}'{known}")
    if isinstance(node, ast.Subscript) and not _is_index(node.slice):
        raise ExpressionError(f"'{text}': an index is a whole number, such as muon[0]")


def _check_call(node: ast.Call, text: str) -> None:
    if node.keywords:
        raise ExpressionError(f"'{text}': functions take no named arguments")
    if called_correction(node):
        return
    if not isinstance(node.func, ast.Name):
        raise ExpressionError(
            f"'{text}': methods cannot be called; functions are {', '.join(sorted(FUNCTIONS))}"
        )
    if node.func.id not in FUNCTIONS:
        raise ExpressionError(
            f"'{text}': '{node.func.id}' is not a function{did_you_mean(node.func.id, FUNCTIONS)}"
        )
    fewest, most = FUNCTIONS[node.func.id]
    if not fewest <= len(node.args) <= most:
        wanted = f"{fewest} argument{'s' if fewest > 1 else ''}"
        raise ExpressionError(f"'{text}': {node.func.id}() takes {wanted}, not {len(node.args)}")
    if node.func.id in RANDOM and not _is_use(node.args[0]):
        wanted = f"a whole number below {MOST_USES:,} that says what it is for"
        raise ExpressionError(
            f"'{text}': {node.func.id}() takes {wanted}, such as {node.func.id}(1)"
        )


def _is_use(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value < MOST_USES


def called_correction(node: ast.Call) -> str:
    """The correction that a call refers to, such as `muon_id`, or `muon_id.up` for a variation;
    empty for a function.
    """
    names: list[str] = []
    function = node.func
    while isinstance(function, ast.Attribute):
        names.insert(0, function.attr)
        function = function.value
    is_correction = (
        isinstance(function, ast.Name) and function.id == CORRECTION and 1 <= len(names) <= 2
    )
    return ".".join(names) if is_correction else ""


def called_corrections(text: str) -> list[tuple[str, int]]:
    """Corrections that an expression calls, such as `muon_id` or `muon_id.up`, with their numbers
    of arguments.

    Args:
        text: Expression to search.

    Raises:
        ExpressionError: The expression cannot be parsed.
    """
    names = ((called_correction(node), len(node.args)) for node in _calls(text))
    return [(name, arguments) for name, arguments in names if name]


@lru_cache(None)  # the Snakefile asks for each dataset and program
def _calls(text: str) -> tuple[ast.Call, ...]:
    """All calls in an expression."""
    return tuple(node for node in ast.walk(parse_expression(text)) if isinstance(node, ast.Call))


def _gives_momentum(node: ast.expr) -> bool:
    """Whether the result is always a four-momentum, as for a sum of objects."""
    if isinstance(node, ast.Call):
        return not (isinstance(node.func, ast.Name) and node.func.id in _OBJECT_ARGUMENTS)
    return isinstance(node, (ast.BinOp, ast.UnaryOp))


def _is_index(node: ast.expr) -> bool:
    node = node.value if isinstance(node, _INDEX) else node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


def used_names(text: str) -> set[str]:
    """Names that an expression uses; fields are listed in addition to their object: `muon.pt` and
    `muon`, and `z.first.pt` for a field of a leg.

    Args:
        text: Expression to search.

    Raises:
        ExpressionError: The expression cannot be parsed.
    """
    return set(_used_names(text))


@lru_cache(None)  # as above
def _used_names(text: str) -> frozenset[str]:
    return names_in(parse_expression(text))


def names_in(tree: ast.expr) -> frozenset[str]:
    """Names that a parsed expression uses."""
    names: set[str] = set()
    _collect(tree, names)
    return frozenset(names)


def draws_numbers(text: str) -> bool:
    """Whether an expression draws random numbers and needs the branches `EVENT_NAMES`; False if it
    is not valid.

    Args:
        text: Expression to search.
    """
    try:
        calls = _calls(text)
    except ExpressionError:  # reported with all other problems
        return False
    return any(_function(node) in RANDOM for node in calls)


def _collect(node: ast.expr, names: set[str]) -> list[str]:
    """Add the names below a node; return the objects whose fields an attribute of the node refers
    to.
    """
    if isinstance(node, ast.Name):
        names.add(node.id)
        return [node.id]
    if isinstance(node, ast.Attribute):
        fields = [f"{base}.{node.attr}" for base in _collect(node.value, names)]
        names.update(fields)
        return fields
    if isinstance(node, ast.Subscript):
        return _collect(node.value, names)
    if isinstance(node, ast.Call):
        arguments = [_collect(argument, names) for argument in node.args]
        return [
            base
            for index in _OBJECT_ARGUMENTS.get(_function(node), ())
            for base in arguments[index]
        ]
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            _collect(child, names)
    return []


def _function(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else called_correction(node)


def split_conjunction(text: str) -> list[str]:
    """Split a selection at its outermost `and` into the lines of a cutflow.

    Args:
        text: Selection to split.
    """
    return list(_conjunction(text))


@lru_cache(None)  # the checks and every step ask for all regions
def _conjunction(text: str) -> tuple[str, ...]:
    tree = parse_expression(text)
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return tuple(_unparse(term, text) for term in tree.values)
    return (_unparse(tree, text),)


def _unparse(node: ast.expr, text: str) -> str:
    if hasattr(ast, "unparse"):
        return ast.unparse(node)
    # Python 3.8 of REANA 0.9, which only checks for changes
    return str(ast.get_source_segment(text.strip(), node))
