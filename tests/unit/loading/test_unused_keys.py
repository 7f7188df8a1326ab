"""A key that changes nothing is a mistake."""

import pytest

from wollemi.analysis.view import view_of
from wollemi.loading.unused_keys import check_unused_keys


@pytest.mark.parametrize("key", ["mc_statistics_threshold", "mc_statistics_constraint"])
@pytest.mark.parametrize("statistics", [None, "all", "background", "none"])
def test_statistics_of_the_simulation(key, statistics):
    value = 0.0 if key == "mc_statistics_threshold" else "poisson"
    model = {key: value} | ({"mc_statistics": statistics} if statistics else {})
    found = check_unused_keys(view_of({"model": model}))
    assert [problem.partition(":")[0] for problem in found] == [f"model.{key}"] * (
        statistics == "none"
    )
    assert check_unused_keys(view_of({"model": {"mc_statistics": statistics}})) == []


@pytest.mark.parametrize("constraint", [None, "gaussian", "poisson"])
@pytest.mark.parametrize("floor", [None, True, False, "keep"])
def test_negative_bins_have_no_poisson_factor(floor, constraint):
    model = {"floor_negative_bins": floor, "mc_statistics_constraint": constraint}
    found = check_unused_keys(
        view_of({"model": {key: value for key, value in model.items() if value}})
    )
    wrong = (floor, constraint) == ("keep", "poisson")
    assert [problem.partition(":")[0] for problem in found] == (
        ["model.mc_statistics_constraint"] if wrong else []
    )


@pytest.mark.parametrize("rule", ["constant", "scaled", "halved", "none"])
@pytest.mark.parametrize("place", ["systematics", "mc_statistics", "groups"])
def test_the_floor_of_a_scenario(place, rule):
    scenario = {"floor": 0.1, place: {"jes": rule} if place == "groups" else rule}
    found = check_unused_keys(view_of({"extrapolation": {"scenarios": {"later": scenario}}}))
    assert [problem.partition(":")[0] for problem in found] == (
        [] if rule == "scaled" else ["extrapolation.scenarios.later.floor"]
    )
    assert (
        check_unused_keys(view_of({"extrapolation": {"scenarios": {"later": {"floor": 0}}}})) == []
    )


def test_values_of_toys():
    assert check_unused_keys(view_of({"toy_fits": {"injected": (0, 1, 1.0, 2)}})) == [
        "toy_fits.injected: 1 is there twice; remove one"
    ]
    assert check_unused_keys(view_of({"toy_fits": {}})) == []
    assert check_unused_keys(view_of({})) == []
