"""A run whose model interpolates as Combine does, to its publication."""

import json

import pytest
from support.tiny.analysis import edit_analysis, snakemake
from support.tiny.steps import RESULTS


@pytest.mark.slow
def test_a_run_to_the_publication(project):
    edit_analysis(project, lambda document: document["model"].update(interpolation="combine"))
    done = snakemake(project, "all", "publish")
    assert done.returncode == 0, done.stdout
    folder = project / RESULTS
    check = json.loads((folder / "model_check.json").read_text(encoding="utf-8"))
    for points in check["checks"].values():
        for point in points:
            ours = point["minus_two_log_likelihood"]
            assert point["plain_arithmetic"] == pytest.approx(ours, rel=1e-9)
    assert not (folder / "likelihood").exists()
    fits = json.loads((folder / "fit.json").read_text(encoding="utf-8"))["fits"]
    assert all(item["status"]["converged"] for item in fits.values())
