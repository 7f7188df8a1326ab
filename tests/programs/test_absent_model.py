"""Where no model can be built: every program that needs one says so, and the page is made."""

from pathlib import Path

import pytest
from support.mistakes.inputs import data_without_expectation
from support.project.paths import ROOT
from support.tiny.steps import RESULTS, build_workspace, read_json, run_step

from wollemi.job.source_code import literal_arguments
from wollemi.plan.registry import PREDICTIONS, PRODUCTS

WORKSPACES = [f"{RESULTS}/workspaces/signal_{mass}.json" for mass in (200, 300)]
REASON = "200–250 GeV: there are data and no expected events"


@pytest.fixture
def without_model(tiny):
    data_without_expectation()
    assert build_workspace("skip") == 0


def test_the_reason_stands_in_the_place_of_every_product(without_model):
    assert REASON in read_json("workspaces/signal_200.json")["no_model"]["problem"]
    of_workspaces = [item for item in PRODUCTS if item.name not in (PREDICTIONS, "region_limits")]
    for item in of_workspaces:
        program = item.batches or item.program
        (output,) = literal_arguments(ROOT / f"scripts/{program}.py", "PROGRAM")["outputs"]
        assert run_step(program, workspaces=WORKSPACES, **{output: f"{RESULTS}/{output}.json"}) == 0
        assert read_json(f"{output}.json") == read_json("workspaces/signal_200.json")
    toys = {"workspace": WORKSPACES[0], "limits": f"{RESULTS}/toys.json"}
    for program in ("throw_toys", "compute_region_limits"):
        assert run_step(program, **toys) == 0
        assert read_json("toys.json") == read_json("workspaces/signal_200.json")
    datasets = ("data", "dy_low", "dy_high", "signal_200", "signal_300")
    histograms = [f"{RESULTS}/histograms/{name}.json" for name in datasets]
    predictions = f"{RESULTS}/predictions.json"
    outputs = {"histograms": histograms, "predictions": predictions}
    assert run_step("predict_regions", fit=f"{RESULTS}/fit.json", **outputs) == 0
    assert read_json("predictions.json") == read_json("workspaces/signal_200.json")
    names = [
        "postfit_search",
        "postfit_peak",
        "postfit_search_mt",
        "region_pulls",
        "pulls",
        "correlations",
    ]
    outputs = {
        suffix: [f"{RESULTS}/plots/{name}.{suffix}" for name in names]
        for suffix in ("pdf", "png", "json")
    }
    assert run_step("plot_fit", fit=f"{RESULTS}/fit.json", **outputs) == 0
    assert "no_model" in read_json("plots/pulls.json")
    assert Path(f"{RESULTS}/plots/pulls.png").stat().st_size > 1000


def test_where_events_were_lost_is_said(tiny, capsys):
    data_without_expectation()
    capsys.readouterr()
    assert build_workspace() == 2
    said = capsys.readouterr().err
    cutflow = [read_json(f"cutflow/{name}.json") for name in ("dy_low", "dy_high")]
    passing = sum(item["regions"]["search"][-1]["events"] for item in cutflow)
    events = sum(item["skim"][0]["events"] for item in cutflow)
    assert (
        f"{passing} of {events} simulated events pass all cuts; 0 expected below the bins "
        "and 19.79 above"
    ) in said


def test_what_is_published_is_refused(without_model, capsys):
    outputs = {
        name: f"{RESULTS}/likelihood/{name}" for name in ("background", "patchset", "cls", "readme")
    }
    template = "workflow/report/likelihood_readme.md.j2"
    Path(template).parent.mkdir(parents=True, exist_ok=True)
    Path(template).write_text("")
    assert run_step("write_likelihood", workspaces=WORKSPACES, template=template, **outputs) == 2
    assert f"there is no model: {REASON}" in capsys.readouterr().err
    assert not Path(RESULTS, "likelihood/cls").exists()
