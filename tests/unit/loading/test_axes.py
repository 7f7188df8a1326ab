"""Variables of several axes: what is wrong with them, and what they cannot be used for."""

import copy

import pytest
from support.example.analysis import DOCUMENT

from wollemi.analysis.models.analysis import Variable
from wollemi.analysis.view import view_of
from wollemi.loading.all import check_references
from wollemi.loading.axes import check_axes
from wollemi.loading.blinding import check_blinding
from wollemi.loading.expand import plain_document

JETS = {"expression": "n", "bins": [3, 0, 3], "label": "Jets"}
SMOOTHED = DOCUMENT["systematics"]["pdf"] | {"smoothing": {"method": "353QH"}}


def changed(**sections):
    """The example with a region in two variables."""
    document = copy.deepcopy(DOCUMENT)
    document["variables"] |= {"jets": JETS, "both": {"axes": ["mass", "jets"]}}
    document["regions"]["sr"]["variable"] = "both"
    for name, value in sections.items():
        document[name] = {**document.get(name, {}), **value}
    return document


def problems(**sections):
    return check_axes(view_of(changed(**sections)))


def test_two_and_three_axes_are_sound():
    assert check_references(changed()) == []
    three = {"both": {"axes": ["mass", "jets", "pt"]}, "pt": JETS}
    assert check_references(changed(variables=three)) == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"both": {"axes": ["mass", "jet"]}},
            "axes: 'jet' is not a variable; did you mean",
        ),
        ({"all": {"axes": ["both", "mass"]}}, "all.axes: 'both' has axes itself; name those"),
        (
            {"both": {"axes": ["mass", "jets"], "bins": [2, 0, 1]}},
            "both.bins: a variable with axes takes it from these; remove it",
        ),
        ({"jets": JETS | {"per": "object"}}, "axes: some have one entry per event, others"),
        (
            {"jets": JETS | {"bins": [4000, 0, 3]}},
            "both.axes: 12000 bins together; there can be",
        ),
        ({"jets": {"bins": [3, 0, 3]}}, "variables.jets.expression: is missing"),
    ],
)
def test_what_is_wrong(variables, expected):
    assert expected in "\n".join(problems(variables=variables))
    check_references(changed(variables=variables))  # no other check stumbles over it


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"plots": {"edges": {"both": [0, 1]}}}, "plots.edges: 'both' has several axes; give"),
        ({"plots": {"log_x": "both"}}, "plots.log_x: 'both' has several axes, which are drawn as"),
        ({"model": {"fit_edges": {"sr": [0, 1]}}}, "model.fit_edges: 'both' has several axes"),
        ({"blinding": {"windows": {"both": [0, 1]}}}, "give windows of mass or jets"),
        (
            {"datasets": {"s": {"histograms": {"sr": ["h"]}}}},
            "datasets.s.histograms.sr: its variable has several axes; a TH1 has one",
        ),
        (
            {"limits": {"interpolation": {"step": 1}}},
            "limits.interpolation: the variable of sr",
        ),
        (
            {"systematics": {"pdf": SMOOTHED}},
            "systematics.pdf.smoothing: the variable of sr has several axes",
        ),
    ],
)
def test_what_needs_a_single_axis(sections, expected):
    (problem,) = problems(**sections)
    assert expected in problem


def test_a_smoothing_elsewhere_is_none_of_this():
    assert problems(systematics={"pdf": SMOOTHED | {"regions": "cr"}}) == []


def test_several_entries_of_an_event_are_not_fitted():
    document = changed(
        variables={"jets": JETS | {"per": "object"}, "mass": JETS | {"per": "object"}}
    )
    assert "regions.sr.variable: 'both' has several entries an event" in "\n".join(
        check_references(document)
    )


def test_data_behind_an_estimate_are_not_in_a_hidden_window_of_an_axis():
    estimate = {"estimate": {"transfer": {"from": "sr", "to": ["cr"], "factor": 1.0}}}
    document = changed(
        samples={"fakes": {"role": "background", "datasets": "fakes"} | estimate},
        datasets={"fakes": estimate},
        blinding={"windows": {"jets": [0, 1]}},
    )
    assert "the data of 'sr' are blinded" in "\n".join(check_blinding(view_of(document)))


def test_a_variable_of_axes_has_neither_expression_nor_label():
    """And an empty expression is still refused."""
    made = Variable.model_validate({"axes": ["mass", "jets"]})
    assert (made.expression, made.label) == ("", "")
    with pytest.raises(ValueError, match="at least 1 character"):
        Variable.model_validate({"expression": "", "bins": [1, 0, 1], "label": "x"})


KINDS = {"categories": {"low": "n < 2", "high": "n >= 2"}, "label": "Kind"}


def named(**sections):
    """The example with categories in a region, written out."""
    document = changed(
        **{**sections, "variables": {"kind": KINDS, **sections.get("variables", {})}}
    )
    document["regions"]["sr"]["variable"] = "kind"
    return plain_document(document)


def test_categories_are_sound():
    """Beside numbers on the other axis, too."""
    assert check_references(named()) == []
    assert check_references(named(variables={"both": {"axes": ["mass", "kind"]}})) == []


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"variables": {"kind": KINDS | {"bins": [2, 0, 2]}}}, "variables.kind.bins: a variable"),
        ({"variables": {"kind": KINDS | {"expression": "n"}}}, "variables.kind.expression: a var"),
        ({"variables": {"kind": KINDS | {"unit": "GeV"}}}, "variables.kind.unit: a variable"),
        ({"plots": {"edges": {"kind": [0, 1]}}}, "plots.edges: 'kind' has categories; remove it"),
        ({"plots": {"log_x": "kind"}}, "plots.log_x: 'kind' has categories; remove it"),
        ({"model": {"fit_edges": {"sr": [0, 1]}}}, "model.fit_edges: 'kind' has categories"),
        ({"blinding": {"windows": {"kind": [0, 1]}}}, "has categories; blind regions, or windows"),
        ({"limits": {"interpolation": {"step": 1}}}, "limits.interpolation: the variable of sr"),
        (
            {"systematics": {"pdf": SMOOTHED}},
            "systematics.pdf.smoothing: the variable of sr has categories",
        ),
    ],
)
def test_what_categories_are_not_for(sections, expected):
    document = named(**sections)
    (problem,) = check_axes(view_of(document))
    assert expected in problem
    check_references(document)  # no other check stumbles over it
