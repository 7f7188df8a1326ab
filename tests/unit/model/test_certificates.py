"""The arithmetic of combinations: the sum of the parts, with each shared constraint once."""

import copy

import numpy as np
import pytest
from support.products.statistical_models import everything

from wollemi.model.certificates import of_combination, of_workspace
from wollemi.model.combination import combine
from wollemi_likelihood.inference.certificate import Arithmetic, certificate
from wollemi_likelihood.likelihood import Likelihood

SHARED = {"mu": ["a.mu", "b.mu"], "lumi": ["a.lumi", "b.lumi"], "shape": ["a.shape", "b.shape"]}


@pytest.mark.parametrize("seed", range(4))
def test_the_combination_is_the_sum_of_its_parts(seed):
    contents = {"a": everything(seed), "b": everything(seed + 10)}
    made = combine(contents, SHARED, "mu")
    sources = {name: of_workspace(content) for name, content in contents.items()}
    source = of_combination(contents, made, SHARED, sources)
    likelihood = {"signal": Likelihood.from_workspace(made)}
    assert certificate("combination", likelihood, {"signal": source}).largest < 1e-10


def test_known_differences_of_the_parts_are_those_of_the_combination():
    contents = {"a": everything(1), "b": everything(2)}
    other = copy.deepcopy(contents["b"])
    sample = other["channels"][0]["samples"][0]
    sample["data"] = [1.1 * value for value in sample["data"]]
    made = combine({"a": contents["a"], "b": other}, SHARED, "mu")
    plain = of_workspace(contents["b"]).minus_two_log_likelihood
    known = {"ten per cent": of_workspace(other).minus_two_log_likelihood}
    sources = {"a": of_workspace(contents["a"]), "b": Arithmetic("plain", plain, known)}
    source = of_combination(contents, made, SHARED, sources)
    likelihood = Likelihood.from_workspace(made)
    found = certificate("combination", {"signal": likelihood}, {"signal": source})
    assert list(found.otherwise) == ["b: ten per cent"]
    assert found.otherwise["b: ten per cent"] == pytest.approx(found.largest)
    assert np.isfinite(found.largest)
