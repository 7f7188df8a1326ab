"""Sections that an analysis of a published model need not have."""

import pytest
from support.products.published_models import analysis, grid, points
from support.project.paths import ROOT

from wollemi.analysis.plain.published import expand_workspace, published_path
from wollemi.analysis.view import view_of
from wollemi.loading.document import checked_document
from wollemi.loading.expand import plain_document
from wollemi.loading.load import validate_document
from wollemi.loading.schema import read_schema
from wollemi.plan.plan import Plan
from wollemi_likelihood.base.errors import ConfigurationError

SCHEMA = read_schema(ROOT / "workflow/schemas/analysis.schema.json")
MODEL = {"path": "RegionA.json"}


def test_both_sides_see_the_same_analysis():
    document = analysis(grid())
    plain, problems = checked_document(document, "tiny/analysis.yaml", SCHEMA)
    assert problems == []
    assert plain == validate_document(document, "tiny/analysis.yaml").plain
    assert plain_document(plain) == plain


def test_values_of_one_axis_are_those_of_the_limit_plot():
    section = {**MODEL, "patches": {"points": {"low": [100], "high": [200]}}}
    document = expand_workspace(analysis(section))
    assert document["limits"]["points"] == {"low": 100, "high": 200}
    own = expand_workspace(analysis(section, limits={"points": {"low": 1.0}}))
    assert own["limits"]["points"] == {"low": 1.0}


@pytest.mark.parametrize(("names", "contour"), [(("low_100_0", "mid_300_0"), False), ((), True)])
def test_three_signals_on_two_axes_have_a_contour(names, contour):
    section = {**MODEL, "patches": {"path": "set.json", "points": points(*names)}}
    plan = Plan(view_of(plain_document(analysis(section))), "tiny")
    assert ("contour" in plan.plot_names) == contour
    assert plan.model_files + plan.patch_files == ["RegionA.json", "set.json"]


def test_nothing_of_events_or_templates_is_planned():
    plan = Plan(view_of(plain_document(analysis(MODEL | {"regions": ["SR"]}))), "tiny")
    assert plan.workspaces == ["results/tiny/workspaces/signal.json"]
    assert "postfit_SR" in plan.plot_names
    made = {path for paths in plan.single_jobs.values() for path in paths}
    assert {*plan.targets, *plan.published, *plan.downloads} - made == {
        "results/tiny/records/require_model.json"
    }
    absent = ("lint", "histograms", "cutflow", "selected", "simplified", "recast", "smodels")
    assert not [path for path in made if path.split("/")[2].startswith(absent)]
    assert not [path for path in plan.tables("md") if "selected" in path or "cutflow" in path]


def test_a_fetched_file_has_a_folder_of_its_own():
    file = {"url": "https://example.org/a/1234?view=true", "sha256": "0123456789ab" + "0" * 52}
    assert published_path("tiny", file) == "results/tiny/published/0123456789ab/1234"


@pytest.mark.parametrize(
    "section",
    [
        None,
        3,
        [],
        {},
        {"path": 3},
        {"path": "a.json", "signal": 3},
        {"path": "a.json", "patches": 3},
        {"path": "a.json", "patches": {"points": 3}},
        {"path": "a.json", "patches": {"points": [[1]]}},
        {"path": "a.json", "regions": "a b"},
    ],
)
def test_wrong_values_are_told_by_both_sides(section):
    document = analysis(section)
    assert checked_document(document, "tiny/analysis.yaml", SCHEMA)[1]
    with pytest.raises(ConfigurationError):
        validate_document(document, "tiny/analysis.yaml")
