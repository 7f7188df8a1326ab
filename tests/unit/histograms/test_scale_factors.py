"""Scale factors that are known: linear backgrounds, coverage of injected efficiencies."""

import numpy as np
import pytest

from wollemi.histograms.efficiencies import measured_efficiencies
from wollemi.histograms.histogram import edges_axis, from_sums
from wollemi.histograms.scale_factors import scale_factors, sideband_factors, subtracted
from wollemi_likelihood.base.errors import WollemiError

WINDOW, SIDEBANDS = (80.0, 100.0), ((60.0, 75.0), (110.0, 120.0))
MEASURED = {
    "axes": {"pt": [20, 50]},
    "mass": {"window": WINDOW, "sidebands": SIDEBANDS},
}


@pytest.mark.parametrize("sidebands", [SIDEBANDS, ((70.0, 80.0), (100.0, 110.0))])
def test_a_linear_background_vanishes(sidebands):
    def integral(low, high):
        return 7 * (high - low) - 0.03 * (high**2 - low**2)

    factors = sideband_factors(WINDOW, sidebands)
    beside = [np.array([[integral(*ends)], [1.0]]) for ends in sidebands]
    left = subtracted(np.array([[integral(*WINDOW)], [2.0]]), beside, factors)
    assert left[0, 0] == pytest.approx(0, abs=1e-9)
    assert left[1, 0] == pytest.approx(2 + (factors**2).sum(), rel=1e-12)


def cells(rng, signal, efficiency, background, passing):
    """Counts of one cell that fail and pass in the window, and in both sidebands."""
    true = [signal * (1 - efficiency), signal * efficiency]
    ranges = [WINDOW, *SIDEBANDS]
    expected = [
        background * (high - low) * share + (true[side] if place == 0 else 0)
        for place, (low, high) in enumerate(ranges)
        for side, share in enumerate((1 - passing, passing))
    ]
    counts = rng.poisson(expected).astype(float)
    sums = np.array([0.0, *counts, 0.0])
    return from_sums(edges_axis("id", np.arange(7) - 0.5), sums, sums)


@pytest.mark.parametrize(("in_data", "in_simulation"), [(0.85, 0.9), (0.4, 0.3)])
def test_an_injected_scale_factor_is_covered(in_data, in_simulation):
    rng = np.random.default_rng(5)
    covered, ratios = [], []
    for _ in range(500):
        data = cells(rng, 3000, in_data, 10.0, 0.2)
        simulated = cells(rng, 8000, in_simulation, 0.0, 0.0)
        values = [measured_efficiencies("m", MEASURED, item).values for item in (data, simulated)]
        found = scale_factors("m", MEASURED, *values)
        true = in_data / in_simulation
        covered.append(found["down"][0] <= true <= found["up"][0])
        ratios.append(found["nominal"][0])
    assert np.mean(ratios) == pytest.approx(in_data / in_simulation, rel=3e-3)
    assert np.mean(covered) == pytest.approx(0.683, abs=0.05)


def test_less_than_nothing_may_fail():
    """The subtraction leaves -2 ± 4 that fail: the efficiency is 1, with an error."""
    sums = np.array([0.0, 10, 1000, 9, 20, 6, 13, 0.0])
    found = measured_efficiencies(
        "m", MEASURED, from_sums(edges_axis("id", np.arange(7) - 0.5), sums, sums)
    )
    assert found.values["nominal"][0] == found.values["up"][0] == 1
    assert 0.99 < found.values["down"][0] < 0.998


def test_nothing_that_passes_in_simulation_is_refused():
    values = {key: np.zeros(1) for key in ("nominal", "up", "down")}
    with pytest.raises(WollemiError, match=r"(?s)nothing passes.*pt 20 to 50"):
        scale_factors("m", MEASURED, values, values)
