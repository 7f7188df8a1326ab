"""Expressions of uproot and of ROOT's TTreeFormula in the language of an analysis file."""

import ast
import re
from collections import Counter
from collections.abc import Iterable

from wollemi_likelihood.expressions.syntax import ExpressionError, parse_expression

UPROOT, ROOT = "uproot", "ROOT"
UNTRANSLATED = "translate_by_hand()"  # refused by `wollemi check`
_RENAMED = {"absolute": "abs", "arctan2": "atan2", "fabs": "abs", "power": "pow"}
_SHARED = "abs sqrt exp log log10 sin cos tan sinh cosh floor min max atan2 where pow"


def translate(text: str, language: str) -> str:
    """An expression in the language of an analysis file.

    Args:
        text: Expression.
        language: Its language, `UPROOT` or `ROOT`.

    Raises:
        ExpressionError: The expression has no equivalent, or could mean something else.
    """
    written = text.strip()
    if language == ROOT:
        written = written.replace("&&", " and ").replace("||", " or ").replace("^", "**")
        written = re.sub(r"!(?!=)", "~", re.sub(r"TMath::([A-Z])", _small, written)).strip()
    try:
        tree = ast.parse(written, mode="eval").body
        made = ast.unparse(_Translation(written, language).visit(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem = str(error) if isinstance(error, ExpressionError) else "is not plain arithmetic"
        raise ExpressionError(f"'{text}' {problem}") from None
    parse_expression(made)
    return made


def terms(text: str) -> list[str]:
    """Terms of a conjunction; none of an empty text."""
    pending = [ast.parse(text, mode="eval").body] if text else []
    found = []
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            pending = [*node.values, *pending]
        else:
            found.append(ast.unparse(node))
    return found


def is_condition(text: str) -> bool:
    """Whether a translated expression is a truth value."""
    return _is_condition(ast.parse(text, mode="eval").body)


def joined(texts: Iterable[str], operator: str) -> str:
    """Expressions joined by an operator, without those that are empty; empty if all are."""
    return ast.unparse(ast.parse(f" {operator} ".join(f"({text})" for text in texts if text)))


def ratio(above: Iterable[str], below: Iterable[str]) -> str:
    """Ratio of two products, without their common factors."""
    up, down = Counter(_factors(above)), Counter(_factors(below))
    made = joined((up - down).elements(), "*") or "1"
    divisor = joined((down - up).elements(), "*")
    return joined([made, divisor], "/")


def _factors(texts: Iterable[str]) -> list[str]:
    pending = [ast.parse(text, mode="eval").body for text in texts]
    found = []
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            pending = [node.left, node.right, *pending]
        else:
            found.append(ast.unparse(node))
    return found


def _small(match: re.Match[str]) -> str:
    return match[1].lower()  # TMath::Abs, TMath::Max


class _Translation(ast.NodeTransformer):
    """Replace functions and operators; refuse those that the languages understand differently."""

    def __init__(self, text: str, language: str) -> None:
        self.text, self.is_root = text, language == ROOT

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        if len(node.ops) > 1:
            raise ExpressionError("compares the result of a comparison")
        for side in (node.left, *node.comparators):
            # A comparison binds tighter than `&` in C.
            in_brackets = self.text[: side.col_offset].rstrip().endswith("(")
            if self.is_root and _is_bits(side) and not in_brackets:
                raise ExpressionError("needs brackets around '&' or '|'")
        return self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if isinstance(node.op, ast.Mod) and self.is_root:
            raise ExpressionError("has '%', whose sign differs for negative numbers")
        sides = [self.visit(node.left), self.visit(node.right)]
        if _is_bits(node) and any(map(_is_condition, sides)):
            return ast.BoolOp(ast.And() if isinstance(node.op, ast.BitAnd) else ast.Or(), sides)
        is_constant = isinstance(sides[1], ast.Constant) and sides[1].value != 0
        if isinstance(node.op, ast.Div) and self.is_root and not is_constant:  # x / 0 is 0
            above, below = map(ast.unparse, sides)
            return ast.parse(f"where({below}, ({above}) / ({below}), 0)", mode="eval").body
        return ast.BinOp(sides[0], node.op, sides[1])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        operator = ast.Not() if isinstance(node.op, ast.Invert) else node.op
        return ast.UnaryOp(operator, self.visit(node.operand))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = getattr(node.func, "id", "a method")
        name = _RENAMED.get(name, name)
        # With one argument, `min` and `max` are of a list.
        if name not in _SHARED.split() or (name in ("min", "max", "pow") and len(node.args) < 2):
            raise ExpressionError(f"calls {name}")
        arguments = [self.visit(argument) for argument in node.args]
        if self.is_root and name in ("sqrt", "log", "log10"):  # of |x|; 0 unless x > 0
            x = ast.unparse(arguments[0])
            text = f"sqrt(abs({x}))" if name == "sqrt" else f"where({x} > 0, {name}({x}), 0)"
            return ast.parse(text, mode="eval").body
        if name == "pow":
            return ast.BinOp(arguments[0], ast.Pow(), arguments[1])
        return ast.Call(ast.Name(name), arguments, node.keywords)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        raise ExpressionError("has a name with a point")


def _is_bits(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr)


def _is_condition(node: ast.AST) -> bool:
    is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return is_not or isinstance(node, ast.Compare | ast.BoolOp)
