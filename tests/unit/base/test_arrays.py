"""Correlations of the parameters of a fit against those of samples."""

import numpy as np
import pytest

from wollemi.base.arrays import correlation_matrix


def test_correlations_equal_those_of_samples():
    sample = np.random.default_rng(3).normal(size=(3, 50)) * [[1.0], [5.0], [0.1]]
    assert correlation_matrix(np.cov(sample)) == pytest.approx(np.corrcoef(sample), rel=1e-12)


def test_fixed_parameters_have_no_correlation():
    assert (correlation_matrix(np.diag([4.0, 0.0])) == np.diag([1.0, 0.0])).all()
