"""Histograms of the tiny analysis as a ROOT file, read back by uproot and, where it is, by ROOT."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import export_histograms
import numpy as np
import pandas as pd
import pytest
import tabulate_events
import uproot
from support.tiny.analysis import ANALYSIS

from wollemi.histograms.unrolling import read_datasets

RUN = "results/tiny"


@pytest.fixture
def file(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(finished)
    path = tmp_path / "histograms.root"
    assert export_histograms.main([RUN, str(path)]) == 0
    return path


def test_they_are_those_of_the_run(file):
    """Sums and squares of weights with flow, of samples of one and of two datasets."""
    stored = read_datasets(sorted(Path(RUN, "histograms").glob("*.json")))
    with uproot.open(file) as root:
        names = {name for name, kind in root.classnames(cycle=False).items() if kind == "TH1D"}
        compared = 0
        for place, sample, datasets in (
            ("search/mass_search", "dy", ["dy_low", "dy_high"]),
            ("search/mt", "dy", ["dy_low", "dy_high"]),
            ("peak/mass_peak", "data", ["data"]),
            ("search/mass_search", "signal_300", ["signal_300"]),
        ):
            variations = {
                name.rpartition("/")[2]
                for dataset in datasets
                for name in stored[dataset]
                if name.startswith(f"{place}/")
            }
            for variation in variations:
                suffix = "" if variation == "nominal" else f"_{variation}"
                found = root[f"{place}/{sample}{suffix}"]
                expected = [stored[dataset][f"{place}/{variation}"] for dataset in datasets]
                for sums in ("values", "variances"):
                    np.testing.assert_allclose(
                        getattr(found, sums)(flow=True),
                        sum(getattr(item, sums)(flow=True) for item in expected),
                        rtol=1e-14,
                    )
                edges = found.axis().edges()
                np.testing.assert_array_equal(edges, expected[0].axes[0].edges)
                compared += 1
    assert compared == 14
    assert "search/mass_search/dy_muon_scale_up" in names


def test_root_reads_it(file):
    root = pytest.importorskip("ROOT", reason="ROOT is not installed")
    opened = root.TFile.Open(str(file))
    found = opened.Get("search/mass_search/dy_pileup_up")
    with uproot.open(file) as same:
        expected = same["search/mass_search/dy_pileup_up"]
        assert found.Integral() == pytest.approx(expected.values().sum(), rel=1e-12)
        error = found.GetBinError(1)
        assert error == pytest.approx(np.sqrt(expected.variances()[0]), rel=1e-12)


TABLE = ["--values", "mass_search", "mass_peak", "--systematics", "pileup"]


@pytest.fixture(scope="module", params=["RNTuple", "TTree"])
def whole(request, finished, tmp_path_factory):
    """The kind of the table, the file with histograms and events, and what is said."""
    path = tmp_path_factory.mktemp("whole") / "run.root"
    lines, kind = [], ["--ttree"] if request.param == "TTree" else []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        patch.setattr("builtins.print", lambda text="", **_: lines.append(text))
        assert export_histograms.main([RUN, str(path), "--events", *kind, *TABLE]) == 0
    return request.param, path, lines


def rows_of(path):
    """The rows of the table, with samples by their names."""
    with uproot.open(path) as root:
        rows = root["events"].arrays(library="np")
        if root.classnames(cycle=False)["events"] == "TTree":
            for column in ("sample", "dataset"):
                names = np.array(str(root[f"{column}_names"]).split("\n"))
                rows[column] = names[rows[column]]
    return pd.DataFrame(rows)


def test_one_file_has_the_histograms_and_the_events(whole, file, tmp_path):
    """Histograms are those of a file without events, rows those of the table alone."""
    kind, path, said = whole
    with uproot.open(path) as root, uproot.open(file) as alone:
        names = {name for name, of in alone.classnames(cycle=False).items() if of == "TH1D"}
        more = {"sample_names", "dataset_names"} if kind == "TTree" else set()
        folders = {name for name, of in alone.classnames(cycle=False).items() if of != "TH1D"}
        assert {*root.keys(cycle=False)} == {*names, *folders, "events", *more}
        assert root.classnames(cycle=False)["events"].endswith(kind)
        for name in names:
            for sums in ("values", "variances"):
                found, expected = (getattr(one[name], sums)(flow=True) for one in (root, alone))
                np.testing.assert_array_equal(found, expected)
    table = tmp_path / "events.parquet"
    assert tabulate_events.main([RUN, str(table), *TABLE]) == 0
    expected = pd.read_parquet(table)
    rows = rows_of(path)
    assert len(rows) == len(expected) > 500
    for name in expected.columns:
        np.testing.assert_array_equal(rows[name].to_numpy(), expected[name].to_numpy(), name)
    assert said[-1] == f"{path} (written): {len(names)} histograms, and the {kind} events"


def test_the_events_are_those_of_the_histograms(whole):
    """In each bin, nominal and under a weight that varies: both parts have one normalization."""
    _, path, _ = whole
    rows, filled = rows_of(path), 0
    with uproot.open(path) as root:
        for region in ("search", "peak"):
            for sample in ("dy", "signal_200", "data"):
                chosen = rows[rows[f"in_{region}"] & (rows["sample"] == sample)]
                for variation in ("", "_pileup_up", "_pileup_down"):
                    if variation and sample == "data":
                        continue
                    histogram = root[f"{region}/mass_{region}/{sample}{variation}"]
                    edges = [-np.inf, *histogram.axis().edges(), np.inf]
                    values, weights = chosen[f"mass_{region}"], chosen[f"weight{variation}"]
                    sums, _ = np.histogram(values, edges, weights=weights)
                    expected = histogram.values(flow=True)
                    np.testing.assert_allclose(sums, expected, rtol=1e-9, atol=1e-9)
                    filled += np.count_nonzero(expected)
    assert filled > 50


@pytest.mark.skipif(importlib.util.find_spec("ROOT") is None, reason="ROOT is not here")
def test_root_reads_both(whole):
    """In a process of its own: two LLVM in one process do not go together."""
    _, path, _ = whole
    code = (
        f"import ROOT; frame = ROOT.RDataFrame('events', '{path}').Filter('in_peak');"
        "print(frame.Sum('weight').GetValue());"
        f"file = ROOT.TFile.Open('{path}'); get = lambda s: file.Get(f'peak/mass_peak/{{s}}');"
        "print(sum(get(s).Integral(0, 99) for s in ('data', 'dy', 'signal_200')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    events, histograms = map(float, done.stdout.splitlines()[-2:])
    rows = rows_of(path)
    assert events == pytest.approx(rows["weight"][rows["in_peak"]].sum(), rel=1e-12)
    assert histograms == pytest.approx(events, rel=1e-9)


def test_blinded_data_are_left_out(finished, tmp_path, monkeypatch, capsys):
    """Histograms that the run has marked; the file names what is missing."""
    monkeypatch.chdir(finished)
    results = Path(shutil.copytree(RUN, tmp_path / "tiny"))
    stored = (results / "histograms/data.json").read_text()
    mask = "1" * 12
    text = stored.replace('"preview": false', f'"blinded": "{mask}", "preview": false')
    assert text != stored
    (results / "histograms/data.json").write_text(text)
    path = tmp_path / "h.root"
    assert export_histograms.main([str(results), str(path), "--analysis", ANALYSIS]) == 0
    assert "blinded, and left out: " in capsys.readouterr().out
    with uproot.open(path) as root:
        assert not [name for name in root.keys(cycle=False) if name.endswith("/data")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([RUN, "h.txt"], "h.txt: has another suffix"),
        ([RUN, "h.root", "--regions", "serch"], "--regions: 'serch' is not there"),
        ([RUN, "h.root", "--samples", "dyy"], "--samples: 'dyy' is not there; did you mean 'dy'?"),
        ([RUN, "h.root", "--values", "mt"], "--values: is about the table of events\n  → add --ev"),
        ([RUN, "h.root", "--ttree"], "--ttree: is about the table of events\n  → add --events"),
        (
            [RUN, "h.root", "--events", "--values", "n=MET"],
            "data has no branch 'MET'; did you mean",
        ),
    ],
)
def test_what_is_refused(finished, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(finished)
    assert export_histograms.main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not Path(arguments[1]).exists()
