"""Bins that are not fitted are told."""

import numpy as np

from wollemi.plots.turn_on import draw_turn_on, left_out_text, turn_on_numbers

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
