"""Numbers that the cuts of a selection compare with, and the selection with other numbers in their
place.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wollemi_engine.expressions.selections import conjuncts
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.syntax import parse_expression

if TYPE_CHECKING:
    from wollemi_engine.expressions.selections import Selection

ORDERS = {"Lt": "<", "LtE": "≤", "Gt": ">", "GtE": "≥"}
_FLIPPED = {"<": ">", "≤": "≥", ">": "<", "≥": "≤"}
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LONGEST = 30  # characters of a number


@dataclass(frozen=True)
class Bound:
    """A number that a cut compares with.

    Args:
        cut: Name of the cut; empty in a selection that is one condition.
        start: Position of its first character in the condition.
        stop: Position after its last character.
        number: Number, as written.
        operand: Expression that is compared with the number.
        order: Required relation of the operand to the number: `>`, `≥`, `<` or `≤`.
    """

    cut: str
    start: int
    stop: int
    number: str
    operand: str
    order: str

    @property
    def value(self) -> float:
        """Value of the number."""
        return float(self.number.replace(" ", ""))


def find_bounds(selection: Selection) -> list[Bound]:
    """Comparisons with a number among the terms that must all be true, in the order of the text.
    Both ends of `60 < mass < 120` count; comparisons inside `any(...)`, `or` and `not` do not.

    Args:
        selection: Condition, or name → condition.

    Raises:
        ExpressionError: The selection cannot be parsed.
    """
    cuts = {"": selection} if isinstance(selection, str) else selection
    return [bound for cut, text in cuts.items() for bound in _bounds(cut, text)]


def _bounds(cut: str, text: str) -> Iterator[Bound]:
    for term in conjuncts(parse_expression(text)):
        if not is_ordered(term):
            continue
        assert isinstance(term, ast.Compare)
        operands = [term.left, *term.comparators]
        for left, operation, right in zip(operands, term.ops, operands[1:], strict=False):
            order = ORDERS[type(operation).__name__]
            if is_number(right) and not is_number(left):
                yield _bound(cut, text, right, left, order)
            elif is_number(left) and not is_number(right):
                yield _bound(cut, text, left, right, _FLIPPED[order])


def is_ordered(term: ast.expr) -> bool:
    """Whether a term is a comparison by size, such as `mass > 60` or `60 < mass < 120`."""
    return isinstance(term, ast.Compare) and all(
        type(operation).__name__ in ORDERS for operation in term.ops
    )


def is_number(node: ast.expr) -> bool:
    """Whether a node is a literal number, with or without a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    return isinstance(node, ast.Constant)


def _bound(cut: str, text: str, number: ast.expr, operand: ast.expr, order: str) -> Bound:
    start, stop = _span(text, number)
    return Bound(cut, start, stop, text[start:stop], ast.unparse(operand), order)


def _span(text: str, node: ast.expr) -> tuple[int, int]:
    """First character of a node, and the character after it; `ast` counts lines, and UTF-8 bytes in
    them, without the leading space of the condition.
    """
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    lines = text.strip().splitlines(keepends=True)
    ends = ((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset))
    before = len(text) - len(text.lstrip())
    first, last = (
        before + sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())
        for line, column in ends
    )
    return first, last


def checked_number(text: str) -> str:
    """A replacement number without surrounding space.

    Raises:
        WollemiError: The text is not a number.
    """
    found = text.strip().replace("−", "-")
    known = len(found) <= _LONGEST and NUMBER.fullmatch(found) and math.isfinite(float(found))
    if not known:
        raise WollemiError(
            "explore", f"'{text[:_LONGEST]}' is not a number", "write it as in 150 or 2.4"
        )
    return found.removeprefix("+")


def moved(selection: Selection, numbers: Mapping[int, str]) -> Selection:
    """A selection with other numbers.

    Args:
        selection: Condition, or name → condition.
        numbers: Place of a bound in `find_bounds` → its new number.

    Raises:
        WollemiError: A bound does not exist, or a value is not a number.
    """
    bounds = find_bounds(selection)
    if unknown := [place for place in numbers if not 0 <= place < len(bounds)]:
        problem = f"the selection has no cut number {unknown[0]}"
        raise WollemiError("explore", problem, "load the page again")
    changes = {place: checked_number(text) for place, text in numbers.items()}
    if isinstance(selection, str):
        return _replaced(selection, "", bounds, changes)
    return {name: _replaced(text, name, bounds, changes) for name, text in selection.items()}


def _replaced(text: str, cut: str, bounds: list[Bound], numbers: Mapping[int, str]) -> str:
    """Replace numbers from last to first, so that earlier places stay valid."""
    for place in sorted(numbers, reverse=True):
        bound = bounds[place]
        if bound.cut == cut:
            text = text[: bound.start] + numbers[place] + text[bound.stop :]
    return text
