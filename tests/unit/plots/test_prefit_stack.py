"""What is drawn of the example against its histograms."""

import numpy as np
import pytest
from plot_regions import SECTIONS
from support.example.products import EVENTS, EXAMPLE, histograms, settings

from wollemi.plots.prefit_stack import make_stack, plotted


def example_stack(region="sr", found=None, document=EXAMPLE):
    return make_stack(settings(SECTIONS, document), found or histograms(), region, "mass")


def test_samples_are_summed_and_stacked_in_the_order_of_the_styles():
    stack = example_stack()
    assert [layer.sample for layer in stack.layers] == ["top", "dy"]
    assert (stack.layers[1].events == np.add(EVENTS["dy_low"], EVENTS["dy_high"])).all()
    assert stack.observed.tolist() == EVENTS["data"]
    assert stack.title == "signal region"


def test_the_band_has_statistics_and_systematics():
    """The luminosity alone varies anything here: its 25 % act on all samples at once
    (test_prefit_bands.py has the others).
    """
    stack = example_stack()
    assert stack.statistical**2 == pytest.approx(stack.total / 4)
    assert stack.uncertainty**2 == pytest.approx(stack.total / 4 + (0.25 * stack.total) ** 2)


def test_signals_are_lines():
    assert [line.sample for line in example_stack().lines] == ["signal"]
    hidden = EXAMPLE | {"plots": EXAMPLE["plots"] | {"show_signals": []}}
    assert example_stack(document=hidden).lines == ()


def test_a_signal_may_be_stacked():
    document = EXAMPLE | {"plots": EXAMPLE["plots"] | {"stack_signals": ["signal"]}}
    stack = example_stack(document=document)
    assert [layer.sample for layer in stack.layers] == ["top", "dy", "signal"]
    assert stack.lines == ()
    assert (stack.layers[2].events == EVENTS["signal"]).all()
    assert stack.uncertainty**2 == pytest.approx(stack.total / 4 + (0.25 * stack.total) ** 2)


def test_axes():
    assert example_stack("sr").log_y
    assert not example_stack("cr").log_y


def test_marks():
    assert example_stack().labels.marks == ()
    stack = example_stack(found=histograms(preview=True, pseudo_data=True))
    assert stack.labels.marks == ("pseudo-data", "PREVIEW")
    assert stack.observed_label == "Pseudo-data"


def test_data_alone():
    document = EXAMPLE | {
        "samples": {"data": EXAMPLE["samples"]["data"]},
        "systematics": {},
        "plots": {},
    }
    for section in (
        *("model", "limits", "scans", "goodness", "uncertainties", "extrapolation"),
        *("region_limits", "discovery"),
    ):
        document = {key: value for key, value in document.items() if key != section}
    stack = example_stack(found={"data": histograms()["data"]}, document=document)
    assert (stack.layers, stack.total, stack.uncertainty, stack.stage) == ((), None, None, "")


def test_a_sample_without_the_histogram_is_left_out():
    found = histograms()
    del found["top"]["sr/mass/nominal"]
    assert [layer.sample for layer in example_stack(found=found).layers] == ["dy"]


@pytest.mark.parametrize(
    "missing",
    [
        [],
        [("top", "sr")],
        [("top", "cr")],
        [("signal", "cr")],
        [("dy_low", "sr")],  # of a sample of two datasets: it is not in this region
        [("top", "sr"), ("dy_low", "cr")],
        [("top", "sr"), ("top", "cr")],
        [("data", "cr")],
    ],
)
def test_a_group_is_the_sum_of_the_plots_of_its_regions(missing):
    """Samples that are in some of its regions only, as estimates from data, are in the sum."""
    groups = {"region_groups": {"both": {"regions": ["sr", "cr"]}}}
    document, found = EXAMPLE | {"plots": EXAMPLE["plots"] | groups}, histograms()
    for dataset, region in missing:
        del found[dataset][f"{region}/mass/nominal"]
    whole = example_stack("both", found, document)
    parts = [example_stack(region, found, document) for region in ("sr", "cr")]
    for name in ("layers", "lines"):
        expected = {}
        for layer in (layer for part in parts for layer in getattr(part, name)):
            expected[layer.sample] = expected.get(layer.sample, 0.0) + layer.events
        found_here = {layer.sample: layer.events.tolist() for layer in getattr(whole, name)}
        assert found_here == {key: pytest.approx(item) for key, item in expected.items()}
    assert whole.statistical**2 == pytest.approx(sum(part.statistical**2 for part in parts))
    # The luminosity alone varies anything: all samples and regions at once.
    assert whole.uncertainty**2 == pytest.approx(whole.statistical**2 + (0.25 * whole.total) ** 2)
    observed = [part.observed for part in parts]
    if ("data", "cr") in missing:
        assert whole.observed is None  # of one region alone they would stand beside the sum
    else:
        assert whole.observed == pytest.approx(sum(observed))


def test_every_variable_of_every_region_is_plotted():
    document = EXAMPLE | {
        "regions": EXAMPLE["regions"] | {"sr": EXAMPLE["regions"]["sr"] | {"monitor": ["mass"]}}
    }
    pairs = plotted(settings(SECTIONS, document).regions)
    assert pairs == [("sr", "mass"), ("sr", "mass"), ("cr", "mass"), ("vr", "mass")]
