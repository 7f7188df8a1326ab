"""The bins of the fit, as the histograms of the data have them."""

from support.example.analysis import AXIS
from support.example.products import histograms

from wollemi.histograms.histogram import bin_edges
from wollemi.model.binning import fitted_bins


def test_a_bin_of_the_fit_that_is_hidden_in_part_is_hidden():
    data = histograms(blinded="00100")["data"]  # with under- and overflow
    axis, blinded = fitted_bins([data], "sr", "mass", None)
    assert axis == AXIS
    assert blinded.tolist() == [False, True, False]
    edges = bin_edges(AXIS)[[0, 2, 3]].tolist()
    coarse, blinded = fitted_bins([data], "sr", "mass", edges)
    assert bin_edges(coarse).tolist() == edges
    assert blinded.tolist() == [True, False]
    assert fitted_bins([histograms()["data"]], "sr", "mass", None)[1] is None
