"""The post-fit plot of the example against its fit."""

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest
from plot_fit import SECTIONS
from support.example.analysis import AXIS
from support.example.products import (
    EVENTS,
    EXAMPLE,
    fit,
    histograms,
    main_fit,
    predictions,
    region_yields,
    settings,
)

from wollemi.model.binning import fitted_bins
from wollemi.pages.captions import description
from wollemi.plots.postfit_stack import (
    fitted_layers,
    group_stack,
    noting_errors,
    postfit_stack,
    unfitted_stack,
)
from wollemi.plots.stack import stack_numbers
from wollemi.plots.style import PlotLabels
from wollemi.results.fit import FitResult
from wollemi.results.predictions import Prediction
from wollemi_likelihood.base.errors import WollemiError

LABELS = PlotLabels("Wollemi", "13 TeV", ("pseudo-data",))


def test_yields_after_the_fit_are_stacked_with_their_uncertainty():
    stack = postfit_stack(settings(SECTIONS), main_fit(), "sr", AXIS, LABELS)
    expected = region_yields(1.1)
    assert [layer.sample for layer in stack.layers] == ["top", "dy", "signal"]
    assert stack.layers[1].events.tolist() == expected["samples"]["dy"]
    assert stack.total == pytest.approx(expected["total"])
    assert stack.uncertainty.tolist() == expected["uncertainty"]
    assert stack.observed.tolist() == EVENTS["data"]
    assert (stack.stage, stack.observed_label) == ("Post-fit", "Pseudo-data")


def test_a_signal_at_zero_is_left_out():
    content = fit()["fits"]["signal"]
    content["yields"]["postfit"]["sr"]["samples"]["signal"] = [0.0, 0.0, 0.0]
    main = FitResult.model_validate(content)
    stack = postfit_stack(settings(SECTIONS), main, "sr", AXIS, LABELS)
    assert [layer.sample for layer in stack.layers] == ["top", "dy"]


@pytest.mark.parametrize("regime", ["wall", "quartic", "asymmetric"])
def test_a_band_without_a_valid_error_says_so(regime):
    content, parts = fit()["fits"]["signal"], settings(SECTIONS)
    stack = postfit_stack(parts, main_fit(), "sr", AXIS, LABELS)
    assert noting_errors(stack, main_fit(), parts.plots) == stack
    (strength,) = (item for item in content["parameters"] if item["name"] == "mu")
    strength["regime"] = regime
    noted = noting_errors(stack, FitResult.model_validate(content), parts.plots)
    wrong = regime != "asymmetric"
    assert noted.note == ("uncertainties without a valid error of $\\mu$" if wrong else "")
    assert ("without a valid error of µ" in description(stack_numbers(noted))) is wrong


def test_the_axis_is_that_of_the_histogram():
    assert fitted_bins([{}, histograms()["data"]], "sr", "mass", None) == (AXIS, None)
    with pytest.raises(WollemiError, match="region sr: the data have no histogram 'sr/pt/nominal'"):
        fitted_bins([histograms()["data"]], "sr", "pt", None)


def test_a_region_that_was_not_fitted_says_so_and_hides_blinded_bins():
    content = predictions()["regions"]["vr"]["mass"] | {"observed": [0.0, None, 20.0]}
    found = Prediction.model_validate(content)
    stack = unfitted_stack(settings(SECTIONS), found, "vr", "mass", LABELS)
    assert stack.stage == "Post-fit, not fitted"
    assert stack.blinded.tolist() == [False, True, False]
    assert np.isnan(stack.observed).tolist() == [False, True, False]
    assert stack.total == pytest.approx(region_yields(1.1)["total"])
    assert stack.edges.tolist() == AXIS.edges.tolist()
    empty = Prediction.model_validate(content | {"observed": None})
    stack = unfitted_stack(settings(SECTIONS), empty, "vr", "mass", LABELS)
    assert (stack.observed, stack.blinded) == (None, None)


@pytest.mark.parametrize(
    ("regions", "stage"),
    [
        (["sr", "cr"], "Post-fit"),
        (["sr", "vr"], "Post-fit, partly fitted"),
        (["vr"], "Post-fit, not fitted"),
    ],
)
def test_a_group_says_how_much_of_it_was_fitted(regions, stage):
    groups = {"sum": {"regions": regions, "label": "Both"}}
    plots = EXAMPLE["plots"] | {"region_groups": groups, "log_y": ["sum"]}
    content = predictions()["regions"]["vr"]["mass"] | {"observed": [0.0, None, 20.0]}
    stack = group_stack(
        settings(SECTIONS, EXAMPLE | {"plots": plots}),
        Prediction.model_validate(content),
        "sum",
        "mass",
        LABELS,
    )
    assert (stack.stage, stack.title, stack.log_y) == (stage, "Both", True)
    assert np.isnan(stack.observed).tolist() == stack.blinded.tolist() == [False, True, False]
    assert stack.total == pytest.approx(region_yields(1.1)["total"])


@pytest.mark.parametrize("names", list(permutations(["dy", "signal", "top"])))
def test_the_order_is_that_of_the_file_with_signals_on_top(names):
    """Without `plots.samples`, in whatever order the fit lists the samples."""
    parts = settings(SECTIONS)
    samples = {name: parts.samples[name] for name in ("data", *names)}
    plots = SimpleNamespace(samples={}, groups=None, show_signals=[])
    shown = SimpleNamespace(samples=samples, plots=plots)
    fitted = {name: [1.0, 2.0] for name in sorted(["unknown", *names])}
    layers = fitted_layers(shown, fitted)
    backgrounds = [name for name in names if name != "signal"]
    assert [layer.sample for layer in layers] == [*backgrounds, "unknown", "signal"]
    assert len({layer.color for layer in layers}) == 4
