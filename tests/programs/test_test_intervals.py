"""Batches of confidence intervals by the command line: names that are none."""

import json
from pathlib import Path

from support.products.statistical_models import modifier, sample, workspace
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step


def write():
    samples = [sample("signal", [1.0], modifier("normfactor", "mu")), sample("dy", [3.0])]
    channel = {"name": "search", "samples": samples}
    bounds = [{"name": "mu", "bounds": [[0.0, 30.0]]}]
    path = Path(f"{RESULTS}/workspaces/signal_200.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    content = workspace([channel], [{"name": "search", "data": [3.0]}], bounds)
    path.write_text(json.dumps(content))
    return path


def run(**section):
    set_value("intervals", value={"points": 5, "toys": 100, **section})
    outputs = {
        "batch": f"{RESULTS}/intervals/0.json",
        "record": f"{RESULTS}/records/test_intervals/0.json",
    }
    return run_step("test_intervals", workspaces=[write()], part=0, **outputs)


def test_a_batch_has_its_values(tiny):
    assert run(jobs=2) == 0
    check_record("test_intervals/0.json")
    belt = read_json("intervals/0.json")["belts"]["signal_200"]["mu"]
    assert list(belt["points"]) == ["0", "1"]
    assert belt["observed"]["asymptotic"]["95"]["lower"] is None


def test_a_parameter_of_no_model_is_refused(tiny, capsys):
    assert run(parameters=["luminosity"]) == 2
    assert "no model has a parameter 'luminosity'" in capsys.readouterr().err
    assert not Path(f"{RESULTS}/intervals/0.json").exists()
