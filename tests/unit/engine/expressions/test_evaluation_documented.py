"""Every example of docs/selections.md is run. Its values were worked out by hand and with plain
arithmetic.
"""

import ast
import re

import awkward as ak
import numpy as np
import pytest
import yaml
from support.project.paths import ROOT

from wollemi.analysis.models.analysis import Hook
from wollemi.analysis.models.objects import PhysicsObject
from wollemi_engine.events.model import EventModel
from wollemi_engine.expressions.evaluation import evaluate
from wollemi_likelihood.expressions.syntax import FUNCTIONS, KINEMATICS

PAGE = (ROOT / "docs/selections.md").read_text(encoding="utf-8")
FUNCTION = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
BRANCHES, OBJECTS = map(yaml.safe_load, YAML[:2])
BATCH = ak.Array(
    {
        name: ak.values_astype(ak.Array(v), np.int32 if "charge" in name else float)
        for name, v in BRANCHES.items()
    }
)


def rows(section, columns):
    """Code of the columns of a section's tables."""
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    cells = (
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("| `")
    )
    return [[cell[1:-1] for cell in row[:columns]] for row in cells]


def model(**further):
    items = {name: PhysicsObject(**item) for name, item in (OBJECTS | further).items()}
    return EventModel(items, {}, {})


def value(text, **further):
    result = evaluate(text, model(**further).names(BATCH))
    return ak.Array(result).tolist() if isinstance(result, ak.Array) else result.tolist()


def same(found, expected):
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if expected is None or isinstance(expected, bool):
        return found is expected
    return found == pytest.approx(expected, rel=5.1e-4, abs=1e-9)


@pytest.mark.parametrize(("text", "expected"), rows("Values", 2))
def test_values(text, expected):
    assert same(value(text), ast.literal_eval(expected)), value(text)


FUNCTION_ROWS = [row for row in rows("Functions", 3) if "(" in row[1]]
FIELD_ROWS = [row for row in rows("Functions", 3) if "(" not in row[1]]


@pytest.mark.parametrize(("name", "text", "expected"), FUNCTION_ROWS + FIELD_ROWS)
def test_functions_and_fields(name, text, expected):
    assert name in text
    assert same(value(text), ast.literal_eval(expected)), value(text)


def test_the_tables_are_complete():
    assert sorted(row[0] for row in FUNCTION_ROWS) == sorted(FUNCTIONS)
    assert sorted(row[0] for row in FIELD_ROWS) == sorted(KINEMATICS)
    assert {row[0] for row in OBJECT_ROWS if row[0][0] != "{"} == set(PhysicsObject.model_fields)


OBJECT_ROWS = [row if row[0][0] != "{" else ["combine", *row[:2]] for row in rows("Objects", 3)]


@pytest.mark.parametrize(("key", "item", "expected"), OBJECT_ROWS)
def test_objects(key, item, expected):
    definition = yaml.safe_load(item)
    assert key in definition
    if definition.get("collection"):
        definition.setdefault("mass_gev", 0)
    found = value("example.pt", example=definition)
    assert same(found, ast.literal_eval(expected)), found


@pytest.mark.parametrize(("item", "expected"), rows("Names of the event", 2))
def test_names_of_the_event(item, expected):
    definition = yaml.safe_load(item)
    if definition.get("collection"):
        definition.setdefault("mass_gev", 0)
    found = value("example.pt", example=definition)
    assert same(found, ast.literal_eval(expected)), found


def test_keys_act_in_the_order_of_the_page():
    order = [row[0] for row in rows("Objects", 1) if row[0][0] != "{"]
    assert order == list(PhysicsObject.model_fields)


def test_the_hook():
    """Two jets of equal size at a right angle are spherical, one jet is not; without jets it is not
    defined.
    """
    functions: dict = {}
    exec(FUNCTION, functions)
    batch = ak.Array(
        {
            "Jet_pt": [[50.0, 50.0], [30.0], []],
            "Jet_eta": [[1.0, 0.0], [0.0], []],
            "Jet_phi": [[0.0, np.pi / 2], [1.0], []],
        }
    )
    (block,) = (text for text in YAML if "sphericity" in text)
    columns = {"shape": Hook(**yaml.safe_load(block)["columns"]["sphericity"])}
    items = {"jet": PhysicsObject(collection="Jet", mass_gev=0)}
    names = EventModel(
        items, columns, {"transverse_sphericity": functions["transverse_sphericity"]}
    ).names(batch)
    assert ak.to_list(names["shape"]) == pytest.approx([1.0, 0.0, np.nan], abs=1e-9, nan_ok=True)


def test_the_formulas_give_the_same_bits():
    rng = np.random.default_rng(5)
    pt, eta, phi, mass = (
        rng.exponential(40, 2000),
        rng.normal(0, 2, 2000),
        rng.uniform(-3.2, 3.2, 2000),
        rng.gamma(2, 3, 2000),
    )
    columns = {"pt": pt, "eta": eta, "phi": phi, "mass": mass}
    batch = ak.Array(
        {f"Jet_{name}": ak.unflatten(values, [4] * 500) for name, values in columns.items()}
    )
    items = {
        "jet": PhysicsObject(collection="Jet"),
        "top": PhysicsObject(combine=["jet", "jet", "jet"], cuts="pt > 0"),
    }
    names = EventModel(items, {}, {}).names(batch)
    px, py, pz, energy = (values.reshape(500, 4) for values in four_vectors(pt, eta, phi, mass))
    for index, legs in enumerate(([0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3])):
        x, y, z, e = (v[:, legs[0]] + v[:, legs[1]] + v[:, legs[2]] for v in (px, py, pz, energy))
        squared = e**2 - (x**2 + y**2 + z**2)
        expected = {
            "px": x, "py": y, "pz": z, "E": e, "pt": np.sqrt(x**2 + y**2), "phi": np.arctan2(y, x),
            "eta": np.arcsinh(z / np.sqrt(x**2 + y**2)), "mass": np.copysign(np.sqrt(np.abs(squared)), squared),  # noqa: E501
        }  # fmt: skip
        for name, values in expected.items():
            found = ak.to_numpy(evaluate(f"top[{index}].{name}", names))
            assert (found == values).all(), name
    for name, values in zip(("px", "py", "pz", "E"), (px, py, pz, energy), strict=True):
        assert (ak.to_numpy(evaluate(f"jet.{name}", names)) == values).all(), name


def four_vectors(pt, eta, phi, mass):
    """The page's formulas."""
    e = np.exp(-eta)
    c = 0.5 * (1 + e**2) / e
    energy = np.sqrt(np.maximum(np.copysign(mass**2, mass) + pt**2 * c**2, 0))
    return pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energy
