"""What a correction of correctionlib's schema, version 2, consists of, with the numbers that
correctionlib has for it.

correctionlib reads numbers of more than 15 digits with errors of a few units in the last place,
and parses formulas by a grammar of its own: it is asked for both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wollemi.engine.code import UnsupportedError
from wollemi.events.corrections import CorrectionCall

# digits that every way to read them gives the same float64 for, with a power of ten up to 22
_EXACT_DIGITS, _EXACT_POWER = 15, 22
_NUMBER = re.compile(r"-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?")


class Number(str):
    """A number as it is written in the file."""


@dataclass(frozen=True)
class Constant:
    """A number."""

    value: float


@dataclass(frozen=True)
class Regular:
    """Bins of equal width."""

    number: int
    low: float
    high: float


@dataclass(frozen=True)
class Edges:
    """Bins by their edges."""

    values: tuple[float, ...]

    @property
    def number(self) -> int:
        """How many bins there are."""
        return len(self.values) - 1


@dataclass(frozen=True)
class Bins:
    """Bins in one or more inputs.

    Args:
        inputs: number of the input of each dimension.
        axes: bins of each dimension.
        flow: `clamp`, `error`, `wrap` or `value`: the last content is that of all outside.
        content: of each bin, the last dimension first.
    """

    inputs: tuple[int, ...]
    axes: tuple[Regular | Edges, ...]
    flow: str
    content: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """Content by a whole number.

    Args:
        input: number of the input.
        keys: the numbers.
        content: of each; one more is that of all others.
    """

    input: int
    keys: tuple[int, ...]
    content: tuple[Node, ...]


@dataclass(frozen=True)
class Formula:
    """A formula: (`literal`, value), (`input`, number) or (name of the operation, operands …)."""

    tree: tuple[Any, ...]


@dataclass(frozen=True)
class Transform:
    """A content with another value of an input.

    Args:
        input: number of the input.
        rule: gives the value.
        content: what to evaluate then.
    """

    input: int
    rule: Node
    content: Node


@dataclass(frozen=True)
class Refused:
    """What correctionlib has no value for."""


Node = Constant | Bins | Choice | Formula | Transform | Refused


@dataclass(frozen=True)
class Tree:
    """A correction.

    Args:
        inputs: name → `real`, `int` or `string`.
        content: what it evaluates.
    """

    inputs: Mapping[str, str]
    content: Node


@dataclass(frozen=True)
class Stack:
    """Corrections one after the other.

    Args:
        inputs: name → type.
        updates: numbers of the inputs that each correction changes.
        input_op: how.
        output_op: how the result is made of theirs.
        members: the corrections.
    """

    inputs: Mapping[str, str]
    updates: tuple[int, ...]
    input_op: str
    output_op: str
    members: tuple[Tree, ...]


def correction_trees(
    calls: Mapping[str, Callable[..., Any]],
) -> dict[str, Tree | Stack | UnsupportedError]:
    """What corrections consist of, without what they say for other texts than those that they are
    given; or why they are not compiled.

    Args:
        calls: `correction.muon_id.up` → function.
    """
    files: dict[Path, Any] = {}
    trees: dict[str, Tree | Stack | UnsupportedError] = {}
    for name, call in calls.items():
        if isinstance(call, CorrectionCall):
            try:
                if call.file not in files:
                    files[call.file] = _read(call.file)
                trees[name] = _correction(files[call.file], call)
            except UnsupportedError as error:
                trees[name] = error
    return trees


def _read(path: Path) -> Any:
    """A file as plain values, numbers as they are written; of equal keys the first one holds."""
    from correctionlib.highlevel import open_auto

    try:
        return json.loads(
            open_auto(str(path)),
            parse_float=Number,
            parse_int=Number,
            parse_constant=Number,
            object_pairs_hook=lambda pairs: dict(reversed(pairs)),
        )
    except ValueError as error:
        raise UnsupportedError(f"a correction file that is no plain JSON ({error})") from error


def _correction(content: Mapping[str, Any], call: CorrectionCall) -> Tree | Stack:
    constants = {item.name: item.constant for item in call.inputs if not item.argument}
    corrections = {item["name"]: item for item in content["corrections"]}
    compounds = {item["name"]: item for item in content.get("compound_corrections") or ()}
    if call.name in compounds:
        return _stack(compounds[call.name], corrections, constants)
    return _tree(corrections[call.name], constants)


def _tree(item: Mapping[str, Any], constants: Mapping[str, str | float | int]) -> Tree:
    inputs = {variable["name"]: variable["type"] for variable in item["inputs"]}
    if len(inputs) < len(item["inputs"]):
        raise UnsupportedError("a correction with two inputs of one name")
    formulas = item.get("generic_formulas") or ()
    return Tree(inputs, _Reader(formulas, list(inputs), constants).node(item["data"]))


def _stack(
    item: Mapping[str, Any],
    corrections: Mapping[str, Any],
    constants: Mapping[str, str | float | int],
) -> Stack:
    inputs = {variable["name"]: variable["type"] for variable in item["inputs"]}
    updated = set(item["inputs_update"])
    fixed = {name: value for name, value in constants.items() if name not in updated}
    members = tuple(_tree(corrections[name], fixed) for name in item["stack"])
    if not members:
        raise UnsupportedError("a compound correction of nothing")
    for member in members:
        if any(inputs[name] != kind for name, kind in member.inputs.items()):
            raise UnsupportedError("a compound correction with inputs of other types")
    updates = tuple(list(inputs).index(name) for name in item["inputs_update"])
    return Stack(inputs, updates, item["input_op"], item["output_op"], members)


class _Reader:
    def __init__(
        self,
        formulas: Sequence[Any],
        inputs: Sequence[str],
        constants: Mapping[str, str | float | int],
    ):
        self._formulas = formulas
        self._inputs = inputs
        self._constants = constants

    def node(self, value: Any) -> Node:
        if isinstance(value, Number):
            return Constant(number(value))
        kind = value["nodetype"]
        read = {
            "binning": self._binning,
            "multibinning": self._multibinning,
            "category": self._category,
            "formula": self._formula,
            "formularef": self._formularef,
            "transform": self._transform,
        }
        if kind not in read:
            raise UnsupportedError(f"a correction with a node of type {kind}")
        return read[kind](value)

    def _binning(self, value: Any) -> Node:
        return self._bins(value, [value["input"]], [value["edges"]])

    def _multibinning(self, value: Any) -> Node:
        return self._bins(value, value["inputs"], value["edges"])

    def _bins(self, value: Any, inputs: Sequence[str], edges: Sequence[Any]) -> Node:
        axes = tuple(_axis(item) for item in edges)
        content = tuple(self.node(item) for item in value["content"])
        if not axes or not content:
            raise UnsupportedError("a correction without bins")
        flow = value["flow"]
        if flow == "wrap" and any(isinstance(axis, Edges) for axis in axes):
            # whether a product and a sum are rounded once or twice depends on its processor
            raise UnsupportedError("a correction with bins of different width that wrap")
        if not isinstance(flow, str) or isinstance(flow, Number):
            flow, content = "value", (*content, self.node(flow))
        return Bins(tuple(self._index(name) for name in inputs), axes, flow, content)

    def _category(self, value: Any) -> Node:
        name, default = value["input"], value.get("default")
        # of equal keys the first one holds
        items: dict[Any, Any] = {
            _key(item["key"]): item["value"] for item in reversed(value["content"])
        }
        if name in self._constants:
            found = items.get(self._constants[name], default)
            return Refused() if found is None else self.node(found)
        content = [self.node(item) for item in items.values()]
        other = Refused() if default is None else self.node(default)
        return Choice(self._index(name), tuple(items), (*content, other))

    def _formula(self, value: Any) -> Node:
        return self._formula_with(value, value.get("parameters") or ())

    def _formularef(self, value: Any) -> Node:
        return self._formula_with(self._formulas[int(value["index"])], value["parameters"])

    def _formula_with(self, value: Any, parameters: Sequence[Number]) -> Node:
        indices = tuple(self._index(name) for name in value["variables"])
        tree = formula_tree(value["expression"], len(parameters), len(indices))
        return Formula(_bound(tree, [number(item) for item in parameters], indices))

    def _transform(self, value: Any) -> Node:
        name, rule = value["input"], self.node(value["rule"])
        constants = {key: item for key, item in self._constants.items() if key != name}
        content = _Reader(self._formulas, self._inputs, constants).node(value["content"])
        return Transform(self._index(name), rule, content)

    def _index(self, name: str) -> int:
        return self._inputs.index(name)


def _axis(edges: Any) -> Regular | Edges:
    if isinstance(edges, list):
        return Edges(
            tuple(number(edge) if isinstance(edge, Number) else float(edge) for edge in edges)
        )
    return Regular(int(edges["n"]), number(edges["low"]), number(edges["high"]))


def _key(key: str) -> str | int:
    return int(key) if isinstance(key, Number) else key


@lru_cache(maxsize=100_000)
def number(text: str) -> float:
    """The float64 that correctionlib has for a number of its file.

    Args:
        text: as it is written.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return float(text)
    digits, decimals, power = match[1].lstrip("0"), match[2] or "", int(match[3] or 0)
    if (
        len(digits + decimals) <= _EXACT_DIGITS
        and abs(power) + len(decimals) <= _EXACT_POWER - _EXACT_DIGITS
    ):
        return float(text)
    value: float = _parsed("[0]", [text], 0).data
    return value


def _parsed(expression: str, parameters: Sequence[str], variables: int) -> Any:
    """The tree that correctionlib has for a formula of the inputs 0, 1 and so on."""
    import correctionlib

    names = [f"i{index}" for index in range(variables)]
    inputs = [
        correctionlib._core.Variable.from_string(json.dumps({"name": name, "type": "real"}))
        for name in names
    ]
    keys = {
        "expression": json.dumps(expression),
        "parser": '"TFormula"',
        "variables": json.dumps(names),
        "parameters": f"[{', '.join(parameters)}]",
    }
    text = ", ".join(f'"{key}": {value}' for key, value in keys.items())
    try:
        return correctionlib._core.Formula.from_string(f"{{{text}}}", inputs).ast
    except RuntimeError as error:
        raise UnsupportedError(f"the formula '{expression}'") from error


@lru_cache(maxsize=10_000)
def formula_tree(expression: str, parameters: int, variables: int) -> tuple[Any, ...]:
    """Tree of a formula in which parameters are (`parameter`, number).

    Args:
        expression: in correctionlib's grammar of TFormula.
        parameters: how many there are.
        variables: how many inputs it is given.

    Raises:
        UnsupportedError: correctionlib does not take it.
    """
    # what differs between two sets of parameters is one
    one, other = (
        _parsed(expression, [repr(index + part) for index in range(parameters)], variables)
        for part in (0.25, 0.5)
    )
    return _as_tuple(one, other)


def _as_tuple(one: Any, other: Any) -> tuple[Any, ...]:
    kind = one.nodetype.name
    if kind == "LITERAL":
        return ("literal", one.data) if one.data == other.data else ("parameter", int(one.data))
    if kind == "VARIABLE":
        return ("input", one.data)
    children = zip(one.children, other.children, strict=True)
    return (one.data.name, *(_as_tuple(*pair) for pair in children))


def _bound(
    tree: tuple[Any, ...], parameters: Sequence[float], indices: Sequence[int]
) -> tuple[Any, ...]:
    if tree[0] == "literal":
        return tree
    if tree[0] == "parameter":
        return ("literal", parameters[tree[1]])
    if tree[0] == "input":
        return ("input", indices[tree[1]])
    return (tree[0], *(_bound(child, parameters, indices) for child in tree[1:]))
