"""Distributions in files of ROOT and of hist; `tests/data/errors/pileup_targets.txt` has what is
refused.
"""

import json

import hist
import numpy as np
import pytest
import uproot

from wollemi.histograms.distributions import read_distribution
from wollemi_likelihood.base.errors import WollemiError

EDGES = np.array([0.0, 0.5, 1, 2, 3, 10])
STORAGES = [hist.storage.Double(), hist.storage.Int64(), hist.storage.Weight()]


def filled(storage):
    made = hist.Hist(hist.axis.Variable(EDGES), storage=storage)
    return made.fill(np.random.default_rng(1).uniform(-1, 12, 500))


def written(folder, storage, suffix):
    made, path = filled(storage), folder / f"data{suffix}"
    if suffix == ".json":
        content = {"pileup": hist.serialization.to_uhi(made)}
        path.write_text(json.dumps(content, default=lambda item: np.asarray(item).tolist()))
    else:
        with uproot.recreate(path) as file:
            file["pileup"] = made
    return made, path


@pytest.mark.parametrize(
    ("storage", "suffix"),
    [*((storage, ".json") for storage in STORAGES), (STORAGES[0], ".root"), (STORAGES[2], ".root")],
    ids=str,
)
def test_both_forms_have_what_was_filled(tmp_path, storage, suffix):
    made, path = written(tmp_path, storage, suffix)
    found = read_distribution(path, "pileup")
    assert found.edges.tolist() == EDGES.tolist()
    assert found.contents.tolist() == made.values().tolist()
    assert found.total == 500
    joined = found.in_bins([0.5, 2, 10])
    assert joined.tolist() == [made.values()[1:3].sum(), made.values()[3:].sum()]


def test_bins_are_whole_ones(tmp_path):
    found = read_distribution(written(tmp_path, STORAGES[0], ".root")[1], "pileup")
    with pytest.raises(WollemiError, match=r"none of which begins or ends at 1\.5"):
        found.in_bins([0, 1.5, 10])
    with pytest.raises(WollemiError, match=r"5 bins from 0 to 10, none of which .* at 11"):
        found.in_bins([0, 11])
