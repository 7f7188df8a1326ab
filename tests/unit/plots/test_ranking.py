"""Rows of the ranking plot: all factors of bins, one for each region, or none."""

import math

import pytest

from wollemi.analysis.models.plots import Plots
from wollemi.pages.captions import caption
from wollemi.plots.ranking import draw_ranking, ranking_numbers
from wollemi.plots.style import PlotLabels
from wollemi.results.fit import FittedParameter
from wollemi.results.ranking import Impact, SignalRanking


def parameter(name, constraint="normal"):
    values = {"value": 1.0, "error": 0.1, "error_down": None, "error_up": None}
    before = {"prefit": 1.0, "prefit_error": None if constraint == "none" else 0.1}
    return FittedParameter(
        name=name, **values, constraint=constraint, **before, fixed=False, at_bound=None
    )


def impact(name, up, down, before=None):
    return Impact(name=name, up=up, down=down, prefit_up=before, prefit_down=None)


ROWS = (
    impact("jes", 0.30, -0.29),
    impact("staterror_SR[1]", -0.20, 0.18, 0.25),
    impact("staterror_SR[0]", 0.15, None, 0.16),
    impact("staterror_CR[0]", 0.01, -0.01),
    impact("shape[0]", 0.005, 0.0),
)
NAMES = ["staterror_SR[0]", "staterror_SR[1]", "staterror_CR[0]", "jes"]
FITTED = [*map(parameter, NAMES), parameter("shape[0]", "none")]


def numbers(**plots):
    ranking = SignalRanking(poi="mu", parameters=ROWS)
    found = ranking_numbers(ranking, FITTED, Plots(**plots))
    return found | {"signal": "mu", "marks": [], "measurement": ""}


def test_every_factor_is_a_row_unless_it_is_asked_for_otherwise():
    assert [row["name"] for row in numbers()["rows"]] == [row.name for row in ROWS]
    assert "ranking_statistics" not in numbers()


def test_hidden_ones_leave_the_free_factors_of_bins():
    found = numbers(ranking_statistics="hidden")
    assert [row["name"] for row in found["rows"]] == ["jes", "shape[0]"]
    assert caption(found).endswith("on $\\mu$; without the statistics of the simulation")


def test_one_row_for_each_region_with_both_sides_in_quadrature():
    found = numbers(
        ranking_statistics="grouped", parameters={"jes": "JES"}, regions={"SR": "search"}
    )
    rows = {row["name"]: row for row in found["rows"]}
    assert list(rows) == ["jes", "staterror_SR", "staterror_CR", "shape[0]"]
    assert rows["staterror_SR"]["up"] == pytest.approx(math.hypot(0.15, 0.18))
    assert rows["staterror_SR"]["down"] == pytest.approx(-0.20)
    assert rows["staterror_SR"]["prefit_up"] == pytest.approx(math.hypot(0.25, 0.16))
    assert rows["staterror_SR"]["label"] == "γ search"
    assert rows["staterror_SR"]["pull"] is None
    assert rows["staterror_CR"]["prefit_up"] is None
    assert "added in quadrature in each region" in caption(found)


def test_a_group_among_the_largest_is_counted_as_one():
    many = tuple(impact(f"staterror_SR[{place}]", 0.1, -0.1) for place in range(40))
    ranking = SignalRanking(poi="mu", parameters=many)
    fitted = [parameter(row.name) for row in many]
    assert ranking_numbers(ranking, fitted, Plots())["left_out"] == 20
    found = ranking_numbers(ranking, fitted, Plots(ranking_statistics="grouped"))
    assert found["left_out"] == 0
    assert found["rows"][0]["up"] == pytest.approx(0.1 * math.sqrt(40))
    draw_ranking(found, PlotLabels("", "", ()))
