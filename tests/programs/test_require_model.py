"""A run that is no preview fails where no model could be built, and only there."""

import json
from pathlib import Path

from support.products.statistical_models import counting
from support.tiny.steps import run_step

from wollemi.base.absence import absent_model
from wollemi.base.errors import WollemiError


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
