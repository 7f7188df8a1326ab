"""Fits of one bin by the command line, against closed forms."""

import json
from math import log, sqrt
from pathlib import Path

import pytest
from support.products.statistical_models import counting
from support.tiny.steps import RESULTS, check_record, read_json, run_step


@pytest.mark.parametrize(
    ("observed", "signal", "background"), [(60, 20, 40), (44, 4, 20), (3, 2, 0.5)]
)
def test_the_fit_of_one_bin(tiny, observed, signal, background):
    workspace = Path(f"{RESULTS}/workspaces/signal_200.json")
    workspace.parent.mkdir(parents=True)
    workspace.write_text(json.dumps(counting(observed, signal, background)))
    outputs = {"fit": f"{RESULTS}/fit.json", "record": f"{RESULTS}/records/fit_model.json"}
    assert run_step("fit_model", workspaces=[workspace], **outputs) == 0
    found = read_json("fit.json")["fits"]["signal_200"]
    (row,) = found["parameters"]
    assert row["name"] == "mu"
    assert row["value"] == pytest.approx((observed - background) / signal, rel=1e-4)
    assert row["error"] == pytest.approx(sqrt(observed) / signal, rel=1e-3)
    for expected in (observed - signal * row["error_down"], observed + signal * row["error_up"]):
        assert 2 * (expected - observed - observed * log(expected / observed)) == pytest.approx(
            1, rel=1e-3
        )
    assert found["yields"]["postfit"]["SR"]["total"] == pytest.approx([observed], rel=1e-5)
    assert found["yields"]["postfit"]["SR"]["uncertainty"] == pytest.approx(
        [sqrt(observed)], rel=1e-3
    )
    assert check_record("fit_model.json")["outputs"].keys() == {outputs["fit"]}


def test_what_is_no_workspace_is_refused(tiny, capsys):
    Path("signal_200.json").write_text("{}")
    assert (
        run_step("fit_model", workspaces=["signal_200.json"], fit="fit.json", record="record.json")
        == 2
    )
    assert "signal_200.json: is not a pyhf workspace" in capsys.readouterr().err
    assert not Path("fit.json").exists()
