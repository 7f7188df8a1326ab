"""What a closure check compares, on histograms of a plain loop."""

import hist
import numpy as np
import pytest
import uproot

from wollemi.histograms.histogram import from_sums
from wollemi_interactive.tables.closure import deviation, free_scales, read_foreign
from wollemi_interactive.tables.root_export import Exported

AXIS = hist.axis.Regular(4, 0.0, 8.0, name="x", label="x")
PLACE = "search/x"


def ours(seed=1, sample="dy"):
    """Weighted, with under- and overflow."""
    random = np.random.default_rng(seed)
    x, weights = random.uniform(-2, 10, 200), random.uniform(0.5, 2, 200)
    bins = np.searchsorted(AXIS.edges, x, side="right")
    sums = [np.bincount(bins, w, AXIS.size + 2) for w in (weights, weights**2)]
    return Exported(PLACE, sample, "nominal", from_sums(AXIS, *sums))


def theirs(path, item, scale=1.0, flow=True, squares=True, kind="TH1D"):
    """The same histogram as another program writes it."""
    values, variances = (
        getattr(item.histogram, name)(flow=True).copy() for name in ("values", "variances")
    )
    for sums in (values, variances):
        sums[[0, -1]] *= flow
    if squares:
        written = hist.Hist(AXIS, storage=hist.storage.Weight())
        written.view(flow=True)["value"] = scale * values
        written.view(flow=True)["variance"] = scale**2 * variances
    else:
        written = hist.Hist(AXIS, storage=hist.storage.Double())
        written.view(flow=True)[:] = scale * values
    with uproot.recreate(path) as file:
        file["dy"] = written
    return read_foreign(path)["dy"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [1.0, 0.37, 1e4])
@pytest.mark.parametrize("flow", [True, False])
def test_a_factor_gives_the_same_histogram(tmp_path, seed, scale, flow):
    """With and without bins beyond the edges, of the run alone or of both."""
    item = ours(seed)
    found = theirs(tmp_path / "theirs.root", item, scale, flow)
    factor = free_scales([(item, found)], flow)["dy"]
    assert factor == pytest.approx(1 / scale, rel=1e-12)
    assert deviation(item.histogram, found, factor, flow).size < 1e-12


def test_squares_that_are_not_in_the_file_are_not_compared(tmp_path):
    """uproot has their sums instead."""
    item = ours()
    assert theirs(tmp_path / "with.root", item).squares is not None
    found = theirs(tmp_path / "without.root", item, squares=False)
    assert found.squares is None
    assert deviation(item.histogram, found, 1.0, flow=True).size == 0


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("part", ["sums", "squares"])
def test_a_bin_that_is_no_number_differs(tmp_path, value, part):
    item = ours()
    found = theirs(tmp_path / "theirs.root", item)
    getattr(found, part)[2] = value
    largest = deviation(item.histogram, found, 1.0, flow=True)
    assert largest.size == np.inf
    assert largest.where.endswith("2 to 4")
