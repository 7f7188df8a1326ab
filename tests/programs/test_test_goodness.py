"""Toys of the goodness of fit by the command line: batches, a finished run, blinded data."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.products.statistical_models import counting, normsys, search
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step

STATISTICS = ("saturated", "kolmogorov_smirnov", "anderson_darling")


def throw(content, jobs, toys=20):
    """Run both programs on one workspace."""
    set_value("goodness", value={"toys": toys, "seed": 8, "jobs": jobs})
    path = Path(f"{RESULTS}/workspaces/signal_200.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    batches = [f"{RESULTS}/goodness/{part}.json" for part in range(jobs)]
    for part, batch in enumerate(batches):
        outputs = {"batch": batch, "record": f"{RESULTS}/records/test_goodness/{part}.json"}
        assert run_step("test_goodness", workspaces=[path], part=part, **outputs) == 0
        check_record(f"test_goodness/{part}.json")
    outputs = {
        "goodness": f"{RESULTS}/goodness.json",
        "record": f"{RESULTS}/records/merge_goodness.json",
    }
    assert run_step("merge_goodness", batches=batches, **outputs) == 0
    check_record("merge_goodness.json")
    return read_json("goodness.json")


def test_any_number_of_batches_makes_the_same_product(tiny):
    content = search(2)
    assert throw(content, 1) == throw(content, 4)
    found = read_json("goodness.json")
    assert found["tests"].keys() == found["toys"].keys() == set(STATISTICS)
    for name, test in found["tests"].items():
        assert test["p_value"] == np.mean(np.array(found["toys"][name]) >= test["observed"])


def test_nothing_is_said_of_blinded_data(tiny):
    content = search(2)
    content["measurements"][0]["name"] = "m [BLINDED]"
    found = throw(content, 2)
    assert (found["tests"], found["asymptotic"], found["no_observed"]) == (None, None, "BLINDED")
    assert len(found["toys"]["saturated"]) == 20
    assert read_json("goodness/0.json")["observed"] is None


def test_a_single_bin_has_no_degree_of_freedom_and_no_shape(tiny):
    found = throw(counting(44.0, 10.0, 40.0, normsys("pileup", 1.1, 0.9)), 1)
    assert found["asymptotic"] is None
    assert set(found["toys"]["kolmogorov_smirnov"]) == {0.0}
    assert found["tests"]["anderson_darling"]["p_value"] == 1.0


@pytest.mark.parametrize("name", STATISTICS)
def test_the_deviance_is_that_of_the_fit(finished, name):
    folder = finished / "results/tiny"
    found = json.loads((folder / "goodness.json").read_text())
    fit = json.loads((folder / "fit.json").read_text())["fits"]["background_only"]
    assert found["fit"] == "background_only"
    assert found["tests"]["saturated"]["observed"] == pytest.approx(fit["deviance"], abs=1e-9)
    assert found["asymptotic"]["p_value"] == pytest.approx(fit["goodness_of_fit"]["p_value"])
    assert len(found["toys"][name]) + found["failed"] == 24
