"""NanoAOD and PHYSLITE of the same collisions give the same histograms and limits; `dilepton_both`
gives a limit from both.
"""

import importlib
import json
import shutil
from pathlib import Path

import numpy as np
import pyhf
import pytest
import yaml
from support.project.folders import run_project, run_shipped
from support.project.paths import ROOT

from wollemi.histograms.histogram import read_histograms
from wollemi.job.job import run_program

SHIPPED = ROOT / "config/analyses/dilepton_both/analysis.yaml"
FILE = "config/analyses/dilepton_both/analysis.yaml"


def in_one_layout(folder, schema):
    """The analysis with all its datasets in one layout."""
    document = yaml.safe_load(SHIPPED.read_text())
    for dataset in document["datasets"].values():
        if "generate" in dataset:
            dataset["schema"] = schema
    (folder / FILE).parent.mkdir(parents=True)
    (folder / FILE).write_text(yaml.safe_dump(document, sort_keys=False))
    return folder


def process(dataset, events):
    """From the generation of a dataset to its normalized histograms, in the working folder."""

    def run(program, **arguments):
        module = importlib.import_module(program)
        line = ["--analysis", FILE]
        inputs = dict.fromkeys((*module.PROGRAM.inputs, *module.PROGRAM.part_inputs))
        for name, value in (inputs | {"dataset": dataset} | arguments).items():
            line += [f"--{name.replace('_', '-')}", *([] if value is None else [str(value)])]
        assert run_program(module.PROGRAM, module.main, line) == 0

    run("generate_events", max_events=events, hooks=None, events="part0.root")
    run(
        "skim_events",
        part=0,
        hooks=None,
        corrections=None,
        folder=".",
        events="events.parquet",
        cutflow="skim.json",
        identifiers="ids.parquet",
    )
    run(
        "fill_histograms",
        hooks=None,
        corrections=None,
        events="events.parquet",
        histograms="part.json",
        cutflow="fill.json",
    )
    inputs = {
        "histograms": "part.json",
        "skims": "skim.json",
        "fills": "fill.json",
        "identifiers": "ids.parquet",
    }
    run(
        "merge_parts",
        **inputs,
        earlier=None,
        siblings=None,
        partners=None,
        luminosity=None,
        merged="merged.json",
        cutflow="cutflow.json",
    )
    return read_histograms(Path("merged.json")), json.loads(Path("cutflow.json").read_text())


@pytest.mark.parametrize("dataset", ["dy_nanoaod", "zprime_physlite"])
def test_both_layouts_give_the_same_histograms(tmp_path, monkeypatch, dataset):
    found = {}
    for schema in ("nanoaod", "physlite"):
        monkeypatch.chdir(in_one_layout(tmp_path / schema, schema))
        found[schema] = process(dataset, 1000)
    (nano, nano_cutflow), (lite, lite_cutflow) = found["nanoaod"], found["physlite"]
    assert nano.keys() == lite.keys()
    filled = 0
    for name, histogram in nano.items():
        # The only difference is the rounding of energies to single precision; only dy_pdf makes
        # weights of them.
        tolerance = 1e-8 if "dy_pdf" in name else 1e-12
        np.testing.assert_allclose(
            lite[name].values(flow=True), histogram.values(flow=True), rtol=tolerance, err_msg=name
        )
        np.testing.assert_allclose(
            lite[name].variances(flow=True),
            histogram.variances(flow=True),
            rtol=tolerance,
            err_msg=name,
        )
        filled += np.sum(histogram.values(flow=True)) > 0
    assert filled >= 20
    for key in ("skim", "regions"):
        assert [line["events"] for line in lines(nano_cutflow[key])] == [
            line["events"] for line in lines(lite_cutflow[key])
        ]


def lines(cutflow):
    return (
        cutflow
        if isinstance(cutflow, list)
        else [line for region in cutflow.values() for line in region]
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return run_shipped(
        tmp_path_factory.mktemp("both"), "dilepton_both", ["limits.json", "fit.json"]
    )


@pytest.mark.slow
def test_the_shipped_mixture_gives_a_limit(results):
    (limit,) = json.loads((results / "limits.json").read_text())["limits"].values()
    observed, expected = limit["observed"], limit["expected"]
    assert 0.02 < expected[2] < 0.5
    assert expected[0] < observed < expected[4]


@pytest.mark.slow
def test_the_limit_is_that_of_pyhf(results):
    """CLs, by pyhf on the shipped workspace, is 0.05 at the observed and at the median expected
    limit.
    """
    (limit,) = json.loads((results / "limits.json").read_text())["limits"].values()
    (path,) = (results / "workspaces").glob("*.json")
    workspace = pyhf.Workspace(json.loads(path.read_text()))
    model, data = workspace.model(), workspace.data(workspace.model())
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer())
    assert pyhf.infer.hypotest(limit["observed"], data, model) == pytest.approx(0.05, rel=1e-2)
    median = pyhf.infer.hypotest(limit["expected"][2], data, model, return_expected=True)[1]
    assert median == pytest.approx(0.05, rel=1e-2)


@pytest.mark.slow
def test_both_experiments_give_half_of_the_events(results):
    """Equal luminosity and equal physics: the yields of the two layouts agree within their
    statistical errors.
    """
    for process in ("dy", "zprime"):
        sums = []
        for era in ("nanoaod", "physlite"):
            histograms = read_histograms(results / f"histograms/{process}_{era}.json")
            names = [
                name
                for name in histograms
                if name.endswith("/nominal") and "missing_pt" not in name
            ]
            sums.append(
                [
                    sum(np.sum(getattr(histograms[name], kind)(flow=True)) for name in names)
                    for kind in ("values", "variances")
                ]
            )
        (one, error_of_one), (other, error_of_other) = sums
        assert abs(one - other) < 4 * np.sqrt(error_of_one + error_of_other)
        assert error_of_one < (0.1 * one) ** 2


@pytest.mark.slow
def test_both_layouts_give_the_same_limit(tmp_path):
    found = []
    for schema in ("nanoaod", "physlite"):
        folder = in_one_layout(tmp_path / schema, schema)
        found.append(
            json.loads(
                (run_project(folder, "dilepton_both", ["limits.json"]) / "limits.json").read_text()
            )
        )
        shutil.rmtree(folder)
    (nano,), (lite,) = (item["limits"].values() for item in found)
    np.testing.assert_allclose(
        [lite["observed"], *lite["expected"]], [nano["observed"], *nano["expected"]], rtol=1e-6
    )
