"""What the benchmarks compare is the same work: histograms of Wollemi and of plain uproot +
awkward, on a few of their events.
"""

import importlib
import sys

import numpy as np
import pytest
from support.project.paths import ROOT
from support.project.seeds import slow_but

EVENTS = 20000  # one of them has four good electrons
NUMBER = {"t1": 1, "t2": 22, "t3": 51, "t4": 22, "t5": 18, "t6": 9, "t7": 103, "t8": 28, "t9": 66}
NUMBER["t10"] = 8
WEIGHTED = ("t5", "t7", "t8", "t10")


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
    benchmarks("make_corrections").write_corrections(path.parent)
    return path


# T9 is T2 with eleven views, each with corrections: T2 and T5 have both apart.
@pytest.mark.parametrize("task", slow_but(NUMBER.keys() - {"t9"}, NUMBER))
def test_wollemi_and_awkward_do_the_same(benchmarks, events, task):
    ours = benchmarks("loop_wollemi").run(task, events, 0, EVENTS)
    theirs = benchmarks("loop_awkward").run(task, events, 0, EVENTS)
    assert ours.keys() == theirs.keys()
    assert len(ours) == NUMBER[task]
    for name, values in theirs.items():
        assert values.sum() > 0, name
        np.testing.assert_allclose(ours[name], values, rtol=1e-9, err_msg=name)
        if name.endswith("/nominal") and task not in WEIGHTED:
            np.testing.assert_array_equal(ours[name], values, err_msg=name)


@pytest.mark.parametrize("task", ["t2", "t7", "t8", "t9"])
def test_variations_change_the_histograms(benchmarks, events, task):
    """So that the test above can fail."""
    found = benchmarks("loop_awkward").run(task, events, 0, EVENTS)
    for name, values in found.items():
        variable, _, variation = name.rpartition("/")
        if variation != "nominal" and variable != "sums":
            assert not np.array_equal(values, found[f"{variable}/nominal"]), name
