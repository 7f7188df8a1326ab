"""Correlations of the parameters of a fit against those of samples; products of matrices."""

import ast
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from support.project.paths import ROOT

from wollemi_likelihood.base.matrices import correlation_matrix, product

DIGEST = """
import hashlib
import numpy as np
from wollemi_likelihood.base.matrices import product
random = np.random.default_rng(5)
matrix, row = random.normal(size=(57, 57)), random.normal(size=57)
bits = product(matrix, matrix.T).tobytes() + product(row, matrix, row).tobytes()
print(hashlib.sha256(bits).hexdigest())
"""


def test_correlations_equal_those_of_samples():
    sample = np.random.default_rng(3).normal(size=(3, 50)) * [[1.0], [5.0], [0.1]]
    assert correlation_matrix(np.cov(sample)) == pytest.approx(np.corrcoef(sample), rel=1e-12)


def test_fixed_parameters_have_no_correlation():
    assert (correlation_matrix(np.diag([4.0, 0.0])) == np.diag([1.0, 0.0])).all()


def test_products_are_those_of_numpy():
    random = np.random.default_rng(4)
    first, second, row = (random.normal(size=size) for size in ((3, 5), (5, 4), 3))
    assert product(first, second) == pytest.approx(first @ second, rel=1e-13)
    assert product(row, first, second) == pytest.approx(row @ first @ second, rel=1e-12)
    assert product(first.T, row) == pytest.approx(first.T @ row, rel=1e-13)
    assert product(row, row) == pytest.approx(row @ row, rel=1e-13)


def test_products_do_not_depend_on_the_kernels_of_blas():
    """Those of a worker of a cluster may be others than those here."""
    found = set()
    for kernels in ("Haswell", "SkylakeX", "Prescott"):
        environment = os.environ | {"OPENBLAS_CORETYPE": kernels, "PYTHONPATH": "scripts"}
        done = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        # a kernel that this processor does not have
        found |= {done.stdout} if done.returncode == 0 else set()
    assert len(found) == 1


def test_nothing_else_multiplies_matrices():
    """An `@` is a call of BLAS."""
    files = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "scripts").rglob("*.py"))
        if re.search(r"@[=\s]", text := path.read_text())  # a decorator has a name there
        and any(isinstance(node, ast.MatMult) for node in ast.walk(ast.parse(text)))
    ]
    assert files == []
