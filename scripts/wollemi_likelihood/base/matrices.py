"""Products of matrices whose bits no processor decides, and the correlation matrix."""

import numpy as np

from wollemi_likelihood.base.arrays import Floats


def product(first: Floats, *others: Floats) -> Floats:
    """The product of matrices, or of vectors with them, from left to right.

    Without BLAS, whose kernels for one and another processor differ in the last bits: what is
    written has the same bytes on the machine of a user and on a cluster.

    Args:
        first: vector (rows,) or matrix (rows, columns).
        others: likewise.
    """
    found = first
    for other in others:
        left, right = "ij"[2 - found.ndim :], "jk"[: other.ndim]
        found = np.einsum(f"{left},{right}->{(left + right).replace('j', '')}", found, other)
    return np.asarray(found)


def correlation_matrix(covariance: Floats) -> Floats:
    """Correlations (P, P); rows and columns of fixed parameters are 0."""
    sigma = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
    scale = np.outer(sigma, sigma)
    correlations = np.zeros_like(covariance)
    np.divide(covariance, scale, out=correlations, where=scale > 0)
    return correlations
