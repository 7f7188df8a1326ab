"""Kernels of linear algebra against numpy, around the sizes of their tiles and panels."""

import ctypes

import numpy as np
import pytest

from wollemi_likelihood.compiler.kernels import translate
from wollemi_likelihood.compiler.native import Native
from wollemi_likelihood.kernels import algebra

SIZES = [1, 2, 3, 5, 31, 32, 33, 64, 130, 257]


@pytest.fixture(scope="module")
def compiled_algebra(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WOLLEMI_CACHE", str(tmp_path_factory.mktemp("cache")))
        kernels = (algebra.add_products, algebra.decompose, algebra.solve, algebra.invert)
        library = Native("algebra", lambda: translate(kernels), {}, unroll=False)
        kinds = {np.ndarray: ctypes.c_void_p, int: ctypes.c_int64, float: ctypes.c_double}

        def call(function, *arguments):
            types = [kinds[type(argument)] for argument in arguments]
            result = ctypes.c_bool if function is algebra.decompose else None
            place = library.address(function.__name__)
            plain = [a.ctypes.data if isinstance(a, np.ndarray) else a for a in arguments]
            return ctypes.CFUNCTYPE(result, *types)(place)(*plain)

        yield call


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("count", [1, 4, 7, 300])
def test_sums_of_products(compiled_algebra, size, count):
    random = np.random.default_rng(size)
    left, right = random.normal(size=(2, count, size))
    target = random.normal(size=(size, size))
    expected = np.triu(target - left.T @ right)
    arguments = (target, size, left, size, right, size, size, size, count, -1.0)
    compiled_algebra(algebra.add_products, *arguments)
    np.testing.assert_allclose(np.triu(target), expected, atol=1e-11)


@pytest.mark.parametrize("size", SIZES)
def test_equations(compiled_algebra, size):
    random = np.random.default_rng(size)
    rows, right = random.normal(size=(size + 5, size)), random.normal(size=size)
    matrix = rows.T @ rows
    factor, x, inverse = matrix.copy(), right.copy(), np.empty((size, size))
    assert compiled_algebra(algebra.decompose, factor, size, 0.0)
    np.testing.assert_allclose(np.triu(factor), np.linalg.cholesky(matrix).T, atol=1e-9)
    compiled_algebra(algebra.solve, factor, size, x)
    np.testing.assert_allclose(matrix @ x, right, atol=1e-7)
    compiled_algebra(algebra.invert, factor, size, inverse)
    np.testing.assert_allclose(inverse @ np.triu(factor), np.eye(size), atol=1e-7)


@pytest.mark.parametrize("size", SIZES[1:])
def test_a_matrix_that_is_not_positive_is_told(compiled_algebra, size):
    matrix = np.eye(size)
    matrix[-1, -1] = -1e-3
    assert not compiled_algebra(algebra.decompose, matrix, size, 0.0)
