"""Under- and overflow in the first and last bins: the expression that stands for it."""

from wollemi.analysis.plain.merged_flow import expand_merged_flow, merge_problem

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


def test_without_the_key_nothing_changes():
    variable = {"expression": "a", "bins": [4, 0, 8]}
    assert expanded(variable) is variable
    assert expanded(variable | {"merge_flow": False}) == variable


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
