"""A run that is no preview fails where no model could be built, and only there."""

import json
from pathlib import Path

from support.example.products import STATUS, fit, lint
from support.products.statistical_models import counting
from support.tiny.steps import run_step

from wollemi.base.absence import absent_model
from wollemi_likelihood.base.errors import WollemiError


def test_a_model_is_enough(tiny):
    Path("signal_200.json").write_text(json.dumps(counting(60, 20, 40)))
    assert run_step("require_model", workspaces=["signal_200.json"], record="record.json") == 0
    assert Path("record.json").is_file()


def test_one_that_is_absent_is_told_with_its_reason(tiny, capsys):
    Path("signal_200.json").write_text(json.dumps(counting(60, 20, 40)))
    reason = WollemiError(
        "regions.search", "no background sample has events there", "loosen its selection"
    )
    Path("signal_300.json").write_text(json.dumps(absent_model(reason)))
    assert (
        run_step(
            "require_model", workspaces=["signal_200.json", "signal_300.json"], record="record.json"
        )
        == 2
    )
    said = capsys.readouterr().err
    assert "regions.search" in said
    assert "no background sample has events there" in said
    assert "loosen its selection" in said
    assert not Path("record.json").exists()


def require_templates(**changes):
    """The exit code for templates with two warnings, one of which is accepted."""
    Path("signal_200.json").write_text(json.dumps(counting(60, 20, 40)))
    Path("lint.json").write_text(json.dumps(lint() | changes))
    files = {"workspaces": ["signal_200.json"], "lint": "lint.json", "record": "record.json"}
    return run_step("require_model", **files)


def test_a_warning_is_no_failure_unless_the_analysis_says_so(tiny, capsys):
    assert require_templates() == 0
    capsys.readouterr()
    assert require_templates(fail="never") == 0
    assert require_templates(fail="warning") == 2
    said = capsys.readouterr().err
    assert "1 warning in the templates" in said
    assert (
        "no_effect: sample top, systematic shower: the varied template is the nominal one" in said
    )
    assert "explain it under lint.accepted" in said
    assert "discontinuous" not in said


def test_only_ten_flaws_are_listed(tiny, capsys):
    dead = lint()["findings"][1]
    assert require_templates(fail="warning", findings=[dead] * 12) == 2
    said = capsys.readouterr().err
    assert said.count("no_effect: sample top") == 10
    assert "2 more in lint.json" in said


def test_a_fit_without_a_minimum_is_no_result(tiny, capsys):
    Path("signal_200.json").write_text(json.dumps(counting(60, 20, 40)))
    content = fit()
    content["fits"]["signal"]["status"] = STATUS | {"converged": False, "message": "lost its way"}
    Path("fit.json").write_text(json.dumps(content))
    files = {"workspaces": ["signal_200.json"], "fit": "fit.json", "record": "record.json"}
    assert run_step("require_model", **files) == 2
    assert "fit of signal: no minimum was found, lost its way" in capsys.readouterr().err
