"""Functions of a notebook as columns: what is written, that it gives the same values, and what is
refused; and expressions as arrays.
"""

import linecache
import math
import runpy
import textwrap

import awkward as ak
import numpy as np
import pytest
import yaml
from support.tiny.analysis import ANALYSIS

import wollemi
from wollemi.histograms.histogram import bin_edges
from wollemi_interactive.explore.captured_function import (
    Written,
    hooks_text,
    values_of,
    with_column,
    written_function,
)
from wollemi_likelihood.base.errors import ConfigurationError, WollemiError

DOCUMENT = {"columns": {"mt": "x"}, "objects": {"muon": {}}}
SCALE = 2.0


def imbalance(muon, MET_pt):  # noqa: N803
    """Difference of the momenta of the muons, and of what is missing."""
    return np.abs(ak.sum(muon.pt * muon["charge"], axis=1)) + math.sqrt(4) * MET_pt


def from_cell(text, called="function"):
    """A function as a cell of a notebook makes it."""
    source = textwrap.dedent(text)
    name = f"<cell {len(linecache.cache)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    made = {"np": np, "SCALE": SCALE, "__name__": "__main__"}
    exec(compile(source, name, "exec"), made)
    return made[called]


def test_an_expression_as_an_array(finished):
    """Its histogram is that of the run; a list stays a list."""
    run = wollemi.open(finished / "results/tiny")
    values = run.evaluate("dimuon_mass", "data", "search")
    stored = run.histograms("data")["search/mass_search/nominal"]
    edges = [-np.inf, *bin_edges(stored.axes[0]), np.inf]
    assert np.histogram(values, edges)[0].tolist() == stored.values(flow=True).tolist()
    assert ak.all(run.evaluate("mass_search", "data", "search") == values)
    heavy = run.evaluate("muon.pt", "data", "search", where="dimuon_mass > 250")
    assert heavy.ndim == 2
    assert len(heavy) == np.count_nonzero(values > 250)
    assert set(ak.to_list(run.evaluate("7", "data", "search"))) == {7}
    for wrong in (("dimuon_mas", "data", "search"), ("mt", "dat", "search"), ("mt", "data", "x")):
        with pytest.raises(WollemiError, match=r"not there|no branch"):
            run.evaluate(*wrong)


def test_a_function_becomes_a_column(finished_copy):
    """With the values that it has in the notebook, in the histogram of the workflow."""
    run = wollemi.open(finished_copy / "results/tiny")
    muon = {name: run.evaluate(f"muon.{name}", "data", "search") for name in ("pt", "charge")}
    here = imbalance(ak.zip(muon), run.evaluate("MET_pt", "data", "search"))
    before = (finished_copy / ANALYSIS).read_text()
    files = run.add_column(imbalance, "search")
    hooks, analysis, test = (path.relative_to(finished_copy).as_posix() for path in files)
    assert (hooks, analysis) == ("config/analyses/tiny/hooks.py", str(ANALYSIS))
    assert test == "tests/test_tiny_imbalance.py"
    written = yaml.safe_load((finished_copy / analysis).read_text())
    uses = ["muon.pt", "muon.charge", "MET_pt"]
    assert written["columns"].pop("imbalance") == {"hook": "imbalance", "uses": uses}
    assert written == yaml.safe_load(before)
    assert "import math" in (finished_copy / hooks).read_text()
    runpy.run_path(str(finished_copy / test))["test_values"]()
    assert np.array_equal(run.evaluate("imbalance", "data", "search"), here)
    filled = run.fill("imbalance", "search", bins=(20, 0, 200))["data"]
    assert filled.values().tolist() == np.histogram(here, 20, (0, 200))[0].tolist()
    with pytest.raises(WollemiError, match="columns has 'imbalance' already"):
        run.add_column(imbalance, "search")


def test_the_test_holds_values_of_any_kind(finished_copy):
    """Truth values, infinity and what is no number are Python there, too; and it can fail."""
    run = wollemi.open(finished_copy / "results/tiny")
    function = from_cell("""
        def function(MET_pt):
            return np.where(MET_pt % 2 > 1, MET_pt * 0 - np.inf, MET_pt * np.nan)
    """)
    *_, test = run.add_column(function, "peak")
    text = test.read_text()
    assert "-inf" in text
    assert "nan" in text
    runpy.run_path(str(test))["test_values"]()
    flags = from_cell("def hard(muon): return muon.pt > 40", "hard")
    *_, hooks_test = run.add_column(flags, "peak")
    runpy.run_path(str(hooks_test))["test_values"]()
    assert "True" in hooks_test.read_text()
    hooks_test.write_text(hooks_test.read_text().replace("True", "False", 1))
    with pytest.raises(AssertionError):
        runpy.run_path(str(hooks_test))["test_values"]()


def test_what_the_check_refuses_is_not_left_behind(finished_copy):
    run = wollemi.open(finished_copy / "results/tiny")
    before = {path: path.read_bytes() for path in (finished_copy / ANALYSIS).parent.iterdir()}
    function = from_cell("def MET_pt(MET_pt): return MET_pt + 1", "MET_pt")
    with pytest.raises(WollemiError, match="MET_pt"):
        run.add_column(function, "search")
    assert {path: path.read_bytes() for path in before} == before


def test_what_it_needs():
    found = written_function(imbalance, DOCUMENT)
    assert found.imports == ("import awkward as ak", "import math", "import numpy as np")
    assert found.uses == ("muon.pt", "muon.charge", "MET_pt")
    assert found.source.startswith("def imbalance(muon, MET_pt):")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("function = lambda x: x", "is not a plain function"),
        ("def function(x): return SCALE * x", "uses 'SCALE' of the notebook"),
        ("def function(*x): return x", "needs named arguments"),
        ("def function(): return 1", "needs named arguments"),
        ("def function(x): return x + np.random.normal()", "draws random numbers"),
    ],
)
def test_what_is_no_hook(text, problem):
    with pytest.raises((WollemiError, ConfigurationError), match="function") as error:
        written_function(from_cell(text), DOCUMENT)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("def function(x): return x / np.max(x)", "another value when there are no others"),
        ("def function(x): return np.sum(x)", "function"),
        ("def function(x): return x[:1]", "gives 1 value for 3 events"),
        ("def function(x): return x.missing", "function"),
    ],
)
def test_what_is_no_value_of_an_event(text, problem):
    with pytest.raises(WollemiError, match=problem):
        values_of(from_cell(text), {"x": [1.0, 2.0, 4.0]})


WRITTEN = Written("f", ("import math", "import numpy as np"), "def f(x):\n    return x\n", ("x",))
ITEM = {"hook": "f", "uses": ["x"]}


@pytest.mark.parametrize(
    "text",
    [
        "name: a\n",
        "columns:\n  a: x  # of all\n\n# objects\nobjects: {}\n",
        "columns:\n    a: {hook: g, uses: [x]}\n    b:\n      uses:\n        - x\nname: a\n",
        "columns: {a: x}\nname: a\n",
        "columns:\n  a: >-\n    x +\n    y\n\nname: a",
    ],
)
def test_where_the_column_stands(tmp_path, text):
    path = tmp_path / "analysis.yaml"
    path.write_text(text)
    after = with_column(path, WRITTEN)
    known = yaml.safe_load(text)
    assert yaml.safe_load(after) == {**known, "columns": {**known.get("columns", {}), "f": ITEM}}
    left = after.replace("\n", "")
    for line in text.splitlines():
        assert line.rstrip("}") in left  # comments, too


def test_hooks_that_are_there(tmp_path):
    path = tmp_path / "hooks.py"
    assert hooks_text(path, WRITTEN, "a").startswith('"""Functions of a')
    path.write_text('"""Own."""\n\nimport math\n\nX = 1\n')
    text = hooks_text(path, WRITTEN, "a")
    assert text.count("import math") == 1
    assert text.index("import numpy as np") < text.index("X = 1") < text.index("def f(x)")
    path.write_text("def f():\n    pass\n")
    with pytest.raises(WollemiError, match="has 'f' already"):
        hooks_text(path, WRITTEN, "a")
