"""Under- and overflow in the first and last bins: the expression that stands for it."""

import hist
import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.analysis.models.analysis import Variable
from wollemi.analysis.plain.merged_flow import expand_merged_flow, merge_problem, own_expression
from wollemi.histograms.blinding import hidden_bins

FILES = {"dy": {"files": ["dy.root"]}}
REGIONS = {"SR": {"variable": "x"}}


def expanded(variable, datasets=FILES):
    document = {"datasets": datasets, "variables": {"x": variable}, "regions": REGIONS}
    found = expand_merged_flow(document)
    assert expand_merged_flow(found) == found
    return found["variables"]["x"]


def test_values_beyond_the_edges_become_centers():
    for bins in ({"bins": [4, 0, 8]}, {"edges": [0, 2, 6, 8]}):
        found = expanded({"expression": "a + b", **bins, "merge_flow": True})
        assert found == {"expression": "max(min(a + b, 7.0), 1.0)", **bins}


def test_one_bin_takes_everything():
    found = expanded({"expression": "a", "bins": [1, 0, 8], "merge_flow": True})
    assert found["expression"] == "max(min(a, 4.0), 4.0)"


BINS = (
    {"bins": [4, 0, 8]},
    {"bins": [7, -0.1, 0.3]},
    {"bins": [1, 1, 2]},
    {"log_bins": [5, 0.3, 70]},
    {"edges": [0, 0.1, 6, 8.7]},
)


@pytest.mark.parametrize("bins", BINS)
@pytest.mark.parametrize("text", ["a", "a + b", "max(min(a, 3.0), 1.0)", "where(a > 0, a, b)"])
def test_the_expression_of_the_values_is_found_again(bins, text):
    """From the plain settings, and from those that the model of a variable has."""
    variable = {"expression": text, **bins, "label": "x"}
    merged = expanded(variable | {"merge_flow": True})
    for item in (variable, merged):
        assert own_expression(item) == text
        assert own_expression(dict(Variable.model_validate(item))) == text
    assert own_expression({"axes": ["x", "y"]}) == ""


def test_without_the_key_nothing_changes():
    variable = {"expression": "a", "bins": [4, 0, 8]}
    assert expanded(variable) is variable
    assert expanded(variable | {"merge_flow": False}) == variable


@pytest.mark.parametrize("seed", slow_but(range(4), range(40)))
def test_a_window_hides_the_bins_that_have_its_values(seed):
    """Values beyond the edges are in the first and last bins, and would be seen there."""
    random = np.random.default_rng(seed)
    edges = np.sort(random.choice(np.arange(-5, 15), 5, replace=False)).astype(float)
    low, high = np.sort(random.choice(np.arange(-20, 30), 2, replace=False)).astype(float)
    variable = {"expression": "a", "edges": edges.tolist(), "merge_flow": True}
    document = {"datasets": FILES, "variables": {"x": variable}, "regions": REGIONS}
    blinding = {"regions": ["CR"], "windows": {"x": [low, high], "y": [1, 2]}}
    found = expand_merged_flow(document | {"blinding": blinding})["blinding"]
    assert found == blinding | {"windows": {"x": found["windows"]["x"], "y": [1, 2]}}
    inside = np.clip(np.arange(low, high, 0.125), edges[0], edges[-1] - 1e-9)
    expected = np.histogram(inside, edges)[0] > 0
    assert (
        hidden_bins(hist.axis.Variable(edges), found["windows"]["x"])[1:-1].tolist()
        == expected.tolist()
    )
    if low < edges[-1] and high > edges[0]:
        assert found["windows"]["x"] == [low, high]


def test_what_does_not_fit_stays_for_the_check():
    filled = {"dy": {"files": ["dy.root"], "histograms": "h/{region}"}}
    for variable, datasets, problem in (
        ({"axes": ["a", "b"]}, FILES, "has no bins of its own"),
        ({"categories": {"a": "x > 1"}}, FILES, "has no bins of its own"),
        ({"expression": "a", "bins": [1, 0, 8]}, filled, "dy has histograms that were filled"),
        ({"bins": [1, 0, 8]}, FILES, "needs an expression and bins"),
    ):
        marked = variable | {"merge_flow": True}
        assert expanded(marked, datasets) == marked
        variables = {"x": marked, "y": marked}
        document = {"datasets": datasets, "variables": variables, "regions": REGIONS}
        assert problem in merge_problem(document, "x")
        # Of a region's variable alone histograms are read.
        assert (merge_problem(document, "y") is None) == (datasets is filled)
