"""Expected limits with moved cuts: those of the model that a run of the edited file would build."""

import re
from pathlib import Path

import numpy as np
import pyhf
import pytest
from support.tiny.analysis import ANALYSIS

from wollemi.base.json_files import read_json
from wollemi.finished.event_run import read_event_run
from wollemi_interactive.explore.explored_limits import limits_content, limits_with_cuts
from wollemi_interactive.explore.explored_region import ExploredRun
from wollemi_interactive.explore.explorer import Explorer
from wollemi_likelihood.base.errors import WollemiError

RESULTS = Path("results/tiny")
CODES = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}
PT, MASS, EACH_PT = 1, 2, 3  # bounds of the search region, as in test_explored_region.py


@pytest.fixture(scope="module")
def explored(finished):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        yield ExploredRun(read_event_run(RESULTS, Path(ANALYSIS)), None)


def test_unmoved_they_are_those_of_pyhf_for_the_model_of_the_run(explored):
    """With the background before the fit as data."""
    workspace = pyhf.Workspace(read_json(RESULTS / "workspaces/signal_200.json"))
    model = workspace.model(modifier_settings=CODES)
    nominal = np.array(model.config.suggested_init())
    nominal[model.config.poi_index] = 0.0
    data = model.expected_data(nominal)
    found = limits_with_cuts(explored, "search", {})
    assert set(found) == {"signal_200"}  # the other one enters as histograms
    for band, limit in enumerate(found["signal_200"].expected):
        bounds = model.config.suggested_bounds()
        bounds[model.config.poi_index] = (0.0, max(2.0, 2 * limit))  # its start is 1
        _, cls = pyhf.infer.hypotest(
            limit, data, model, par_bounds=bounds, return_expected_set=True
        )
        assert float(cls[band]) == pytest.approx(0.05, rel=1e-3)


def test_a_cut_against_the_signal_loosens_them(explored):
    before = limits_with_cuts(explored, "search", {})["signal_200"]
    after = limits_with_cuts(explored, "search", {PT: "70"})["signal_200"]
    assert all(now > then for now, then in zip(after.expected, before.expected, strict=True))
    assert after.significance < before.significance
    (row,) = limits_content(explored, "search", {PT: "70"})["rows"]
    for now, then in (row["limits"], row["significances"]):
        assert now != then
    (row,) = limits_content(explored, "search", {})["rows"]
    for now, then in (row["limits"], row["significances"]):
        assert now == then


@pytest.mark.parametrize("numbers", [{}, {PT: "70"}, {MASS: "190"}, {MASS: "200"}])
def test_what_is_no_cls_limit_has_a_dagger(explored, numbers):
    """Fewer than -ln(0.05) signal events, which are summed from the histograms here."""
    (found,) = limits_with_cuts(explored, "search", numbers).values()
    events = sum(
        item.values().sum()
        for region in ("search", "peak")
        for name, item in _histograms(explored, region, numbers).items()
        if name.endswith("/nominal")
    )
    assert found.signal_events == pytest.approx(events, rel=1e-9)
    marks = [value * events < -np.log(0.05) for value in found.expected[1:4]]
    (row,) = limits_content(explored, "search", numbers)["rows"]
    low, median, high = marks
    shown = re.fullmatch(r"[\d.]+(†?) \([\d.]+(†?)–[\d.]+(†?)\)", row["limits"][0])
    assert [bool(mark) for mark in shown.groups()] == [median, low, high]


def _histograms(explored, region, numbers):
    variable = explored.run.analysis.regions[region].variable
    moved = numbers if region == "search" else {}
    return explored.moved(region, variable, moved).histograms["signal_200"]


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({MASS: "70"}, "would share events with peak"),
        ({EACH_PT: "35"}, "a moved cut of an object, a column or the skim needs the events again"),
        ({PT: "9000"}, "no background sample has events"),
    ],
)
def test_no_limit_without_a_model(explored, numbers, message):
    with pytest.raises(WollemiError, match=message):
        limits_with_cuts(explored, "search", numbers)


def test_a_background_of_histograms_does_not_follow_a_cut(explored, monkeypatch):
    monkeypatch.setitem(explored._loaded, "dy_low", None)
    with pytest.raises(WollemiError, match="dy_low is not filled from events"):
        limits_with_cuts(explored, "search", {})


def test_the_page_gives_the_reason(finished, monkeypatch):
    monkeypatch.chdir(finished)
    explorer = Explorer(RESULTS.resolve(), Path(ANALYSIS).resolve(), 200)
    found = explorer.limits("search", {str(MASS): "70"})
    assert found["rows"] == []
    assert "would share events with peak" in found["reason"]
    assert explorer.limits("search", {})["reason"] == ""
    monkeypatch.setattr(explorer, "_limit_seconds", [9.0, 5.2])
    assert explorer.limits("search", {})["reason"] == "They take 5 seconds here: run the analysis."
