"""The fit in regions that were not fitted, by the command line, against pyhf and cabinetry on the
model of a whole run.
"""

import json
import logging
from pathlib import Path

import cabinetry
import numpy as np
import pyhf
import pytest
from support.tiny.analysis import edit_analysis
from support.tiny.steps import RESULTS, check_record, read_json, run_step

DATASETS = ("data", "dy_low", "dy_high", "dy_alternative", "signal_200", "signal_300")


def predict():
    """Run the program on the products of a finished run."""
    histograms = [f"{RESULTS}/histograms/{name}.json" for name in DATASETS]
    outputs = {
        "predictions": f"{RESULTS}/predictions.json",
        "record": f"{RESULTS}/records/predict_regions.json",
    }
    fit = f"{RESULTS}/fit.json"
    assert run_step("predict_regions", fit=fit, histograms=histograms, **outputs) == 0
    check_record("predict_regions.json")
    return read_json("predictions.json")["regions"]


def by_cabinetry(folder, region):
    """Expected events of the backgrounds and their uncertainty, of a region of the model after the
    background-only fit.
    """
    content = json.loads((folder / "workspaces/signal_200.json").read_text())
    channel = next(item for item in content["channels"] if item["name"] == region)
    channel["samples"] = [item for item in channel["samples"] if item["name"] == "dy"]
    names = {modifier["name"] for modifier in channel["samples"][0]["modifiers"]}
    config = content["measurements"][0]["config"]
    known = [item for item in config["parameters"] if item["name"] in names]
    content["measurements"] = [{"name": "m", "config": {"poi": "", "parameters": known}}]
    content["channels"] = [channel]
    content["observations"] = [item for item in content["observations"] if item["name"] == region]
    model = pyhf.Workspace(content).model(poi_name=None)
    fit = json.loads((folder / "fit.json").read_text())["fits"]["background_only"]
    covariance = np.array(fit["covariance"])
    # Factors of the fitted bins are no parameters of another region.
    kept = [i for i, item in enumerate(fit["parameters"]) if "staterror" not in item["name"]]
    covariance = covariance[np.ix_(kept, kept)]
    errors = np.sqrt(covariance.diagonal())
    scale = np.where(errors > 0, errors, 1.0)
    correlations = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlations, 1.0)
    found = cabinetry.fit.FitResults(
        np.array([fit["parameters"][i]["value"] for i in kept]),
        errors,
        [fit["parameters"][i]["name"] for i in kept],
        correlations,
        0.0,
    )
    matched = cabinetry.model_utils.match_fit_results(model, found)
    bins, sums = cabinetry.model_utils.yield_stdev(
        model, matched.bestfit, matched.uncertainty, matched.corr_mat
    )
    return model.main_model.expected_data(matched.bestfit), bins[0][-1], sums[0][-1]


def test_a_region_that_is_not_fitted(finished_copy, monkeypatch):
    """The peak was fitted: with another role, its prediction has the parameters of that fit, and
    statistics of its own.
    """
    monkeypatch.chdir(finished_copy)
    expected, errors, error = by_cabinetry(finished_copy / RESULTS, "peak")
    edit_analysis(Path.cwd(), lambda item: item["regions"]["peak"].update(role="validation"))
    found = predict()["peak"]["mass_peak"]
    assert found["postfit"]["total"] == pytest.approx(expected, rel=1e-6)
    assert found["postfit"]["uncertainty"] == pytest.approx(errors, rel=1e-3)
    assert found["postfit"]["sum_uncertainty"] == pytest.approx(error, rel=1e-3)
    fit = read_json("fit.json")["fits"]["background_only"]
    assert found["observed"] == fit["observed"]["peak"]
    assert found["prefit"]["total"] == pytest.approx(fit["yields"]["prefit"]["peak"]["total"])
    assert (found["left_out"], found["not_fitted"]) == ([], [])


def test_a_monitored_variable_of_a_finished_run(finished):
    found = json.loads((finished / RESULTS / "predictions.json").read_text())
    assert found["fit"] == "background_only"
    assert {region: [*items] for region, items in found["regions"].items()} == {"search": ["mt"]}
    item = found["regions"]["search"]["mt"]
    plots = finished / RESULTS / "plots"
    before = json.loads((plots / "search_mt.json").read_text())
    after = json.loads((plots / "postfit_search_mt.json").read_text())
    assert item["observed"] == before["data"]["events"] == after["data"]["events"]
    assert item["prefit"]["total"] == pytest.approx(before["total"]["events"])
    assert item["postfit"]["total"] == pytest.approx(after["total"]["events"])
    assert item["postfit"]["uncertainty"] == pytest.approx(after["total"]["uncertainty"])
    # Free normalizations have no uncertainty before the fit; all others are those of the plot.
    assert item["prefit"]["uncertainty"] == pytest.approx(before["total"]["uncertainty"], rel=1e-6)


def test_what_is_missing_is_said(finished_copy, monkeypatch, caplog):
    monkeypatch.chdir(finished_copy)
    new = {"kind": "normalization", "up": 1.5, "down": 0.5, "samples": ["dy"], "regions": "search"}
    edit_analysis(Path.cwd(), lambda item: item["systematics"].update(late=new))
    path = Path(f"{RESULTS}/histograms/dy_low.json")
    content = json.loads(path.read_text())
    with caplog.at_level(logging.WARNING, "wollemi"):
        item = predict()["search"]["mt"]
    assert item["not_fitted"] == ["late"]
    assert item["postfit"]["sum_uncertainty"] > 0.45 * item["postfit"]["sum"]
    path.write_text(json.dumps({k: v for k, v in content.items() if not k.startswith("search/mt")}))
    with caplog.at_level(logging.WARNING, "wollemi"):
        item = predict()["search"]["mt"]
    assert item["left_out"] == ["dy"]
    assert item["postfit"]["total"] == [0.0, 0.0, 0.0, 0.0]
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "search, mt: the fit does not have late",
        "search has no histogram of mt: dy left out",
    ]
