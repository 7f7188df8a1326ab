"""Matrix products with the same bits on every processor, and the correlation matrix."""

import numpy as np

from wollemi_likelihood.base.arrays import Floats


def product(first: Floats, *others: Floats) -> Floats:
    """Multiply matrices and vectors from left to right.

    BLAS is avoided because its kernels differ in the last bits between processors: output files
    have the same bytes on a laptop and on a cluster.

    Args:
        first: Vector, shape (rows,), or matrix, shape (rows, columns).
        others: Further vectors or matrices.
    """
    found = first
    for other in others:
        left, right = "ij"[2 - found.ndim :], "jk"[: other.ndim]
        found = np.einsum(f"{left},{right}->{(left + right).replace('j', '')}", found, other)
    return np.asarray(found)


def correlation_matrix(covariance: Floats) -> Floats:
    """Correlation matrix, shape (P, P); rows and columns of fixed parameters are 0."""
    sigma = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    scale = np.outer(sigma, sigma)
    correlations = np.zeros_like(covariance)
    np.divide(covariance, scale, out=correlations, where=scale > 0)
    return correlations
