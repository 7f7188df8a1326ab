"""The flat table of the tiny analysis against its histograms and its files."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tabulate_events
import uproot
import yaml
from support.tiny.analysis import ANALYSIS

from wollemi.histograms.unrolling import read_datasets

RUN = "results/tiny"
VALUES = ["mass_search", "mass_peak", "muon.pt", "n=count(muon)"]
SYSTEMATICS = ["pileup", "trigger", "muon_scale"]
VARIATIONS = {
    "dy_high": ("pileup_up", "pileup_down", "trigger_up", "muon_scale_up", "muon_scale_down"),
    "signal_200": ("pileup_up", "pileup_down", "muon_scale_up", "muon_scale_down"),
    "data": (),
}


@pytest.fixture(scope="module")
def written(finished, tmp_path_factory):
    """The table as Parquet, and what the program says."""
    target = tmp_path_factory.mktemp("table") / "events.parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        lines = []
        patch.setattr("builtins.print", lambda text="", **_: lines.append(text))
        chosen = ["--values", *VALUES, "--leading", "2", "--systematics", *SYSTEMATICS]
        assert tabulate_events.main([RUN, str(target), *chosen]) == 0
    return pd.read_parquet(target), "\n".join(lines)


@pytest.mark.parametrize(
    ("dataset", "variation"),
    [(name, variation) for name in VARIATIONS for variation in ("nominal", *VARIATIONS[name])],
)
def test_sums_are_the_histograms(finished, written, dataset, variation):
    """Of the values in each bin, under each variation: flags, values and weights are its own."""
    events = written[0][written[0]["dataset"] == dataset]
    histograms = read_datasets([finished / RUN / f"histograms/{dataset}.json"])[dataset]
    assert {name.rpartition("/")[2] for name in histograms} == {"nominal", *VARIATIONS[dataset]}
    filled = 0
    for region in ("search", "peak"):
        view = f"_{variation}" if variation.startswith("muon_scale") else ""
        weight = "weight" if variation == "nominal" else f"weight_{variation}"
        rows = events[events[f"in_{region}{view}"]]
        histogram = histograms[f"{region}/mass_{region}/{variation}"]
        edges = [-np.inf, *histogram.axes[0].edges, np.inf]
        sums, _ = np.histogram(rows[f"mass_{region}{view}"], edges, weights=rows[weight])
        expected = histogram.view(flow=True)["value"]
        np.testing.assert_allclose(sums, expected, rtol=1e-9, atol=1e-9)
        filled += np.count_nonzero(expected)
    assert filled > 1


def test_numbers_and_lists_are_those_of_the_files(finished, written):
    rows = written[0][written[0]["dataset"] == "dy_high"]
    events = dict(zip(rows["event"], rows[["muon_pt_0", "muon_pt_1"]].to_numpy(), strict=True))
    content = uproot.open(finished / "input/dy_high_0.root")["Events"].arrays(library="np")
    compared = 0
    for number, pt in zip(content["event"], content["Muon_pt"], strict=True):
        if number in events:
            good = [value for value in pt.tolist() if value > 20]
            shown = [value for value in events[number].tolist() if value == value]
            assert shown == good[:2]
            compared += 1
    assert compared == len(rows) > 500


def test_what_is_said(written):
    events, text = written
    assert "histograms or estimates, and no events: signal_300\n" in text
    (line,) = (line for line in text.splitlines() if line.split()[0] == "dy_high")
    rows = events[events["dataset"] == "dy_high"]
    assert int(line.split()[1]) == len(rows)
    total = rows.loc[rows["in_search"], "weight"].sum()
    assert float(line.split("search ")[1].split()[0]) == pytest.approx(total, rel=0.01)


@pytest.fixture(scope="module")
def blinded(finished, tmp_path_factory):
    """The same run with a region that is blinded, and its RNTuple: of data the run counts nothing
    there.
    """
    folder = tmp_path_factory.mktemp("blinded")
    run = folder / "tiny"
    shutil.copytree(finished / RUN / "cutflow", run / "cutflow")
    (run / "histograms").mkdir()
    cutflow = json.loads((run / "cutflow/data.json").read_text())
    for line in cutflow["regions"]["search"]:
        line |= dict.fromkeys(("events", "sum_of_weights", "sum_of_weights_squared"))
    (run / "cutflow/data.json").write_text(json.dumps(cutflow))
    document = yaml.safe_load((finished / ANALYSIS).read_text())
    document["blinding"] = {"regions": ["search"]}
    (folder / "analysis.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    shutil.copy(finished / ANALYSIS.replace("analysis.yaml", "hooks.py"), folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        lines = []
        patch.setattr("builtins.print", lambda text="", **_: lines.append(text))
        chosen = ["--analysis", str(folder / "analysis.yaml"), "--samples", "data", "dy"]
        assert tabulate_events.main([str(run), str(folder / "events.root"), *chosen]) == 0
    return folder / "events.root", "\n".join(lines)


def test_blinded_events_are_not_written(blinded, written):
    path, text = blinded
    ntuple = uproot.open(path)["events"]
    events = ntuple.arrays()
    assert ntuple.header.ntuple_description == "A tiny search [BLINDED]"
    shown = events[events["sample"] == "data"]
    assert not any(shown["in_search"])
    whole = written[0]
    peak = whole[(whole["sample"] == "data") & ~whole["in_search"]]
    assert shown["event"].tolist() == peak["event"].tolist()
    simulated = events[events["sample"] == "dy"]
    dy = whole[(whole["sample"] == "dy") & (whole["in_search"] | whole["in_peak"])]
    assert simulated["weight"].tolist() == dy["weight"].tolist()
    (line,) = (line for line in text.splitlines() if line.startswith("  data "))
    assert line.endswith("events that are BLINDED are left out")
    assert "left out" not in text.replace(line, "")


@pytest.mark.skipif(importlib.util.find_spec("ROOT") is None, reason="ROOT is not here")
def test_root_reads_the_rntuple(blinded):
    """In a process of its own: two LLVM in one process do not go together."""
    path, _ = blinded
    code = (
        f"import ROOT; frame = ROOT.RDataFrame('events', '{path}').Filter('in_peak');"
        "print(frame.Filter('sample == \"dy\"').Sum('weight').GetValue())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    events = uproot.open(path)["events"].arrays()
    chosen = events["in_peak"] & (events["sample"] == "dy")
    assert float(done.stdout.splitlines()[-1]) == pytest.approx(sum(events["weight"][chosen]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.csv"], "a.csv: has another suffix\n  → take .parquet or .root"),
        (["a.parquet", "--ttree"], "a.parquet is not a ROOT file\n  → name it FILE.root"),
        (["a.root", "--regions", "serch"], "--regions: 'serch' is not there; did you mean 'se"),
        (["a.root", "--samples", "dyy"], "--samples: 'dyy' is not there; did you mean 'dy'?"),
        (["a.root", "--samples", "signal_300"], "--samples: they have histograms, and no events"),
        (["a.root", "--systematics", "pile"], "--systematics: 'pile' is not there; did you mean"),
        (
            ["a.root", "--systematics", "luminosity"],
            "'luminosity' changes no weight and no value of an event: it is of kind normalization",
        ),
        (["a.root", "--values", "n=MET"], "--values: data has no branch 'MET'; did you mean 'MET_"),
    ],
)
def test_what_is_refused(finished, capsys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(finished)
    target, *options = arguments
    assert tabulate_events.main([RUN, str(tmp_path / target), *options]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert Path(RUN).is_dir()
