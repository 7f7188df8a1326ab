"""What a func_adl query means, in plain Python: lists of lists, one element after the other."""

# ruff: noqa: N802 - the names that queries use

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np


class Record(dict):
    """Fields by name, as attributes, by methods without arguments, and as a four-momentum."""

    def __getattr__(self, name: str) -> Any:
        if name not in self and name in _KINEMATICS:
            return _KINEMATICS[name](self._momentum())
        return Number(self[name]) if isinstance(self[name], float) else self[name]

    def _momentum(self) -> tuple[float, float, float, float]:
        if "pt" not in self:
            return self["px"], self["py"], self["pz"], self["E"]
        pt, eta, phi, mass = (float(self[name]) for name in ("pt", "eta", "phi", "mass"))
        x, y, z = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
        return x, y, z, math.sqrt(x * x + y * y + z * z + mass * mass)

    def __add__(self, other: "Record") -> "Record":
        parts = zip(self._momentum(), other._momentum(), strict=True)
        return Record(zip(("px", "py", "pz", "E"), map(sum, parts), strict=True))

    def __radd__(self, zero: int) -> "Record":
        return self

    def ToFourMomentum(self) -> "Record":
        return self

    def deltaR(self, other: "Record") -> float:
        phi = (self["phi"] - other["phi"] + math.pi) % (2 * math.pi) - math.pi
        return math.hypot(self["eta"] - other["eta"], phi)


def recorded(value: Any) -> Any:
    """Dictionaries of a query as records."""
    if isinstance(value, dict) and not isinstance(value, Record):
        return Record((name, recorded(item)) for name, item in value.items())
    return value


class Number(float):
    """A field that may be called, as methods of ATLAS objects are."""

    def __call__(self) -> float:
        return float(self)


_KINEMATICS: dict[str, Callable[[tuple[float, ...]], float]] = {
    "mass": lambda p: math.sqrt(max(p[3] ** 2 - p[0] ** 2 - p[1] ** 2 - p[2] ** 2, 0)),
    "px": lambda p: p[0],
    "pz": lambda p: p[2],
}


class Sequence(list):
    """A list with the methods of func_adl."""

    def Select(self, function: Callable[[Any], Any]) -> "Sequence":
        return Sequence(recorded(function(item)) for item in self)

    def SelectMany(self, function: Callable[[Any], Any]) -> "Sequence":
        return Sequence(itertools.chain.from_iterable(map(function, self)))

    def Where(self, function: Callable[[Any], Any]) -> "Sequence":
        return Sequence(filter(function, self))

    def OrderBy(self, function: Callable[[Any], Any]) -> "Sequence":
        return Sequence(sorted(self, key=function))

    def OrderByDescending(self, function: Callable[[Any], Any]) -> "Sequence":
        return Sequence(sorted(self, key=lambda item: -function(item)))

    def Choose(self, size: int) -> "Sequence":
        return Sequence(itertools.combinations(self, size))

    def Any(self, function: Callable[[Any], Any] = bool) -> bool:
        return any(map(function, self))

    def All(self, function: Callable[[Any], Any] = bool) -> bool:
        return all(map(function, self))

    def ToFourMomentum(self) -> "Sequence":
        return self

    def First(self) -> Any:
        return self[0]

    def Last(self) -> Any:
        return self[-1]

    def ElementAt(self, number: int) -> Any:
        return self[number]

    def Count(self) -> int:
        return len(self)

    def Sum(self) -> Any:
        return sum(self)

    def Max(self) -> Any:
        return max(self)

    def Min(self) -> Any:
        return min(self)


def zipped(lists: dict[str, Sequence]) -> Sequence:
    """Records of the elements of equally long lists."""
    rows = zip(*lists.values(), strict=True)
    return Sequence(Record(zip(lists, row, strict=True)) for row in rows)


def event(branches: dict[str, Any]) -> Record:
    """An event with its branches, and its collections under their names."""
    found = Record(
        (name, Sequence(item) if isinstance(item, list) else item)
        for name, item in branches.items()
    )
    for name in {name.partition("_")[0] for name, item in branches.items() if "_" in name}:
        own = {k.partition("_")[2]: v for k, v in found.items() if k.startswith(f"{name}_")}
        if all(isinstance(item, list) for item in own.values()):
            found[name] = zipped(own)
    return found


def plain(value: Any) -> Any:
    """Plain lists, dictionaries and numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def answer(text: str, events: list[dict[str, Any]]) -> list[Any]:
    """The rows of a query."""
    source = Sequence(map(event, events))
    names = {"EventDataset": lambda *_: source, "Zip": zipped, "np": np}
    return plain(eval(f"(\n{text}\n)", names))
