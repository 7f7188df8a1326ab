"""Expected results of Asimov data of given parameters, against pyhf with the same expectation."""

from pathlib import Path

import check_analysis
import numpy as np
import pytest
from compute_significance import describe_significance
from support.oracles.pyhf_fits import PyhfFits
from support.products.th1_templates import build
from support.products.two_signals import POIS, use_document
from support.tiny.analysis import ANALYSIS, edit_analysis
from support.tiny.steps import RESULTS, read_json

from wollemi.analysis.models.plots import Plots
from wollemi.plots.scans import scan_numbers
from wollemi.results.scans import Scan, Scans
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.profile_scans import scan_workspace
from wollemi_likelihood.inference.ranking import initial_strength, with_signal
from wollemi_likelihood.limits import upper_limit
from wollemi_likelihood.workspaces import measured, read_workspaces

VALUES = {"mu_ggf": 1.5, "mu_vbf": 0.5, "jes": 0.7}


@pytest.fixture
def workspace(tiny):
    use_document(tiny)
    edit_analysis(tiny, lambda document: document["model"].update(asimov=VALUES))
    build("signals")
    assert check_analysis.main([ANALYSIS]) == 0
    (found,) = read_workspaces([Path(f"{RESULTS}/workspaces/signals.json")], VALUES)
    return found


@pytest.fixture
def reference(workspace):
    return PyhfFits(read_json("workspaces/signals.json"), "mu_ggf")


@pytest.mark.parametrize("poi", POIS)
def test_the_expected_significance_is_that_of_pyhf(workspace, reference, poi):
    (one,) = (item for item in measured([workspace]) if item.signal == poi)
    values, _ = reference.fit(VALUES)
    asimov = reference.model.expected_data(values)
    rise = reference.fit({poi: 0.0}, asimov)[1] - reference.fit(data=asimov)[1]
    assert describe_significance(one).expected == pytest.approx(np.sqrt(rise), rel=1e-4)


def test_the_expected_scan_is_that_of_pyhf(workspace, reference):
    scan = scan_workspace(workspace, ["mu_vbf"], {}, 5)
    assert scan.asimov == VALUES
    assert scan.expected.estimates == pytest.approx([VALUES["mu_vbf"]], abs=1e-6)
    values, _ = reference.fit(VALUES)
    asimov = reference.model.expected_data(values)
    _, lowest = reference.fit(data=asimov)
    for point, rise in zip(scan.values[0], scan.expected.rise, strict=True):
        value = reference.fit({"mu_vbf": point}, asimov)[1]
        assert rise == pytest.approx(value - lowest, abs=1e-4)


def test_the_expected_limit_has_the_other_signal(workspace, reference):
    (one,) = (item for item in measured([workspace]) if item.signal == "mu_vbf")
    limit = upper_limit(one.likelihood, points=2)
    without = {**VALUES, "mu_vbf": 0.0}
    values, _ = reference.fit(without)
    background = reference.model.expected_data(values)
    # The Asimov data of the test are those of the fit to these without signal.
    values, lowest = reference.fit({"mu_vbf": 0.0}, background)
    rise = reference.fit({"mu_vbf": limit.expected[2]}, background)[1] - lowest
    assert np.sqrt(rise) == pytest.approx(1.959964, rel=1e-4)


def test_observed_results_do_not_change(workspace):
    (plain,) = read_workspaces([Path(f"{RESULTS}/workspaces/signals.json")])
    for one, other in zip(measured([workspace]), measured([plain]), strict=True):
        assert describe_significance(one).observed == describe_significance(other).observed
        found, before = (upper_limit(item.likelihood, points=2) for item in (one, other))
        assert found.observed == pytest.approx(before.observed, rel=1e-5)
        assert found.expected[2] != pytest.approx(before.expected[2], rel=1e-5)


def test_impacts_on_asimov_data_have_the_values(workspace):
    likelihood = workspace.likelihood
    values = fit(likelihood).values.copy()
    for name, value in VALUES.items():
        values[likelihood.index[name]] = value
    expected = likelihood.asimov(values)
    found = with_signal(likelihood, initial_strength(likelihood)).data
    np.testing.assert_allclose(found.main, expected.main, rtol=1e-12)
    np.testing.assert_allclose(found.auxiliary, expected.auxiliary, rtol=1e-12)


def test_the_plot_says_which_data_are_expected(workspace):
    scan = scan_workspace(workspace, ["mu_vbf"], {}, 3)
    content = Scans(measurement="tiny", scans={"signals": {"one": Scan.of(scan)}})
    assert scan_numbers(content, "one", "signals", Plots())["asimov"] == VALUES


def test_an_unknown_parameter_is_refused(workspace):
    path = Path(f"{RESULTS}/workspaces/signals.json")
    with pytest.raises(WollemiError, match=r"model\.asimov\.jse.*did you mean 'jes'"):
        read_workspaces([path], {"jse": 1.0})


MISTAKES = {
    "unknown": ({"asimov": {"mu_vfb": 1}}, "model.asimov: 'mu_vfb' is not a parameter; did you"),
    "held": (
        {"asimov": {"jes": 1}, "fixed": {"jes": 0}},
        "model.asimov.jes: is held by model.fixed; give its value there",
    ),
    "outside": ({"asimov": {"jes": 9}}, "model.asimov.jes: 9 is outside its bounds, [-5, 5]"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(tiny, name, capsys):
    use_document(tiny)
    changes, message = MISTAKES[name]
    edit_analysis(tiny, lambda document: document["model"].update(changes))
    assert check_analysis.main([ANALYSIS]) == 2
    assert message in capsys.readouterr().err


def test_limits_from_toys_are_refused(tiny, capsys):
    def change(document):
        document["model"]["asimov"] = VALUES
        document["limits"] = {"toys": 100}

    use_document(tiny)
    edit_analysis(tiny, change)
    assert check_analysis.main([ANALYSIS]) == 2
    assert "model.asimov: toys of limits are thrown at fitted values" in capsys.readouterr().err
