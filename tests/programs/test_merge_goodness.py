"""The goodness of fit from batches of toys: a sum by hand, and batches without any fit."""

import json
from pathlib import Path

import pytest
from support.tiny.steps import RESULTS, read_json, run_step


def merge(*batches):
    paths = []
    for part, content in enumerate(batches):
        paths.append(Path(f"{RESULTS}/goodness/{part}.json"))
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        paths[-1].write_text(json.dumps(content))
    return run_step("merge_goodness", batches=paths, goodness=f"{RESULTS}/goodness.json")


def statistics(value):
    return {"saturated": value, "kolmogorov_smirnov": 0.1, "anderson_darling": value / 10}


def batch(toys, failed=0):
    head = {"measurement": "m", "fit": "signal", "asymptotic": None, "failed": failed}
    return head | {"observed": statistics(3.0), "toys": [statistics(toy) for toy in toys]}


def test_toys_of_all_batches_count(tiny):
    assert merge(batch([1.0, 2.0, 4.0], failed=1), batch([5.0], failed=2)) == 0
    found = read_json("goodness.json")
    assert found["failed"] == 3
    assert found["toys"]["saturated"] == [1.0, 2.0, 4.0, 5.0]
    test = found["tests"]["saturated"]
    assert (test["p_value"], test["p_value_error"]) == (0.5, 0.25)
    assert found["tests"]["kolmogorov_smirnov"]["p_value"] == pytest.approx(1.0)


def test_without_any_fit_there_is_no_product(tiny, capsys):
    assert merge(batch([], failed=7)) == 2
    assert "no toy has a fit" in capsys.readouterr().err
    assert not Path(f"{RESULTS}/goodness.json").exists()
