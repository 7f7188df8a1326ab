"""Gluon fusion and vector-boson fusion in one model, each with a strength of its own: fits,
contour, limits and significances against pyhf; toys give back what they were drawn with.
"""

import itertools
import json

import check_analysis
import numpy as np
import pyhf
import pytest
import yaml
from support.oracles.pyhf_fits import PyhfFits
from support.products.th1_templates import build
from support.products.two_signals import DOCUMENT, POIS, TRUTH, use_document
from support.tiny.analysis import ANALYSIS, edit_analysis, snakemake
from support.tiny.steps import RESULTS, read_json

from wollemi.pages.headlines import signal_results
from wollemi.reinterpretation.checks import signal_problems
from wollemi.results.fit import FitResult, Fits
from wollemi.results.marks import BLINDED
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.fit_report import fit_workspace
from wollemi_likelihood.inference.profile_scans import scan_workspace
from wollemi_likelihood.limits import significance, upper_limit
from wollemi_likelihood.workspaces import measured
from wollemi_publish.hepdata.statistics_tables import parameter_table


@pytest.fixture
def templates(tiny):
    use_document(tiny)
    return tiny


def test_all_signals_are_in_one_workspace(templates):
    (workspace,) = build("signals")
    content = read_json("workspaces/signals.json")
    pyhf.schema.validate(content, "workspace.json")
    assert [item["name"] for item in content["measurements"]] == ["tiny", "tiny mu_vbf"]
    assert [item["config"]["poi"] for item in content["measurements"]] == list(POIS)
    for channel in content["channels"]:
        factors = {
            sample["name"]: [m["name"] for m in sample["modifiers"] if m["type"] == "normfactor"]
            for sample in channel["samples"]
        }
        assert factors == {"ggf": ["mu_ggf"], "vbf": ["mu_vbf"], "zz": ["norm_zz"], "top": []}
    assert workspace.likelihood.pois == POIS
    assert [item.signal for item in measured([workspace])] == list(POIS)
    assert [item.samples for item in measured([workspace])] == [("ggf",), ("vbf",)]


def test_default_bounds_leave_each_bin_half_of_its_background(templates):
    (workspace,) = build("signals")
    likelihood = workspace.likelihood
    background = likelihood.inits.copy()
    background[[likelihood.index[name] for name in POIS]] = 0.0
    together = background.copy()
    for name in POIS:
        place = likelihood.index[name]
        alone = background.copy()
        alone[place] = together[place] = likelihood.parameters[place].bounds[0]
        left = likelihood.expected(alone) / likelihood.expected(background)
        assert 0.75 - 1e-12 <= left.min() < 0.78
    left = likelihood.expected(together) / likelihood.expected(background)
    assert left.min() >= 0.5


def test_estimates_are_those_of_pyhf(templates):
    (workspace,) = build("signals")
    reference = PyhfFits(read_json("workspaces/signals.json"), "mu_ggf")
    values, lowest = reference.fit()
    found = fit(workspace.likelihood)
    expected = reference.named(values)
    for name, value, error in zip(found.names, found.values, found.errors, strict=True):
        assert abs(value - expected[name]) < 1e-4 * error, name
    assert found.minus_two_log_likelihood == pytest.approx(lowest, abs=1e-6)
    for sample, name in zip(TRUTH, POIS, strict=True):
        place = found.names.index(name)
        assert abs(found.values[place] - TRUTH[sample]) < 3 * found.errors[place]


@pytest.mark.slow
def test_the_contour_is_that_of_pyhf(templates):
    """At each point of the grid, of the data and of Asimov data with both strengths 1."""
    (workspace,) = build("signals")
    scan = scan_workspace(workspace, POIS, {}, 5)
    assert dict(scan.asimov) == dict.fromkeys(POIS, 1.0)
    reference = PyhfFits(read_json("workspaces/signals.json"), "mu_ggf")
    ones, _ = reference.fit(dict.fromkeys(POIS, 1.0))
    data = {"observed": reference.data, "expected": reference.model.expected_data(ones)}
    for kind, profile in {"observed": scan.observed, "expected": scan.expected}.items():
        best, lowest = reference.fit(data=data[kind])
        for point, rise in zip(itertools.product(*scan.values), profile.rise, strict=True):
            _, value = reference.fit(dict(zip(POIS, point, strict=True)), data[kind], best.tolist())
            assert rise == pytest.approx(value - lowest, abs=1e-3), (kind, point)


@pytest.mark.parametrize("poi", POIS)
def test_limits_and_significances_have_the_other_strength_free(templates, poi):
    (workspace,) = build("signals")
    (measured_one,) = (item for item in measured([workspace]) if item.signal == poi)
    reference = PyhfFits(read_json("workspaces/signals.json"), poi)
    _, lowest = reference.fit()
    _, without = reference.fit({poi: 0.0})
    found = significance(measured_one.likelihood)
    assert found.observed == pytest.approx(np.sqrt(without - lowest), rel=1e-4)
    ones, _ = reference.fit(dict.fromkeys(POIS, 1.0))
    asimov = reference.model.expected_data(ones)
    rise = reference.fit({poi: 0.0}, asimov)[1] - reference.fit(data=asimov)[1]
    assert found.expected == pytest.approx(np.sqrt(rise), rel=1e-4)
    limit = upper_limit(measured_one.likelihood, points=2)
    config = reference.model.config
    bounds = config.suggested_bounds()
    bounds[config.poi_index] = (0.0, 10.0)  # where pyhf's q̃ is that of the paper
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-5, strategy=2))
    cls = pyhf.infer.hypotest(limit.observed, reference.data, reference.model, par_bounds=bounds)
    _, expected = pyhf.infer.hypotest(
        limit.expected[2],
        reference.data,
        reference.model,
        par_bounds=bounds,
        return_expected=True,
    )
    pyhf.set_backend("numpy")
    assert float(cls) == pytest.approx(0.05, rel=1e-3)
    assert float(expected) == pytest.approx(0.05, rel=1e-3)


def test_toys_give_back_their_strengths(templates):
    """Of gluon fusion alone, where none of 400 ends at a bound."""

    def change(document):
        document["model"]["free_normalizations"]["mu_vbf"]["bounds"] = [-2, 10]

    edit_analysis(templates, change)
    (workspace,) = build("signals")
    likelihood, number = workspace.likelihood, 400
    truth, places = likelihood.inits.copy(), [likelihood.index[name] for name in POIS]
    truth[places] = 2.0, 0.0
    fits = [
        fit(likelihood, toy) for toy in likelihood.toys(truth, np.random.default_rng(3), number)
    ]
    assert {item.status.converged for item in fits} == {True}
    assert {item.status.at_bounds for item in fits} == {()}
    values = np.array([item.values[places] for item in fits])
    errors = np.array([item.errors[places] for item in fits])
    pulls = (values - truth[places]) / errors
    assert (
        np.abs(values.mean(axis=0) - truth[places]) < 4 * values.std(axis=0) / number**0.5
    ).all()
    assert (np.abs(pulls.std(axis=0) - 1) < 4 / (2 * number) ** 0.5).all()


@pytest.mark.slow
def test_a_run_to_the_publication(project):
    use_document(project)
    done = snakemake(project, "all", "publish")
    assert done.returncode == 0, done.stdout
    folder = project / RESULTS

    def read(name):
        return json.loads((folder / name).read_text(encoding="utf-8"))

    fits = read("fit.json")["fits"]
    assert set(fits) == {"signals", "background_only"}
    assert fits["signals"]["poi"] == "mu_ggf"
    assert fits["signals"]["pois"] == list(POIS)
    held = {
        item["name"]: item["value"]
        for item in fits["background_only"]["parameters"]
        if item["fixed"]
    }
    assert held == dict.fromkeys(POIS, 0.0)
    assert list(read("limits.json")["limits"]) == list(POIS)
    assert list(read("significances.json")["significances"]) == list(POIS)
    assert list(read("ranking.json")["rankings"]) == list(POIS)
    assert list(read("uncertainties.json")["uncertainties"]) == list(POIS)
    assert list(read("scans.json")["scans"]) == ["signals"]
    assert read("goodness.json")["fit"] == "signals"
    summary = read("summary.json")
    assert list(summary["results"]) == list(POIS)
    assert [item["strength"]["name"] for item in summary["results"].values()] == list(POIS)
    assert {line.partition(" = ")[0] for line in summary["headline"][:2]} == {
        f"tiny: {name}" for name in POIS
    }
    assert set(read("results.json")["results"]) == {
        "strength_ggf",
        *(f"limit_{name}" for name in POIS),
    }
    drawn = {path.stem for path in (folder / "plots").glob("*.png")}
    assert {f"{kind}_{name}" for kind in ("ranking", "uncertainties") for name in POIS} <= drawn
    assert {"scan_plane_signals", "scan_ggf_signals"} <= drawn
    assert set(read("likelihood/cls.json")["signals"]) == set(POIS)
    assert [item["metadata"]["name"] for item in read("likelihood/patchset.json")["patches"]] == [
        "signals"
    ]
    assert not (folder / "simplified").exists()
    assert not (folder / "recast").exists()


def test_one_strength_of_all_signals(templates):
    """A single parameter of interest that is declared scales the samples it names, in one model."""

    def change(document):
        model = document["model"]
        model["poi"] = "mu"
        model["free_normalizations"] = {"mu": {"samples": ["ggf", "vbf"], "bounds": [0, 5]}}
        for key in ("scans", "results"):
            del document[key]

    edit_analysis(templates, change)
    assert check_analysis.main([ANALYSIS]) == 0
    (workspace,) = build("signals")
    assert workspace.likelihood.pois == ("mu",)
    assert workspace.samples == ("ggf", "vbf")
    assert [item.signal for item in measured([workspace])] == ["signals"]
    assert workspace.likelihood.parameters[workspace.likelihood.index["mu"]].bounds == (0, 5)


def test_separate_models_say_that_they_are(templates, caplog):
    def change(document):
        del document["model"], document["scans"], document["results"]
        document["model"] = {"poi": "mu"}

    edit_analysis(templates, change)
    with caplog.at_level("INFO"):
        workspaces = build("ggf", "vbf")
    assert [item.samples for item in workspaces] == [("ggf",), ("vbf",)]
    assert "each model has one signal, and no events of the others: see model.poi" in caplog.text


def test_no_strength_is_told_where_bins_are_blinded(templates):
    edit_analysis(templates, lambda document: document.update(blinding={"regions": ["two_jets"]}))
    (workspace,) = build("signals")
    assert workspace.blinded
    assert all(item.blinded for item in measured([workspace]))
    likelihood = workspace.likelihood
    backgrounds = [likelihood.samples.index(name) for name in ("zz", "top")]
    expected = likelihood.expected_by_sample(likelihood.inits)[backgrounds].sum(axis=0)
    hidden = likelihood.channels["two_jets"]
    np.testing.assert_allclose(likelihood.observations[hidden], expected[hidden])
    found = FitResult.of(fit_workspace(workspace))
    fits = Fits(measurement=workspace.measurement, fits={"signals": found})
    results = signal_results(list(TRUTH), fits, None, None)
    assert {name: item.strength.value for name, item in results.items()} == dict.fromkeys(POIS)
    table = parameter_table(found, blinded=True)
    values = dict(zip(table.independent[0].values, table.dependent[0].values, strict=True))
    assert [values[name] for name in POIS] == [BLINDED, BLINDED]
    assert scan_workspace(workspace, POIS, {}, 3).observed is None


def test_a_new_signal_for_an_archive_of_several_is_refused():
    (problem,) = signal_problems("new", None, yaml.safe_load(DOCUMENT), {})
    assert problem.startswith("new: the archived analysis fits all its signals in one model")


MISTAKES = {
    "unknown": (
        lambda model: model.update(poi=["mu_ggf", "mu_vfb"]),
        "model.poi: 'mu_vfb' is not a free normalization; did you mean 'mu_vbf'?",
    ),
    "lost": (
        lambda model: model.update(poi=["mu_ggf"]),
        "samples.vbf: all signals are in one model, each scaled by one parameter of interest, and "
        "this one by none (model.poi)",
    ),
    "twice": (
        lambda model: model["free_normalizations"]["mu_ggf"].update(samples=["ggf", "vbf"]),
        "samples.vbf: all signals are in one model, each scaled by one parameter of interest, and "
        "this one by mu_ggf and mu_vbf (model.poi)",
    ),
    "background": (
        lambda model: model["free_normalizations"]["mu_ggf"].update(samples=["ggf", "top"]),
        "model.free_normalizations.mu_ggf.samples: 'top' is no signal sample",
    ),
    "regions": (
        lambda model: model["free_normalizations"]["mu_vbf"].update(regions="two_jets"),
        "model.free_normalizations.mu_vbf.regions: a parameter of interest acts in all regions, "
        "else a signal would be there without it; remove the key",
    ),
    "bounds": (
        lambda model: model.update(poi_bounds=[0, 5]),
        "model.poi_bounds: give model.free_normalizations.<parameter of interest>.bounds instead",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(templates, name, capsys):
    change, message = MISTAKES[name]
    edit_analysis(templates, lambda document: change(document["model"]))
    assert check_analysis.main([ANALYSIS]) == 2
    assert message in capsys.readouterr().err
