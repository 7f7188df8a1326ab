"""Correlations of the parameters of a fit. Apart from `results.fit`, whose readers need no numpy."""

import numpy as np

from wollemi.base.arrays import Floats


def correlation_matrix(covariance: Floats) -> Floats:
    """Correlations (P, P); rows and columns of fixed parameters are 0."""
    sigma = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    scale = np.outer(sigma, sigma)
    correlations = np.zeros_like(covariance)
    np.divide(covariance, scale, out=correlations, where=scale > 0)
    return correlations
