"""What extrapolated limits need of an analysis file."""

import pytest

from wollemi.analysis.view import view_of
from wollemi.loading.extrapolation import check_extrapolation

DOCUMENT = {
    "luminosity_ifb": {"2017": 40.0, "2018": 60.0},
    "samples": {"top": {"role": "background", "datasets": "top"}},
    "systematics": {"pdf": {}, "jes": {}},
    "model": {"free_normalizations": {"norm_top": {"samples": "top"}}},
    "limits": {},
    "uncertainties": {"groups": {"theory": ["pdf"]}},
}


def problems(section, **sections):
    return check_extrapolation(view_of({**DOCUMENT, "extrapolation": section, **sections}))


def scenario(**groups):
    return {"luminosities_ifb": [300, 3000], "scenarios": {"later": {"groups": groups}}}


def test_groups_and_systematics_have_rules():
    assert problems(scenario(theory="halved", jes="scaled")) == []
    assert problems({"luminosities_ifb": [300]}) == []
    assert check_extrapolation(view_of(DOCUMENT)) == []


def test_without_limits_there_is_no_level():
    assert problems(scenario(), limits=None) == ["extrapolation: needs the section 'limits'"]


def test_yields_are_scaled_from_a_luminosity():
    (problem,) = problems(scenario(), luminosity_ifb=None)
    assert "needs luminosity_ifb" in problem
    table = {"blocks": {"url": "x"}, "luminosity": {"url": "y"}}
    assert problems(scenario(), luminosity_ifb=None, certified=table) == []


@pytest.mark.parametrize("luminosities", [[300, 100], [100, 100]])
def test_luminosities_increase(luminosities):
    (problem,) = problems({"luminosities_ifb": luminosities})
    assert problem.endswith(f"{luminosities}: must increase")


def test_factors_without_a_constraint_have_no_rule():
    (problem,) = problems(scenario(norm_top="halved"))
    assert "'norm_top' is not a group" in problem


def test_names_that_only_the_model_knows_are_not_judged():
    estimated = {"fakes": {"role": "background", "estimate": {"abcd": {}}}}
    assert problems(scenario(fakes_factor="halved"), samples=estimated) == []


def test_signals_may_be_fitted_together():
    together = {"poi": ["mu_ggf"], "free_normalizations": {"mu_ggf": {"samples": "ggf"}}}
    assert problems({"luminosities_ifb": [300]}, model=together) == []
