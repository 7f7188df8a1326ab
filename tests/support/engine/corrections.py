"""Random corrections of all kinds of nodes."""

import json
import random
from typing import Any

import numpy as np

from support.events.correction_files import write_corrections

INPUTS = {"x": "real", "y": "real", "n": "int", "m": "int", "what": "string"}
FLOWS = ("clamp", "error", "wrap", None)
FUNCTIONS = (
    *("log", "log10", "exp", "erf", "sqrt", "abs", "cos", "sin", "tan", "acos", "asin", "atan"),
    *("cosh", "sinh", "tanh", "acosh", "asinh", "atanh"),
)
OPERATIONS = ("||", "&&", "==", "!=", ">", "<", ">=", "<=", "-", "+", "/", "*", "^")


def random_correction(seed: int, name: str = "c") -> dict[str, Any]:
    """A correction of the inputs x, y (real), n, m (int) and what (string)."""
    choose = random.Random(seed)
    generic = [_formula(choose, 2) for _ in range(2)]
    return {
        "name": name,
        "version": 1,
        "inputs": [{"name": key, "type": kind} for key, kind in INPUTS.items()],
        "output": {"name": "factor", "type": "real"},
        "generic_formulas": generic,
        "data": _node(choose, 3),
    }


def _number(choose: random.Random) -> float:
    """Of few digits or of many, which correctionlib reads in its own way."""
    value = choose.uniform(-3, 3)
    return choose.choice([round(value, 1), value, value * 1e-5, round(value)]) * 1.0


def _node(choose: random.Random, depth: int) -> Any:
    if depth == 0:
        return choose.choice([_number(choose), _formula(choose, 2)])
    plain = [_reference, _number, _random]
    kind = choose.choice([_bins, _bins, _multibins, _category, _transform, *plain])
    return kind(choose) if kind in plain else kind(choose, depth)


def _edges(choose: random.Random) -> tuple[Any, int]:
    number = choose.randint(1, 6)
    if choose.random() < 0.4:
        low = _number(choose)
        return {"n": number, "low": low, "high": low + choose.uniform(0.5, 4)}, number
    edges: list[Any] = sorted({_number(choose) for _ in range(number + 1)})
    if choose.random() < 0.2:
        edges = ["-inf", *edges, "inf"]
    if len(edges) < 2:
        edges = [edges[0], edges[0] + 1.0]
    return edges, len(edges) - 1


def _flow(choose: random.Random, axes: list[Any], depth: int) -> Any:
    flow = choose.choice(FLOWS)
    if flow == "wrap" and any("inf" in axis for axis in axes):
        flow = "clamp"
    return _node(choose, depth - 1) if flow is None else flow


def _bins(choose: random.Random, depth: int) -> Any:
    edges, number = _edges(choose)
    return {
        "nodetype": "binning",
        "input": choose.choice("xyn"),
        "edges": edges,
        "content": _several(choose, number, depth),
        "flow": _flow(choose, [edges], depth),
    }


def _multibins(choose: random.Random, depth: int) -> Any:
    inputs = choose.sample("xyn", choose.randint(1, 3))
    axes, numbers = zip(*(_edges(choose) for _ in inputs), strict=True)
    return {
        "nodetype": "multibinning",
        "inputs": inputs,
        "edges": list(axes),
        "content": _several(choose, int(np.prod(numbers)), min(depth, 2)),
        "flow": _flow(choose, list(axes), depth),
    }


def _several(choose: random.Random, number: int, depth: int) -> list[Any]:
    """Contents of one shape, or of several."""
    if choose.random() < 0.5:
        state, contents = choose.getstate(), []
        for _ in range(number):
            choose.setstate(state)
            contents.append(_renumbered(_node(choose, depth - 1), choose.randrange(10**9)))
            state = state if choose.random() < 0.9 else choose.getstate()
        return contents
    return [_node(choose, depth - 1) for _ in range(number)]


def _renumbered(node: Any, seed: int) -> Any:
    """The same node with other numbers in its bins and parameters."""
    choose = random.Random(seed)
    if isinstance(node, float):
        return _number(choose)
    if node["nodetype"] in ("formula", "formularef"):
        return node | {"parameters": [_number(choose) for _ in node["parameters"]]}
    if "content" in node and isinstance(node["content"], list) and node["nodetype"] != "category":
        return node | {"content": [_renumbered(item, seed + 1) for item in node["content"]]}
    return node


def _category(choose: random.Random, depth: int) -> Any:
    name = choose.choice(["n", "what", "m"])
    keys: Any = ["up", "down"] if name == "what" else choose.sample(range(-2, 4), 3)
    items = [{"key": key, "value": _node(choose, depth - 1)} for key in keys]
    default = choose.choice([None, _node(choose, depth - 1)])
    return {"nodetype": "category", "input": name, "content": items, "default": default}


def _transform(choose: random.Random, depth: int) -> Any:
    return {
        "nodetype": "transform",
        "input": choose.choice("xynm"),
        # correctionlib has no defined answer to NaN in bins of equal width
        "rule": {
            "nodetype": "formula",
            "expression": choose.choice(["x + [0]", "[1] * y - [2]", "2.5 * (x > y)"]),
            "parser": "TFormula",
            "variables": ["x", "y"],
            "parameters": [_number(choose) for _ in range(3)],
        },
        "content": _node(choose, depth - 1),
    }


def _reference(choose: random.Random) -> Any:
    parameters = [_number(choose) for _ in range(3)]
    return {"nodetype": "formularef", "index": choose.randint(0, 1), "parameters": parameters}


def _random(choose: random.Random) -> Any:
    inputs = choose.choices("xynm", k=choose.randint(1, 9))
    distribution = choose.choice(["stdflat", "normal"])
    return {"nodetype": "hashprng", "inputs": inputs, "distribution": distribution}


def _formula(choose: random.Random, depth: int) -> Any:
    return {
        "nodetype": "formula",
        "expression": _text(choose, depth),
        "parser": "TFormula",
        "variables": choose.choice([["x", "y"], ["y", "x"], ["x", "x"]]),
        "parameters": [_number(choose) for _ in range(3)],
    }


def _text(choose: random.Random, depth: int) -> str:
    if depth == 0 or choose.random() < 0.2:
        plain = ["x", "y", "x[1]", "[0]", "[2]", f"{abs(_number(choose)):.3f}", "1e-2", "-2"]
        return choose.choice(plain)
    one, other = _text(choose, depth - 1), _text(choose, depth - 1)
    return choose.choice(
        [
            f"{choose.choice(FUNCTIONS)}({one})",
            f"{choose.choice(['atan2', 'pow', 'max', 'min'])}({one}, {other})",
            f"{one} {choose.choice(OPERATIONS)} {other}",
            f"{one} + {other} * [1]",
            f"-({one})",
            f"({one} {choose.choice(OPERATIONS)} {other})",
        ]
    )


def constants_of(correction: Any) -> list[float]:
    """All numbers in a correction: its edges are among them."""
    if isinstance(correction, dict | list):
        items = correction.values() if isinstance(correction, dict) else correction
        return [number for item in items for number in constants_of(item)]
    return [float(correction)] if type(correction) in (int, float) else []


def write(path: Any, *corrections: dict[str, Any], compounds: tuple[Any, ...] = ()) -> None:
    """Write a file; numbers with all of their digits."""
    write_corrections(path, *json.loads(json.dumps(corrections)), compounds=compounds)
