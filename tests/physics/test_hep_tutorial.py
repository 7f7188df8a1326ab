"""Every line of the cutflow of the CMS HEP Tutorial, by the programs from the files to the plots.

The analysis is `tests/data/hep_tutorial/analysis.yaml`; files and numbers are in
../shared/data/hep_tutorial, with their origin.
"""

import json
import shutil
from pathlib import Path

import pytest
import uproot
import yaml
from support.project.paths import ROOT, SHARED_DATA, needs_shared_data
from support.tiny.analysis import working
from support.tiny.steps import RESULTS, process, read_json, run_step

PAGE = ROOT / "docs/gallery.md"
DATA = SHARED_DATA / "hep_tutorial"
DOCUMENT = yaml.safe_load(
    (ROOT / "tests/data/hep_tutorial/analysis.yaml").read_text(encoding="utf-8")
)
SAMPLES = list(DOCUMENT["samples"])
LINES = {
    "all": "all_events",
    ">=1 muon": "one_muon",
    "N_iso>=1": "one_isolated",
    "A: N_iso>=2": "a",
    "B: A and max pT of all muons > 25": "b",
    "C: A and first isolated muon pT > 25": "c",
    "D: A and opposite charge": "d",
    "E: C and 60<M(12)<120": "e",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The analysis, run from its files to merged histograms and cutflows."""
    with working(tmp_path_factory.mktemp("hep_tutorial"), DOCUMENT):
        shutil.copytree(DATA, "data")
        for sample in SAMPLES:
            process(sample)
        yield Path.cwd()


def test_the_page_shows_this_analysis():
    text = PAGE.read_text(encoding="utf-8")
    assert "```{literalinclude} ../tests/data/hep_tutorial/analysis.yaml\n" in text


def lines_of(sample):
    oracle = json.loads((DATA / "oracle.json").read_text(encoding="utf-8"))[sample]
    assert oracle.keys() == LINES.keys()
    return {LINES[name]: (events, weight) for name, (events, weight, _) in oracle.items()}


@needs_shared_data
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_line_of_the_table(folder, sample):
    cutflow = read_json(f"cutflow/{sample}.json")
    assert cutflow["normalization"] == 1
    found = {region: lines[-1] for region, lines in cutflow["regions"].items()}
    expected = lines_of(sample)
    assert {region: line["events"] for region, line in found.items()} == {
        name: events for name, (events, _) in expected.items()
    }
    for region, (_, weight) in expected.items():
        assert found[region]["sum_of_weights"] == pytest.approx(weight, rel=1e-6, abs=1e-12), region
    assert cutflow["account"]["entries"] == expected["all_events"][0]


@needs_shared_data
def test_the_histogram_holds_the_window(folder):
    for sample in SAMPLES:
        storage = read_json(f"histograms/{sample}.json")["e/mass/nominal"]["storage"]
        assert sum(storage["values"][1:-1]) == pytest.approx(
            lines_of(sample)["e"][1], rel=1e-6, abs=1e-12
        )


@needs_shared_data
def test_components_give_the_momenta_of_the_objects(folder):
    """In float64, from pT, η, φ, m back to what the file has."""
    import awkward as ak
    import vector

    from wollemi.inputs.event_files import read_batches
    from wollemi.inputs.schemas import Layout

    vector.register_awkward()
    names = [f"Muon_{field}" for field in ("pt", "eta", "phi", "mass")]
    (batch,) = read_batches(Path("data/zz.root"), Layout("ntuple", "events"), names)
    momenta = ak.zip(
        {name.removeprefix("Muon_"): batch[name] for name in names}, with_name="Momentum4D"
    )
    stored = uproot.open("data/zz.root:events").arrays(["Muon_Px", "Muon_Py", "Muon_Pz", "Muon_E"])
    for component, branch in (
        ("px", "Muon_Px"),
        ("py", "Muon_Py"),
        ("pz", "Muon_Pz"),
        ("E", "Muon_E"),
    ):
        found, expected = (
            ak.flatten(values).to_list() for values in (getattr(momenta, component), stored[branch])
        )
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@needs_shared_data
def test_the_plots(folder):
    histograms = [f"{RESULTS}/histograms/{sample}.json" for sample in SAMPLES]
    names = [f"{name}_{region['variable']}" for name, region in DOCUMENT["regions"].items()]
    outputs = {
        suffix: [f"{RESULTS}/plots/{name}.{suffix}" for name in names]
        for suffix in ("pdf", "png", "json")
    }
    assert (
        run_step(
            "plot_regions",
            histograms=histograms,
            record=f"{RESULTS}/records/plot_regions.json",
            **outputs,
        )
        == 0
    )
    drawn = read_json("plots/e_mass.json")
    total = sum(lines_of(sample)["e"][1] for sample in SAMPLES)
    assert sum(drawn["total"]["events"]) == pytest.approx(total, rel=1e-6)
    assert drawn["data"] is None
