"""Four-momenta in compiled code: the formulas of scikit-hep/vector, with the same order of
operations.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from wollemi_engine.compiled.arithmetic import (
    absolute,
    binary,
    compare,
    elementary,
    extreme,
    negative,
)
from wollemi_engine.compiled.code import Code, UnsupportedError, double
from wollemi_engine.compiled.values import Scalar, Value, as_constant, truth
from wollemi_likelihood.expressions.syntax import KINEMATICS, MOMENTUM

# Polar: pt, eta, phi, mass as in the files. `_e` and similar names are shared parts.
POLAR = {
    "_cos": "cos(phi)",
    "_sin": "sin(phi)",
    "_sinh": "sinh(eta)",
    "px": "pt * _cos",
    "py": "pt * _sin",
    "pz": "pt * _sinh",
    "_e": "exp(-eta)",
    "_cosh": "0.5 * (1 + _e**2) / _e",
    "p": "pt * _cosh",
    "_m2": "copysign(mass**2, mass)",
    "E": "sqrt(max(_m2 + pt**2 * _cosh**2, 0))",
    "theta": "2.0 * arctan(_e)",
    "_mt2": "_m2 + pt**2",
}
# Parts that use an elementary function: the function and its argument, computed for a complete
# list in one call; and the kinematics that need them.
OF_LISTS = {
    "_cos": ("cos", "phi"),
    "_sin": ("sin", "phi"),
    "_sinh": ("sinh", "eta"),
    "_e": ("exp", "-eta"),
}
NEEDED_FOR = {"px": "_cos", "py": "_sin", "pz": "_sinh", "E": "_e", "p": "_e", "theta": "_e"}
# Cartesian: px, py, pz, E of sums.
CARTESIAN = {
    "pt": "sqrt(px**2 + py**2)",
    "phi": "atan2(py, px)",
    "_eta": "arcsinh(pz / sqrt(px**2 + py**2))",
    "p": "sqrt(px**2 + py**2 + pz**2)",
    "_m2": "E**2 - (px**2 + py**2 + pz**2)",
    "mass": "copysign(sqrt(abs(_m2)), _m2)",
    "_cosine": "pz / p",
    "theta": "arccos(_number)",
    "_mt2": "E**2 - pz**2",
}
BOTH = {"rapidity": "0.5 * log((E + pz) / (E - pz))", "mt": "copysign(sqrt(abs(_mt2)), _mt2)"}
SAME = {"m": "mass", "energy": "E"}
# prefix of a quantity of the four-momentum, as opposed to one stored under that name
MOMENTUM_ONLY = "~"


@lru_cache(maxsize=256)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def evaluate_formula(code: Code, text: str, names: Mapping[str, Value]) -> Scalar:
    """Emit a formula of numbers.

    Args:
        code: Builder that receives the instructions.
        text: Text of the formula.
        names: Name → number.
    """
    if any(not isinstance(value, Scalar) for value in names.values()):
        raise UnsupportedError("a formula of values that are not numbers")
    return _formula(code, _parsed(text), {"pi": as_constant(math.pi), **names}.__getitem__)


def _formula(code: Code, node: ast.expr, name: Callable[[str], Any]) -> Scalar:
    if isinstance(node, ast.Constant):
        return as_constant(node.value)
    if isinstance(node, ast.Name):
        found: Scalar = name(node.id)
        return found
    if isinstance(node, ast.BinOp):
        return binary(
            code,
            type(node.op).__name__,
            _formula(code, node.left, name),
            _formula(code, node.right, name),
        )
    if isinstance(node, ast.UnaryOp):
        return negative(code, _formula(code, node.operand, name))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    function, values = node.func.id, [_formula(code, argument, name) for argument in node.args]
    if function == "max":
        return extreme(code, "max", *values)
    return absolute(code, *values) if function == "abs" else elementary(code, function, *values)


@dataclass(frozen=True, eq=False)
class Fields:
    """Fields of one object, each emitted by a function once per block, and the kinematics that
    follow from them.

    Args:
        parts: Name → function.
        coordinates: Type of the four-momentum among the fields, `polar` or `cartesian`.
        known: Shared parts of the formulas, computed earlier.
    """

    parts: Mapping[str, Callable[[], Value]]
    coordinates: str
    known: Mapping[str, Callable[[], Value]] = field(default_factory=dict)

    def get(self, code: Code, name: str) -> Value:
        """Value of a field or of the kinematics; with the prefix `MOMENTUM_ONLY`, stored fields
        other than coordinates are ignored.
        """
        wanted = name.removeprefix(MOMENTUM_ONLY)
        if wanted == name and name in self.parts:
            value: Value = code.memo((self, name), self.parts[name])
            return value
        return self._of_momentum(code, SAME.get(wanted, wanted))

    def stored(self) -> list[str]:
        """Names of the fields that are not derived."""
        return [name for name in self.parts if not name.startswith(("@", "__"))]

    def _of_momentum(self, code: Code, name: str) -> Value:
        """Value from the four-momentum alone, whatever else is stored."""
        if name in MOMENTUM[self.coordinates]:
            return self.get(code, name)
        make = self.known.get(name, partial(self._computed, code, name))
        value: Value = code.memo((self, MOMENTUM_ONLY, name), make)
        return value

    def _computed(self, code: Code, name: str) -> Value:
        formulas = {**(POLAR if self.coordinates == "polar" else CARTESIAN), **BOTH}
        if name in formulas:
            return _formula(code, _parsed(formulas[name]), partial(self._of_momentum, code))
        if name == "eta":
            return _not_nan(
                code, self._of_momentum(code, "_eta"), _at_rest(code, self._of_momentum(code, "pz"))
            )
        if name == "_number":
            return _not_nan(code, self._of_momentum(code, "_cosine"), double(1))
        raise UnsupportedError(f"the field '{name}'")


def _not_nan(code: Code, value: Value, otherwise: Any) -> Scalar:
    assert isinstance(value, Scalar)
    missing = code.builder.fcmp_unordered("uno", value.code, value.code)
    return Scalar(value.kind, code.builder.select(missing, otherwise, value.code), value.valid)


def _at_rest(code: Code, pz: Value) -> Any:
    """Value of vector for a pseudorapidity of NaN: 0 if pz is 0, else NaN."""
    assert isinstance(pz, Scalar)
    moving = truth(code, compare(code, "NotEq", pz, as_constant(0)))
    return code.builder.select(moving.code, double(math.nan), double(0))


def momentum(parts: Mapping[str, Scalar]) -> Fields:
    """An object that is only a four-momentum.

    Args:
        parts: Components px, py, pz, E.
    """
    return Fields({name: partial(_same, part) for name, part in parts.items()}, "cartesian")


def _same(value: Scalar) -> Scalar:
    return value


def coordinates_of(names: set[str]) -> str:
    """Type of the four-momentum among an object's fields.

    Args:
        names: Names of the stored fields.

    Raises:
        UnsupportedError: No complete set of four coordinates is stored.
    """
    for kind, parts in MOMENTUM.items():
        if names.issuperset(parts):
            return kind
    raise UnsupportedError(
        f"objects with the stored coordinates {', '.join(sorted(names & KINEMATICS))}"
    )
