"""`wollemi draw`: the numbers are those of the analysis's own histograms, and of open data."""

import re

import hist
import numpy as np
import pytest
import uproot
from click.testing import CliRunner
from support.project.paths import SHARED_DATA
from support.tiny.steps import part_histograms

from wollemi.check.quick_look import Look, choose_edges, read_entries
from wollemi.commands.main import main
from wollemi_interactive.commands.draw import find_source

DIMUONS = SHARED_DATA / "dimuon_2012/open-data-example.root"


def draw(*arguments):
    return CliRunner().invoke(main, ["draw", *map(str, arguments)])


def counts(text):
    found = re.search(r"(\d+) events, (\d+) entries, sum of weights ([-\d.e+]+)", text)
    return int(found[1]), int(found[2]), float(found[3])


@pytest.mark.skipif(not DIMUONS.is_file(), reason="the open data (../shared/data) are not here")
def test_pairs_of_opposite_charge_in_open_data():
    selection = "count(Muon) == 2 and Muon[0].charge != Muon[1].charge"
    done = draw(DIMUONS, "(Muon[0] + Muon[1]).mass", "--where", selection)
    assert done.exit_code == 0, done.output
    assert counts(done.output) == (100_000, 37_183, 37_183)
    assert f'selection: "{selection}"' in done.output


def test_a_file_alone(tiny):
    values = uproot.open("input/dy_high_0.root")["Events"]["Muon_pt"].array()
    done = draw("input/dy_high_0.root", "Muon.pt", "--png", "pt.png", "--bins", 10, 0, 200)
    assert done.exit_code == 0, done.output
    assert counts(done.output)[:2] == (len(values), sum(map(len, values)))
    assert "per: object, bins: [10, 0, 200]" in done.output
    assert (tiny / "pt.png").read_bytes().startswith(b"\x89PNG")


def test_objects_columns_weights_and_hooks_are_those_of_the_analysis(finished, monkeypatch):
    """The sum of weights is that of the run's own histogram, before it is normalized."""
    monkeypatch.chdir(finished)
    stored = part_histograms("dy_high")["search/mt/nominal"]
    selection = (
        "count(muon) == 2 and muon[0].pt > 30 and dimuon_mass > 150 and muon[0].charge != "
        "muon[1].charge"
    )
    done = draw("dy_high", "mt", "--analysis", "tiny", "--where", selection)
    assert done.exit_code == 0, done.output
    assert counts(done.output)[2] == pytest.approx(
        float(np.sum(stored.values(flow=True))), rel=1e-5
    )
    found = find_source("dy_high", "tiny")
    hooks = [finished / "config/analyses/tiny/hooks.py"]
    look = Look("mt", selection, found.document, found.dataset, hooks)
    entries = read_entries(found.source.paths, found.layout, look)
    filled = hist.Hist(hist.axis.Variable([0, 10, 20, 50, 200]), storage=hist.storage.Weight())
    filled.fill(entries.values, weight=entries.weights)
    assert filled.values(flow=True).tolist() == stored.values(flow=True).tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["input/dy_high_0.root", "Muon.ptt"], "did you mean 'Muon_pt'?"),
        (["input/dy_high_0.root", "Muon_pt >"], "Muon_pt >"),
        (["input/none.root", "x"], "input/none.root: is neither a file nor a dataset"),
        (["dyhigh", "mt", "--analysis", "tiny"], "did you mean 'dy_high'?"),
        (["data", "mt", "--analysis", "tiny"], "datasets.data: none of its files is here"),
        (["input/dy_high_0.root", "Muon[0].pt", "--where", "1 > 2"], "no event passes"),
    ],
)
def test_a_mistake_has_a_message(tiny, arguments, message):
    done = draw(*arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("scale", [1e-6, 0.3, 7.0, 4e5])
def test_edges_are_round_and_hold_nearly_all(scale):
    values = np.random.default_rng(3).exponential(scale, 10_000)
    bins, low, high = choose_edges(values)
    assert np.mean((values >= low) & (values < high)) > 0.98
    step = (high - low) / bins
    mantissa = step / 10 ** np.floor(np.log10(step) + 1e-9)
    assert min(abs(mantissa - factor) for factor in (1, 2, 2.5, 4, 5, 10)) < 1e-6


def test_whole_numbers_have_a_bin_each():
    assert choose_edges(np.array([0.0, 1, 1, 2, 3])) == (4, -0.5, 3.5)
