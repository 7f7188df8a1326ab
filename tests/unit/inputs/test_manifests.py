"""Manifests: entries and sums of weights of a file, and the entry of a weight that is no number."""

import awkward as ak
import numpy as np
import pytest

from wollemi.inputs.manifests import describe_file, make_manifest
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError


@pytest.fixture
def written(tmp_path):
    def write(weights):
        path = tmp_path / "events.parquet"
        ak.to_parquet(ak.Array({"w": weights, "met": np.zeros(len(weights))}), path)
        return str(path)

    return write


def test_a_file_and_their_sum(written):
    weights = np.random.default_rng(3).normal(size=50)
    file = describe_file(written(weights), Layout("ntuple"), "w")
    assert (file.entries, file.sum_of_weights) == (50, pytest.approx(weights.sum(), rel=1e-12))
    both = make_manifest("w", [file, file])
    assert (both.entries, both.sum_of_weights) == (100, 2 * file.sum_of_weights)


@pytest.mark.parametrize("entry", [0, 7, 49])
def test_the_entry_of_a_weight_that_is_no_number(written, entry):
    weights = np.ones(50)
    weights[entry] = np.nan
    with pytest.raises(WollemiError, match=f"'w' of entry {entry} is nan"):
        describe_file(written(weights), Layout("ntuple"), "w")
