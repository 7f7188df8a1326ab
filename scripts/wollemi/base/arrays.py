"""Types of numpy arrays shared by all layers, and the correlation matrix."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


Flags = NDArray[np.bool_]


def correlation_matrix(covariance: Floats) -> Floats:
    """Correlations (P, P); rows and columns of fixed parameters are 0."""
    sigma = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    scale = np.outer(sigma, sigma)
    correlations = np.zeros_like(covariance)
    np.divide(covariance, scale, out=correlations, where=scale > 0)
    return correlations
