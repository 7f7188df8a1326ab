"""A query on a batch of events, with awkward arrays: one operation for all elements that its
lambdas iterate over. Numbers are computed in float64.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import awkward as ak
import numpy as np

from wollemi.base.user_commands import user_command
from wollemi_engine.expressions.functions import floored, remainder
from wollemi_engine.expressions.momenta import OF_VECTOR
from wollemi_interactive.queries.branches import collections
from wollemi_interactive.queries.lists import (
    Logical,
    Value,
    axes,
    element,
    is_momentum,
    lifted,
    missing,
    momenta,
    raised,
    wide,
    without_options,
)
from wollemi_interactive.queries.syntax import (
    MAY_HAVE_LAMBDA,
    OF_SEVERAL,
    OF_TWO_MOMENTA,
    SHORTCUTS,
    WITH_LAMBDA,
    Query,
    QueryError,
    is_module,
    lambda_of,
)
from wollemi_likelihood.base.nearest import did_you_mean
from wollemi_likelihood.expressions.syntax import MOMENTUM

VALUE = "value"  # column of a query that names no columns
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul},
    **{ast.Div: operator.truediv, ast.FloorDiv: floored, ast.Mod: remainder},
    **{ast.Pow: raised, ast.BitAnd: operator.and_, ast.BitOr: operator.or_},
    **{ast.BitXor: operator.xor, ast.Eq: operator.eq, ast.NotEq: operator.ne},
    **{ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge},
    **{ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: np.bitwise_not},
}
_REDUCERS: Mapping[str, Callable[..., Any]] = {
    **{"Sum": ak.sum, "Min": ak.min, "Max": ak.max, "Any": ak.any, "All": ak.all},
}
_COUNT = "ask for enough elements before: .Where(lambda e: e.Electron_pt.Count() > 0)"


def evaluate_query(query: Query, batch: ak.Array, known: Sequence[str]) -> ak.Array:
    """The answer to a query.

    Args:
        query: Query to answer.
        batch: Records with the branches that the query names, shape (events,).
        known: All branches of the file, for error messages.

    Returns:
        Records of numbers or lists of numbers, shape (rows,); an unnamed column is `value`.

    Raises:
        QueryError: The query has no value on these events.
    """
    stream = Value(batch, 0)
    for name, item in query.steps:
        evaluator = _Evaluator(batch, known)
        with np.errstate(all="ignore"):  # values that are not numbers are counted in the answer
            stream = evaluator.with_lambda(name, stream, item)
    answer = _named(stream.array)
    if count := missing(answer):
        last = query.steps[-1][1]
        raise QueryError(last, f"{count} values are missing: a list has too few elements", _COUNT)
    # Otherwise a batch with a missing branch of a choice would have columns of another type.
    return without_options(answer)


def _named(rows: ak.Array) -> ak.Array:
    """Rows as records whose columns have the names given in the query."""
    if not ak.fields(rows) or axes(rows) > 1:
        return ak.zip({VALUE: rows}, depth_limit=1)
    if ak.is_tuple(rows):
        return ak.zip({f"{VALUE}_{name}": rows[name] for name in ak.fields(rows)}, depth_limit=1)
    return rows


def _function_of(name: str) -> Callable[..., Any]:
    """A function of numbers. The `max` and `min` of numpy are replaced: their second argument is an
    axis, and they reduce over all events.
    """
    if name in OF_SEVERAL:
        of_two = getattr(np, OF_SEVERAL[name])
        return lambda *numbers: reduce(of_two, numbers)
    return getattr(np, name)  # type: ignore[no-any-return]


class _Evaluator:
    """Evaluates one step of a query.

    Args:
        events: Batch of events, whose fields may be parts of collections.
        known: All branches of the file.
    """

    def __init__(self, events: ak.Array, known: Sequence[str]):
        self._branches = set(ak.fields(events))
        self._known = known
        self._scopes: list[ak.Array] = []
        self._names: dict[str, Value] = {}
        self._kinds: dict[type[ast.AST], Callable[[Any], Value]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: lambda node: self._field(self._value(node.value), node.attr, node),
            ast.Subscript: self._subscript,
            ast.Call: self._call,
            ast.BinOp: lambda node: self._operation(node, node.op, [node.left, node.right]),
            ast.UnaryOp: self._unary,
            ast.BoolOp: self._logical,
            ast.Compare: self._comparison,
            ast.IfExp: self._choice,
            ast.Dict: self._record,
            ast.Tuple: self._record,
            ast.List: self._record,
        }

    def _value(self, node: ast.expr) -> Value:
        if type(node) not in self._kinds:
            raise QueryError(node, "is in the place of a value", "see docs/queries.md")
        return self._kinds[type(node)](node)

    def _constant(self, node: ast.Constant) -> Value:
        if not isinstance(node.value, int | float):
            raise QueryError(node, "is not a number", "text is for names, such as e['MET_pt']")
        return Value(node.value, 0)

    def _name(self, node: ast.Name) -> Value:
        if node.id not in self._names:
            meant = did_you_mean(node.id, self._names)
            raise QueryError(
                node, f"'{node.id}' is not an argument of a lambda{meant}", "name it there"
            )
        return self._names[node.id]

    # Lists

    def with_lambda(self, name: str, source: Value, item: ast.Lambda) -> Value:
        """Apply a list method that evaluates a lambda on each element."""
        depth = len(self._scopes)
        elements = source.array if depth == 0 else lifted(source, self._scopes, depth)
        found = self._answers(elements, item)
        if name in ("Select", "SelectMany"):
            return self._selected(found, name, depth, item)
        if name in MAY_HAVE_LAMBDA:
            return self._reduced(name, Value(self._flags(found, item), depth), item)
        if name == "Where":
            return Value(elements[self._flags(found, item)], depth)
        if depth == 0:
            raise QueryError(item, "events are not sorted", "sort the objects of each event")
        ascending = name == "OrderBy"
        order = ak.argsort(found.array, axis=depth, ascending=ascending, stable=True)
        return Value(elements[order], depth)

    def _answers(self, elements: ak.Array, item: ast.Lambda) -> Value:
        """Results of a lambda for each element, with an axis for it and each enclosing lambda."""
        name, depth = item.args.args[0].arg, len(self._scopes) + 1
        before = dict(self._names)
        self._scopes.append(elements)
        self._names[name] = Value(elements, depth)
        found = self._value(item.body)
        array = lifted(found, self._scopes, depth)
        self._scopes.pop()
        self._names = before
        return Value(array, depth)

    def _selected(self, found: Value, name: str, depth: int, item: ast.Lambda) -> Value:
        if name == "Select":
            return Value(found.array, depth)
        if not found.is_list:
            raise QueryError(item, "SelectMany needs a list of each", "write Select, for one value")
        return Value(ak.flatten(found.array, axis=depth + 1), depth)

    def _flags(self, found: Value, item: ast.Lambda) -> ak.Array:
        if count := missing(found.array):
            problem = f"the condition is missing {count} times: a list has too few elements"
            raise QueryError(item, problem, _COUNT)
        if found.is_list or not str(found.array.type).endswith("bool"):
            raise QueryError(item, "is not a condition, true or false", "compare: pt > 30")
        return found.array

    def _reduced(self, name: str, source: Value, node: ast.AST) -> Value:
        """One number per list."""
        self._require_list(name, source, node)
        array, axis = source.array, source.depth
        if name == "Count":
            return Value(ak.num(array, axis=axis), axis)
        if name in ("First", "Last"):
            return Value(element(array, axis, 0 if name == "First" else -1), axis)
        if name == "Sum" and is_momentum(array):
            return Value(ak.sum(momenta(array), axis=axis), axis)
        if axes(array) != axis + 1 or ak.fields(array):
            raise QueryError(node, f"{name} needs a list of numbers", "take one field of records")
        return Value(without_options(_REDUCERS[name](wide(array), axis=axis)), axis)

    def _require_list(self, name: str, source: Value, node: ast.AST) -> None:
        if source.depth == 0:
            raise QueryError(node, f"{name} needs a list of the event", "take a branch of it")
        if not source.is_list:
            problem = f"{name} of one value: there is no list"
            raise QueryError(node, problem, "use it on a branch with a list of each event")

    # Fields

    def _field(self, value: Value, name: str, node: ast.AST) -> Value:
        fields = ak.fields(value.array) if not value.is_constant else []
        if name in fields:
            return Value(value.array[name], value.depth)
        if is_momentum(value.array) and name in OF_VECTOR:
            return Value(getattr(momenta(value.array), name), value.depth)
        if value.depth == 1 and self._branches and self._branches == set(fields):
            return self._collection(value, name, node)
        meant = did_you_mean(name, fields)
        here = f"it has {', '.join(fields)}" if fields else "it is not a record"
        raise QueryError(node, f"unknown '{name}'{meant}: {here}", "use a known name")

    def _collection(self, event: Value, name: str, node: ast.AST) -> Value:
        """The objects of a collection: `Electron` from `Electron_pt` and so on."""
        prefix = f"{name}_"
        own = [branch for branch in ak.fields(event.array) if branch.startswith(prefix)]
        lists = {
            branch.removeprefix(prefix): event.array[branch]
            for branch in own
            if axes(event.array[branch]) == 2
        }
        if not lists:
            meant = did_you_mean(name, [*self._known, *collections(self._known)])
            way = f"`{user_command('wollemi inspect')}` lists them"
            raise QueryError(node, f"the file has no branch '{name}'{meant}", way)
        return Value(ak.zip(lists, depth_limit=2), 1)

    def _subscript(self, node: ast.Subscript) -> Value:
        value, key = self._value(node.value), node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return self._field(value, key.value, node)
        return self._at(value, key, node)

    def _at(self, value: Value, key: ast.expr, node: ast.AST) -> Value:
        """An element of each list, or a field of a tuple."""
        number = self._value(key).array
        if not isinstance(number, int):
            raise QueryError(node, "the number of an element is not written out", "write [0]")
        if not value.is_constant and not value.is_list and str(number) in ak.fields(value.array):
            return self._field(value, str(number), node)
        self._require_list("an element", value, node)
        return Value(element(value.array, value.depth, number), value.depth)

    # Calls

    def _call(self, node: ast.Call) -> Value:
        if isinstance(node.func, ast.Name) and node.func.id in SHORTCUTS and len(node.args) == 1:
            return self._method(SHORTCUTS[node.func.id], node.args[0], [], node)
        if isinstance(node.func, ast.Name) or is_module(node.func.value):  # type: ignore[attr-defined]
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr  # type: ignore[attr-defined]
            return self._function(_function_of(name), node, node.args)
        assert isinstance(node.func, ast.Attribute)
        return self._method(node.func.attr, node.func.value, node.args, node)

    def _method(self, name: str, on: ast.expr, arguments: list[ast.expr], node: ast.Call) -> Value:
        if name == "Zip":
            return self._zipped(on)
        value = self._value(on)
        if name in WITH_LAMBDA or (name in MAY_HAVE_LAMBDA and arguments):
            self._require_list(name, value, node)
            return self.with_lambda(name, value, lambda_of(node))
        if name in _REDUCERS or name in ("Count", "First", "Last"):
            return self._reduced(name, value, node)
        if name == "ElementAt":
            return self._at(value, arguments[0], node)
        if name == "Choose":
            return self._combinations(value, arguments[0], node)
        if name == "ToFourMomentum" or name in OF_TWO_MOMENTA:
            return self._momentum(name, value, arguments, node)
        return self._field(value, name, node)

    def _combinations(self, value: Value, number: ast.expr, node: ast.AST) -> Value:
        self._require_list("Choose", value, node)
        size = self._value(number).array
        if not isinstance(size, int) or size < 1:
            raise QueryError(node, "the size of the groups is not written out", "write .Choose(2)")
        return Value(ak.combinations(value.array, size, axis=value.depth), value.depth)

    def _momentum(self, name: str, value: Value, arguments: list[ast.expr], node: ast.AST) -> Value:
        others = [self._value(item) for item in arguments]
        for item in (value, *others):
            if not is_momentum(item.array):
                ways = " or ".join(", ".join(parts) for parts in MOMENTUM.values())
                raise QueryError(node, f"{name} needs a four-momentum", f"zip {ways}")
        if name == "ToFourMomentum":
            return Value(wide(value.array), value.depth)
        depth = max(item.depth for item in (value, *others))
        first, second = (momenta(lifted(item, self._scopes, depth)) for item in (value, others[0]))
        return Value(getattr(first, name)(second), depth)

    # Numbers

    def _operation(self, node: ast.AST, how: ast.AST, operands: list[ast.expr]) -> Value:
        return self._function(_OPERATORS[type(how)], node, operands)

    def _function(
        self, function: Callable[..., Any], node: ast.AST, operands: list[ast.expr]
    ) -> Value:
        return self._computed(function, node, [self._value(item) for item in operands])

    def _computed(self, function: Callable[..., Any], node: ast.AST, values: list[Value]) -> Value:
        """A function of numbers, or a sum of four-momenta, element by element."""
        depth = max(value.depth for value in values)
        arrays = [
            value.array if value.is_constant else lifted(value, self._scopes, depth)
            for value in values
        ]
        arrays = [momenta(array) if is_momentum(array) else wide(array) for array in arrays]
        try:
            return Value(function(*arrays), depth)
        except (TypeError, ValueError, ArithmeticError) as error:
            reason = str(error).strip().splitlines()[0]
            raise QueryError(
                node, f"cannot be computed ({reason})", "compare like with like"
            ) from (error)

    def _unary(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return self._function(np.logical_not, node, [node.operand])
        found = self._value(node.operand)
        if found.is_constant and isinstance(node.op, ast.USub):
            return Value(-found.array, 0)
        return self._computed(_OPERATORS[type(node.op)], node, [found])

    def _logical(self, node: ast.BoolOp) -> Value:
        """As in Python, the second operand is not needed if the first one decides."""
        decided = isinstance(node.op, ast.Or)
        found, *others = [self._value(item) for item in node.values]
        for item in others:
            found = self._computed(Logical(decided), node, [found, item])
        return found

    def _comparison(self, node: ast.Compare) -> Value:
        places = [self._value(item) for item in (node.left, *node.comparators)]
        for how in node.ops:
            if type(how) not in _OPERATORS:
                raise QueryError(node, "is not a comparison of numbers", "use ==, !=, <, <=, >, >=")
        links = [
            self._computed(_OPERATORS[type(how)], node, [left, right])
            for how, left, right in zip(node.ops, places, places[1:], strict=False)
        ]
        found = links[0]
        for link in links[1:]:
            found = self._computed(operator.and_, node, [found, link])
        return found

    def _choice(self, node: ast.IfExp) -> Value:
        return self._function(ak.where, node, [node.test, node.body, node.orelse])

    # Records

    def _record(self, node: ast.Dict | ast.Tuple | ast.List) -> Value:
        """Records with the values as fields; fields of a tuple are named `0`, `1` and so on."""
        depth = len(self._scopes)
        parts = self._parts(node)
        arrays = {name: lifted(value, self._scopes, depth) for name, value in parts.items()}
        fields = arrays if isinstance(node, ast.Dict) else tuple(arrays.values())
        return Value(ak.zip(fields, depth_limit=depth), depth)

    def _parts(self, node: ast.Dict | ast.Tuple | ast.List) -> dict[str, Value]:
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            return {str(ast.literal_eval(key)): self._value(item) for key, item in pairs if key}
        return {str(number): self._value(item) for number, item in enumerate(node.elts)}

    def _zipped(self, node: ast.expr) -> Value:
        """A list of records, from a record of lists."""
        if not isinstance(node, ast.Dict):
            raise QueryError(node, "Zip needs a dictionary of lists", "Zip({'pt': e.Jet_pt})")
        parts = self._parts(node)
        depth = max(value.depth for value in parts.values())
        for value in parts.values():
            if value.is_constant or (value.depth == depth and not value.is_list):
                raise QueryError(node, "Zip needs lists", "put single values beside them in Select")
        arrays = {name: lifted(value, self._scopes, depth) for name, value in parts.items()}
        try:
            return Value(ak.zip(arrays, depth_limit=depth + 1), depth)
        except ValueError as error:
            raise QueryError(node, "the lists have different lengths", "zip equal ones") from error
