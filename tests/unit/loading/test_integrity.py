"""Histograms that would count twice are found in any lists, and no others: against a count of what
would be added.
"""

from collections import Counter

import numpy as np
import pytest
from support.project.seeds import slow_but

from wollemi.analysis.view import view_of
from wollemi.loading.integrity import check_integrity

ROLES = {"first": "background", "second": "background", "signal": "signal"}


def some_document(rng):
    """Datasets of three samples with random files and lists of histograms."""
    datasets = {}
    for index in range(int(rng.integers(1, 5))):
        files = [f"{rng.choice(['a', './a', 'b'])}.root"]
        lists = {
            region: [str(key) for key in rng.choice(["h", "i", "j", "k"], rng.integers(1, 3))]
            for region in ("one", "two")
        }
        datasets[f"d{index}"] = {
            "files": files,
            "histograms": {
                key: value[0] if len(value) == 1 else value for key, value in lists.items()
            },
        }
    owners = {name: str(rng.choice(list(ROLES))) for name in datasets}
    samples = {
        name: {"role": role, "datasets": [key for key in datasets if owners[key] == name]}
        for name, role in ROLES.items()
    }
    return {"datasets": datasets, "samples": samples}


def counts_twice(document):
    """Whether a histogram is added more than once to the backgrounds, or to a signal."""
    added = Counter()
    for name, sample in document["samples"].items():
        for dataset in sample["datasets"]:
            item = document["datasets"][dataset]
            total = name if sample["role"] == "signal" else "background"
            for region, keys in item["histograms"].items():
                for key in [keys] if isinstance(keys, str) else keys:
                    added[total, item["files"][0].removeprefix("./"), region, key] += 1
    return max(added.values()) > 1


@pytest.mark.parametrize("seed", slow_but(range(4), range(60)))
def test_any_lists(seed):
    document = some_document(np.random.default_rng(seed))
    problems = [
        problem
        for problem in check_integrity(view_of(document))
        if "its events would count twice" in problem
    ]
    assert bool(problems) == counts_twice(document)


def test_both_happen():
    found = {counts_twice(some_document(np.random.default_rng(seed))) for seed in range(60)}
    assert found == {True, False}
