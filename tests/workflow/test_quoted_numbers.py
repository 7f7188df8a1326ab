"""The page that says which number to quote points to what the products have."""

import re

import pytest
from support.example import products
from support.project.paths import ROOT

from wollemi.base.json_pointer import resolve_pointer
from wollemi.results.fit import Fits

PAGE = (ROOT / "docs/quote.md").read_text(encoding="utf-8")


def pointers():
    """Each pointer with the product that its row names before it, or the one above."""
    file = None
    for found in re.findall(r"`([a-z_]+\.json)`|`(/[^`]+)`", PAGE):
        file = found[0] or file
        if found[1]:
            yield file, found[1]


def example(file):
    """A product; the fit with its goodness, which it need not have."""
    made = getattr(products, file.removesuffix(".json"))()
    if file == "fit.json":
        made["fits"]["signal"]["goodness_of_fit"] = {"p_value": 0.4, "degrees_of_freedom": 3}
        Fits.parse(file, made)
    return made


@pytest.mark.parametrize(("file", "pointer"), list(pointers()))
def test_a_pointer_points_to_a_number(file, pointer):
    value, _ = resolve_pointer(example(file), pointer)
    expected = str if pointer == "/method" else int | float | list | None
    assert isinstance(value, expected)
    assert not isinstance(value, bool)


def test_every_kind_of_result_has_a_row():
    made = {file.removesuffix(".json") for file, _ in pointers()}
    assert made >= {
        *("fit", "scans", "intervals", "uncertainties", "ranking", "goodness", "limits"),
        *("significances", "discovery", "region_limits", "extrapolation", "toy_fits"),
    }
