"""Plots of measured corrections: every number is where its bin is."""

import numpy as np
import pytest

from wollemi.histograms.correction_map import correction_file, correction_map
from wollemi.pages.captions import caption, description
from wollemi.plots.correction_maps import draw_map, map_numbers
from wollemi.plots.map_cells import MOST_TICKS, cell_text
from wollemi.plots.style import PlotLabels
from wollemi.results.correction_maps import measured_maps

LABELS = PlotLabels("Wollemi", "1 fb⁻¹ (13 TeV)")
PT, ETA = [20, 50, 500], [0, 1, 1.5, 2.4]
NAMES = {"pt": "$p_{T}$ [GeV]", "abseta": "abs(eta)"}


def sides(*nominal, error=0.05):
    found = np.array(nominal)
    return {"nominal": found, "up": found + error, "down": found - 2 * error}


def numbers(kind, axes, **maps):
    """Of the correction `id`; the others of its file by the end of their names."""
    measured = {"kind": kind, "axes": axes}
    named = {"id" if key == "own" else f"id_{key}": values for key, values in maps.items()}
    made = correction_file([correction_map(*item) for item in _with(measured, named)])
    shown = {"kind": kind, "axes": {axis: NAMES[axis] for axis in axes}}
    return map_numbers("id", shown, measured_maps(made), "Data 2018")


def _with(measured, named):
    return [(name, measured, values) for name, values in named.items()]


def bars(ax):
    """Points with the ends of their vertical bars, of each curve."""
    return [
        [tuple(segment[:, 1]) for segment in container[2][1].get_segments()]
        for container in ax.containers
    ]


def test_a_scale_factor_has_both_efficiencies_above_it():
    found = numbers(
        "scale_factor",
        {"pt": PT},
        own=sides(0.9, 0.75),
        data=sides(0.45, 0.6, error=0.01),
        simulation=sides(0.5, 0.8, error=0.02),
    )
    upper, lower = draw_map(found, LABELS).axes
    data, simulation = bars(upper)
    assert data[0] == pytest.approx((0.43, 0.46))
    assert simulation[1] == pytest.approx((0.76, 0.82))
    assert bars(lower)[0] == [pytest.approx((0.8, 0.95)), pytest.approx((0.65, 0.8))]
    # Of bins that are wide: in the middle of the logarithms.
    assert upper.get_xscale() == "log"
    assert upper.containers[0][0].get_xdata()[0] == pytest.approx(np.sqrt(20 * 50))
    labels = [text.get_text() for text in upper.get_legend().get_texts()]
    assert labels == ["Data 2018", "Simulation"]
    assert lower.get_xlabel() == "$p_{T}$ [GeV]"


def test_a_large_scale_factor_is_seen():
    found = numbers(
        "scale_factor",
        {"pt": PT},
        own=sides(3.0, 1.0),
        data=sides(0.9, 0.8),
        simulation=sides(0.3, 0.8),
    )
    lower = draw_map(found, LABELS).axes[1]
    assert lower.get_ylim() == pytest.approx((0, 1.1 * 3.05))


def test_cells_have_their_numbers():
    values = sides(0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    found = numbers("efficiency", {"pt": PT, "abseta": ETA}, own=values)
    assert found["maps"][0]["values"] == [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    figure = draw_map(found, LABELS)
    ax = figure.axes[0]
    written = {text.get_position(): text.get_text() for text in ax.texts if "−" in text.get_text()}
    assert written[0.5, 2.5] == "0.300\n+0.050\n−0.100"
    assert written[1.5, 0.5] == "0.400\n+0.050\n−0.100"
    assert len(written) == 6
    assert [text.get_text() for text in ax.get_yticklabels()] == ["0", "1", "1.5", "2.4"]
    assert any("Simulation" in text.get_text() for text in ax.texts)


def test_variations_of_a_fake_rate_are_panels_of_their_own():
    rates = sides(0.1, 0.2, 0.3, 0.4, 0.5, 0.6) | {"prompt_up": np.full(6, 0.05)}
    found = numbers("fake_rate", {"pt": PT, "abseta": ETA}, own=rates)
    figure = draw_map(found, LABELS)
    titles = [ax.get_title(loc="right") for ax in figure.axes]
    assert titles == ["Fake rate", "Fake rate, prompt up"]
    assert not any("Simulation" in text.get_text() for text in figure.axes[0].texts)


def test_pileup_has_steps_and_no_interval():
    weights = {"nominal": np.array([1.5, 0.8]), "up": np.array([1.2, 0.9])}
    found = numbers("pileup", {"pt": PT}, own=weights)
    assert "low" not in found["maps"][0]
    (ax,) = draw_map(found, LABELS).axes
    assert [tuple(patch.get_data().values) for patch in ax.patches] == [(1.5, 0.8), (1.2, 0.9)]
    assert ax.get_ylim()[1] > 1.5


def test_an_efficiency_of_0_is_drawn():
    found = numbers("efficiency", {"pt": PT}, own=sides(0.0, 0.0, error=0.0))
    assert draw_map(found, LABELS).axes[0].get_ylim()[0] == 0


def test_it_is_told_in_words():
    maps = {key: sides(0.9, 0.75) for key in ("own", "data", "simulation")}
    found = numbers("scale_factor", {"pt": PT}, **maps)
    assert caption(found) == "Scale factor: id"
    text = description(found)
    assert "p(T) [GeV]: 2 bins from 20 to 500" in text
    assert "Scale factor: 0.750 to 0.900" in text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((0.93, 0.012, 0.012), "0.930\n±0.012"),
        ((0.93, 0.1, 0.012), "0.930\n+0.012\n−0.100"),
        ((0.0, 0.0, 0.0004), "0.0000\n+0.0004\n−0.0000"),
        ((12.0, 3.0, 3.0), "12.0\n±3.0"),
        ((1.23456,), "1.23"),
    ],
)
def test_errors_have_two_digits(given, text):
    assert cell_text(*given) == text


@pytest.mark.parametrize("cells", [2, MOST_TICKS - 1, MOST_TICKS, 2 * MOST_TICKS, 40])
def test_edges_are_labeled_at_equal_distances(cells):
    """All of them where they fit, else every second, third, and so on, from the first."""
    axes = {"pt": [*range(cells + 1)], "abseta": ETA}
    values = sides(*[0.9] * (3 * cells))
    figure = draw_map(numbers("efficiency", axes, own=values), LABELS)
    ticks = figure.axes[0].get_xticks()
    labels = [float(label.get_text()) for label in figure.axes[0].get_xticklabels()]
    step = next(n for n in range(1, 50) if len(range(0, cells + 1, n)) <= MOST_TICKS)
    assert labels == [*range(0, cells + 1, step)]
    assert [*ticks] == labels
