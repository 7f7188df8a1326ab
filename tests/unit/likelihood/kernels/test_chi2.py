"""The tail of the χ² distribution against scipy."""

import pytest
import scipy.stats

from wollemi_likelihood.kernels.chi2 import chi2_tail


@pytest.mark.parametrize("degrees", [1, 2, 3, 10, 43, 200])
def test_chi2_is_that_of_scipy(degrees):
    for value in (1e-6, 0.3, 1.0, 7.5, float(degrees), 3.0 * degrees, 400.0):
        assert chi2_tail(value, degrees) == pytest.approx(
            scipy.stats.chi2.sf(value, degrees), rel=1e-10
        )
