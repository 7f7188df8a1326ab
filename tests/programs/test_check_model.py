"""The comparison with pyhf by the command line, and a likelihood that is wrong."""

import json
from pathlib import Path

import pyhf
import pytest
from support.products.datacards import write_random_card
from support.products.statistical_models import pyhf_model, search
from support.tiny.steps import RESULTS, check_record, read_json, run_step

from wollemi.pages.summary import comparison
from wollemi.results.model_check import ModelCheck
from wollemi_convert.datacards.reading import read_model
from wollemi_likelihood import likelihood

WORKSPACE = Path(f"{RESULTS}/workspaces/signal_200.json")
OUTPUTS = {"check": f"{RESULTS}/model_check.json", "record": f"{RESULTS}/records/check_model.json"}


@pytest.fixture
def workspace(tiny):
    WORKSPACE.parent.mkdir(parents=True)
    WORKSPACE.write_text(json.dumps(search(1)))


def test_both_values_at_each_point_stand_in_the_product(workspace, capsys):
    assert run_step("check_model", workspaces=[WORKSPACE], **OUTPUTS) == 0
    found = read_json("model_check.json")
    assert found["pyhf"] == pyhf.__version__
    assert found["relative_tolerance"] == 1e-9
    assert len(found["checks"]["signal_200"]) == 5
    model, data = pyhf_model(search(1))
    first = -2 * float(model.logpdf(model.config.suggested_init(), data)[0])
    assert found["checks"]["signal_200"][0]["pyhf"] == first
    assert found["checks"]["signal_200"][0]["minus_two_log_likelihood"] == pytest.approx(
        first, rel=1e-9
    )
    assert "signal_200: -2 ln L differs from pyhf by at most" in capsys.readouterr().err
    assert check_record("check_model.json")["outputs"].keys() == {OUTPUTS["check"]}


def test_an_error_in_our_likelihood_ends_the_job(workspace, capsys, monkeypatch):
    right = likelihood.saturated_logpdf

    def wrong(constraints, observed, auxiliary):
        return right(constraints, observed, auxiliary) + 1e-6 * observed[0]

    monkeypatch.setattr(likelihood, "saturated_logpdf", wrong)
    assert run_step("check_model", workspaces=[WORKSPACE], **OUTPUTS) == 2
    assert "signal_200.json: our -2 ln L at point 1 is" in capsys.readouterr().err
    assert not Path(OUTPUTS["check"]).exists()


def test_a_model_that_pyhf_does_not_have_is_compared_with_plain_arithmetic(tiny, tmp_path, capsys):
    card = write_random_card(tmp_path, 1, "0")
    content = read_model(card, card.read_text(), None, (0.0, 20.0), {}, exact=True)
    WORKSPACE.parent.mkdir(parents=True)
    WORKSPACE.write_text(json.dumps(content))
    assert run_step("check_model", workspaces=[WORKSPACE], **OUTPUTS) == 0
    check = ModelCheck.read(Path(OUTPUTS["check"]))
    for point in check.checks["signal_200"]:
        assert point.pyhf is None
        assert point.plain_arithmetic == pytest.approx(point.minus_two_log_likelihood, rel=1e-9)
    assert "differs from plain arithmetic by at most" in capsys.readouterr().err
    assert comparison(check).plain_arithmetic
