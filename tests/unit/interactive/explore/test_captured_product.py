"""Functions of a notebook as products: what is written, and what is refused."""

import runpy

import pytest
import yaml
from support.tiny.analysis import ANALYSIS

import wollemi
from wollemi_interactive.explore.captured_product import Noted
from wollemi_likelihood.base.errors import WollemiError

FACTOR = 3


def tension(found, limits):
    """Limit over deviance, and how many signals have one."""
    signals = limits["limits"]
    deviance = found["fits"]["signal_200"]["deviance"]
    return {"ratio": signals["signal_200"]["observed"] / deviance, "signals": len(signals)}


def of_the_notebook(found):
    return FACTOR * len(found)


def failing(found):
    return found["fit"]


USES = {"found": "fit.json", "limits": "limits.json"}


def test_a_function_becomes_a_product(finished_copy):
    run = wollemi.open(finished_copy / "results/tiny")
    before = yaml.safe_load((finished_copy / ANALYSIS).read_text())
    hooks, analysis, test = run.add_product(tension, **USES)
    written = yaml.safe_load(analysis.read_text())
    assert written.pop("products") == {"tension": {"hook": "tension", "uses": USES}}
    assert written == before
    assert "def tension(found, limits):" in hooks.read_text()
    checked = runpy.run_path(str(test))
    checked["test_value"]()
    assert checked["EXPECTED"]["ratio"] > 0
    assert checked["INPUTS"]["found"]["fits"].keys() == {"signal_200"}, "no more than it reads"
    with pytest.raises(WollemiError, match="'tension' already"):
        run.add_product(tension, **USES)


@pytest.mark.parametrize(
    ("function", "uses", "message"),
    [
        (tension, USES | {"found": "fits.json"}, "did you mean 'fit.json'"),
        (of_the_notebook, {"found": "fit.json"}, "uses 'FACTOR' of the notebook"),
        (failing, {"found": "fit.json"}, "KeyError: 'fit'"),
        (tension, {"found": "fit.json"}, "TypeError: .*'limits'"),
    ],
)
def test_what_is_refused(finished_copy, function, uses, message):
    before = (finished_copy / ANALYSIS).read_text()
    with pytest.raises(WollemiError, match=message):
        wollemi.open(finished_copy / "results/tiny").add_product(function, **uses)
    assert (finished_copy / ANALYSIS).read_text() == before


def test_what_is_read_is_noted():
    content = {"a": {"b": 1, "c": {"d": 2}}, "e": [{"f": 3}], "g": {"h": 4}, "i": 5}
    noted = Noted(content)
    assert noted["a"]["c"]["d"] == 2
    assert noted["e"][0]["f"] == 3
    assert noted.get("x") is None
    assert dict(noted["g"]) == {"h": 4}
    assert noted.read() == {"a": {"c": {"d": 2}}, "e": [{"f": 3}], "g": {"h": 4}}
    assert len(noted) == 4
