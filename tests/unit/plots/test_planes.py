"""Two axes as colors: what is in which bin, the profile, hidden data."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm

from wollemi.histograms.histogram import edges_axis
from wollemi.histograms.unrolling import numbered_axis
from wollemi.pages.captions import caption, description
from wollemi.plots.planes import draw_plane, plane_numbers, profile
from wollemi.plots.stack import Layer, Stack
from wollemi.plots.style import PlotLabels

MASS = edges_axis("mass", (0.0, 1.0, 2.0, 4.0), "m", "GeV")
JETS = edges_axis("jets", (0.0, 1.0, 3.0), "Jets")
OBSERVED = np.array([1.0, 2.0, 3.0, 4.0, 0.0, 6.0])  # mass by mass, then jets


def stack(observed=OBSERVED, total=OBSERVED * 2, **more):
    layers = () if total is None else (Layer("dy", "DY", "red", total),)
    error = None if total is None else np.sqrt(total)
    axis, labels = numbered_axis("both", (MASS, JETS)), PlotLabels("X", "8 TeV")
    names = ("Stat. unc.", observed, "Data", "SR", "Pre-fit", labels)
    return Stack(axis, layers, (), error, *names, statistical=error, **more)


def test_each_number_is_in_its_bin():
    numbers = plane_numbers(stack())
    expected, data = numbers["plane"]
    assert data["events"] == [[1, 4], [2, 0], [3, 6]]
    assert expected["events"] == [[2, 8], [4, 0], [6, 12]]
    assert (expected["title"], data["title"]) == ("Expected", "Data")
    assert [one["name"] for one in numbers["axes"]] == ["mass", "jets"]


def test_the_profile_is_the_mean_of_the_events_and_its_standard_error():
    """Against numpy on a list of the events at the centers of their bins."""
    centers = np.array([0.5, 2.0])
    (_, data) = plane_numbers(stack())["plane"]
    for index, row in enumerate(data["events"]):
        values = np.repeat(centers, np.array(row, int))
        assert data["profile"]["mean"][index] == pytest.approx(values.mean())
        expected = values.std() / np.sqrt(values.size)
        assert data["profile"]["error"][index] == pytest.approx(expected)


def test_the_error_of_weighted_events_is_the_spread_of_repetitions():
    rng = np.random.default_rng(8)
    events, centers = np.array([[40.0, 90.0, 30.0]]), np.array([1.0, 2.0, 5.0])
    thrown = rng.poisson(events / 0.3, (20_000, 3)) * 0.3  # weights of 0.3
    means = (thrown * centers).sum(axis=1) / thrown.sum(axis=1)
    mean, error = profile(events, events * 0.3, centers)
    assert mean[0] == pytest.approx(means.mean(), abs=5 * error[0] / np.sqrt(20_000) + 1e-3)
    assert error[0] == pytest.approx(means.std(), rel=0.02)


def test_no_events_and_hidden_ones_have_no_mean():
    hidden = np.array([1.0, np.nan, 0.0, 4.0, np.nan, 0.0])
    _, data = plane_numbers(stack(hidden))["plane"]
    assert data["events"] == [[1, 4], [None, None], [0, 0]]
    assert data["profile"]["mean"][1:] == [None, None]
    whole = plane_numbers(stack(np.full(6, np.nan)))
    assert [panel["title"] for panel in whole["plane"]] == ["Expected"]


def test_drawn_with_one_scale():
    expected, data = draw_plane(plane_numbers(stack())).axes[:2]
    scales = [ax.collections[0].norm for ax in (expected, data)]
    assert scales[0] is scales[1]
    assert (scales[0].vmin, scales[0].vmax) == (0, 12)
    assert data.collections[0].get_array().filled(-1).tolist() == [[1, 2, 3], [4, -1, 6]]
    logarithmic = draw_plane(plane_numbers(stack(log_y=True))).axes[0].collections[0].norm
    assert isinstance(logarithmic, LogNorm)
    assert (logarithmic.vmin, logarithmic.vmax) == (1, 12)


def test_simulation_alone_and_nothing_at_all():
    alone = draw_plane(plane_numbers(stack(None)))
    assert any("Simulation" in text.get_text() for text in alone.axes[0].texts)
    nothing = draw_plane(plane_numbers(stack(None, None)))
    assert any("no sample has events" in text.get_text() for text in nothing.axes[0].texts)


def test_texts():
    numbers = plane_numbers(stack(np.array([1.0, np.nan, 3.0, 4.0, np.nan, 6.0])))
    assert caption(numbers) == "SR: pre-fit, Jets against m"
    text = description(numbers)
    assert "Data: most events, 6.00, at 2 to 4 and 1 to 3; mean from 1.50 to 1.70" in text
    assert "2 bins BLINDED" in text
