"""What the benchmarks compare is the same work: histograms of Wollemi and of plain uproot +
awkward, on a few of their events.
"""

import importlib
import sys

import numpy as np
import pytest
from support.project.paths import ROOT

EVENTS = 6000


@pytest.fixture(scope="module")
def benchmarks():
    """The modules of the benchmarks by name."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    yield importlib.import_module
    sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def events(tmp_path_factory, benchmarks):
    path = tmp_path_factory.mktemp("events") / "plain.root"
    benchmarks("make_events").write_plain(path, EVENTS)
    benchmarks("make_corrections").write_corrections(path.parent / "corrections.json")
    return path


@pytest.mark.parametrize("task", ["t1", "t2", "t3", "t4", "t5"])
def test_wollemi_and_awkward_do_the_same(benchmarks, events, task):
    ours = benchmarks("loop_wollemi").run(task, events, 0, EVENTS)
    theirs = benchmarks("loop_awkward").run(task, events, 0, EVENTS)
    assert ours.keys() == theirs.keys()
    assert len(ours) == {"t1": 1, "t2": 22, "t3": 51, "t4": 22, "t5": 18}[task]
    for name, values in theirs.items():
        assert values.sum() > 0, name
        np.testing.assert_allclose(ours[name], values, rtol=1e-9, err_msg=name)
        if name.endswith("/nominal") and task != "t5":
            np.testing.assert_array_equal(ours[name], values, err_msg=name)


def test_variations_change_the_histograms(benchmarks, events):
    """So that the test above can fail."""
    found = benchmarks("loop_awkward").run("t2", events, 0, EVENTS)
    nominal = found["control_4j1b/ht/nominal"]
    assert all(
        not np.array_equal(values, nominal)
        for name, values in found.items()
        if not name.endswith("nominal")
    )
