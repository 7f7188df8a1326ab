"""Fits of toys by the command line: a batch, and a strength that the model does not allow."""

import json
from pathlib import Path

from support.products.statistical_models import modifier, sample, workspace
from support.tiny.mistakes import set_value
from support.tiny.steps import RESULTS, check_record, read_json, run_step


def run(**section):
    samples = [sample("signal", [5.0], modifier("normfactor", "mu")), sample("dy", [30.0])]
    channel = {"name": "search", "samples": samples}
    bounds = [{"name": "mu", "bounds": [[0.0, 10.0]]}]
    content = workspace([channel], [{"name": "search", "data": [33.0]}], bounds)
    path = Path(f"{RESULTS}/workspaces/signal_200.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    set_value("toy_fits", value={"toys": 100, **section})
    outputs = {
        "batch": f"{RESULTS}/toy_fits/0.json",
        "record": f"{RESULTS}/records/run_toys/0.json",
    }
    return run_step("run_toys", workspaces=[path], part=0, **outputs)


def test_a_batch_has_its_toys(tiny):
    assert run(jobs=4, injected=[0, 2]) == 0
    check_record("run_toys/0.json")
    found = read_json("toy_fits/0.json")
    assert found["pois"] == {"signal_200": "mu"}
    fits = found["fits"]["signal_200"]
    assert [item["injected"] for item in fits] == [0.0, 2.0]
    assert [len(item["estimates"]) for item in fits] == [25, 25]


def test_a_strength_outside_the_bounds_is_refused(tiny, capsys):
    assert run(injected=[-1]) == 2
    assert "-1 is outside its bounds [0, 10]" in capsys.readouterr().err
    assert not Path(f"{RESULTS}/toy_fits/0.json").exists()
