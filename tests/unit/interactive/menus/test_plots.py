"""Bins that are not fitted are listed, and rates of no event have an upper end."""

import numpy as np

from wollemi_interactive.menus.plots import (
    NO_EVENT,
    draw_scan,
    draw_turn_on,
    left_out_text,
    scan_numbers,
    turn_on_numbers,
)

EDGES = np.linspace(10, 50, 9)


def numbers(change=None):
    """Of 200 events a bin; `change` edits Σw and Σw² of what fails and passes (2, 2, bins)."""
    centers = (EDGES[1:] + EDGES[:-1]) / 2
    passed = np.round(190 / (1 + np.exp(-(centers - 27) / 2)))
    sums = np.stack([[200 - passed, 200 - passed], [passed, passed]])
    if change is not None:
        change(sums)
    return turn_on_numbers("Path", "pt", EDGES, sums, centers)


def test_all_bins_are_fitted():
    found = numbers()
    assert found["left_out"] == 0
    assert left_out_text(found) == ""


def test_bins_with_negative_weights_are_told():
    def change(sums):
        sums[0, 0, 6] = -3.0  # more passes than there is
        sums[:, :, 7] = [[-200, 200], [-1, 190]]  # a negative sum
        sums[:, :, 0] = 0.0  # nothing was there

    found = numbers(change)
    assert found["left_out"] == 2
    assert found["entries"][6] == found["entries"][7] == 0
    assert left_out_text(found) == "2 bins left out (negative weights)"
    (ax,) = draw_turn_on(found).axes
    assert any("2 bins left out" in text.get_text() for text in ax.texts)


def scanned(values, upper):
    curve = {"rate_hz": values, "rate_error_hz": [value / 10 for value in values]}
    curve |= {"rate_upper_hz": upper, "fraction": values, "fraction_error": values}
    paths = {"tight": curve | {"fraction_upper": upper}}
    return scan_numbers(
        "Menu", "pt", {"values": [20, 30, 40], "paths": paths, "total": paths["tight"]}
    )


def test_no_event_is_drawn_at_its_upper_end():
    found = scanned([5.0, 2.0, 0.0], [None, 4.0, 1.5])
    (ax,) = draw_scan(found).axes
    triangles = [line for line in ax.lines if line.get_marker() == "v"]
    assert [line.get_ydata().tolist()[2] for line in triangles] == [1.5, 1.5]
    assert all(np.isnan(line.get_ydata()[:2]).all() for line in triangles)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["tight", "total", NO_EVENT]
    assert ax.get_ylim()[0] < 1.5
    (bars, *_) = (item[2][0] for item in ax.containers)
    low, high = bars.get_segments()[1][:, 1]
    assert (low, high) == (1.8, 4.0)
    assert found["curves"]["tight"]["upper"] == [None, 4.0, 1.5]


def test_a_scan_of_no_events_has_its_upper_ends():
    (ax,) = draw_scan(scanned([0.0, 0.0, 0.0], [3.0, 3.0, 3.0])).axes
    assert [line for line in ax.lines if line.get_marker() == "v"]
    assert ax.get_yscale() == "log"
