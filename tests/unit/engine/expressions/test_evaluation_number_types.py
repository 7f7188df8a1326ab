"""Numbers of every type of a file, and constants anywhere in an expression, are like the same
numbers in float64 branches.
"""

import ast
import math
import re

import awkward as ak
import numpy as np
import pytest
from support.engine.analyses import COLUMNS, odd_events, random_objects
from support.engine.cases import Case, cache, check
from support.engine.expressions import Expressions, accepted

from wollemi.analysis.models.objects import PhysicsObject
from wollemi.analysis.plain.needed_columns import needed_branches
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import as_flags, as_values, evaluate
from wollemi_likelihood.expressions.syntax import FUNCTIONS, RANDOM

__all__ = ["cache"]
TYPES = [
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
]
# x: one number per event, j: of each jet. Together they call every function and operation.
EXPRESSIONS = [
    *(
        f"{name}(x)"
        for name in [
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
        ]
    ),
    *(f"{name}(j)" for name in ["sum", "prod", "min", "max", "any", "all", "count"]),
    *(f"{name}(sqrt(j))" for name in ("sum", "prod", "min", "max")),
    *(f"(x {sign} y)" for sign in ("+", "*", "/", "%", "<", "==", "and", "or")),
    *(
        "x - 3",
        "sum(j - 3)",
        "-x",
        "sum(-j)",
        "x % 3",
        "x % 0",
        "7 % y",
        "sum(x % j)",
        "x ** 2",
        "x ** 0.5",
        "1000 * x * x",
        "not x",
        "(x > 1) + (y > 1) - 3",
    ),
    *(
        "min(x, y, 2)",
        "max(x, y)",
        "atan2(x, y)",
        "where(x, y, 2.5)",
        "where(y > 1, x, -1)",
        "sum(where(j > 1, j, 0.5))",
    ),
    *(
        "delta_phi(x, y)",
        "mt(x, y, 2, x)",
        "jet[0].n + x",
        "nearest(jet, jet)[0].n",
        "sum(jet.pt * jet.n)",
        "count(jet.n > 1)",
    ),
    *(
        "count(heavy)",
        "heavy[0].pt",
        "jet[0].n",
        "delta_r(jet[0], jet[1])",
        "sum(heavy).pt",
        "min(jet.n) * 1000",
    ),
]


def events(kind):
    """Small numbers of a type, those of the jets in lists, and the same as float64."""
    rng = np.random.default_rng(2)
    counts = rng.integers(0, 4, 200)
    total = int(counts.sum())
    numbers = {
        "x": rng.integers(0, 7, 200),
        "y": rng.integers(0, 5, 200),
        "jets": rng.integers(0, 6, total),
    }
    typed = {name: values.astype(kind) for name, values in numbers.items()}
    flat = {
        "pt": rng.uniform(20, 90, total),
        "eta": rng.normal(0, 1, total),
        "phi": rng.uniform(-3, 3, total),
    }
    jets = {f"Jet_{name}": ak.unflatten(values, counts) for name, values in flat.items()}

    def batch(x, y, n):
        return ak.zip({"x": x, "y": y, **jets, "Jet_n": n, "j": n}, depth_limit=1)

    return [
        batch(given["x"], given["y"], ak.unflatten(given["jets"], counts))
        for given in (typed, {name: values.astype(np.float64) for name, values in typed.items()})
    ]


# What random expressions use, without the section of missing momenta.
RANDOM_COLUMNS = {**COLUMNS, "met_pt": "MET_pt", "met_phi": "MET_phi"}
JETS = {"jet": {"collection": "Jet", "mass_gev": 0, "fields": {"twice": "n + n"}}}
JETS |= {"heavy": {"select": "jet", "cuts": "n - 2", "order": "-n"}}


def test_every_function_is_called():
    calls = [
        node
        for text in EXPRESSIONS
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    ]
    assert {node.func.id for node in calls} == FUNCTIONS.keys() - set(RANDOM)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", TYPES)
def test_types_of_numbers(kind):
    typed, floats = events(kind)
    model = EventModel(
        {name: PhysicsObject.model_validate(item) for name, item in JETS.items()}, {}, {}
    )
    for text in EXPRESSIONS:
        found, expected = (evaluate(text, model.names(batch)) for batch in (typed, floats))
        np.testing.assert_allclose(
            as_values(found, 200, text), as_values(expected, 200, text), rtol=1e-14, err_msg=text
        )
        assert as_flags(found, 200, text).tolist() == as_flags(expected, 200, text).tolist(), text


def analysis(expressions, objects, branches=("x",)):
    bins = {"bins": [60, -20, 100], "label": "x"}
    names = {f"v{index}": {"expression": text, **bins} for index, text in enumerate(expressions)}
    return {
        "name": "numbers",
        "title": "numbers",
        "center_of_mass_tev": 13,
        "luminosity_ifb": 1,
        "datasets": {"d": {"files": ["x.root"], "cross_section_pb": 1.0, "weight": "2"}},
        "samples": {"s": {"role": "background", "datasets": "d"}},
        "objects": objects,
        "variables": names | {"n": {"expression": "1", **bins}},
        "regions": {"all": {"selection": "1 and not 0", "variable": "n", "monitor": list(names)}},
    }


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("kind", TYPES)
def test_both_engines_agree_on_types(kind, monkeypatch, caplog):
    check(Case(analysis(EXPRESSIONS, JETS), "d", events(kind)[0]), monkeypatch, caplog)


class Constants(Expressions):
    """Expressions in which anything may be a constant."""

    def number(self, depth=3):
        return self.constant() if self._rng.random() < 0.4 else super().number(depth)

    def condition(self, depth=2):
        if self._rng.random() < 0.4:
            return self.pick(
                "1",
                "0",
                "(2 > 1)",
                "(1 == 3.5)",
                "(not 0)",
                "(0.5 and 1)",
                "(0 or 0)",
                "(1 < 2 <= 2)",
            )
        return super().condition(depth)


CONSTANT = [
    *(
        "where(2 > 1, 3, 4.5)",
        "where(0, 1, 2) + 1",
        "1 < 2 <= 2",
        "not (1 and 0)",
        "not 3",
        "(2 > 1) + (3 > 1)",
        "-(2 > 1)",
    ),
    *(
        "sqrt(2) * 3 ** 2",
        "min(3, 2, 7) % 2",
        "atan2(1, 2)",
        "max(1, 2.5) and 0",
        "where(not 0, log(2), exp(1)) > 0.5",
    ),
    *(
        "floor(2.7) / 2",
        "abs(-3) == 3",
        "where(1 == 1, 2 > 1, 0) and (0 or 5)",
        "5 and 2",
        "cosh(0) - sin(0)",
        "log10(100)",
    ),
]


def test_constants_alone():
    """Without any name, an expression is what Python's own mathematics say."""
    functions = (
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
        "atan2",
    )
    known = {name: getattr(math, name) for name in functions}
    known |= {
        "min": min,
        "max": max,
        "abs": abs,
        "where": lambda flag, yes, no: yes if flag else no,
    }
    for text in CONSTANT:
        expected = eval(text, {"__builtins__": {}}, known)
        if not re.search("and|or", text):  # of which Python gives an operand
            assert as_values(evaluate(text, {}), 3).tolist() == pytest.approx(
                [float(expected)] * 3, rel=1e-15
            ), text
        assert as_flags(evaluate(text, {}), 3).tolist() == [bool(expected)] * 3, text


class Named(ast.NodeTransformer):
    """Puts names of branches in the place of constants."""

    def __init__(self):
        self.values = {}

    def visit_Constant(self, node):
        name = f"constant_{len(self.values)}"
        self.values[name] = float(node.value)
        return ast.Name(name)

    def visit_Subscript(self, node):
        return node

    def visit_Call(self, node):
        return node if node.func.id in RANDOM else self.generic_visit(node)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_constants_are_like_branches_of_one_value():
    """Wherever a constant stands: the same as a branch that holds it in each event."""
    make, size = Constants(np.random.default_rng(7)), 30
    batch = odd_events(3, size)
    objects = {
        name: PhysicsObject.model_validate(item) for name, item in random_objects(make).items()
    }
    model = EventModel(objects, RANDOM_COLUMNS, {})
    names = model.names(batch)
    for index in range(150):
        text = accepted(make.condition if index % 3 == 0 else make.number)
        replaced = Named()
        tree = ast.unparse(replaced.visit(ast.parse(text, mode="eval").body))
        constants = {
            name: ak.Array(np.full(size, value)) for name, value in replaced.values.items()
        }
        outcome = [_value(text, names, size), _value(tree, {**names, **constants}, size)]
        np.testing.assert_allclose(outcome[0], outcome[1], rtol=1e-9, atol=1e-9, err_msg=text)


def _value(text, names, size):
    return as_values(evaluate(text, names), size, text)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_both_engines_agree_on_constants(monkeypatch, caplog):
    make = Constants(np.random.default_rng(11))
    document = analysis(
        [accepted(make.pick(make.number, make.condition)) for _ in range(40)], random_objects(make)
    )
    document["columns"] = {**document.get("columns", {}), **RANDOM_COLUMNS}
    document["regions"]["one"] = {"selection": f"{accepted(make.condition)} or 1", "variable": "n"}
    document["datasets"]["d"]["weight"] = "where(1, 2, 3) * (2 > 1)"
    document["objects"]["constant"] = {
        "collection": "Jet",
        "cuts": "2 > 1",
        "order": "1",
        "calibrate": {"pt": "where(1, 30, 2)"},
    }
    document["variables"]["n"]["expression"] = "sum(constant.pt) + (count(constant) and 1)"
    batch = odd_events(5, 100)
    assert {"Jet_pt", "Jet_eta"} <= set(needed_branches(document, "d"))
    check(Case(document, "d", batch), monkeypatch, caplog)
