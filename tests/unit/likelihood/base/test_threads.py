import numpy as np
import pytest
from support.products.statistical_models import counting, everything, modifier
from threadpoolctl import threadpool_info, threadpool_limits

from wollemi_likelihood.base.threads import one_thread
from wollemi_likelihood.fit import fit
from wollemi_likelihood.inference.ranking import ranking
from wollemi_likelihood.likelihood import Likelihood
from wollemi_likelihood.limits import upper_limit


def threads():
    return {item["num_threads"] for item in threadpool_info() if item["user_api"] == "blas"}


@pytest.fixture
def several():
    with threadpool_limits(limits=2):
        if threads() != {2}:
            pytest.skip("BLAS has one thread here")
        yield


def test_one_thread_within_and_as_many_as_before_behind_it(several):
    with one_thread():
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {2}


def test_an_error_gives_them_back(several):
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert threads() == {2}


def test_degenerate_fits_use_one(several, monkeypatch):
    """They call linear algebra of numpy, which other fits do not, whatever the caller has set."""
    found = []

    def watched(function):
        def call(*arguments, **options):
            found.append(threads())
            return function(*arguments, **options)

        return call

    likelihood = Likelihood.from_workspace(everything(0))
    degenerate = counting(50.0, 10.0, 40.0, modifier("normfactor", "same"))
    for name in ("inv", "pinv", "solve", "cholesky", "eigh", "eigvalsh"):
        monkeypatch.setattr(np.linalg, name, watched(getattr(np.linalg, name)))
    for work in (fit, upper_limit, ranking):
        work(likelihood)
    assert not found
    fit(Likelihood.from_workspace(degenerate))
    assert found
    assert all(item == {1} for item in found)
    assert threads() == {2}
