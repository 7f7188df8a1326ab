"""A preview of few events: the whole chain in a folder of its own, marked on every product."""

import json
import shutil

import pytest
from support.project.folders import run_shipped
from support.tiny.analysis import digests, edit_analysis, snakemake

EVENTS = ("data", "dy_low", "dy_high", "dy_alternative", "signal_200")


@pytest.fixture(scope="module")
def previewed(finished, tmp_path_factory):
    """A finished project in which a preview has run, too."""
    project = shutil.copytree(finished, tmp_path_factory.mktemp("preview") / "project")
    done = snakemake(project, config=["max_events=300"])
    assert done.returncode == 0, done.stdout
    assert "tiny_preview/index.html" in "".join(done.stdout.splitlines()[-6:])
    return project


def products(project, pattern):
    found = sorted((project / "results/tiny_preview").glob(pattern))
    assert found
    return [json.loads(path.read_text(encoding="utf-8")) for path in found]


@pytest.mark.slow
def test_the_results_are_not_replaced(previewed, finished):
    assert digests(previewed) == digests(finished)


@pytest.mark.slow
def test_every_product_is_marked(previewed):
    for name in EVENTS:
        assert products(previewed, f"cutflow/{name}.json")[0]["preview"] is True
        (histograms,) = products(previewed, f"histograms/{name}.json")
        assert all(item["metadata"]["preview"] is True for item in histograms.values())
    for workspace in products(previewed, "workspaces/*.json"):
        assert workspace["measurements"][0]["name"] == "tiny [PREVIEW]"
    for name in ("fit", "limits", "significances"):
        assert products(previewed, f"{name}.json")[0]["measurement"] == "tiny [PREVIEW]"
    assert all(
        "PREVIEW" in json.dumps(item["marks"]) for item in products(previewed, "plots/*.json")
    )
    assert "PREVIEW" in json.dumps(products(previewed, "summary.json")[0]["marks"])
    assert "PREVIEW" in (previewed / "results/tiny_preview/index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_no_dataset_has_more_events(previewed):
    counts = {
        item["dataset"]: item["skim"][0]["events"] if item["skim"] else None
        for item in products(previewed, "cutflow/*.json")
    }
    whole = json.loads((previewed / "results/tiny/cutflow/data.json").read_text())["skim"][0][
        "events"
    ]
    # Histograms are taken as a whole, and so are data: they cannot be scaled to the luminosity of
    # the simulation.
    assert counts == dict.fromkeys(EVENTS, 300) | {"signal_300": None, "data": whole}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["charged_higgs", "hzz4l"])
def test_all_plots_of_a_shipped_analysis_have_their_preview(name, tmp_path):
    results = run_shipped(tmp_path, name, [], max_events="600000")
    plots = [json.loads(path.read_text()) for path in results.glob("plots/*.json")]
    assert len(plots) > 5
    assert all("PREVIEW" in json.dumps(numbers["marks"]) for numbers in plots)


def impossible(document):
    """No simulated event reaches the region that has data."""
    document["regions"]["search"]["selection"] = (
        "count(muon) == 2 and dimuon_mass > 150 and muon[0].pt > 30 and MET_pt < -1"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("config", "code"), [(["max_events=200"], 0), ([], 1)])
def test_without_a_model_there_are_plots_and_a_page(project, config, code):
    edit_analysis(project, impossible)
    done = snakemake(project, config=config)
    assert done.returncode == code, done.stdout
    results = project / f"results/tiny{'_preview' if config else ''}"
    assert (results / "plots/search_mass_search.png").is_file()
    assert "NO MODEL" in (results / "index.html").read_text(encoding="utf-8")
    said = json.loads((results / "summary.json").read_text())["headline"][0]
    assert (
        "NO MODEL, nothing was fitted: regions.search: no background sample has events there"
        in said
    )
    assert "and none passes 'MET_pt < -1'" in said
    assert config or "require_model: regions.search: there is no model" in done.stdout
