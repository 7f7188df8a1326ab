"""The queries of the ADL benchmark on real events, against the histograms that RumbleDB's
implementation keeps as its reference.

The files are not part of the project: clone https://github.com/RumbleDB/hep-iris-benchmark-jsoniq
beside it.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from support.oracles.adl import QUERIES, query_file
from support.oracles.adl_loops import LOOPS
from support.oracles.published_numbers import reproduces
from support.project.paths import clone, needs_clone
from support.tiny.analysis import put_analysis
from support.tiny.steps import fill, part_histograms, skim

REPOSITORY = "RumbleDB/hep-iris-benchmark-jsoniq"
QUERY_FOLDER = clone(REPOSITORY) / "queries/index-based"

pytestmark = needs_clone(REPOSITORY)


def reference(folder):
    """Bins as number and range, and events of each with those below and above."""
    text = (folder / "query.jq").read_text()
    low, high, number = map(float, re.findall(r"histogram\(.*, (\S+), (\S+), (\S+)\)", text)[-1])
    centers, events = np.loadtxt(folder / "ref-1000.csv", delimiter=",", skiprows=1, unpack=True)
    found = np.zeros(int(number) + 2)
    found[np.rint((centers - low) / (high - low) * number + 0.5).astype(int)] = events
    return [int(number), low, high], found


def write_query(number, references):
    """The documented query, on the events and with the bins of the reference."""
    document = yaml.safe_load(query_file(number).read_text())
    document["datasets"]["single_mu"] = {"files": ["input/events.parquet"]}
    for variable, (bins, _) in zip(document["variables"].values(), references, strict=True):
        variable["bins"] = bins
    put_analysis(document)
    Path("input").mkdir()
    events = clone(REPOSITORY) / "data/Run2012B_SingleMu-1000.parquet"
    Path("input/events.parquet").symlink_to(events)


@pytest.mark.parametrize("number", QUERIES)
def test_every_bin_of_the_reference(tmp_path, monkeypatch, number):
    monkeypatch.chdir(tmp_path)
    names = ["query-6-1", "query-6-2"] if number == 6 else [f"query-{number}"]
    references = [reference(QUERY_FOLDER / name) for name in names]
    write_query(number, references)
    assert [skim("single_mu"), fill("single_mu")] == [0, 0]
    histograms = part_histograms("single_mu")
    names = [f"{name}/nominal" for name in LOOPS[number]]
    assert histograms.keys() == set(names)
    for name, (_, expected) in zip(names, references, strict=True):
        found = histograms[name].values(flow=True)
        if number == 7:  # the reference leaves events without such a jet out
            found[0] = 0
        np.testing.assert_array_equal(found, expected)
        reproduces(f"adl_{number}", found.sum())
