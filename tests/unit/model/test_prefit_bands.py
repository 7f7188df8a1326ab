"""Bands before the fit against cabinetry's yields of the model, and against the formula on the
histograms.
"""

import copy

import cabinetry
import numpy as np
import pyhf
import pytest
from build_workspace import SECTIONS as MODEL_SECTIONS
from plot_regions import SECTIONS
from support.example.analysis import AXIS, DOCUMENT

from wollemi.analysis.plain.datasets import used_datasets
from wollemi.analysis.settings import Settings
from wollemi.histograms.histogram import from_sums, scaled
from wollemi.loading.load import validate_analysis
from wollemi.model.workspace import WorkspaceBuilder
from wollemi.plots.prefit_stack import make_stack

VARIATIONS = ("nominal", "scale_up", "scale_down", "pdf_up")
MONITORED = copy.deepcopy(DOCUMENT)
MONITORED["variables"]["other"] = MONITORED["variables"]["mass"]
for item in MONITORED["regions"].values():
    item["monitor"] = ["other"]


def random_histograms(seed, small=8.0):
    rng = np.random.default_rng(seed)

    def one():
        values = rng.uniform(small, 15, AXIS.size + 2)
        return from_sums(AXIS, values, values * rng.uniform(0.1, 0.5))

    places = [
        f"{region}/{variable}" for region in MONITORED["regions"] for variable in ("mass", "other")
    ]
    return {
        name: {f"{place}/{v}": one() for place in places for v in VARIATIONS}
        for name in used_datasets(MONITORED)
    }


def settings(sections, document=MONITORED):
    return Settings(validate_analysis(document, "example"), sections)


def model_uncertainty(histograms, document, region):
    """Of the backgrounds of a region by the model, propagated by cabinetry."""
    content = WorkspaceBuilder(settings(MODEL_SECTIONS, document), histograms).build("signal")
    channel = next(item for item in content["channels"] if item["name"] == region)
    channel["samples"] = [sample for sample in channel["samples"] if sample["name"] != "signal"]
    content["channels"] = [channel]
    content["observations"] = [item for item in content["observations"] if item["name"] == region]
    config = content["measurements"][0]["config"]
    config["poi"], config["parameters"] = (
        "",
        [item for item in config["parameters"] if item["name"] != "mu"],
    )
    model = pyhf.Workspace(content).model()
    errors = cabinetry.model_utils.prefit_uncertainties(model)
    values = cabinetry.model_utils.asimov_parameters(model)
    bins, _ = cabinetry.model_utils.yield_stdev(model, values, errors, np.identity(len(errors)))
    return np.array(bins[0][-1])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"mc_statistics": "background"},
        {"prune_below": 0.3},
        {"floor_negative_bins": True},
        {"fixed": {"scale": 0}},
    ],
)
def test_in_fitted_regions_the_band_is_that_of_the_model(seed, change):
    document = copy.deepcopy(MONITORED)
    document["model"].update(change)
    histograms = random_histograms(seed, 4.0 if change.get("floor_negative_bins") else 8.0)
    for region in ("sr", "cr"):
        stack = make_stack(settings(SECTIONS, document), histograms, region, "mass")
        assert stack.uncertainty_label == "Stat. ⊕ syst. unc."
        np.testing.assert_allclose(
            stack.uncertainty, model_uncertainty(histograms, document, region), rtol=1e-9
        )


def mirrored(nominal, up):
    """Half the difference of +1σ and its mirror image, yield and shape each mirrored by itself."""
    ratio = up.sum() / nominal.sum()
    return (up - (2 - ratio) * (2 * nominal - up / ratio)) / 2 if ratio else up - nominal


def by_formula(histograms, place):
    """Statistics, and in quadrature each systematic with half the difference of its sides, summed
    over samples first.
    """

    def varied(variation, dataset):
        return histograms[dataset][f"{place}/{variation}"].values()

    dy, all_of_them = ("dy_low", "dy_high"), ("dy_low", "dy_high", "top")
    total = sum(varied("nominal", name) for name in all_of_them)
    shifts = [
        0.25 * total,
        sum(varied("scale_up", name) - varied("scale_down", name) for name in dy) / 2,
        mirrored(
            sum(varied("nominal", name) for name in dy), sum(varied("pdf_up", name) for name in dy)
        ),
        mirrored(varied("nominal", "top"), varied("nominal", "top_shower")),
    ]
    variance = sum(histograms[name][f"{place}/nominal"].variances() for name in all_of_them)
    return np.sqrt(variance), np.sqrt(variance + np.sum(np.square(shifts), axis=0))


@pytest.mark.parametrize(("region", "variable"), [("sr", "other"), ("vr", "mass"), ("vr", "other")])
def test_variables_and_regions_that_are_not_fitted_have_all_systematics(region, variable):
    histograms = random_histograms(9)
    stack = make_stack(settings(SECTIONS), histograms, region, variable)
    statistical, total = by_formula(histograms, f"{region}/{variable}")
    np.testing.assert_allclose(stack.statistical, statistical, rtol=1e-12)
    np.testing.assert_allclose(stack.uncertainty, total, rtol=1e-12)


def test_where_no_model_can_be_built_there_is_a_band():
    """A variation without events, which a model refuses: its shift is the whole of the sample."""
    histograms = random_histograms(3)
    histograms["top_shower"] = {
        name: scaled(item, 0.0) for name, item in histograms["top_shower"].items()
    }
    stack = make_stack(settings(SECTIONS), histograms, "vr", "mass")
    np.testing.assert_allclose(stack.uncertainty, by_formula(histograms, "vr/mass")[1], rtol=1e-12)


def test_an_alternative_without_the_variable_is_left_out_and_said(caplog):
    histograms = random_histograms(3)
    del histograms["top_shower"]["vr/mass/nominal"]
    make_stack(settings(SECTIONS), histograms, "vr", "mass")
    assert "top_shower has no histogram of mass: shower is not in the band" in caplog.text


def test_without_systematics_the_band_is_statistical():
    stack = make_stack(
        settings(SECTIONS, {**MONITORED, "systematics": {}}), random_histograms(1), "sr", "mass"
    )
    assert stack.uncertainty_label == "Stat. unc."
    assert stack.uncertainty is stack.statistical
