"""Parameters that a model holds: every result against pyhf with `fixed_params`, in the workspace
without them.
"""

import copy
import json

import check_analysis
import numpy as np
import pytest
import yaml
from support.oracles.pyhf_fits import PyhfFits
from support.products.th1_templates import build
from support.products.two_signals import DOCUMENT, use_document
from support.tiny.analysis import ANALYSIS, edit_analysis, snakemake
from support.tiny.steps import RESULTS, read_json

from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.fit_report import fit_workspace
from wollemi_likelihood.inference.profile_scans import scan_workspace
from wollemi_likelihood.inference.ranking import ranked
from wollemi_likelihood.inference.uncertainties import grouped_uncertainties
from wollemi_likelihood.limits import significance, upper_limit

# A systematic, and the strength of one of the signals.
HELD = {"luminosity": 0.5, "mu_ggf": 1.3}


def hold(document):
    """Hold two parameters, and measure the other signal."""
    document["model"].update(poi="mu_vbf", fixed=HELD)
    document["scans"] = {"vbf": {"parameters": "mu_vbf", "points": 5}}
    document["results"] = {}


@pytest.fixture
def templates(tiny):
    use_document(tiny)
    edit_analysis(tiny, hold)
    return tiny


@pytest.fixture
def reference(templates):
    """The model in pyhf, in which nothing is held yet."""
    build("signals")
    content = copy.deepcopy(read_json("workspaces/signals.json"))
    for item in content["measurements"][0]["config"]["parameters"]:
        item.pop("fixed", None)
        item["inits"] = [0.0 if item["name"] == "luminosity" else 1.0]
    return PyhfFits(content, "mu_vbf")


def test_the_workspace_holds_them(templates):
    (workspace,) = build("signals")
    assert check_analysis.main([ANALYSIS]) == 0
    content = read_json("workspaces/signals.json")
    held = PyhfFits(content, "mu_vbf").model.config
    assert [
        name for name, fixed in zip(held.par_names, held.suggested_fixed(), strict=True) if fixed
    ] == [name for name in held.par_names if name in HELD]
    assert workspace.likelihood.pois == ("mu_vbf",)
    assert {"ggf", "vbf"} <= set(workspace.likelihood.samples)


def test_estimates_are_those_of_pyhf(templates, reference):
    (workspace,) = build("signals")
    values, lowest = reference.fit(HELD)
    found, expected = fit(workspace.likelihood), reference.named(values)
    assert found.fixed == tuple(name for name in found.names if name in HELD)
    for name, value, error in zip(found.names, found.values, found.errors, strict=True):
        assert abs(value - expected[name]) <= 1e-4 * error, name
    assert found.minus_two_log_likelihood == pytest.approx(lowest, abs=1e-6)
    described = {item.name: item for item in fit_workspace(workspace).parameters}
    assert {name: item.value for name, item in described.items() if item.fixed} == HELD


def test_significance_limit_and_scan_hold_them(templates, reference):
    (workspace,) = build("signals")
    likelihood = workspace.likelihood
    _, lowest = reference.fit(HELD)
    _, without = reference.fit(HELD | {"mu_vbf": 0.0})
    assert significance(likelihood).observed == pytest.approx(np.sqrt(without - lowest), rel=1e-4)
    scan = scan_workspace(workspace, ["mu_vbf"], {}, 5)
    for point, rise in zip(scan.values[0], scan.observed.rise, strict=True):
        _, value = reference.fit(HELD | {"mu_vbf": point})
        assert rise == pytest.approx(value - lowest, abs=1e-4)
    # q̃ and its Asimov data by hand, as pyhf's hypotest cannot hold other parameters at a value.
    limit = upper_limit(likelihood, points=2)
    background, _ = reference.fit(HELD | {"mu_vbf": 0.0})
    asimov = reference.model.expected_data(background)
    rise = reference.fit(HELD | {"mu_vbf": limit.expected[2]}, asimov)[1]
    rise -= reference.fit(HELD | {"mu_vbf": 0.0}, asimov)[1]
    assert np.sqrt(rise) == pytest.approx(1.959964, rel=1e-4)


def test_impacts_and_sources_have_none_of_them(templates):
    (workspace,) = build("signals")
    names = {item.name for item in ranked(workspace).parameters}
    assert not names & {*HELD}
    found = grouped_uncertainties(workspace, {"all": ["luminosity", "jes"]})
    assert found.groups["all"].parameters == ("jes",)


def test_toys_are_drawn_at_the_values(templates):
    (workspace,) = build("signals")
    likelihood = workspace.likelihood
    place = likelihood.index["luminosity"]
    toys = likelihood.toys(likelihood.inits, np.random.default_rng(1), 3)
    for toy in toys:
        result = fit(likelihood, toy)
        assert result.values[place] == HELD["luminosity"]
        assert result.errors[place] == 0


@pytest.mark.slow
def test_a_run_to_the_publication(project):
    use_document(project)
    edit_analysis(project, hold)
    done = snakemake(project, "all", "publish")
    assert done.returncode == 0, done.stdout
    folder = project / RESULTS
    fits = json.loads((folder / "fit.json").read_text(encoding="utf-8"))["fits"]
    for found in (fits["signals"], fits["background_only"]):
        held = {item["name"]: item["value"] for item in found["parameters"] if item["fixed"]}
        assert held.items() >= HELD.items()
    for name in ("index.html", "site/fit.html", "tables/parameters.md"):
        assert "1.30 (fixed)" in (folder / name).read_text(encoding="utf-8"), name


MISTAKES = {
    "unknown": ({"luminosty": 0}, "model.fixed: 'luminosty' is not a parameter; did you mean"),
    "of interest": ({"mu_vbf": 1}, "model.fixed.mu_vbf: is a parameter of interest"),
    "outside": ({"luminosity": 7}, "model.fixed.luminosity: 7 is outside its bounds, [-5, 5]"),
    "negative": ({"norm_zz": -1}, "model.fixed.norm_zz: -1 is outside its bounds, [0, 10]"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(templates, name, capsys):
    fixed, message = MISTAKES[name]
    edit_analysis(templates, lambda document: document["model"].update(fixed=HELD | fixed))
    assert check_analysis.main([ANALYSIS]) == 2
    assert message in capsys.readouterr().err


def test_a_scan_of_a_held_parameter_is_refused(templates, capsys):
    def change(document):
        document["scans"]["plane"] = {"parameters": ["mu_vbf", "mu_ggf"]}

    edit_analysis(templates, change)
    assert check_analysis.main([ANALYSIS]) == 2
    problem = "scans.plane.parameters: 'mu_ggf' is held by model.fixed; scan another one"
    assert problem in capsys.readouterr().err


def test_a_signal_without_a_strength_is_still_refused(templates, capsys):
    edit_analysis(templates, lambda document: document["model"].update(fixed={}))
    assert check_analysis.main([ANALYSIS]) == 2
    assert "samples.ggf: all signals are in one model" in capsys.readouterr().err


def test_nothing_is_held_by_default():
    assert "fixed" not in yaml.safe_load(DOCUMENT)["model"]
