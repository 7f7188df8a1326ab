"""Several jobs that share a file give what one job gives: the same events in the same bins, the
same sums, and the same checks of the file as a whole.
"""

import json
from pathlib import Path

import awkward as ak
import make_manifest
import numpy as np
import pytest
from support.events.skimmed_files import kept_by, runs_of, write_skimmed
from support.events.weight_sets import read_events, use_weight_sets
from support.tiny.analysis import edit_analysis
from support.tiny.steps import (
    RESULTS,
    merge,
    number_of_parts,
    process,
    process_at_once,
    read_json,
)

from wollemi.histograms.histogram import read_histograms

FILE = Path("input/dy_high_0.root")
MANIFEST = "manifests/dy_high.json"


def share(jobs, **settings):
    """Let jobs share the files of the dataset."""
    item = {"jobs_per_file": jobs, **settings}
    edit_analysis(Path.cwd(), lambda document: document["datasets"]["dy_high"].update(item))


def products(max_events=0):
    """Histograms, name → entries (2, bins), and the cutflow, as merged."""
    process("dy_high", max_events)
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))
    sums = {
        name: np.stack([item.values(flow=True), item.variances(flow=True)])
        for name, item in found.items()
    }
    return sums, read_json("cutflow/dy_high.json")


def require_equal(found, expected):
    """Numbers of events are the same, sums but for the order in which they are added."""
    for name, values in expected[0].items():
        np.testing.assert_allclose(
            found[0][name], values, rtol=1e-11, atol=1e-11 * np.abs(values).max()
        )
    assert list(found[0]) == list(expected[0])
    assert rounded(found[1]) == rounded(expected[1])


def rounded(content):
    """The same with sums to nine digits."""
    if isinstance(content, float):
        return float(f"{content:.9g}")
    if isinstance(content, dict):
        return {key: rounded(value) for key, value in content.items()}
    return [rounded(item) for item in content] if isinstance(content, list) else content


def write_skim():
    """A file that was skimmed before it came here, and tells of that."""
    events = read_events(FILE)
    events["genWeight"] = np.random.default_rng(5).gamma(4, 250, len(events["event"]))
    kept = kept_by(events, np.random.default_rng(1), 0.58)
    write_skimmed(FILE, events, runs_of(events, 2), kept)


def write_whole():
    """A file that tells that it is whole."""
    events = read_events(FILE)
    write_skimmed(FILE, events, runs_of(events, 3))


def write_parquet():
    """A table, in row groups."""
    events = {name: values for name, values in read_events(FILE).items() if name != "Muon"}
    muons = ak.Array(read_events(FILE)["Muon"])
    columns = events | {f"Muon_{name}": muons[name] for name in muons.fields}
    path = FILE.with_suffix(".parquet")
    ak.to_parquet(ak.zip(columns, depth_limit=1), path, row_group_size=400)
    share(1, files=[str(path)])


def use_members():
    use_weight_sets(Path.cwd())


def list_in_manifest():
    assert make_manifest.main([MANIFEST, str(FILE), "--weight", "genWeight"]) == 0

    def change(document):
        del document["datasets"]["dy_high"]["files"]

    edit_analysis(Path.cwd(), change)
    share(1, manifest=MANIFEST)


def two_files():
    """The second is small: some of its jobs have nothing to read."""
    events = read_events(FILE)
    more = {name: values[:2] for name, values in events.items()}
    more["luminosityBlock"] = more["luminosityBlock"] + np.uint32(1000)
    path = Path("input/more.root")
    write_skimmed(path, more, None)
    share(1, files=[str(FILE), str(path)])


@pytest.mark.parametrize("jobs", [3, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "prepare",
    [write_skim, write_whole, write_parquet, use_members, list_in_manifest, two_files],
)
def test_same_products(tiny, prepare, jobs):
    prepare()
    expected = products()
    share(jobs)
    assert number_of_parts("dy_high") == jobs * (2 if prepare is two_files else 1)
    found = products()
    require_equal(found, expected)
    assert [file["stop"] for file in found[1]["files"]] == [None] * len(found[1]["files"])


@pytest.mark.parametrize(
    ("max_events", "prepare"), [(1, write_skim), (700, two_files), (10_000, two_files)]
)
def test_same_preview(tiny, prepare, max_events):
    prepare()
    expected = products(max_events)
    share(3)
    require_equal(products(max_events), expected)


def test_jobs_read_and_fill_in_one_step(tiny):
    share(3)
    apart = products()
    edit_analysis(tiny, lambda document: document.pop("skim"))
    whole = [process_at_once("dy_high", part) for part in range(3)]
    assert whole == [0, 0, 0]
    assert merge("dy_high") == 0
    found = read_histograms(Path(f"{RESULTS}/histograms/dy_high.json"))
    for name, item in found.items():
        np.testing.assert_array_equal(item.values(flow=True), apart[0][name][0])


@pytest.mark.parametrize(
    ("key", "problem"),
    [("entries", "has 1500 events, but 1501"), ("sum_of_weights", "the sum of 'genWeight' is")],
)
def test_a_manifest_is_compared_with_all_jobs_together(tiny, capsys, key, problem):
    list_in_manifest()
    share(2)
    content = json.loads(Path(MANIFEST).read_text())
    for item in (content, content["files"][0]):
        item[key] += 1
    Path(MANIFEST).write_text(json.dumps(content))
    with pytest.raises(AssertionError):
        process("dy_high")
    message = capsys.readouterr().err
    assert str(FILE) in message
    assert problem in message
    assert not Path(f"{RESULTS}/histograms/dy_high.json").exists()
