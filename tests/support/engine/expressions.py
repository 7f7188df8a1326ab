"""Random expressions of the language on random objects."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from wollemi_likelihood.expressions.syntax import ExpressionError, parse_expression

NUMBERS = ("MET_pt", "MET_phi", "PV_npvs", "genWeight", "met_pt", "met_phi")
FIELDS = {
    "muon": ("pt", "eta", "phi", "mass", "charge", "tight"),
    "electron": ("pt", "eta", "phi", "charge", "flavor"),
}
FIELDS |= {
    "jet": ("pt", "eta", "btag", "id", "half"),
    "lepton": ("pt", "eta", "charge"),
    "pair": ("pt", "mass", "first.pt"),
}
FIELDS |= {
    "far": ("pt", "eta", "btag"),
    "top": ("mass", "pt", "second.btag"),
    "other": ("pt", "phi", "charge"),
}
KINEMATICS = ("px", "py", "pz", "E", "p", "rapidity", "theta", "mt", "m", "energy", "eta", "phi")


class Expressions:
    """Random expressions of the language; most are of defined values, some of None and NaN.

    Args:
        rng: draws them.
        fields: object → fields that expressions use.
    """

    def __init__(self, rng: np.random.Generator, fields: Mapping[str, Sequence[str]] = FIELDS):
        self._rng, self._fields = rng, fields

    def pick(self, *choices: Any) -> Any:
        return choices[self._rng.integers(len(choices))]

    def constant(self) -> str:
        return self.pick("0", "1", "2", "3.5", "-1", "20", "0.4", "50", "1e-3")

    def objects(self) -> str:
        return self.pick(*self._fields)

    def one(self) -> str:
        """One object."""
        name = self.objects()
        return self.pick(
            f"{name}[0]",
            f"{name}[1]",
            f"{name}[-1]",
            f"nearest({name}[0], {self.pick('jet', 'muon')})",
            f"where({self.condition(0)}, {name}[0], {name}[{self.pick(1, -1)}])",
        )

    def momentum(self) -> str:
        return self.pick(
            f"({self.one()} + {self.one()})",
            f"({self.one()} - {self.one()})",
            f"sum({self.objects()})",
            self.one(),
        )

    def number(self, depth: int = 3) -> str:
        """One number per event."""
        if depth == 0:
            drawn = self.pick("normal(1)", "uniform(2)")
            return self.pick(
                self.constant(),
                self.pick(*NUMBERS),
                self.field(),
                f"count({self.objects()})",
                drawn,
            )
        match self._rng.integers(10):
            case 0 | 1:
                return (
                    f"({self.number(depth - 1)} {self.pick('+', '-', '*', '/', '%')} "
                    f"{self.number(depth - 1)})"
                )
            case 2:
                return f"{self.pick('sum', 'min', 'max', 'prod')}({self.listing(depth - 1)})"
            case 3:
                function = self.pick(
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
                    "-",
                )
                return f"{function}({self.number(depth - 1)})"
            case 4:
                return (
                    f"where({self.condition(depth - 1)}, {self.number(depth - 1)}, "
                    f"{self.number(depth - 1)})"
                )
            case 5:
                return f"{self.momentum()}.{self.pick('pt', 'mass', *KINEMATICS)}"
            case 6:
                return (
                    f"{self.pick('min', 'max', 'atan2')}({self.number(depth - 1)}, "
                    f"{self.number(depth - 1)})"
                )
            case 7:
                return f"{self.pick('delta_r', 'delta_phi')}({self.one()}, {self.one()})"
            case 8:
                return f"mt({self.one()}.pt, {self.one()}.phi, MET_pt, MET_phi)"
        return f"(1.0 * {self.number(depth - 1)}) ** {self.pick('2', '3', '0.5', '-1')}"

    def field(self) -> str:
        name = self.objects()
        return f"{name}[{self.pick(0, 0, 1, -1, 2)}].{self.pick(*self._fields[name])}"

    def listing(self, depth: int = 2, name: str = "") -> str:
        """A list of numbers of the same objects."""
        name = name or self.objects()
        field = f"{name}.{self.pick(*self._fields[name])}"
        if depth == 0:
            return field
        match self._rng.integers(6):
            case 0 | 1:
                return (
                    f"({self.listing(depth - 1, name)} {self.pick('+', '-', '*', '/')} "
                    f"{self.listing(depth - 1, name)})"
                )
            case 2:
                return (
                    f"({self.listing(depth - 1, name)} {self.pick('+', '*', '/')} "
                    f"{self.number(depth - 1)})"
                )
            case 3:
                return self.pick(
                    f"delta_r({self.one()}, {name})",
                    f"delta_phi({name}, {self.one()})",
                    f"nearest({name}, jet).pt",
                )
            case 4:
                return (
                    f"{self.pick('abs', 'sqrt', 'exp', 'floor')}({self.listing(depth - 1, name)})"
                )
        return f"where({field} > {self.constant()}, {field}, {self.pick(field, 'MET_phi', '1')})"

    def conditions(self, depth: int, name: str) -> str:
        """A list of conditions on the same objects."""
        sign = self.pick("<", "<=", ">", ">=", "==", "!=")
        link = (
            f"{self.listing(depth, name)} {sign} "
            f"{self.pick(self.constant(), self.number(0), self.listing(0, name))}"
        )
        if depth == 0 or self._rng.random() < 0.5:
            return f"({link})"
        return self.pick(
            f"({link} {self.pick('and', 'or')} {self.condition(0)})", f"(not ({link}))"
        )

    def condition(self, depth: int = 2) -> str:
        """One truth value an event."""
        match self._rng.integers(6 if depth else 2):
            case 0 | 1:
                return (
                    f"({self.number(max(depth - 1, 0))} "
                    f"{self.pick('<', '<=', '>', '>=', '==', '!=')} {self.number(0)})"
                )
            case 2:
                return (
                    f"({self.condition(depth - 1)} {self.pick('and', 'or')} "
                    f"{self.condition(depth - 1)})"
                )
            case 3:
                return f"(not {self.condition(depth - 1)})"
            case 4:
                return f"({self.constant()} < {self.number(depth - 1)} <= {self.constant()})"
        return f"{self.pick('any', 'all')}({self.conditions(depth - 1, self.objects())})"


def accepted(draw: Callable[[], str]) -> str:
    """What the language takes: drawn again where a part without names is not a number, such as
    `(-1) ** 0.5`.
    """
    while True:
        text = draw()
        try:
            parse_expression(text)
        except ExpressionError:
            continue
        return text
