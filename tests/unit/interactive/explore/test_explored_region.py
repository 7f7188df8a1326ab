"""A region with moved cuts: what a run of the edited analysis would fill."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import uproot
import yaml
from support.tiny.analysis import ANALYSIS

from wollemi.finished.event_run import read_event_run
from wollemi.histograms.blinding import noted_mask
from wollemi.histograms.unrolling import read_datasets
from wollemi_interactive.explore.explored_page import cutflow_table, signal_rows
from wollemi_interactive.explore.explored_region import (
    OTHER_EVENTS,
    ExploredRun,
    first_stop,
    sample_lines,
)
from wollemi_interactive.explore.run_look import RunLook, fill_dataset
from wollemi_likelihood.base.errors import WollemiError

RESULTS = Path("results/tiny")
# Bounds of the search region: number of muons, pT of the first, the mass; those of all muons.
PT, MASS, EACH_PT = 1, 2, 3
MOVED = {PT: "42.5", MASS: "187"}


@pytest.fixture(scope="module")
def explored(finished):
    """One for all tests: each of them reads the events of a dataset once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished)
        yield ExploredRun(read_event_run(RESULTS, Path(ANALYSIS)), None)


@pytest.fixture
def edited(finished, tmp_path, monkeypatch):
    """The run with a changed analysis file."""
    monkeypatch.chdir(finished)
    path = Path(shutil.copytree(Path(ANALYSIS).parent, tmp_path / "tiny")) / "analysis.yaml"

    def edit(change):
        document = yaml.safe_load(path.read_text())
        change(document)
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return read_event_run(RESULTS, path)

    return edit


def same(found, expected, rtol=1e-12):
    """Histograms with the same sums of weights and of their squares, over- and underflow too."""
    assert set(found) == set(expected)
    for name, item in found.items():
        for sums in ("values", "variances"):
            np.testing.assert_allclose(
                getattr(item, sums)(flow=True),
                getattr(expected[name], sums)(flow=True),
                rtol=rtol,
                err_msg=name,
            )


def test_unmoved_it_is_what_the_run_has(explored):
    """Of each dataset under every variation."""
    stored = read_datasets(sorted((RESULTS / "histograms").glob("*.json")))
    found = explored.moved("search", "mt", {}).histograms
    for dataset in ("data", "dy_low", "dy_high", "dy_alternative", "signal_200"):
        expected = {
            name: item for name, item in stored[dataset].items() if name.startswith("search/mt/")
        }
        assert len(expected) >= (1 if dataset in ("data", "dy_alternative") else 5)
        same(found[dataset], expected)
    assert not found["signal_300"]


def selected(document):
    region = document["regions"]["search"]
    text = region["selection"].replace("pt > 30", "pt > 42.5").replace("mass > 150", "mass > 187")
    region["selection"] = text


def tighter(document):
    document["objects"]["muon"]["cuts"] = "pt > 33 and abs(eta) < 2.4"


def looser(document):
    """More muons, also in the skim: events that were not kept have two of them."""
    document["objects"]["muon"]["cuts"] = "pt > 10.5 and abs(eta) < 2.4"


@pytest.mark.parametrize(
    ("numbers", "change"),
    [(MOVED, selected), ({EACH_PT: "33"}, tighter), ({EACH_PT: "10.5"}, looser)],
)
def test_moved_it_is_what_the_event_loop_fills(explored, edited, numbers, change):
    """Bit by bit, of the file with these numbers: weights, views and weight systematics."""
    found = explored.moved("search", "mass_search", numbers).histograms

    def edit(document):
        change(document)
        # Of a signal that is a line nobody sees the variations: a drawing does not fill them.
        samples = document["samples"].items()
        signals = [name for name, sample in samples if sample["role"] == "signal"]
        document["plots"]["stack_signals"] = signals

    run = edited(edit)
    look = RunLook("mass_search", "search", variable="mass_search")
    variable = run.plan.analysis.plain["variables"]["mass_search"]
    for dataset in ("dy_high", "signal_200", "data"):
        filled = fill_dataset(run, look, variable, dataset)
        expected = {name: item for name, item in filled.items() if "/mass_search/" in name}
        same(found[dataset], expected, rtol=0)
        assert expected["search/mass_search/nominal"].values().sum() > 0


def test_objects_differ_from_the_file(explored):
    """Each of the two edits above changes the counts."""
    counts = [
        explored.moved("search", "mass_search", numbers).lines["dy_high"][0]["events"]
        for numbers in ({}, {EACH_PT: "33"}, {EACH_PT: "10.5"})
    ]
    assert len(set(counts)) == 3


def test_the_cutflow_is_that_of_a_plain_loop(explored):
    """Event by event, from the file."""
    with uproot.open("mirror/data.root") as file:
        events = file["Events"].arrays(library="np")
    cuts = np.zeros(4, int)
    for pt, eta, phi, mass, charge in zip(
        *(events[f"Muon_{name}"] for name in ("pt", "eta", "phi", "mass", "charge")), strict=True
    ):
        muons = np.array([pt, eta, phi, mass, charge], float)
        pt, eta, phi, mass, charge = muons[:, (muons[0] > 20) & (abs(muons[1]) < 2.4)]
        if pt.size != 2 or not pt[0] > 30:  # the skim
            continue
        momentum = np.array([pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)])
        energy = np.sqrt((momentum**2).sum(axis=0) + mass**2).sum()
        pair = np.sqrt(energy**2 - (momentum.sum(axis=1) ** 2).sum())
        passed = [True, pt[0] > 42.5, pair > 187, charge[0] != charge[1]]
        cuts += np.logical_and.accumulate(passed)
    lines = dict(sample_lines(explored.moved("search", "mt", MOVED)))["data"]
    assert [line["events"] for line in lines] == cuts.tolist()
    assert cuts[0] > cuts[1] > cuts[2] > 0
    assert lines[1]["cut"] == "muon[0].pt > 42.5"


def test_a_part_of_the_events_is_scaled(explored, finished, monkeypatch):
    """By its share; data are read whole, and the plot says that it is a preview."""
    monkeypatch.chdir(finished)
    part = ExploredRun(explored.run, 300)
    whole, found = (item.moved("search", "mass_search", {}) for item in (explored, part))
    loaded = part.loaded["dy_high"]
    assert loaded.part
    assert loaded.factor == pytest.approx(
        explored.loaded["dy_high"].factor * loaded.cutflow["skim"][0]["events"] / 300
    )
    name = "search/mass_search/nominal"
    assert vars(found.histograms["dy_high"][name])["preview"] is True
    assert not vars(whole.histograms["dy_high"][name])["preview"]
    same(
        {name: found.histograms["data"][name]},
        {name: whole.histograms["data"][name]},
    )
    ratio = (
        found.histograms["dy_high"][name].values().sum()
        / whole.histograms["dy_high"][name].values().sum()
    )
    assert 0.6 < ratio < 1.6  # some 80 events


def test_sliders(explored):
    number, pt, mass, each, eta, *skim = explored.sliders("search")
    assert number.bound.operand == "count(muon)"
    assert number.low < 2 < number.high
    assert each.low < 20 < 100 < each.high
    assert each.bound.keys == eta.bound.keys == ("objects", "muon", "cuts")
    assert [item.bound.keys for item in skim] == 2 * [("skim", "selection")]
    assert (pt.bound.operand, mass.bound.operand) == ("muon[0].pt", "dimuon_mass")
    assert pt.low <= 30 < pt.high
    assert mass.low <= 150 < 250 < mass.high
    assert explored.conditions("search") == ["muon[0].charge != muon[1].charge"]
    assert explored.variables("search") == ["mass_search", "mt", "mass_peak"]
    assert [item.bound.order for item in explored.sliders("peak")[:4]] == [*"=>><"]


def test_a_slider_can_stop_at_the_number_of_the_file(explored):
    """Browsers move a number that is between two stops."""
    for region in ("search", "peak"):
        for slider in explored.sliders(region):
            stops = (slider.bound.value - slider.low) / slider.step
            assert stops == pytest.approx(round(stops), abs=1e-4)


@pytest.mark.parametrize(
    ("low", "value", "step", "positive", "expected"),
    [
        (0, 30, 20, True, 10),  # pt > 30 up to 4 TeV
        (-1, 0, 1, True, 0),  # count(muon) == 0
        (-2.5, 0.4, 0.05, False, -2.5),
        (60, 30, 20, True, 30),  # all events are above the cut
    ],
)
def test_the_first_stop(low, value, step, positive, expected):
    assert first_stop(low, value, step, positive=positive) == expected


def test_a_variable_of_another_region(explored):
    found = explored.moved("peak", "mt", {})
    assert found.histograms["dy_low"]["peak/mt/nominal"].values().sum() > 0


def test_signals_beside_the_background(explored):
    """The significance is the closed formula of each bin, in quadrature."""
    found = explored.moved("search", "mass_search", MOVED)
    name = "search/mass_search/nominal"
    b = sum(found.histograms[dataset][name].values() for dataset in ("dy_low", "dy_high"))
    s = found.histograms["signal_200"][name].values()
    (row,) = signal_rows(found)
    assert row["label"] == "signal (200 GeV)"
    assert float(row["ratio"]) == pytest.approx(s.sum() / b.sum(), rel=5e-3)
    assert float(row["root"]) == pytest.approx(s.sum() / np.sqrt(b.sum()), rel=5e-3)
    if np.all(b[s > 0] > 0):
        each = 2 * ((s + b) * np.log1p(np.divide(s, b, out=np.zeros_like(s), where=b > 0)) - s)
        assert float(row["significance"].split()[0]) == pytest.approx(np.sqrt(each.sum()), rel=5e-3)
    else:
        assert row["significance"] == "–"


def test_the_table_of_the_cutflow(explored):
    table = cutflow_table(explored.moved("search", "mass_search", MOVED))
    assert table["columns"] == ["data", "Drell–Yan", "signal (200 GeV)"]
    assert [row["cut"] for row in table["rows"]] == [
        "count(muon) == 2",
        "muon[0].pt &gt; 42.5",
        "dimuon_mass &gt; 187",
        "muon[0].charge != muon[1].charge",
    ]
    assert table["rows"][0]["cells"][0].replace(",", "").isdecimal()
    assert " ± " in table["rows"][3]["cells"][1]


@pytest.mark.parametrize(
    ("blinding", "hidden"),
    [
        ({"regions": ["search"]}, 10),
        ({"windows": {"mass_search": [200, 300]}}, 4),
    ],
)
def test_what_is_blinded_stays_so(edited, blinding, hidden):
    """Whatever is moved: also loosened beyond the hidden region."""
    explored = ExploredRun(edited(lambda document: document.update(blinding=blinding)), None)
    for numbers in ({}, MOVED, {PT: "0", MASS: "0"}):
        found = explored.moved("search", "mass_search", numbers)
        data = found.histograms["data"]["search/mass_search/nominal"]
        mask = noted_mask([data])
        assert mask.sum() == hidden
        assert not data.values()[mask].any()
        lines = dict(sample_lines(found))["data"]
        assert all(line["sum_of_weights"] is None for line in lines[:-1])
        other = explored.moved("search", "mt", numbers).histograms["data"]["search/mt/nominal"]
        assert noted_mask([other]).all()
        assert not other.values(flow=True).any()


@pytest.mark.parametrize(
    ("blinding", "shared"),
    [
        ({"regions": ["search"]}, "search"),
        ({"windows": {"mass_search": [200, 300]}}, "part of mass_search"),
    ],
)
def test_a_region_that_reaches_into_what_is_hidden(edited, blinding, shared):
    """Its data would be without the hidden events, and simulation with them."""
    explored = ExploredRun(edited(lambda document: document.update(blinding=blinding)), None)
    name = "peak/mass_peak/nominal"
    found = explored.moved("peak", "mass_peak", {})
    assert found.shared == ""
    assert found.histograms["data"][name].values().sum() > 0
    found = explored.moved("peak", "mass_peak", {3: "400"})
    assert found.shared == shared
    assert not found.histograms["data"][name].values(flow=True).any()
    assert noted_mask([found.histograms["data"][name]]).all()
    assert dict(sample_lines(found))["data"][-1]["events"] is None


def test_other_objects_show_no_blinded_event(edited):
    """The blinded region of the file is unknown where the objects are others."""
    explored = ExploredRun(
        edited(lambda document: document.update(blinding={"regions": ["search"]})), None
    )
    name = "peak/mass_peak/nominal"
    for place in (4, 7):  # an object, the skim
        found = explored.moved("peak", "mass_peak", {place: "21"})
        assert found.shared == OTHER_EVENTS
        assert noted_mask([found.histograms["data"][name]]).all()
        assert not found.histograms["data"][name].values(flow=True).any()
        assert found.histograms["dy_low"][name].values().any()
    assert explored.moved("peak", "mass_peak", {0: "2"}).shared == ""


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("serch", "mt", {}), "did you mean 'search'"),
        (("search", "mtt", {}), "did you mean 'mt'"),
        (("search", "mt", {PT: "many"}), "'many' is not a number"),
        (("search", "mt", {7: "1"}), "has no cut number 7"),
    ],
)
def test_what_is_refused(explored, asked, message):
    with pytest.raises(WollemiError, match=message):
        explored.moved(*asked)
