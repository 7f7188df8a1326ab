"""Histograms of the tiny analysis as a ROOT file, read back by uproot and, where it is, by ROOT."""

import shutil
from pathlib import Path

import export_histograms
import numpy as np
import pytest
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
    ],
)
def test_what_is_refused(finished, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(finished)
    assert export_histograms.main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not Path(arguments[1]).exists()
