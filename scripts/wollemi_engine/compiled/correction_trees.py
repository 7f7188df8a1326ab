"""Nodes of a correction in correctionlib's schema, version 2, with the numbers as correctionlib
reads them.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wollemi_engine.compiled.code import UnsupportedError
from wollemi_engine.compiled.correction_texts import formula_tree, numbers
from wollemi_engine.events.corrections import CorrectionCall


class Number(str):
    """A number as written in the file."""


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
        """Number of bins."""
        return len(self.values) - 1


@dataclass(frozen=True)
class Bins:
    """Bins in one or more inputs.

    Args:
        inputs: Number of the input per dimension.
        axes: Bins per dimension.
        flow: Treatment of values outside: `clamp`, `error`, `wrap` or `value` (the last content).
        content: Nodes of the bins; the last dimension varies fastest.
    """

    inputs: tuple[int, ...]
    axes: tuple[Regular | Edges, ...]
    flow: str
    content: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """Content chosen by an integer.

    Args:
        input: Number of the input.
        keys: Integers.
        content: Nodes of the integers, followed by a node for all other integers.
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
        input: Number of the input.
        rule: Node that gives the value.
        content: Node to evaluate with this value.
    """

    input: int
    rule: Node
    content: Node


@dataclass(frozen=True)
class Random:
    """A random number determined by some inputs.

    Args:
        inputs: Numbers of the inputs.
        distribution: Name of the distribution, `stdflat` or `normal`.
    """

    inputs: tuple[int, ...]
    distribution: str


@dataclass(frozen=True)
class Refused:
    """An input for which correctionlib has no value."""


Constants = Mapping[str, str | float | int]  # name of an input → value
Node = Constant | Bins | Choice | Formula | Transform | Random | Refused


@dataclass(frozen=True)
class Tree:
    """A correction.

    Args:
        inputs: Name → `real`, `int` or `string`.
        content: Node to evaluate.
    """

    inputs: Mapping[str, str]
    content: Node


@dataclass(frozen=True)
class Stack:
    """Corrections applied in sequence.

    Args:
        inputs: Name → type.
        updates: Numbers of the inputs that each correction changes.
        input_op: Operation that changes them.
        output_op: Operation that combines the results.
        members: Corrections in order.
    """

    inputs: Mapping[str, str]
    updates: tuple[int, ...]
    input_op: str
    output_op: str
    members: tuple[Tree, ...]


def correction_trees(
    calls: Mapping[str, Callable[..., Any]],
) -> dict[str, Tree | Stack | UnsupportedError]:
    """Trees of corrections, restricted to the strings they are called with; or the reason why they
    cannot be compiled.

    Args:
        calls: Name, such as `correction.muon_id.up` → function.
    """
    files: dict[Path, _File] = {}
    trees: dict[str, Tree | Stack | UnsupportedError] = {}
    for name, call in calls.items():
        if isinstance(call, CorrectionCall):
            try:
                if call.file not in files:
                    files[call.file] = _File(_read(call.file))
                trees[name] = files[call.file].tree(call)
            except UnsupportedError as error:
                trees[name] = error
    return trees


def _read(path: Path) -> Any:
    """Plain values of a file, numbers as written; the first of duplicate keys counts."""
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
        raise UnsupportedError(f"a correction file that is not plain JSON ({error})") from error


class _File:
    """The corrections of a file, each read on first use."""

    def __init__(self, content: Mapping[str, Any]):
        self._items = {item["name"]: item for item in content["corrections"]}
        compounds = content.get("compound_corrections") or ()
        self._compounds = {item["name"]: item for item in compounds}
        self._numbers: dict[str, dict[str, float]] = {}

    def tree(self, call: CorrectionCall) -> Tree | Stack:
        constants = {item.name: item.constant for item in call.inputs if not item.argument}
        if call.name in self._compounds:
            return self._stack(self._compounds[call.name], constants)
        return self._tree(call.name, constants)

    def _tree(self, name: str, constants: Constants) -> Tree:
        item = self._items[name]
        inputs = {variable["name"]: variable["type"] for variable in item["inputs"]}
        if len(inputs) < len(item["inputs"]):
            raise UnsupportedError("a correction with two inputs of one name")
        if name not in self._numbers:
            self._numbers[name] = numbers(_texts(item))
        formulas = item.get("generic_formulas") or ()
        reader = _Reader(self._numbers[name], formulas, list(inputs), constants)
        return Tree(inputs, reader.node(item["data"]))

    def _stack(self, item: Mapping[str, Any], constants: Constants) -> Stack:
        inputs = {variable["name"]: variable["type"] for variable in item["inputs"]}
        updated = set(item["inputs_update"])
        fixed = {name: value for name, value in constants.items() if name not in updated}
        members = tuple(self._tree(name, fixed) for name in item["stack"])
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
        numbers_: Mapping[str, float],
        formulas: Sequence[Any],
        inputs: Sequence[str],
        constants: Constants,
    ):
        self._numbers = numbers_
        self._formulas = formulas
        self._inputs = inputs
        self._constants = constants

    def node(self, value: Any) -> Node:
        if isinstance(value, Number):
            return Constant(self._numbers[value])
        kind = value["nodetype"]
        read = {
            "binning": self._binning,
            "multibinning": self._multibinning,
            "category": self._category,
            "formula": self._formula,
            "formularef": self._formularef,
            "transform": self._transform,
            "hashprng": self._random,
        }
        if kind not in read:
            raise UnsupportedError(f"a correction with a node of type {kind}")
        return read[kind](value)

    def _binning(self, value: Any) -> Node:
        return self._bins(value, [value["input"]], [value["edges"]])

    def _multibinning(self, value: Any) -> Node:
        return self._bins(value, value["inputs"], value["edges"])

    def _bins(self, value: Any, inputs: Sequence[str], edges: Sequence[Any]) -> Node:
        axes = tuple(self._axis(item) for item in edges)
        content = tuple(self.node(item) for item in value["content"])
        if not axes or not content:
            raise UnsupportedError("a correction without bins")
        flow = value["flow"]
        if flow == "wrap" and any(isinstance(axis, Edges) for axis in axes):
            _require_separate_rounding("bins of different width that wrap")
        if not isinstance(flow, str) or isinstance(flow, Number):
            flow, content = "value", (*content, self.node(flow))
        return Bins(tuple(self._index(name) for name in inputs), axes, flow, content)

    def _category(self, value: Any) -> Node:
        name, default = value["input"], value.get("default")
        # the first of duplicate keys counts
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
        return Formula(_bound(tree, [self._numbers[item] for item in parameters], indices))

    def _transform(self, value: Any) -> Node:
        name, rule = value["input"], self.node(value["rule"])
        constants = {key: item for key, item in self._constants.items() if key != name}
        reader = _Reader(self._numbers, self._formulas, self._inputs, constants)
        return Transform(self._index(name), rule, reader.node(value["content"]))

    def _random(self, value: Any) -> Node:
        distribution = value["distribution"]
        if distribution == "stdnormal":
            raise UnsupportedError("a correction with the random numbers of each C++ library")
        if distribution == "normal":
            _require_separate_rounding("normal random numbers")
        return Random(tuple(self._index(name) for name in value["inputs"]), distribution)

    def _axis(self, edges: Any) -> Regular | Edges:
        if isinstance(edges, list):
            return Edges(
                tuple(
                    self._numbers[edge] if isinstance(edge, Number) else float(edge)
                    for edge in edges
                )
            )
        low, high = self._numbers[edges["low"]], self._numbers[edges["high"]]
        return Regular(int(edges["n"]), low, high)

    def _index(self, name: str) -> int:
        return self._inputs.index(name)


def _require_separate_rounding(what: str) -> None:
    """Refuse processors on which a compiler may fuse a product and a sum into one rounding; x86-64
    is safe.
    """
    if platform.machine() not in ("x86_64", "AMD64"):
        raise UnsupportedError(f"a correction with {what}, but on x86-64")


def _key(key: str) -> str | int:
    return int(key) if isinstance(key, Number) else key


def _texts(value: Any) -> Iterator[str]:
    """All numbers in a correction, as written."""
    if isinstance(value, Number):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


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
