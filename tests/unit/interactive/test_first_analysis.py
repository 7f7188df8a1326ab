"""`wollemi new`: what the given files say becomes an analysis that has no problems."""

from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
import yaml
from support.events.atlas_ntuple import write_ntuple
from support.events.layouts import write_flat, write_physlite

from wollemi.analysis.load import validate_document
from wollemi.base.errors import WollemiError
from wollemi.interactive.first_analysis import (
    GivenFile,
    Pair,
    Single,
    analysis_text,
    filled_edges,
    find_pair,
    guess_role,
)


@pytest.fixture
def files(tiny, tmp_path):
    """A file of each layout."""
    write_physlite(tmp_path / "lite.root")
    write_ntuple(tmp_path / "mini.root", ("pt", "eta", "phi", "e"))
    write_flat(tmp_path / "flat.root")
    return {
        "nanoaod": Path("input/dy_high_0.root"),
        "physlite": tmp_path / "lite.root",
        "ntuple": tmp_path / "mini.root",
        "flat": tmp_path / "flat.root",
    }


def document(*files, **more):
    text = analysis_text("own", 'A "title"', files, more.get("luminosity", 2.5), 13.6)
    return yaml.safe_load(text)


@pytest.mark.parametrize("layout", ["nanoaod", "physlite", "ntuple", "flat"])
def test_an_analysis_to_limits_of_each_layout(files, layout, tmp_path):
    """One that has no problems, from a background and a signal, with and without data."""
    path = files[layout]
    signal, data = (tmp_path / f"{name}{path.suffix}" for name in ("signal", "data"))
    for copy in (signal, data):
        copy.write_bytes(path.read_bytes())
    simulated = (GivenFile(path, "background", 2.0), GivenFile(signal, "signal", 0.1))
    for given in (simulated, (GivenFile(data, "data"), *simulated)):
        found = document(*given)
        validate_document(found, "own")
        assert found["samples"]["signal"] == {"role": "signal", "datasets": ["signal"]}
        assert found["samples"]["data"]["datasets"] == (
            ["data"] if len(given) == 3 else ["pseudodata"]
        )
        assert found["limits"] == {}
        assert found["datasets"]["signal"]["cross_section_pb"] == 0.1


def test_what_is_shown(files):
    """Of NanoAOD the muons, of ATLAS's ntuple its leptons in MeV, of a flat one a number."""
    tree = uproot.open(files["nanoaod"])["Events"].arrays(["Muon_pt"])
    pair = find_pair(files["nanoaod"])
    assert isinstance(pair, Pair)
    assert pair.collection == "Muon"
    low, high = pair.pt_bins[1:]
    leading = tree.Muon_pt[ak.num(tree.Muon_pt) >= 2][:, 0]
    assert np.mean((leading >= low) & (leading < high)) > 0.98
    assert find_pair(files["ntuple"]).collection == "lep"
    assert 100 < find_pair(files["ntuple"]).pt_bins[2] < 500, "GeV"
    assert find_pair(files["physlite"]).collection == "Muon"
    single = find_pair(files["flat"])
    assert isinstance(single, Single)
    assert single.branch == "mass"
    assert single.edges[0] < 91.2 < single.edges[-1]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("events", [12, 300, 20_000])
def test_no_bin_of_the_fit_lacks_background(seed, events):
    values = np.random.default_rng(seed).exponential(80, events)
    edges = filled_edges(values)
    assert min(np.histogram(values, edges)[0]) >= 10
    assert 2 <= len(edges) <= 26
    assert list(edges) == sorted(set(edges))


def test_roles(files):
    assert guess_role(files["nanoaod"]) == "background"
    assert guess_role(files["flat"]) == "data"


def test_files_of_one_name(files, tmp_path):
    other = tmp_path / "other/flat.root"
    other.parent.mkdir()
    other.write_bytes(files["flat"].read_bytes())
    with pytest.raises(WollemiError, match=r"gives the name 'flat', as .*flat.root does"):
        document(GivenFile(files["flat"], "background", 1.0), GivenFile(other, "signal", 1.0))


@pytest.mark.parametrize(
    ("file", "name"),
    [("2016_data.root", "sample_2016_data"), ("TT-bar.v2.root", "tt_bar_v2"), ("ä.root", "sample")],
)
def test_names_of_datasets(file, name):
    assert GivenFile(Path(file), "data").name == name
