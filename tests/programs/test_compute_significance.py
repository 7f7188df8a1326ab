"""Significances of one bin by the command line, against closed forms."""

import json
from math import log, sqrt
from pathlib import Path

import pytest
from scipy.stats import norm
from support.products.statistical_models import counting
from support.tiny.steps import RESULTS, check_record, read_json, run_step


def exact(observed, background):
    """Significance of an excess over a known background: eq. 97 of arXiv:1007.1727."""
    return (
        sqrt(2 * (observed * log(observed / background) - observed + background))
        if observed > background
        else 0.0
    )


@pytest.mark.parametrize(
    ("observed", "signal", "background"), [(60, 20, 40), (41, 4, 40), (30, 20, 40), (9, 4, 2)]
)
def test_the_significance_of_one_bin(tiny, observed, signal, background):
    workspace = Path(f"{RESULTS}/workspaces/signal_200.json")
    workspace.parent.mkdir(parents=True)
    workspace.write_text(json.dumps(counting(observed, signal, background)))
    outputs = {
        "significances": f"{RESULTS}/significances.json",
        "record": f"{RESULTS}/records/compute_significance.json",
    }
    assert run_step("compute_significance", workspaces=[workspace], **outputs) == 0
    found = read_json("significances.json")["significances"]["signal_200"]
    assert found["observed"] == pytest.approx(exact(observed, background), abs=1e-4)
    assert found["expected"] == pytest.approx(exact(signal + background, background), abs=1e-4)
    assert found["observed_p_value"] == pytest.approx(norm.sf(found["observed"]), rel=1e-6)
    assert check_record("compute_significance.json")["outputs"].keys() == {outputs["significances"]}
