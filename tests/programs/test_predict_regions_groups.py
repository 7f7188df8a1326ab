"""Sums of regions after the fit, against what pyhf expects and the whole covariance of the fit."""

import copy
import json
import logging
from types import SimpleNamespace

import numpy as np
import pyhf
import pytest
from build_workspace import SECTIONS as MODEL_SECTIONS
from plot_regions import SECTIONS as PLOT_SECTIONS
from predict_regions import SECTIONS, main_workspace, tell
from support.example.analysis import AXIS, DOCUMENT

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import from_sums, with_notes
from wollemi.loading.load import validate_analysis
from wollemi.model.predictions import predict_groups
from wollemi.model.unfitted_regions import UnfittedTemplates, unfitted_model, with_unfitted
from wollemi.model.workspace import WorkspaceBuilder
from wollemi.plots.prefit_stack import make_stack
from wollemi.results.fit import FitResult
from wollemi_likelihood.inference.fit_report import fit_workspace
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.workspaces import Workspace

GROUPS = {"fitted": ["sr", "cr"], "mixed": ["sr", "vr"], "alone": ["sr"]}
VARIATIONS = {"nominal": 1.0, "scale_up": 1.1, "scale_down": 0.92, "pdf_up": 1.05}
SAMPLES = ["signal", "dy", "top"]


def document():
    content = copy.deepcopy(DOCUMENT)
    content["variables"]["other"] = content["variables"]["mass"]
    for region in content["regions"].values():
        region["monitor"] = ["other"]
    named = {name: {"regions": regions} for name, regions in GROUPS.items()}
    return content | {"plots": {"region_groups": named}}


def settings(sections=SECTIONS):
    content = document()
    return Settings(validate_analysis(content, "example"), sections)


def made_histograms():
    rng = np.random.default_rng(5)
    found = {}
    for name in used_datasets(document()):
        found[name] = {}
        for region in DOCUMENT["regions"]:
            for variable in ("mass", "other"):
                bins = rng.uniform(8, 15, AXIS.size + 2)
                for variation, factor in VARIATIONS.items():
                    shape = factor * bins * np.linspace(0.95, 1.05, AXIS.size + 2)
                    item = from_sums(AXIS, bins if factor == 1 else shape, bins / 5)
                    found[name][f"{region}/{variable}/{variation}"] = item
    for key, item in found["top"].items():
        bins = item.values(flow=True) * np.linspace(1.02, 1.1, AXIS.size + 2)
        found["top_shower"][key] = from_sums(AXIS, bins, bins / 5)
    for key in list(found["data"]):
        names = ("signal", "dy_low", "dy_high", "top")
        total = sum(found[one][key].values(flow=True) for one in names)
        found["data"][key] = from_sums(AXIS, np.round(1.03 * total), np.round(1.03 * total))
    return found


@pytest.fixture(scope="module")
def made():
    """Histograms, workspace, fit, and the sums of regions."""
    histograms = made_histograms()
    workspace = WorkspaceBuilder(settings(MODEL_SECTIONS), histograms).build("signal")
    likelihood = Likelihood.from_workspace(workspace)
    fit = FitResult.of(fit_workspace(Workspace("signal", "m", likelihood)))
    assert fit.status.converged
    sums = predict_groups(settings(), histograms, "signal", fit, workspace)
    return SimpleNamespace(histograms=histograms, workspace=workspace, fit=fit, sums=sums)


def by_pyhf(workspace, channels, fit):
    """Events of the sum of channels and their uncertainties in each bin, and that of their sum."""
    # A slash has a meaning of its own in pyhf.
    model = pyhf.Workspace(json.loads(json.dumps(workspace).replace("/", "__"))).model()
    channels = [name.replace("/", "__") for name in channels]
    known = {item.name: place for place, item in enumerate(fit.parameters)}
    values, covariance = [], np.zeros((len(model.config.par_names),) * 2)
    for place, name in enumerate(model.config.par_names):
        if name in known:
            values.append(fit.parameters[known[name]].value)
            others = [known.get(other) for other in model.config.par_names]
            for index, other in enumerate(others):
                if other is not None:
                    covariance[place, index] = fit.covariance[known[name]][other]
        else:  # statistics of a region that was not fitted
            parameter, _, index = name.removesuffix("]").partition("[")
            widths = model.config.param_set(parameter).width()
            values.append(1.0)
            covariance[place, place] = widths[int(index)] ** 2

    def summed(pars):
        expected = model.main_model.expected_data(np.array(pars))
        return np.sum([expected[model.config.channel_slices[name]] for name in channels], axis=0)

    slopes = []
    for place, error in enumerate(np.sqrt(covariance.diagonal())):
        step = np.zeros(len(values))
        step[place] = error
        rise = summed(np.add(values, step)) - summed(np.subtract(values, step))
        slopes.append(rise / (2 * error) if error else np.zeros(AXIS.size))
    slopes = np.array(slopes)
    bins = slopes.T @ covariance @ slopes
    return summed(values), np.sqrt(bins.diagonal()), np.sqrt(bins.sum())


@pytest.mark.parametrize("variable", ["mass", "other"])
@pytest.mark.parametrize("group", GROUPS)
def test_sums_have_the_whole_covariance_of_the_fit(group, variable, made):
    templates = UnfittedTemplates(settings(), made.histograms, unfitted_model(settings().model))
    samples = dict.fromkeys(GROUPS[group], SAMPLES)
    workspace, channels = with_unfitted(made.workspace, templates, samples, variable)
    fitted = [region for region in GROUPS[group] if region != "vr" and variable == "mass"]
    assert [name for name in channels if "/" not in name] == fitted
    events, errors, error = by_pyhf(workspace, channels, made.fit)
    found = made.sums[group][variable]
    assert found.postfit.total == pytest.approx(events, rel=1e-6)
    assert found.postfit.uncertainty == pytest.approx(errors, rel=1e-6)
    assert found.postfit.sum_uncertainty == pytest.approx(error, rel=1e-6)
    assert (found.left_out, found.not_fitted) == ((), ())


def test_regions_of_the_fit_are_added_with_their_correlations(made):
    found, fit = made.sums["fitted"]["mass"], made.fit
    parts = [fit.yields.postfit[region] for region in GROUPS["fitted"]]
    assert found.postfit.total == pytest.approx(np.sum([one.total for one in parts], axis=0))
    assert found.postfit.samples["dy"] == pytest.approx(
        np.sum([one.samples["dy"] for one in parts], axis=0)
    )
    independent = np.hypot(*(one.uncertainty for one in parts))
    linear = np.sum([one.uncertainty for one in parts], axis=0)
    assert (np.abs(found.postfit.uncertainty / independent - 1) > 0.01).all()
    assert (np.array(found.postfit.uncertainty) < linear).all()
    before = [fit.yields.prefit[region] for region in GROUPS["fitted"]]
    assert found.prefit.total == pytest.approx(np.sum([one.total for one in before], axis=0))
    observed = np.sum([fit.observed[region] for region in GROUPS["fitted"]], axis=0)
    assert found.observed == tuple(observed)


def test_a_group_of_one_region_is_that_region(made):
    assert made.sums["alone"]["mass"].postfit == made.fit.yields.postfit["sr"]
    assert made.sums["alone"]["mass"].prefit == made.fit.yields.prefit["sr"]


def test_the_band_before_the_fit_has_systematics_of_both_regions_at_once(made):
    stack = make_stack(settings(PLOT_SECTIONS), made.histograms, "fitted", "mass")
    backgrounds = ("dy_low", "dy_high", "top")

    def of(names, variation="nominal"):
        items = [
            made.histograms[name][f"{region}/mass/{variation}"]
            for name in names
            for region in GROUPS["fitted"]
        ]
        return sum(item.values() for item in items), sum(item.variances() for item in items)

    total, variance = of(backgrounds)
    assert stack.total == pytest.approx(total)
    assert stack.statistical**2 == pytest.approx(variance)
    dy, top = backgrounds[:2], backgrounds[2:]
    shifts = [
        0.25 * total,  # luminosity
        (of(dy, "scale_up")[0] - of(dy, "scale_down")[0]) / 2,
        of(dy, "pdf_up")[0] - of(dy)[0],
        of(["top_shower"])[0] - of(top)[0],
    ]
    # Yield and shape are apart in the model: their product is of second order.
    expected = np.sqrt(variance + np.sum(np.square(shifts), axis=0))
    assert stack.uncertainty == pytest.approx(expected, rel=0.01)


def test_a_bin_that_is_hidden_in_one_region_is_hidden_in_the_sum(made):
    histograms = {name: dict(items) for name, items in made.histograms.items()}
    name = "sr/mass/nominal"
    histograms["data"][name] = with_notes(histograms["data"][name], {"blinded": "00100"})
    found = predict_groups(settings(), histograms, "signal", made.fit, made.workspace)
    assert [value is None for value in found["fitted"]["mass"].observed] == [False, True, False]
    assert found["fitted"]["mass"].all_observed is None
    assert found["fitted"]["other"] == made.sums["fitted"]["other"]
    for group in (["sr", "cr"], ["cr", "sr"]):
        content = document()
        content["plots"]["region_groups"]["fitted"]["regions"] = group
        shown = Settings(validate_analysis(content, "example"), PLOT_SECTIONS)
        stack = make_stack(shown, histograms, "fitted", "mass")
        assert np.isnan(stack.observed).tolist() == [False, True, False]
        assert stack.labels.marks == ("BLINDED",)


def test_a_sample_of_one_region_is_in_the_sum(made, caplog):
    """Its regions are listed; it counts as left out only if it is in none of them."""
    lost = {"vr/mass/", "sr/other/", "cr/other/"}
    histograms = {
        name: {
            key: item
            for key, item in items.items()
            if name != "top" or not any(key.startswith(place) for place in lost)
        }
        for name, items in made.histograms.items()
    }
    sums = predict_groups(settings(), histograms, "signal", made.fit, made.workspace)
    found, whole = sums["mixed"]["mass"], made.sums["mixed"]["mass"]
    assert (found.left_out, found.only_in) == ((), {"top": ("sr",)})
    of_region = made.histograms["top"]["vr/mass/nominal"].values()
    assert found.prefit.samples["top"] == pytest.approx(made.fit.yields.prefit["sr"].samples["top"])
    assert np.subtract(whole.prefit.total, found.prefit.total) == pytest.approx(of_region)
    none = sums["fitted"]["other"]
    assert (none.left_out, none.only_in) == (("top",), {})
    assert "only_in" not in none.plain()
    assert "top" not in none.postfit.samples
    assert sums["fitted"]["mass"] == made.sums["fitted"]["mass"]
    with caplog.at_level(logging.INFO, "wollemi"):
        tell("mixed", "mass", found)
        tell("fitted", "other", none)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ("INFO", "mixed, mass: top is in sr alone") in said
    assert [text for level, text in said if level == "WARNING"] == [
        "fitted has no histogram of other: top left out"
    ]


def test_the_workspace_is_that_of_the_main_fit(tmp_path):
    paths = [tmp_path / f"{name}.json" for name in ("a", "b")]
    for path in paths:
        path.write_text(f'{{"name": "{path.stem}"}}')
    assert main_workspace(paths, "b") == {"name": "b"}
    assert main_workspace(paths, "background_only") == {"name": "a"}
