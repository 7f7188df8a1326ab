"""Short names in a typed expression: `m(e, e)` for `(Electron[0] + Electron[1]).mass`.

Only `wollemi draw` knows them and prints their meaning; an analysis file has the long names.
"""

import ast
from collections import Counter
from collections.abc import Collection

from wollemi_engine.expressions.labels import NAMES

MASS = "m"  # of several objects, as a function


def written_out(expression: str, objects: Collection[str], known: Collection[str] = ()) -> str:
    """The expression with long names; the same text if it has no short names.

    Args:
        expression: Text in the language of selections, optionally with short names.
        objects: Names of collections and objects.
        known: Other names, which remain unchanged.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return expression  # the evaluation reports the error
    long = {
        short: found[0]
        for short, names in NAMES.items()
        if short not in {*objects, *known} and (found := [n for n in names if n in objects])
    }
    changed = _Writer(long, objects)
    body = changed.visit(tree)
    return ast.unparse(body) if changed.found else expression


class _Writer(ast.NodeTransformer):
    """Replaces short names and masses of objects."""

    def __init__(self, long: dict[str, str], objects: Collection[str]):
        self.found = False
        self._long = long
        self._objects = objects

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self._long:
            self.found = True
            return ast.Name(self._long[node.id])
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        is_mass = isinstance(node.func, ast.Name) and node.func.id == MASS and not node.keywords
        legs = [self.visit(argument) for argument in node.args]
        if not (is_mass and legs):
            return ast.Call(node.func, legs, node.keywords)
        self.found = True
        # Among equal collections: the first, the second, and so on.
        seen: Counter[str] = Counter()
        total: ast.expr | None = None
        for leg in legs:
            if isinstance(leg, ast.Name) and leg.id in self._objects:
                seen[leg.id] += 1
                leg = ast.Subscript(leg, ast.Constant(seen[leg.id] - 1))
            total = leg if total is None else ast.BinOp(total, ast.Add(), leg)
        assert total is not None
        return ast.Attribute(total, "mass")
