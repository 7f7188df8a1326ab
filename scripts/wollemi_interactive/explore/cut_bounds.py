"""Numbers that the cuts of a region compare with, in its selection and in the objects, columns and
skim behind it, and the analysis with other numbers in their place.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.needed_columns import names_behind
from wollemi.analysis.plain.objects import objects_behind
from wollemi.analysis.plain.queries import as_list
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.expressions.syntax import names_in, parse_expression

if TYPE_CHECKING:
    from wollemi_engine.expressions.selections import Selection

Keys = tuple[str, ...]  # of a text in the analysis file
Texts = Mapping[Keys, str]
Document = Mapping[str, Any]

_SIZES = {"Lt": "<", "LtE": "≤", "Gt": ">", "GtE": "≥"}
ORDERS = {**_SIZES, "Eq": "="}
_FLIPPED = {"<": ">", "≤": "≥", ">": "<", "≥": "≤", "=": "="}
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LONGEST = 30  # characters of a number


@dataclass(frozen=True)
class Bound:
    """A number that a cut compares with.

    Args:
        keys: Keys of the condition in the analysis file.
        start: Position of its first character in the condition.
        stop: Position after its last character.
        number: Number, as written.
        operand: Expression that is compared with the number.
        order: Relation of the operand to the number: `>`, `≥`, `<`, `≤` or `=`.
    """

    keys: Keys
    start: int
    stop: int
    number: str
    operand: str
    order: str

    @property
    def value(self) -> float:
        """Value of the number."""
        return float(self.number.replace(" ", ""))


def cut_texts(document: Document, region: str) -> dict[Keys, str]:
    """Conditions that decide which events of a region enter its histograms: its selection and the
    skim, cuts of the objects and the columns behind them and behind its variables.

    Args:
        document: Analysis, as plain values.
        region: Name of the region.
    """
    item, skim = document["regions"][region], document.get("skim")
    found = selection_texts(("regions", region, "selection"), item["selection"])
    skimmed = selection_texts(("skim", "selection"), skim["selection"]) if skim else {}
    used = [document["variables"][name] for name in _variables(document, item)]
    shown = [variable["expression"] for variable in used if "expression" in variable]
    names = names_behind(document, [*found.values(), *skimmed.values(), *shown])
    objects, columns = document.get("objects", {}), document.get("columns", {})
    reached = objects_behind(objects, names)
    found |= {
        ("objects", name, "cuts"): cuts
        for name, item in objects.items()
        if name in reached and (cuts := item.get("cuts"))
    }
    written = {name: text for name, text in columns.items() if isinstance(text, str)}
    found |= {("columns", name): text for name, text in written.items() if name in names}
    return {**found, **skimmed}


def selection_texts(keys: Keys, selection: Selection) -> dict[Keys, str]:
    """Conditions of a selection: one, or named cuts.

    Args:
        keys: Keys of the selection in the analysis file.
        selection: Condition, or name → condition.
    """
    if isinstance(selection, str):
        return {keys: selection}
    return {(*keys, name): text for name, text in selection.items()}


def _variables(document: Document, region: Document) -> Iterator[str]:
    """Variables of a region; the axes of a variable with several."""
    for name in (region["variable"], *as_list(region.get("monitor"))):
        yield from as_list(document["variables"][name].get("axes")) or [name]


def find_bounds(texts: Texts) -> list[Bound]:
    """Comparisons with a number, in the order of the texts. Both ends of `60 < mass < 120` count,
    and comparisons inside `any(...)`, `count(...)`, `or` and `not`; bits (`jetId & 4`) do not.

    Args:
        texts: Keys → condition.

    Raises:
        ExpressionError: A condition cannot be parsed.
    """
    return [bound for keys, text in texts.items() for bound in _bounds(keys, text)]


def _bounds(keys: Keys, text: str) -> list[Bound]:
    nodes = ast.walk(parse_expression(text))
    found = [
        _bound(keys, text, number, operand, order)
        for node in nodes
        if isinstance(node, ast.Compare)
        for number, operand, order in _comparisons(node)
        if is_number(number) and names_in(operand) and not _has_bits(operand)
    ]
    return sorted(found, key=lambda bound: bound.start)


def _comparisons(node: ast.Compare) -> Iterator[tuple[ast.expr, ast.expr, str]]:
    """Number, operand and relation of the operand to the number, with either side as the number."""
    operands = [node.left, *node.comparators]
    for left, operation, right in zip(operands, node.ops, operands[1:], strict=False):
        if order := ORDERS.get(type(operation).__name__):
            yield right, left, order
            yield left, right, _FLIPPED[order]


def _has_bits(node: ast.expr) -> bool:
    return any(isinstance(item, ast.BitAnd) for item in ast.walk(node))


def is_ordered(term: ast.expr) -> bool:
    """Whether a term is a comparison by size, such as `mass > 60` or `60 < mass < 120`."""
    return isinstance(term, ast.Compare) and all(
        type(operation).__name__ in _SIZES for operation in term.ops
    )


def is_number(node: ast.expr) -> bool:
    """Whether a node is a literal number, with or without a sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    return isinstance(node, ast.Constant) and not isinstance(node.value, bool)


def _bound(keys: Keys, text: str, number: ast.expr, operand: ast.expr, order: str) -> Bound:
    start, stop = _span(text, number)
    return Bound(keys, start, stop, text[start:stop], ast.unparse(operand), order)


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


def moved(texts: Texts, numbers: Mapping[int, str]) -> dict[Keys, str]:
    """Conditions with other numbers.

    Args:
        texts: Keys → condition.
        numbers: Place of a bound in `find_bounds` → its new number.

    Raises:
        WollemiError: A bound does not exist, or a value is not a number.
    """
    bounds = find_bounds(texts)
    if unknown := [place for place in numbers if not 0 <= place < len(bounds)]:
        problem = f"the region has no cut number {unknown[0]}"
        raise WollemiError("explore", problem, "load the page again")
    changes = {place: checked_number(text) for place, text in numbers.items()}
    found = dict(texts)
    # From last to first, so that earlier places stay valid.
    for place in sorted(changes, reverse=True):
        bound = bounds[place]
        text = found[bound.keys]
        found[bound.keys] = text[: bound.start] + changes[place] + text[bound.stop :]
    return found


def with_texts(document: Document, texts: Texts) -> dict[str, Any]:
    """The analysis with other conditions.

    Args:
        document: Analysis, as plain values.
        texts: Keys → condition.
    """
    found = dict(document)
    for (key, *others), text in texts.items():
        found[key] = with_texts(found[key], {tuple(others): text}) if others else text
    return found


def value_at(document: Any, keys: Keys) -> Any:
    """The value at keys of an analysis; None if it does not exist.

    Args:
        document: Analysis, as plain values.
        keys: Keys of the value.
    """
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document
