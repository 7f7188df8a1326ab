"""`wollemi draw` of what has a name, and what it says of it."""

import json
import re
import shutil

import hist
import numpy as np
import pytest
import uproot
import yaml
from click.testing import CliRunner
from matplotlib.axes import Axes
from support.services.portal import record, serving_portal
from support.tiny.analysis import ANALYSIS, edit_analysis

from wollemi.check.quick_look import choose_edges, without_far_ones
from wollemi.commands.main import main
from wollemi.inputs.download import fetch
from wollemi.loading.load import read_analysis
from wollemi_interactive.draw.draw import picture


def wollemi(*arguments):
    done = CliRunner().invoke(main, list(map(str, arguments)))
    assert "Traceback" not in done.output
    return done


@pytest.fixture
def named(tiny, monkeypatch):
    """A catalogue with a file of the tiny analysis and a record, and the server of the record."""
    content = (tiny / "input/dy_high_0.root").read_bytes()
    uri = "root://eospublic.cern.ch//eos/opendata/dy.root"
    files = [{"uri": uri, "size": len(content), "checksum": "adler32:00000000"}]
    own = {"title": "Muons", "kind": "simulation"}
    datasets = {
        "dy": own | {"files": ["../input/dy_high_0.root"], "weight": "2 * genWeight"},
        "far": own | {"record": "opendata:77", "center_of_mass_tev": 8},
    }
    (tiny / "config/catalogue.yaml").write_text(yaml.safe_dump({"datasets": datasets}))
    monkeypatch.setenv("WOLLEMI_CACHE", str(tiny / "cache"))
    monkeypatch.setattr("wollemi.inputs.remote_ranges.time.sleep", lambda seconds: None)
    documents = {"/api/records/77": record(77, files, doi="10.7483/OPENDATA.1")}
    with serving_portal(documents, {"/eos/opendata/dy.root": content}) as server:
        monkeypatch.setenv("WOLLEMI_OPEN_DATA", server.url)
        yield server


def counts(text):
    found = re.search(r"(\d+) events, (\d+) entries, sum of weights ([-\d.e+]+)", text)
    return int(found[1]), int(found[2]), float(found[3])


def test_a_name_a_record_an_address_and_a_file_are_the_same(named):
    sources = ["input/dy_high_0.root", "far", "opendata:77", f"{named.url}/eos/opendata/dy.root"]
    found = [wollemi("draw", source, "m(mu, mu)") for source in sources]
    assert [done.exit_code for done in found] == [0] * 4, found[1].output
    assert len({counts(done.output) for done in found}) == 1
    assert "m(mu, mu) is (Muon[0] + Muon[1]).mass" in found[0].output
    assert 'expression: "(Muon[0] + Muon[1]).mass"' in found[0].output
    assert "axis: 50 bins from " in found[0].output
    assert "Muons (simulation, 8 TeV)" in found[1].output
    assert "CERN Open Data 77" in found[2].output


def test_the_weight_of_the_catalogue(named):
    asked = ("input/dy_high_0.root", "genWeight", "--bins", 10, -100, 100)
    plain = wollemi("draw", *asked, "--weight", "none")
    weighted = wollemi("draw", "dy", "MET_pt", "--bins", 10, 0, 100)
    mean = float(re.search(r"mean ([-\d.e+]+)", plain.output)[1])
    events, entries, total = counts(weighted.output)
    assert events == entries
    assert total == pytest.approx(2 * mean * events, rel=1e-3)


@pytest.mark.parametrize(
    ("given", "weight", "line"),
    [
        ([], "genWeight", "weighted by genWeight"),
        (["--weight", "none"], "none", "unweighted"),
        (["--weight", "3 * genWeight"], "3 * genWeight", "weighted by 3 * genWeight"),
    ],
)
@pytest.mark.parametrize(
    "more", [[], ["--against", "MET_phi"], ["--against", "MET_phi", "--profile"]]
)
def test_the_weight_is_in_title_and_numbers(tiny, monkeypatch, given, weight, line, more):
    titles = []
    monkeypatch.setattr(Axes, "set_title", lambda self, label, **_: titles.append(label))
    done = wollemi("draw", "input/dy_high_0.root", "MET_pt", "--bins", 5, 0, 100, *given, *more)
    assert done.output.startswith(f"{line}\n")
    assert titles == [line]
    tree = uproot.open("input/dy_high_0.root")["Events"].arrays(["MET_pt", "genWeight"])
    factor = {"none": 0.0, "genWeight": 1.0}.get(weight, 3.0)
    weights = [factor * value if factor else 1.0 for value in tree.genWeight.to_list()]
    numbers = json.loads((tiny / "drawn.json").read_text())
    assert numbers["weight"] == weight
    assert numbers["sum_of_weights"] == pytest.approx(sum(weights))
    if not more:
        sums = [0.0] * 5
        for value, own in zip(tree.MET_pt.to_list(), weights, strict=True):
            if 0 <= value < 100:
                sums[int(value // 20)] += own
        assert numbers["values"] == pytest.approx(sums)


def test_of_several_weights_one_is_asked_for(tmp_path):
    with uproot.recreate(tmp_path / "two.root") as file:
        file["t"] = {"mass": np.arange(20.0), "weight": np.full(20, 2.0), "genWeight": np.ones(20)}
    done = wollemi("draw", tmp_path / "two.root", "mass")
    assert done.exit_code == 2
    assert "has several possible weights: " in done.output
    assert "weight (Σ 40 of 20 events, 0 % negative, each 2)" in done.output
    assert "choose with --weight EXPRESSION; none counts each event as 1" in done.output


@pytest.mark.parametrize("dataset", ["dy_high", "data"])
def test_the_weight_of_a_dataset_of_an_analysis(tiny, dataset):
    """Stated, left out, and stated to be missing."""
    asked = ("draw", dataset, "MET_pt", "--analysis", "tiny")
    is_data = dataset == "data"
    if is_data:
        shutil.copytree("mirror", "results/tiny/files/data")
    assert wollemi(*asked).output.startswith("unweighted" if is_data else "weighted by genWeight")
    if is_data:
        return
    assert wollemi(*asked, "--weight", "none").output.startswith("unweighted")
    edit_analysis(tiny, lambda document: document["datasets"][dataset].pop("weight"))
    done = wollemi(*asked)
    assert done.exit_code == 2
    assert "datasets.dy_high.weight: is missing, but input/dy_high_0.root may have" in done.output
    edit_analysis(tiny, lambda document: document["datasets"][dataset].update(weight="none"))
    assert wollemi(*asked).output.startswith("unweighted")


def test_of_remote_files_the_first_events_are_read(named, monkeypatch):
    monkeypatch.setattr("wollemi_interactive.commands.draw.REMOTE_EVENTS", 100)
    done = wollemi("draw", "far", "Muon.pt")
    assert counts(done.output)[0] == 100
    assert "only the first 100 events were read; --events N" in done.output
    done = wollemi("draw", "far", "Muon.pt", "--events", 150)
    assert counts(done.output)[0] == 150
    assert "only the first" not in done.output


def test_datasets_are_listed_and_fetched(named, tiny):
    done = wollemi("datasets", "muons")
    assert re.search(r"^far +simulation +\? +\? +opendata:77 +Muons$", done.output, re.MULTILINE)
    wollemi("draw", "far", "Muon.pt")
    assert re.search(r"^far .* [kM]B +opendata:77", wollemi("datasets", "far").output, re.MULTILINE)
    done = wollemi("datasets", "far", "--fetch")
    assert done.exit_code == 2
    assert "wrong content: Adler-32" in done.output
    assert "nothing to fetch" in wollemi("datasets", "dy", "--fetch").output
    assert re.search(r"^dy .* this machine +Muons$", wollemi("datasets").output, re.MULTILINE)


def test_fetched_files_are_named_in_an_analysis(named, tiny):
    """The printed key is read by `fetch_dataset`, which needs no server any more."""
    url = f"{named.url}/eos/opendata/dy.root"
    printed = wollemi("datasets", url, "--fetch").output.partition("in an analysis file:\n")[2]
    edit_analysis(
        tiny, lambda document: document["datasets"]["data"].update(yaml.safe_load(printed))
    )
    (remote,) = read_analysis(tiny / ANALYSIS).datasets["data"].files
    assert remote.url == url
    named.asked.clear()
    fetch([], remote, tiny / "dy.root")
    assert named.asked == []
    assert (tiny / "dy.root").read_bytes() == (tiny / "input/dy_high_0.root").read_bytes()
    assert wollemi("datasets", "opendata:77", "--fetch").exit_code == 2  # its checksum is wrong


def test_of_one_dataset_all_that_is_known_is_listed(named):
    done = wollemi("datasets", "far")
    assert "center of mass: 8 TeV" in done.output
    assert "DOI" not in done.output  # the portal has not been asked
    wollemi("draw", "far", "Muon.pt")
    assert "DOI: 10.7483/OPENDATA.1" in wollemi("datasets", "far").output


def test_without_a_network_the_error_names_the_sample(named, monkeypatch):
    monkeypatch.setenv("WOLLEMI_OPEN_DATA", "http://127.0.0.1:9")  # the port of nobody
    done = wollemi("draw", "far", "Muon.pt")
    assert done.exit_code == 2
    assert "opendata:77: http://127.0.0.1:9/api/records/77 cannot be reached" in done.output
    assert "wollemi draw zee_generated EXPRESSION" in done.output


def test_a_name_that_nothing_has(named):
    done = wollemi("draw", "farr", "Muon.pt")
    assert done.exit_code == 2
    assert "is neither a file nor a dataset; did you mean 'far'?" in done.output
    assert wollemi("datasets", "zzz").exit_code == 2


def test_a_picture_says_what_it_shows():
    histogram = hist.Hist(hist.axis.Regular(4, 0, 4), storage=hist.storage.Weight())
    histogram.fill([1.0, 2.0])
    figure = picture(histogram, "m(e, e)", "Z → ee by Pythia 8", "generated on this machine")
    (ax,) = figure.axes
    assert ax.get_title(loc="left") == "Z → ee by Pythia 8\ngenerated on this machine"
    assert picture(histogram, "m(e, e)").axes[0].get_title(loc="left") == ""


def test_a_few_far_values_do_not_hide_a_peak():
    """A resonance over a long tail: its bins are narrower than its width."""
    random = np.random.default_rng(5)
    values = np.concatenate([random.normal(91, 3, 9500), random.exponential(400, 500) + 60])
    bins, low, high = choose_edges(without_far_ones(values))
    assert (high - low) / bins <= 1
    assert low < 91 - 2 * 3
    assert high > 91 + 2 * 3


@pytest.mark.parametrize("values", [np.zeros(0), np.full(9, 3.0), np.array([0.0] * 90 + [5.0] * 9)])
def test_without_a_spread_nothing_is_far(values):
    assert without_far_ones(values).tolist() == values.tolist()
