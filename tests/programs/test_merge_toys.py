"""Fits of toys from batches by the command line: sums by hand, and batches without any fit."""

import json
from pathlib import Path

import pytest
from support.tiny.steps import RESULTS, read_json, run_step


def batch(estimates, failed=0):
    errors = [0.5] * len(estimates)
    rises = [((value - 1) / 0.5) ** 2 for value in estimates]
    fits = {"injected": 1.0, "estimates": estimates, "errors": errors, "rises": rises}
    return {"measurement": "m", "pois": {"s": "mu"}, "fits": {"s": [fits | {"failed": failed}]}}


def merge(*batches):
    paths = []
    for part, content in enumerate(batches):
        paths.append(Path(f"{RESULTS}/toy_fits/{part}.json"))
        paths[-1].parent.mkdir(parents=True, exist_ok=True)
        paths[-1].write_text(json.dumps(content))
    return run_step("merge_toys", batches=paths, toy_fits=f"{RESULTS}/toy_fits.json")


def test_toys_of_all_batches_count(tiny):
    assert merge(batch([0.5, 2.5], failed=1), batch([1.5])) == 0
    study = read_json("toy_fits.json")["studies"]["s"]
    (item,) = study["summaries"]
    assert item["bias"]["value"] == pytest.approx(0.5)
    assert item["pull_mean"]["value"] == pytest.approx(1.0)
    assert item["coverage"]["68"]["value"] == pytest.approx(2 / 3)
    assert (item["toys"], item["failed"], study["line"]) == (3, 1, None)


def test_without_fits_there_is_no_product(tiny, capsys):
    assert merge(batch([], failed=7)) == 2
    assert "of 7 toys fewer than two have a fit" in capsys.readouterr().err
    assert not Path(f"{RESULTS}/toy_fits.json").exists()
