"""Axis labels in the notation of the field: `$m_{ee}$` for `(Electron[0] + Electron[1]).mass`.

Standard library of Python 3.8 only: the Snakefile labels the variables of an analysis.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from wollemi_likelihood.expressions.syntax import ExpressionError, parse_expression

# Short name → usual names of the collection.
NAMES = {
    "e": ("electron", "Electron", "electrons", "Electrons"),
    "mu": ("muon", "Muon", "muons", "Muons"),
    "tau": ("tau", "Tau", "taus", "TauJet"),
    "y": ("photon", "Photon", "photons", "Photons"),
    "j": ("jet", "Jet", "jets", "Jets"),
}
SYMBOLS = {"mu": r"\mu", "tau": r"\tau", "y": r"\gamma"}
OF_OBJECT = {"mass": "m", "pt": r"p_\mathrm{T}", "eta": r"\eta", "phi": r"\phi", "energy": "E"}
OF_TWO = {"delta_r": r"\Delta R", "delta_phi": r"\Delta\phi"}
MISSING_PT = re.compile(r"(Puppi)?MET_pt|met(\.pt|_pt|_et)?")
LONGEST = 40  # characters of an expression that fit beside an axis
ORDER = ("first", "second", "third", "fourth")  # not leading: an object has any `order`


def variable_label(name: str, expression: str, columns: Mapping[str, Any]) -> str:
    """Default label of a variable: a symbol, a short expression, or the name.

    Args:
        name: Name of the variable.
        expression: Its expression, or the name of a column; empty if it has categories.
        columns: Column → expression, or anything else.
    """
    behind = columns.get(expression, expression)
    label = quantity_label(behind) if isinstance(behind, str) else expression
    if label == behind:  # no symbol
        label = expression
    return label if 0 < len(label) <= LONGEST or "$" in label else name


def quantity_label(expression: str) -> str:
    """The label of an expression, TeX between dollar signs; without a usual symbol, its text.

    Args:
        expression: Quantity in the language of selections.
    """
    if MISSING_PT.fullmatch(expression.strip()):
        return r"$E_\mathrm{T}^\mathrm{miss}$"
    try:
        return _label(parse_expression(expression)) or expression
    except ExpressionError:
        return expression  # the evaluation reports it


def _label(node: ast.expr) -> str:
    """Empty without a usual symbol."""
    if isinstance(node, ast.Attribute) and node.attr in OF_OBJECT:
        symbol = OF_OBJECT[node.attr]
        if one := _worded(node.value):
            return f"{one} ${symbol}$"
        objects = _symbols(_terms(node.value))
        if objects and node.attr == "mass":
            return f"$m_{{{objects}}}$"
        return f"${symbol}^{{{objects}}}$" if objects else ""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)) or node.keywords:
        return ""
    name, legs = node.func.id, node.args
    if name == "count" and len(legs) == 1 and isinstance(legs[0], ast.Name):
        return f"number of {re.sub('s$', '', _words(legs[0].id))}s"
    objects = _symbols(legs, r",\,")
    return f"${OF_TWO[name]}({objects})$" if objects and name in OF_TWO and len(legs) == 2 else ""


def _worded(node: ast.expr) -> str:
    """`first electron` for one object, `electron` for all; empty for others."""
    if isinstance(node, ast.Name):
        return _words(node.id)
    index = _index(node)
    return f"{ORDER[index[1]]} {_words(index[0])}" if index and index[1] < len(ORDER) else ""


def _words(name: str) -> str:
    """`tight muon` for `tight_muon`, and the same for collections of all layouts."""
    usual = next((names[0] for names in NAMES.values() if name in names), name)
    return re.sub("_+", " ", usual).strip()


def _terms(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


def _index(node: ast.expr) -> tuple[str, int] | None:
    if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)):
        return None
    place: Any = getattr(node.slice, "value", None)
    place = getattr(place, "value", place)  # Python 3.8 has a node around an index
    return (node.value.id, place) if type(place) is int else None


def _symbols(nodes: list[ast.expr], between: str = "") -> str:
    """Symbols of several objects, the first ones of their kinds; empty for others."""
    found: list[str] = []
    seen: list[str] = []
    for node in nodes:
        index = _index(node)
        if index is None or index[1] != seen.count(index[0]):
            return ""
        seen.append(index[0])
        usual = next((short for short, names in NAMES.items() if index[0] in names), "")
        words = _words(index[0]).replace(" ", r"\ ")
        found.append(SYMBOLS.get(usual, usual) or rf"\mathrm{{{words}}}")
    if len(found) < 2:
        return ""
    if between or any("mathrm" in it for it in found):
        return (between or r"\,").join(found)
    # TeX needs the space only between a command and a letter.
    return re.sub(r"(?<![a-z]{2}) | (?=\\)", "", " ".join(found))
