"""The first region of `wollemi new`: a collection that all files have, bins for all of them."""

from itertools import pairwise

import numpy as np
import pytest
from support.events.atlas_ntuple import write_ntuple
from support.events.layouts import write_flat, write_physlite
from support.project.seeds import slow_but
from support.tiny.events import muons, write_root

from wollemi.check.quick_look import Entries, choose_edges
from wollemi.commands.first_region import Pair, Single, choose_region, fit_edges
from wollemi.commands.given_files import GivenFile
from wollemi_likelihood.base.errors import WollemiError


def write(path, mass, collections):
    """A file with pairs in the order of the collections, each at its own mass."""
    rng = np.random.default_rng(3)
    lists = {
        name: muons(rng.normal(mass * (place + 1), 5, 400), rng)
        for place, name in enumerate(collections)
    }
    write_root(path, {"run": np.ones(400, np.uint32), **lists})
    return path


def test_what_is_shown(tiny, tmp_path):
    """Of NanoAOD the muons, of ATLAS's ntuple its leptons in MeV, of a flat one a number."""
    write_physlite(tmp_path / "lite.root")
    write_ntuple(tmp_path / "mini.root", ("pt", "eta", "phi", "e"))
    write_flat(tmp_path / "flat.root")
    files = ("lite", "mini", "flat")
    lite, mini, flat = (
        choose_region([GivenFile(tmp_path / f"{name}.root", "background")]) for name in files
    )
    assert (lite.collection, mini.collection) == ("Muon", "lep")
    assert 100 < mini.pt_bins[2] < 500, "GeV"
    assert isinstance(flat, Single)
    assert flat.branch == "mass"
    assert flat.edges[0] < 91.2 < flat.edges[-1]


@pytest.mark.parametrize(
    ("collections", "chosen"),
    [
        (("GenJet", "Jet"), "Jet"),
        (("GenJet", "FatJet"), "FatJet"),
        (("TruthMuons", "Tracks", "jet"), "jet"),
        (("Jets", "Electrons", "GenElectrons"), "Electrons"),
        (("Particle", "lep", "Jet"), "lep"),
        (("MCParticles", "ReconstructedParticles"), "ReconstructedParticles"),
        (("GenJet", "GenPart"), "GenJet"),
    ],
)
def test_reconstructed_collections_come_first(collections, chosen, tmp_path):
    path = write(tmp_path / "file.root", 90, collections)
    pair = choose_region([GivenFile(path, "background")])
    assert isinstance(pair, Pair)
    assert pair.collection == chosen
    assert ("generated" in str(pair)) == (chosen == "GenJet")


def test_a_collection_of_some_files_alone_is_not_taken(tmp_path):
    """The skim would fail in the others."""
    first = write(tmp_path / "first.root", 90, ("Muon", "Jet"))
    second = write(tmp_path / "second.root", 90, ("Jet", "Electron"))
    files = [GivenFile(first, "background"), GivenFile(second, "signal")]
    assert choose_region(files).collection == "Jet"


def test_files_with_nothing_in_common_are_refused(tmp_path):
    write_root(tmp_path / "a.root", {"x": np.arange(30.0)})
    write_root(tmp_path / "b.root", {"y": np.arange(30.0)})
    files = [GivenFile(tmp_path / f"{name}.root", "background") for name in "ab"]
    with pytest.raises(
        WollemiError, match=r"a\.root, b\.root: have neither a collection with pairs"
    ):
        choose_region(files)


def test_weights_and_numbering_are_not_shown(tmp_path):
    """A constant is not shown either, nor what the generator knows, if there is something else."""
    rng = np.random.default_rng(1)
    numbers = {"run": rng.integers(1, 9, 90), "eventNumber": np.arange(90), "fixed": np.ones(90)}
    more = {"genWeight": rng.normal(1, 1, 90), "truth_mass": rng.normal(9, 1, 90)}
    write_root(tmp_path / "a.root", {**numbers, **more, "dphi": rng.uniform(-3, 3, 90)})
    assert choose_region([GivenFile(tmp_path / "a.root", "data")]).branch == "dphi"


@pytest.mark.parametrize(
    ("background", "signal", "data"),
    [(90, 300, 90), (90, 300, None), (400, 30, 400), (90, 1500, 50), (50, 90, None)],
)
def test_the_bins_have_every_sample(background, signal, data, tmp_path):
    """99 % of the pairs of each file are within the bins of the fit and of the leading momentum."""
    masses = {"background": background, "signal": signal, "data": data}
    files = [
        GivenFile(write(tmp_path / f"{role}.root", mass, ("Muon",)), role)
        for role, mass in masses.items()
        if mass is not None
    ]
    pair = choose_region(files)
    for file in files:
        pairs = file.read("(Muon[0] + Muon[1]).mass", "count(Muon) >= 2").values
        assert np.mean((pairs >= pair.edges[0]) & (pairs < pair.edges[-1])) > 0.98
        leading = file.read("Muon[0].pt", "count(Muon) >= 2").values
        assert np.mean((leading >= pair.pt_bins[1]) & (leading < pair.pt_bins[2])) > 0.98
        if file.role == "background":
            assert min(np.histogram(pairs, pair.edges)[0]) >= 10


def entries(values, weights=None):
    return Entries(values, np.ones(values.size) if weights is None else weights, values.size)


@pytest.mark.parametrize("seed", slow_but(range(2), range(5)))
@pytest.mark.parametrize("events", [12, 300, 20_000])
@pytest.mark.parametrize("negative", [0, 0.2])
def test_no_bin_of_the_fit_lacks_background(seed, events, negative):
    """Effective events count: with negative weights a bin needs more of them."""
    rng = np.random.default_rng(seed)
    background, signal = rng.exponential(80, events), rng.normal(rng.uniform(10, 900), 5, 300)
    weights = np.where(rng.random(events) < negative, -1.0, 1.0)
    edges = fit_edges(
        [
            ("signal", entries(signal)),
            ("background", entries(background, weights)),
            ("data", entries(background[:9])),
        ]
    )
    for low, high in pairwise(edges) if len(edges) > 2 else ():
        inside = weights[(background >= low) & (background < high)]
        assert sum(inside) > 0
        assert sum(inside) ** 2 >= 10 * sum(inside**2)
    assert 2 <= len(edges) <= 26
    assert list(edges) == sorted(set(edges))
    assert np.mean((signal >= edges[0]) & (signal < edges[-1])) > 0.98


def test_edges_of_several_sets_hold_each():
    """A small set far from a large one is not lost in its tail."""
    large, small = np.full(100_000, 90.0) + np.linspace(-5, 5, 100_000), np.linspace(290, 310, 50)
    _, low, high = choose_edges(large, 25, [small])
    assert low <= 85.1
    assert high >= 309
